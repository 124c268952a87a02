"""What each commit changed."""

from pathlib import Path

from gatekeeper.git.changes import Change, PathChange, changed_paths, commits
from gatekeeper.git.store import Store
from gatekeeper.git.trailers import trailers
from gatekeeper.model.vocabulary import CommitId
from tests.support.repo import Repo


def read(repo: Repo, store: Store, base: str | None = None, head: str = "HEAD") -> tuple[Change, ...]:
    tip, start = CommitId(repo.head(head)), CommitId(repo.head(base)) if base else None
    store.fetch([tip])
    return commits(store, start, tip)


def short(entry: PathChange) -> tuple[str, str | None, str]:
    return entry.status, entry.old_path, entry.path


def test_a_reverted_change_is_still_seen(repo: Repo, store: Store) -> None:
    repo.branch("worker")
    repo.commit("touch", {"secret": "1"})
    repo.commit("untouch", {"secret": None})
    found = read(repo, store, "main")
    assert [(c.subject, [short(p) for p in c.paths]) for c in found] == [
        ("touch", [("A", None, "secret")]),
        ("untouch", [("D", "secret", "secret")]),
    ]
    assert found[0].author == "A Worker <worker@example.org>"


def test_kinds_of_change(repo: Repo, store: Store) -> None:
    body = "".join(f"line {number}\n" for number in range(30))
    repo.commit("before", {"moved.py": body, "script": "x", "kind": "plain file"})
    repo.branch("worker")
    repo.git("mv", "moved.py", "new name\n.py")
    (repo.path / "script").chmod(0o755)
    (repo.path / "kind").unlink()
    (repo.path / "kind").symlink_to("../../etc/passwd")
    repo.commit("all at once", {"README.md": "# other\n"})
    (change,) = read(repo, store, "main")
    found = {entry.path: entry for entry in change.paths}
    assert short(found["new name\n.py"]) == ("R", "moved.py", "new name\n.py")
    assert (found["script"].old_mode, found["script"].new_mode) == ("100644", "100755")
    assert (found["kind"].status, found["kind"].link_target) == ("T", "../../etc/passwd")
    assert (found["README.md"].status, found["README.md"].link_target) == ("M", None)


def test_merging_main_blames_nobody(repo: Repo, store: Store) -> None:
    repo.branch("worker")
    repo.commit("work", {"mine": "1"})
    repo.switch("main")
    repo.commit("theirs", {"gate.toml": "# theirs\n"})
    repo.switch("worker")
    repo.git("merge", "--quiet", "--no-edit", "main")
    found = read(repo, store, "main")
    assert [[short(p) for p in c.paths] for c in found] == [[("A", None, "mine")], []]


def test_what_a_merge_smuggles_in_is_seen(repo: Repo, store: Store) -> None:
    repo.branch("worker")
    repo.commit("work", {"mine": "1"})
    repo.switch("main")
    repo.commit("theirs", {"other": "1"})
    repo.switch("worker")
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "main")
    repo.commit("Merge main", {"gate.toml": "smuggled"})
    found = read(repo, store, "main")
    assert [short(p) for p in found[-1].paths] == [("A", None, "gate.toml")]


def test_hostile_subjects_and_names(repo: Repo, store: Store) -> None:
    repo.branch("worker")
    repo.commit(":100644 100644 aaaa bbbb M", {":000000 x": "1", "\udcfe": "2"})
    repo.commit("", {"after": "1"})
    repo.commit("\x1b[31mred", {})
    found = read(repo, store, "main")
    assert [c.subject for c in found] == [":100644 100644 aaaa bbbb M", "", "\x1b[31mred"]
    assert [sorted(p.path for p in c.paths) for c in found] == [[":000000 x", "\udcfe"], ["after"], []]


def test_no_external_diff_runs(repo: Repo, store: Store, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    repo.config("diff.external", f"touch {trap}")
    repo.config("diff.evil.textconv", f"touch {trap}; cat")
    repo.branch("worker")
    repo.commit("work", {".gitattributes": "* diff=evil\n", "README.md": "# other\n"})
    assert len(read(repo, store, "main")[0].paths) == 2
    assert not trap.exists()


def test_a_moved_submodule_is_seen(repo: Repo, store: Store, tmp_path: Path) -> None:
    library = Repo.create(tmp_path / "library")
    library.commit("begin", {"lib.py": ""})
    repo.branch("worker")
    repo.git("submodule", "--quiet", "add", str(library.path), "vendor")
    repo.config("diff.ignoreSubmodules", "all")
    repo.commit("add submodule")
    entries = {p.path: p for p in read(repo, store, "main")[0].paths}
    assert entries["vendor"].new_mode == "160000"


def test_a_root_commit_on_the_branch_is_seen(repo: Repo, store: Store) -> None:
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.commit("root", {"z": "1"})
    repo.git("switch", "--quiet", "-c", "worker", "main")
    repo.git("merge", "--quiet", "--allow-unrelated-histories", "--no-edit", "other")
    found = read(repo, store, "main")
    assert ("A", None, "z") in [short(p) for c in found for p in c.paths]


def test_without_a_base_the_whole_tree_is_one_change(repo: Repo, store: Store) -> None:
    (change,) = read(repo, store)
    assert [short(p) for p in change.paths] == [("A", None, "README.md"), ("A", None, "src/app.py")]


def test_net_difference(repo: Repo, store: Store) -> None:
    repo.commit("a", {"x": "1"})
    repo.commit("b", {"x": None, "src/app.py": "y"})
    store.fetch([CommitId(repo.head())])
    assert [short(p) for p in changed_paths(store, repo.tree("HEAD~2"), repo.tree())] == [
        ("M", "src/app.py", "src/app.py")
    ]


def test_trailers(repo: Repo, store: Store) -> None:
    message = (
        "Subject\n\nGate-Claim: not=a trailer here\n\nbody\n---\nmore\n\n"
        "Gate-Claim: tests=local; pytest -q; 214 passed\nGate-Claim: lint=local; ruff\n  check\nGate-Tree: abc\n"
    )
    commit = repo.commit(message)
    store.fetch([CommitId(commit)])
    assert trailers(store, commit) == (
        ("Gate-Claim", "tests=local; pytest -q; 214 passed"),
        ("Gate-Claim", "lint=local; ruff check"),
        ("Gate-Tree", "abc"),
    )


def test_no_trailers(repo: Repo, store: Store) -> None:
    commit = repo.commit("")
    store.fetch([CommitId(commit)])
    assert trailers(store, commit) == ()
