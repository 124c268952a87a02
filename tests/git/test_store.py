"""The gate's own object store: complete, unpoisoned, and alive again after anything."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.fetching import FetchProgress
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from tests.git.conftest import open_store
from tests.support.repo import Repo


def test_commits_arrive_with_their_history(repo: Repo, store: Store) -> None:
    first = repo.head()
    second = CommitId(repo.commit("second", {"x": "1"}))
    assert not store.has(second)
    said: list[str] = []
    store.fetch([second], said.append)
    assert store.has(second) and said
    assert store.git.ok("cat-file", "-e", first)
    assert not (store.path / "objects" / "info" / "alternates").exists()


def test_a_commit_that_no_reference_names_arrives(repo: Repo, store: Store) -> None:
    repo.git("switch", "--quiet", "--detach")
    loose = CommitId(repo.commit("loose", {"x": "1"}))
    repo.switch("main")
    store.fetch([loose])
    assert store.read(loose, "x") == b"1"


def test_nothing_of_the_worker_s_configuration_runs(repo: Repo, store: Store, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    script = tmp_path / "trap.sh"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {trap}\ncat\n')
    script.chmod(0o755)
    for name in ("reference-transaction", "post-checkout", "pre-commit", "post-index-change", "pre-auto-gc"):
        shutil.copy(script, repo.path / ".git" / "hooks" / name) if (repo.path / ".git" / "hooks").exists() else None
    commit = CommitId(repo.commit("x", {"x": "1"}))
    trap.unlink(missing_ok=True)
    for key in (
        "core.fsmonitor",
        "uploadpack.packObjectsHook",
        "core.alternateRefsCommand",
        "core.pager",
        "gpg.program",
    ):
        repo.config(key, str(script))
    repo.config("log.showSignature", "true")
    store.fetch([commit])
    assert store.has(commit)
    assert not trap.exists()


def test_missing_objects_are_named(repo: Repo, store: Store) -> None:
    commit = CommitId(repo.commit("x", {"x": "unique content"}))
    blob = repo.git("rev-parse", "HEAD:x")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(CannotEstablish, match="cannot be read from"):
        store.fetch([commit])
    assert not store.has(commit)


def test_grafts_and_replacements_change_nothing(repo: Repo, store: Store) -> None:
    evil = repo.commit("evil", {"x": "evil"})
    good = CommitId(repo.commit("good", {"x": "good"}))
    repo.git("replace", good, evil)
    store.fetch([good])
    assert store.read(good, "x") == b"good"


def test_killed_while_fetching_heals(repo: Repo, store: Store) -> None:
    commit = CommitId(repo.commit("x", {"x": "1"}))
    (store.path / "refs" / "gate").mkdir(parents=True, exist_ok=True)
    for stale in ("packed-refs.lock", f"refs/gate/{commit}.lock", "config.lock", "shallow.lock"):
        (store.path / stale).touch()
    (store.path / "objects" / "pack").mkdir(exist_ok=True)
    (store.path / "objects" / "pack" / "tmp_pack_abc").write_bytes(b"half")
    store.fetch([commit])
    assert store.has(commit)
    assert not (store.path / "objects" / "pack" / "tmp_pack_abc").exists()


def test_a_long_fetch_says_how_far_it_is(repo: Repo, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FetchProgress.__init__, "__kwdefaults__", {"clock": time.monotonic, "every_s": 0.0})
    said: list[str] = []
    store.fetch([CommitId(repo.commit("many", {f"f{n}": str(n) for n in range(300)}))], said.append)
    assert any("objects" in line and line.endswith(" %") for line in said[1:]), said


def test_a_fetch_leaves_what_others_are_using(repo: Repo, store: Store) -> None:
    """Git's own redoing of merges works in such a folder, without the lock, while another thread fetches."""
    in_use, left_behind = (store.path / "objects" / f"tmp_objdir-remerge-diff-{name}" for name in ("a", "b"))
    for folder in (in_use, left_behind):
        (folder / "ab").mkdir(parents=True)
    os.utime(left_behind, (0, 0))
    store.fetch([CommitId(repo.commit("x", {"x": "1"}))])
    assert in_use.exists() and not left_behind.exists()


def test_killed_while_being_made_heals(repo: Repo, gate_home: Home) -> None:
    made = open_store(repo, gate_home)
    shutil.rmtree(made.path / "objects")
    (made.path / "gate" / "ready").unlink()
    again = open_store(repo, gate_home)
    commit = CommitId(repo.head())
    again.fetch([commit])
    assert again.has(commit)


def test_two_gates_fetch_at_once(repo: Repo, gate_home: Home) -> None:
    commits = [repo.commit(f"c{number}", {f"f{number}": "x" * number}) for number in range(5)]
    code = (
        "import sys, os\n"
        "from gatekeeper.git.facts import find_repository\n"
        "from gatekeeper.git.store import Store\n"
        "from gatekeeper.process.home import find_home\n"
        "s = Store.open(find_home(os.environ), find_repository(sys.argv[1]))\n"
        "s.fetch(sys.argv[2:])\n"
    )
    argv = [sys.executable, "-c", code, str(repo.path), *commits]
    root = str(Path(__file__).parents[2])
    running = [subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": root}, stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate(timeout=60)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    assert all(open_store(repo, gate_home).has(commit) for commit in commits)


def test_an_unwritable_cache_is_named(repo: Repo, tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    with pytest.raises(CannotEstablish, match=str(blocker)):
        open_store(repo, Home(cache=blocker / "cache", state=blocker / "state"))


def test_reading(repo: Repo, store: Store) -> None:
    files = {"--help": "h", "a\nb": "nl", "ümläut \udcff": "raw", "dir/inner": "i", "big": "x" * 100}
    commit = CommitId(repo.commit("names", files))
    store.fetch([commit])
    assert {name: store.read(commit, name) for name in files} == {name: text.encode() for name, text in files.items()}
    assert store.read(commit, "dir") is None
    assert store.read(commit, "absent") is None
    assert store.read(commit, "absent\nwith newline") is None
    assert store.read(f"{commit}^", "big") is None
    with pytest.raises(CannotEstablish, match="big is too large"):
        store.read(commit, "big", max_bytes=99)
    assert set(files) <= set(store.list_tree(commit))


def test_merging_ignores_the_branch_s_merge_drivers(repo: Repo, store: Store) -> None:
    repo.commit("attributes", {".gitattributes": "* merge=union\n", "x": "1\n"})
    repo.branch("worker")
    head = CommitId(repo.commit("mine", {"x": "mine\n"}))
    repo.switch("main")
    base = CommitId(repo.commit("theirs", {"x": "theirs\n"}))
    store.fetch([base, head])
    assert store.merge(base, head) == (None, ("x",))
