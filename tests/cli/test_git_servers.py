"""Pushes and merges against real git servers: a bare repository as a folder, and over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import SHELL_CHECK
from tests.support.git_server import served
from tests.support.push import git, refs, with_remote
from tests.support.repo import Repo
from tests.support.verb import verb

pytestmark = pytest.mark.slow
WHO = {"GIT_COMMITTER_NAME": "Lead", "GIT_COMMITTER_EMAIL": "lead@example.org", "GIT_CONFIG_GLOBAL": os.devnull}


@pytest.fixture(params=["file", "http"])
def server(request: pytest.FixtureRequest, tmp_path: Path, gate_home: Home) -> Iterator[tuple[Repo, Path]]:
    """The project, with the hook, whose origin is this server; and the bare repository that it serves."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    repo, bare = with_remote(tmp_path)
    Repo(bare).config("http.receivepack", "true")
    with ExitStack() as stack:
        if request.param == "http":
            address = stack.enter_context(served(tmp_path))
            repo.git("remote", "set-url", "origin", f"{address}/{bare.name}")
        yield repo, bare
    monkeypatch.undo()


def test_only_what_is_accepted_arrives(server: tuple[Repo, Path]) -> None:
    repo, bare = server
    git(repo, "push", "origin", "work").expect(0, "✓ work")
    repo.commit("bad", {"bad": "x\n"})
    assert git(repo, "push", "origin", "work").status != 0
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "x")
    repo.commit("mended", {"bad": None, "big.bin": os.urandom(2 << 20)})  # large enough to come in chunks
    git(repo, "push", "origin", "work").expect(0, "✓ work")
    repo.git("reset", "-q", "--hard", "HEAD~2")
    repo.commit("another way", {"way.txt": "x\n"})
    assert git(repo, "push", "origin", "work").status != 0  # accepted here, refused there: no fast-forward
    git(repo, "push", "--force-with-lease", "origin", "work").expect(0, "✓ work")
    assert refs(bare)["refs/heads/work"] == repo.head()


def test_fifty_references_and_names_with_shell_characters(server: tuple[Repo, Path]) -> None:
    repo, bare = server
    odd = ["a;touch${IFS}pwned", "$(touch${IFS}pwned)", "a'b\"c", "%2e%2e", "#x"]
    names = [*(f"b{number}" for number in range(45)), *odd]
    git(repo, "push", "origin", *(f"work:refs/heads/{name}" for name in names)).expect(0, "50 of 50 references")
    assert {f"refs/heads/{name}" for name in names} <= refs(bare).keys()
    assert not list(repo.path.glob("pwned*"))


def test_a_branch_that_was_deleted_over_there(server: tuple[Repo, Path]) -> None:
    repo, bare = server
    git(repo, "push", "origin", "work", "work:other").expect(0)
    Repo(bare).git("update-ref", "-d", "refs/heads/work")
    repo.commit("more", {"more.txt": "x\n"})
    git(repo, "push", "origin", "work").expect(0, "✓ work")
    git(repo, "push", "origin", ":other").expect(0, "- other deleted")
    assert set(refs(bare)) == {"refs/heads/main", "refs/heads/work"}


def test_a_server_that_takes_nothing_leaves_everything_as_it_was(server: tuple[Repo, Path]) -> None:
    repo, bare = server
    repo.switch("main")
    before = repo.head()
    refuses = bare / "hooks/pre-receive"
    refuses.parent.mkdir(exist_ok=True)
    refuses.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    refuses.chmod(0o755)
    verb(repo.path, "merge", "work", "--no-ff", "--push", env=WHO).expect(3, "origin did not take", "declined")
    assert (repo.head(), refs(bare)["refs/heads/main"]) == (before, before)
    refuses.unlink()
    verb(repo.path, "merge", "work", "--no-ff", "--push", env=WHO).expect(0, "pushed:   origin")
    assert refs(bare)["refs/heads/main"] == repo.head()


def clone(repo: Repo, path: Path, name: str, fifos: Path) -> Repo:
    """Another person's clone, with a branch `name` whose check waits until it is told to go on."""
    address = repo.git("remote", "get-url", "origin")
    git(path, "clone", "-q", address, f"clone-{name}").expect(0)
    made = Repo(path / f"clone-{name}")
    made.branch(name)
    made.commit(f"add {name}", {f"slow-{name}": name, f"{name}.txt": "x\n"})
    made.switch("main")
    for kind in ("ready", "go"):
        os.mkfifo(fifos / f"{kind}-{name}")
    return made


def test_two_people_merge_at_once_and_none_is_lost(server: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, bare = server
    fifos = tmp_path / "fifos"
    fifos.mkdir()
    (fifos / "racing").touch()
    wait = f"test -e {fifos}/racing || exit 0\nn=$(cat slow-*)\n: > {fifos}/ready-$n\ncat {fifos}/go-$n > /dev/null\n"
    policy = SHELL_CHECK.replace("[check.x]", '[isolation]\nuse = "off"\n[check.x]')
    repo.switch("main")
    repo.commit("probe", {"probe.sh": wait, "gate.toml": f'extends = ["default"]\n{policy}'})
    git(repo, "push", "--no-verify", "origin", "main").expect(0)
    clones = {name: clone(repo, tmp_path, name, fifos) for name in ("one", "two")}
    argv = [sys.executable, "-m", "gatekeeper", "merge"]
    running = {
        name: subprocess.Popen(
            [*argv, name, "--no-ff", "--push"], cwd=made.path, env={**os.environ, **WHO},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for name, made in clones.items()
    }  # fmt: skip
    for name in clones:
        (fifos / f"ready-{name}").read_bytes()
    for name in clones:
        (fifos / f"go-{name}").write_bytes(b"")
    (fifos / "racing").unlink()
    said = {name: process.communicate(timeout=60)[0].decode() for name, process in running.items()}
    assert sorted(process.returncode for process in running.values()) == [0, 3], said
    winner, loser = sorted(clones, key=lambda name: running[name].returncode)
    assert "origin did not take" in said[loser]
    assert refs(bare)["refs/heads/main"] == clones[winner].head("main")
    late = clones[loser]
    assert late.head("main") == late.head(f"{loser}~1")
    git(late, "pull", "-q", "--ff-only").expect(0)
    verb(late.path, "merge", loser, "--push", env=WHO).expect(0, "(merge commit)")
    files = Repo(bare).git("ls-tree", "--name-only", "main").split()
    assert {"one.txt", "two.txt"} <= set(files)
