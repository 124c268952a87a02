"""The real `gate check` in its own process, its JSON report, and repositories small enough to be judged in a moment."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.lean import own_tools
from tests.support.repo import Repo
from tests.support.warm import gatekeeper

UNSIGNED = "\n[stamp]\nenabled = false\n"


@dataclass(frozen=True)
class Judged:
    """What one `gate check` said. `report` is the JSON report; empty when there was no verdict."""

    status: int
    report: dict[str, Any]
    out: str
    err: str

    @property
    def verdict(self) -> str:
        return str(self.report["verdict"])

    def check(self, name: str) -> dict[str, Any]:
        return next(check for check in self.report["checks"] if check["id"] == name)

    def outcome(self, name: str) -> str:
        return str(self.check(name)["outcome"])

    def rejecting(self, name: str) -> set[tuple[str, str | None]]:
        """(rule, path) of every finding that rejects."""
        return {(one["rule"], one["path"]) for one in self.check(name)["findings"] if one["rejects"]}

    def found(self, name: str) -> set[tuple[str, str | None]]:
        """(rule, path) of every finding."""
        return {(one["rule"], one["path"]) for one in self.check(name)["findings"]}


def run_gate(
    *args: str,
    cwd: Path,
    path: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    timeout_s: float = 120,
    cold: bool = False,
) -> Judged:
    """`gate check --format json ARGS` in `cwd`. `path` comes before the tools that the tests run with.

    `cold` for those that look at the gate itself from outside, by /proc.
    """
    variables = {**os.environ, "PATH": os.pathsep.join((*path, own_tools(), os.environ["PATH"])), **(env or {})}
    done = gatekeeper("check", "--format", "json", *args, cwd=cwd, env=variables, timeout_s=timeout_s, cold=cold)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {}
    return Judged(done.returncode, report, done.stdout.decode(), done.stderr.decode())


def project(path: Path, policy: str, files: Mapping[str, str | bytes | None]) -> Repo:
    """A repository whose main has `policy` as its gate.toml, and `files`; the branch `work` is checked out.

    Verdicts are not signed: that is tested where stamps are, and would cost every other test a tenth of a second.
    """
    made = Repo.create(path)
    made.commit("begin", {"gate.toml": f"extends = []\n{policy}{UNSIGNED}", **files})
    made.branch("work")
    return made
