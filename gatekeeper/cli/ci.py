"""`gate ci`: judge what a GitHub job is about. The exit status is the required check."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gatekeeper.cli import exits
from gatekeeper.cli.ci_history import History
from gatekeeper.cli.ci_said import JobLog
from gatekeeper.errors import CannotEstablish, GateError, NothingToJudge, UsageError
from gatekeeper.forge.github_events import Event, must_be_merged, parse
from gatekeeper.git.landing import UserGit
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home, find_home
from gatekeeper.report.renderers import FORMATS

HELP = "judge what a GitHub job is about"
MAX_EVENT_BYTES = 32 << 20
"""GitHub caps payloads at 25 MB."""
FAIL_ON = {"blocked": ("rejected", "blocked"), "rejected": ("rejected",), "never": ()}
"""Verdicts that fail the job."""


class _Asked(Struct, frozen=True):
    """An event, and the commits that are looked at because of it, by names that are here."""

    event: Event
    base: str | None
    policy: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate ci`."""
    parser.add_argument("--base", metavar="REV", help="judge against this (default: what the event says)")
    parser.add_argument("--policy-ref", metavar="REV", help="judge by the policy of this commit (default: the base's)")
    parser.add_argument(
        "--fail-on", choices=tuple(FAIL_ON), default="blocked", help="the least bad verdict that fails the job"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="what is printed to the log")
    parser.add_argument("--output-dir", metavar="DIR", help="where reports go (default: $RUNNER_TEMP/gate)")
    parser.add_argument("--no-fetch", action="store_true", help="fetch nothing: a shallow clone is exit status 3")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """0 accepted, nothing to judge, or a verdict that --fail-on lets pass; else the exit status of the verdict."""
    env = os.environ
    log = JobLog(env, Path(args.output_dir or Path(env.get("RUNNER_TEMP") or ".") / "gate"))
    try:
        report = _judged(args, _asked(args, _event(env)), find_home(env))
    except NothingToJudge as error:
        log.nothing(error)
        return exits.ACCEPTED
    except GateError as error:
        log.no_verdict(error)
        raise
    log.verdict(report, args.format)
    verdict = report.decision.verdict
    if verdict == "accepted" or verdict in FAIL_ON[args.fail_on]:
        return exits.OF_VERDICT[verdict]
    log.tolerated(verdict, args.fail_on)
    return exits.ACCEPTED


def _event(env: Mapping[str, str]) -> Event:
    """Raises UsageError: not on GitHub, or an event file that cannot be used."""
    path, name = env.get("GITHUB_EVENT_PATH"), env.get("GITHUB_EVENT_NAME")
    if not path or not name:
        raise UsageError("this is no GitHub job: GITHUB_EVENT_PATH and GITHUB_EVENT_NAME are not set", "gate check")
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_EVENT_BYTES + 1)
        if len(data) > MAX_EVENT_BYTES:
            raise UsageError(f"the event file {path} is larger than {MAX_EVENT_BYTES >> 20} MiB", "use GitHub's own")
        payload = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event file {path} cannot be read: {error}", "use the one that GitHub wrote") from error
    return parse(name, payload, env)


def _asked(args: argparse.Namespace, event: Event) -> _Asked:
    """The whole history and every commit are here afterwards. Raises CannotEstablish with the lines that fix it."""
    history = _history(args)
    history.complete()
    history.find(event.head)
    base, policy = (rev and history.find(rev) for rev in (args.base or event.base, args.policy_ref))
    if event.pull_request is not None:
        must_be_merged(event, history.parents())
    return _Asked(event, base, policy)


def _history(args: argparse.Namespace) -> History:
    return History(UserGit(str(Path(args.repo).resolve()), os.environ), may_fetch=not args.no_fetch)


def _judged(args: argparse.Namespace, asked: _Asked, home: Home) -> Report:
    # Lazy, all of them: a deletion, a shallow clone and an event file that lies are answered without.
    from gatekeeper.cli.judging import established
    from gatekeeper.cli.live import PlainProgress
    from gatekeeper.dispatch.cores import default_jobs
    from gatekeeper.gate import Request
    from gatekeeper.ledger.record import Ledger

    event = asked.event
    request = Request(
        args.repo, rev=event.head, base=asked.base, whole=event.whole and args.base is None, jobs=default_jobs(),
        worktree=False, branch=event.branch, policy_rev=asked.policy,
    )  # fmt: skip
    ledger = Ledger(home.ledger)
    try:
        with PlainProgress(sys.stderr) as progress:
            return established(request, home, os.environ, ledger, progress).report
    except NothingToJudge as error:
        # There is really nothing new, or it fails: a required check must not pass for want of a base.
        if asked.base is None or not _history(args).contains(asked.base, event.head):
            raise CannotEstablish(error.what, error.hint) from error
        raise
    finally:
        ledger.close()
