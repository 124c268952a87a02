"""What a branch changed: net paths with their lines, and every commit with what it touched."""

from pathlib import Path

from gatekeeper.git.change_facts import change_facts
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.change import ChangedPath, ChangeFacts
from gatekeeper.process.home import Home
from tests.support.repo import Repo


def seen(repo: Repo, home: Home, *, whole: bool = False) -> ChangeFacts:
    repository = find_repository(str(repo.path))
    store = Store.open(home, repository)
    return change_facts(store, resolve(repository, None, None, whole, store=store))


def test_paths_lines_and_commits(repo: Repo, gate_home: Home) -> None:
    repo.commit("more", {"old.txt": "one\ntwo\nthree\nfour\nfive\n", "logo.bin": b"\0\1"})
    repo.branch("work")
    repo.commit("feat: app", {"src/app.py": "def answer() -> int:\n    return 43\n", "secret.txt": "x\n"})
    repo.git("mv", "old.txt", "new.txt")
    repo.commit("fix: rename", {"secret.txt": None, "logo.bin": b"\0\2"})
    found = seen(repo, gate_home)
    assert found.complete
    assert found.paths == (
        ChangedPath("logo.bin", "M"),
        ChangedPath("new.txt", "R", "old.txt"),
        ChangedPath("src/app.py", "M", "", 1, 1),
    )
    assert [(one.subject, one.author, one.merge) for one in found.commits] == [
        ("feat: app", "A Worker <worker@example.org>", False),
        ("fix: rename", "A Worker <worker@example.org>", False),
    ]
    assert found.commits[0].paths == ("secret.txt", "src/app.py")
    assert found.commits[1].paths == ("logo.bin", "new.txt", "old.txt", "secret.txt")


def test_a_merge_is_marked(repo: Repo, gate_home: Home) -> None:
    repo.branch("work")
    repo.commit("mine", {"a.txt": "a\n"})
    repo.switch("main")
    repo.commit("theirs", {"b.txt": "b\n"})
    repo.switch("work")
    repo.git("merge", "--quiet", "--no-edit", "main")
    assert {one.subject[:5]: one.merge for one in seen(repo, gate_home).commits} == {"mine": False, "Merge": True}


def test_a_whole_tree_blames_nobody(repo: Repo, gate_home: Home, tmp_path: Path) -> None:
    assert seen(repo, gate_home, whole=True) == ChangeFacts()


def test_a_long_subject_line_is_cut(repo: Repo, gate_home: Home) -> None:
    repo.branch("work")
    repo.commit("x" * 2000, {"a.txt": "a\n"})
    assert len(seen(repo, gate_home).commits[0].subject) == 500
