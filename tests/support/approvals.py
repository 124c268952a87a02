"""A repository whose base forbids deploy/ and names people for approvals, and a branch that goes there all the same."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from gatekeeper.cli.main import run
from gatekeeper.git.facts import find_repository
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import PrivateKey, new_key
from tests.support.gate_command import Said
from tests.support.repo import Repo

POLICY = """extends = []
[check.paths]
forbidden = ["/deploy/"]
[check.worktree]
"""
RULE = ("--rule", "forbidden-path")
WHY = ("--reason", "agreed with operations")


class Person:
    """Somebody with a key of their own, in a home of their own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.key: PrivateKey = new_key(Home(cache=folder / name / "cache", state=folder / name / "state"))

    @property
    def words(self) -> tuple[str, str]:
        """Options of `gate approve` that sign with their key."""
        return "--key", str(self.key.path)

    def table(self, *approves: str, **more: object) -> str:
        """[[signer]] of gate.toml."""
        rows = {"name": self.name, "key": self.key.public, "stamps": False, **more}
        rows |= {"approves": list(approves)} if approves else {}
        return "\n[[signer]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in rows.items())


def project(path: Path, *signers: str, policy: str = POLICY) -> Repo:
    """main with that policy; `work`, checked out, adds deploy/a.txt and deploy/b.txt."""
    repo = Repo.create(path)
    repo.commit("begin", {"gate.toml": policy + "".join(signers), "README.md": "# p\n"})
    repo.branch("work")
    repo.commit("work", {"deploy/a.txt": "a\n", "deploy/b.txt": "b\n"})
    return repo


def here(repo: Repo, name: str, *words: str) -> Said:
    """`gate NAME WORDS` in this process: as the command does it, without the third of a second to start one."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = run([name, *words, "--repo", str(repo.path)])
        except SystemExit as error:  # argparse has said why
            status = int(str(error.code))
    return Said(status, out.getvalue(), err.getvalue())


def approve(repo: Repo, person: Person, *words: str, rev: str = "work") -> Said:
    """`gate approve REV WORDS`, signed by that person."""
    return here(repo, "approve", rev, *words, *person.words)


def check(repo: Repo, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON report of `gate check work`."""
    said = here(repo, "check", "work", "--format", "json", *words)
    return said.status, json.loads(said.out)


def listed(report: dict[str, Any]) -> list[tuple[str, int, str]]:
    """(who, how many findings it settled, problem) of every approval."""
    return [(one["name"], one["used"], one["problem"]) for one in report["approvals"]]


def repository(repo: Repo) -> Repository:
    return find_repository(str(repo.path))
