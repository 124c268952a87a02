"""Judge what is pushed: every reference, by the commit that is pushed. What lies in a worktree is not pushed."""

import os
import time
from collections.abc import Mapping, MutableMapping, Sequence

from gatekeeper.cli import exits
from gatekeeper.cli.judging import door_progress, established, request_for
from gatekeeper.cli.live import Progress
from gatekeeper.cli.pushing import branch_of, find_places, landed_key, remembered, shown, without_git
from gatekeeper.errors import CannotEstablish, GateError, Interrupted, NothingToJudge
from gatekeeper.git.command import Git
from gatekeeper.git.facts import commit_of, find_base, find_repository
from gatekeeper.git.pushed import Pushed
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.verdicts import find_verdict
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home
from gatekeeper.report import brief
from gatekeeper.report.pushed import Gated

LOG = "refs/heads/gate-log"
_CHAIN = 500
"""Merges in one push that are followed back to what the other side has."""


def scrub(env: MutableMapping[str, str]) -> str:
    """Take away what git exports to a hook; gives the git directory that it named ("." where it named none)."""
    git_dir = env.get("GIT_DIR", ".")
    for name in [name for name in env if name.startswith("GIT_")]:
        del env[name]
    if "PATH" in env:
        env["PATH"] = without_git(env["PATH"])
    return git_dir


def gate_push(lines: Sequence[Pushed], git_dir: str, home: Home, env: Mapping[str, str]) -> list[Gated]:
    """What each line comes to, in their order; the same commit of the same branch is judged once.

    `git_dir` is what git named, or "."; `env` is scrubbed. Raises UsageError without a repository.
    """
    ledger, progress = Ledger(home.ledger), door_progress()
    try:
        with progress:
            door = _Door(git_dir, home, env, ledger, progress)
            return [door.gated(line) for line in lines]
    finally:
        ledger.close()


class _Door:
    """One push: the repository, and what has been judged in it so far."""

    def __init__(self, git_dir: str, home: Home, env: Mapping[str, str], ledger: Ledger, progress: Progress) -> None:
        self._directory = os.path.realpath(git_dir)
        self._repository: Repository = find_repository(self._directory)
        self._home = home
        self._env = env
        self._ledger = ledger
        self._progress = progress
        self._judged: dict[tuple[str, str, str | None], Report] = {}

    def gated(self, line: Pushed) -> Gated:
        places = find_places({"GIT_DIR": self._directory}) or (self._repository.git_dir, self._repository.common_dir)
        found = remembered(line, places, self._env)
        if found is not None:
            return found
        try:
            return self._looked_at(line, branch_of(line, self._repository.git_dir))
        except Interrupted:
            raise
        except NothingToJudge as error:
            return self._nothing(line, error)
        except GateError as error:
            status = exits.status_of(error)
            return Gated(shown(line), line.local_id, "failed", status=status, said=error.what, hint=error.hint)

    def _looked_at(self, line: Pushed, branch: str) -> Gated:
        if line.local_ref == line.remote_ref == LOG:
            return Gated(shown(line), line.local_id, "nothing", said="the log of stamps")
        commit = commit_of(self._repository, line.local_id)
        if commit is None:
            return Gated(shown(line), line.local_id, "nothing", said="it is no commit")
        if self._landed(line):
            return Gated(shown(line), line.local_id, "accepted", said="merged by the gate")
        try:
            return self._verdict(line, branch, commit, None)
        except NothingToJudge:
            base = self._other_side(line)
            if base is None:
                raise
            return self._verdict(line, branch, commit, base)

    def _nothing(self, line: Pushed, error: NothingToJudge) -> Gated:
        """Nothing is new, or nothing can be merged: the push goes on. A base that is missing holds it up."""
        base = find_base(self._repository)
        if base is not None:
            git = Git(git_dir=self._repository.common_dir)
            unrelated = git.call("merge-base", line.local_id, base.tip).exit == 1
            if unrelated or git.ok("merge-base", "--is-ancestor", line.local_id, base.tip):
                return Gated(shown(line), line.local_id, "nothing", said=error.what)
        status = exits.BLOCKED
        return Gated(shown(line), line.local_id, "blocked", status=status, said=error.what, hint=error.hint)

    def _verdict(self, line: Pushed, branch: str, commit: str, base: str | None) -> Gated:
        report = self._report(branch, commit, base)
        state = report.decision.verdict.value
        status = exits.OF_VERDICT[report.decision.verdict]
        text = "" if state == "accepted" else brief.render(report)
        return Gated(shown(line), line.local_id, state, status=status, run=report.run, brief=text)

    def _report(self, branch: str, commit: str, base: str | None) -> Report:
        """The verdict about this very commit: of its branch, or of the bare commit when the branch has moved on."""
        known = self._judged.get((branch, commit, base))
        if known is None:
            known = self._judge(f"refs/heads/{branch}" if branch else commit, base)
            if known.subject.head != commit:
                known = self._judge(commit, base)
            self._judged[branch, commit, base] = known
        return known

    def _judge(self, rev: str, base: str | None) -> Report:
        request = request_for(self._directory, rev, base)
        return established(request, self._home, self._env, self._ledger, self._progress).report

    def _other_side(self, line: Pushed) -> str | None:
        """Where the base itself is pushed: the commit that the other side has of it. The base is not its own judge."""
        base = find_base(self._repository)
        name = line.remote_ref.removeprefix("refs/heads/")
        if base is None or name not in {base.name, base.name.partition("/")[2]} or line.creates:
            return None
        if commit_of(self._repository, line.remote_id) is None:
            raise CannotEstablish(
                f"the commit {line.remote_id[:12]} of {name} on the other side is not here", "fetch it: `git fetch`"
            )
        return line.remote_id

    def _landed(self, line: Pushed) -> bool:
        """Has `gate merge` made everything, one merge on the other, from what the other side has?"""
        path, now, common = str(self._home.ledger), time.time(), self._repository.common_dir
        commit = line.local_id
        for _ in range(_CHAIN):
            found = find_verdict(path, landed_key(common, commit), now)
            if found is None:
                return False
            commit = found.text
            if commit == line.remote_id:
                return True
        return False
