"""Real `git push` through a real hook, to a bare repository beside it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.gate_command import SHELL_CHECK, Said, project
from tests.support.repo import Repo
from tests.support.verb import verb

PROBE = "! test -e bad\n"
"""The check of these repositories: a tree with a file `bad` fails."""
_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{role}_NAME": "A Person" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "person@example.org" for role in ("AUTHOR", "COMMITTER")},
}


def git(where: Repo | Path, *words: str, env: Mapping[str, str] | None = None, timeout_s: float = 60) -> Said:
    """git as a person runs it: with the caller's variables, which the hooks get."""
    folder = where.path if isinstance(where, Repo) else where
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **_GIT, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def with_remote(path: Path, policy: str = SHELL_CHECK) -> tuple[Repo, Path]:
    """A project on branch `work`, one commit ahead of main, the hook installed; and its origin, which has main."""
    bare = path / "origin.git"
    bare.mkdir(parents=True)
    Repo(bare).git("init", "--quiet", "--bare", "-b", "main")
    repo = project(path / "project", PROBE, policy)
    repo.git("remote", "add", "origin", str(bare))
    repo.git("push", "--quiet", "origin", "main")
    verb(repo.path, "hook", "install").expect(0, "installed")
    return repo, bare


def refs(bare: Path) -> dict[str, str]:
    """Reference → commit, of a bare repository."""
    said = Repo(bare).git("for-each-ref", "--format=%(refname) %(objectname)")
    return dict(line.split(" ") for line in said.splitlines())


def gate_shim(folder: Path) -> str:
    """A PATH on which `gate` is the one under test."""
    folder.mkdir(parents=True, exist_ok=True)
    shim = folder / "gate"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m gatekeeper "$@"\n')
    shim.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"
