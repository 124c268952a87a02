"""Judge, sign and record a subject for the doors: pre-push, pre-commit, merge."""

import os
import sys
import time
from collections.abc import Mapping

from gatekeeper.cli import exits
from gatekeeper.cli.check import seal_verdict
from gatekeeper.cli.live import Progress, make_progress
from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.cli.remember import for_push
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.dispatch.start import leases_for
from gatekeeper.errors import GateError
from gatekeeper.gate import Judged, Ports, Request, check
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.verdicts import StoredVerdict
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home
from gatekeeper.report.escape import terminal


def established(request: Request, home: Home, env: Mapping[str, str], ledger: Ledger, progress: Progress) -> Judged:
    """What `gate check` would establish, recorded and signed, and remembered for a push of the same commit.

    Raises what `gate.check` raises. A run that cannot be recorded is said; the verdict stands.
    """
    judged = check(request, Ports(home, env, progress, leases=leases_for(env, progress.message)), ledger)
    sealed = seal_verdict(judged, home)
    status = exits.OF_VERDICT[judged.report.decision.verdict]
    usual = sealed and request.base is None and request.policy_rev is None and not request.merged
    keep = for_push(env, home, judged, status, time.time()) if usual else None
    record(judged.report, status, ledger, keep)
    return judged


def record(report: Report, status: int, ledger: Ledger, push: tuple[str, StoredVerdict] | None = None) -> None:
    """Into the ledger; what keeps it from that is said."""
    try:
        ledger.record(report, status, push=push)
    except GateError as error:
        emit(f"gate: the run could not be recorded: {terminal(error.what)}\n      {terminal(error.hint)}\n", sys.stderr)


def door_progress() -> Progress:
    """A live list on a terminal, nothing elsewhere: a hook prints at most a screen."""
    return make_progress(sys.stderr, os.environ, quiet=not color_wanted(sys.stderr, os.environ))


def request_for(directory: str, rev: str, base: str | None = None, *, merged: bool = False) -> Request:
    """A request about commits alone: what lies about in a worktree is not part of it."""
    return Request(directory, rev=rev, base=base, jobs=default_jobs(), worktree=False, merged=merged)
