"""What a worker left uncommitted, and all the ways to hide it."""

import hashlib
import os
from pathlib import Path

import pytest

from gatekeeper.git.facts import find_repository
from gatekeeper.git.store import Store
from gatekeeper.git.worktree import WorktreeState, inspect
from gatekeeper.git.worktrees import find_worktree
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from tests.support.repo import Repo


@pytest.fixture
def look(repo: Repo, store: Store, gate_home: Home):  # type: ignore[no-untyped-def]
    def call(where: Repo = repo) -> WorktreeState:
        head = CommitId(where.head())
        store.fetch([head])
        return inspect(str(where.path), store, head, gate_home)

    return call


def test_clean(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    for _ in range(2):
        assert look() == WorktreeState(path=str(repo.path), dirty=())


def test_every_kind_of_dirt(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    repo.commit("more", {"gone": "1", "staged": "1"})
    assert look().dirty == ()
    repo.write("src/app.py", "changed")
    repo.write("gone", None)
    repo.write("new", "")
    repo.write("folder/inner", "")
    repo.write("staged", "2")
    repo.git("add", "staged")
    repo.write("staged", "1")
    repo.write("--help", "")
    expected = (("?", "--help"), ("?", "folder/"), ("D", "gone"), ("?", "new"), ("M", "src/app.py"), ("S", "staged"))
    assert look().dirty == expected


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_index_flags_hide_nothing(repo: Repo, look, flag: str) -> None:  # type: ignore[no-untyped-def]
    repo.git("update-index", flag, "src/app.py")
    repo.write("src/app.py", "hidden change")
    assert repo.git("status", "--porcelain") == ""
    state = look()
    assert state.dirty == (("M", "src/app.py"),)
    assert state.hidden == ("src/app.py",)


def test_settings_hide_nothing(repo: Repo, look, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    excludes = tmp_path / "excludes"
    excludes.write_text("two\n")
    repo.config("status.showUntrackedFiles", "no")
    repo.config("core.excludesFile", str(excludes))
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "exclude").write_text("one\n")
    repo.config("core.fileMode", "false")
    repo.config("core.checkStat", "minimal")
    repo.config("core.trustctime", "false")
    for name in ("one", "two", "three"):
        repo.write(name, "")
    (repo.path / "src" / "app.py").chmod(0o755)
    assert repo.git("status", "--porcelain") == ""
    assert look().dirty == (("?", "one"), ("M", "src/app.py"), ("?", "three"), ("?", "two"))


def test_uncommitted_gitignore_hides_nothing_committed_does(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    repo.commit("rules", {".gitignore": "*.log\n", "src/.gitignore": "/gen/\n"})
    for name in ("a.log", "src/gen/x", "gen/x", "b.tmp"):
        repo.write(name, "")
    assert look().dirty == (("?", "b.tmp"), ("?", "gen/"))
    repo.write(".gitignore", "*\n")
    assert look().dirty == (("M", ".gitignore"), ("?", "b.tmp"), ("?", "gen/"))


def test_a_time_stamp_put_back_hides_nothing(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    look()
    file = repo.path / "src" / "app.py"
    stamp = file.stat()
    file.write_text(file.read_text().replace("42", "43"))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert look().dirty == (("M", "src/app.py"),)


def test_nothing_configured_by_the_worker_runs(repo: Repo, look, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    trap = tmp_path / "trap"
    repo.commit("attributes", {".gitattributes": "*.py filter=evil diff=evil\n"})
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {trap}\ngit cat-file blob HEAD:src/app.py 2>/dev/null || cat\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-index-change").symlink_to(script)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.evil.textconv", "diff.external"):
        repo.config(key, str(script))
    repo.config("core.hooksPath", str(hooks))
    repo.write("src/app.py", "hidden by a filter that prints the committed content")
    assert look().dirty == (("M", "src/app.py"),)
    assert not trap.exists()


def test_the_worktree_is_only_read(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    index = (repo.path / ".git" / "index").read_bytes()
    before = sorted(str(path) for path in repo.path.rglob("*"))
    look()
    assert (repo.path / ".git" / "index").read_bytes() == index
    assert sorted(str(path) for path in repo.path.rglob("*")) == before


def test_other_worktrees_inside_are_somebody_else_s(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    inner = repo.worktree("worker", repo.path / "trees" / "worker")
    inner.write("dirt", "")
    assert look().dirty == ()
    assert look(inner).dirty == (("?", "dirt"),)
    repo.write("trees/beside", "")
    assert look().dirty == (("?", "trees/"),)


def test_a_foreign_repository_inside_is_dirt(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    Repo.create(repo.path / "foreign").commit("x", {"x": "1"})
    assert look().dirty == (("?", "foreign/"),)


@pytest.mark.parametrize(
    ("marker", "word"), [("MERGE_HEAD", "merge"), ("BISECT_LOG", "bisect"), ("REVERT_HEAD", "revert")]
)
def test_operations(repo: Repo, look, marker: str, word: str) -> None:  # type: ignore[no-untyped-def]
    (repo.path / ".git" / marker).write_text(repo.head() + "\n")
    assert look().operation == word


def test_a_rebase_in_a_linked_worktree(repo: Repo, look, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    linked = repo.worktree("worker", tmp_path / "linked")
    linked.commit("mine", {"README.md": "mine\n"})
    repo.commit("theirs", {"README.md": "theirs\n"})
    linked.git("rebase", "main", check=False)
    state = look(linked)
    assert (state.operation, state.detached) == ("rebase", True)
    assert find_worktree(find_repository(str(repo.path)), "worker") == str(linked.path)


def test_find_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = repo.worktree("worker", tmp_path / "linked\nodd")
    repo.git("branch", "parked")
    found = find_repository(str(repo.path))
    assert find_worktree(found, "main") == str(repo.path)
    assert find_worktree(found, "worker") == str(linked.path)
    assert find_worktree(found, "parked") is None


def test_a_sparse_checkout_is_clean(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    repo.commit("more", {"docs/a": "1", "docs/b": "2"})
    repo.git("sparse-checkout", "set", "src")
    assert not (repo.path / "docs").exists()
    state = look()
    assert (state.dirty, state.absent) == ((), 2)


def test_lfs_content_is_clean_and_other_content_is_not(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    content = b"\0big asset" * 100
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    repo.commit("asset", {".gitattributes": "*.bin filter=lfs\n", "x.bin": pointer})
    repo.write("x.bin", content)
    state = look()
    assert (state.dirty, state.lfs) == ((), ("x.bin",))
    (repo.path / "x.bin").chmod(0o755)
    assert look().dirty == (("M", "x.bin"),), "the mode is not the committed one"
    (repo.path / "x.bin").chmod(0o644)
    repo.write("x.bin", content.replace(b"big", b"bad"))
    assert look().dirty == (("M", "x.bin"),)


def test_line_endings_that_an_attribute_asks_for(repo: Repo, look) -> None:  # type: ignore[no-untyped-def]
    repo.write("src/app.py", "def answer() -> int:\r\n    return 42\r\n")
    assert look().dirty == (("M", "src/app.py"),), "no attribute asked for it"
    repo.git("checkout", "--", "src/app.py")
    repo.commit("attributes", {".gitattributes": "*.py text eol=crlf\n"})
    repo.write("src/app.py", "def answer() -> int:\r\n    return 42\r\n")
    state = look()
    assert (state.dirty, state.line_endings) == ((), ("src/app.py",))
