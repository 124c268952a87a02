"""`gate github post RUN`: put a run on GitHub."""

import argparse
import os
from typing import Any

from gatekeeper.cli import exits
from gatekeeper.cli.github_client import access_for, connect, hidden
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.forge.client import Client, RefusedError
from gatekeeper.forge.posting import Posted, find_pull, head_of, post_check_run, post_comment, post_status
from gatekeeper.forge.wire import WRITING
from gatekeeper.git.lock import locked
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.process.home import ensure_writable, find_home
from gatekeeper.report.check_run import Hide, check_run, status
from gatekeeper.report.escape import single_line
from gatekeeper.report.pull_comment import comment

HELP = "put a run on GitHub"
FORBIDDEN = 403
_REMOTE = ("refs/remotes/", "refs/heads/", "origin/")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate github post`."""
    parser.add_argument("run", metavar="RUN", help="run id, may be abbreviated")
    parser.add_argument("--pr", type=int, metavar="N", help="the pull request (default: the open one of that commit)")
    parser.add_argument("--no-comment", action="store_true", help="only the check run or status")


def run(args: argparse.Namespace) -> int:
    """0 when it stands there, whatever the verdict. Raises UsageError, and CannotEstablish where GitHub refuses."""
    report = found_run(args.run)
    access = access_for(args, os.environ)
    hide, folder = hidden(access, os.environ).text, ensure_writable(find_home(os.environ).state / "github")
    # One after the other: two that look at the same time see no comment, and make two.
    with locked(f"{folder}/{access.repository.replace('/', '--')}.lock"):
        post(connect(access, WRITING), report, hide, pr=args.pr, with_comment=not args.no_comment)
    return exits.ACCEPTED


def found_run(prefix: str) -> Report:
    """Raises UsageError: no such run, or one that stands for no verdict."""
    path = find_home(os.environ).ledger
    if not path.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    report = Ledger(path).find(prefix)
    if report.policy.trial:
        raise UsageError(f"run {prefix} tried a policy out: its verdict does not count", "gate check, without --policy")
    return report


def post(client: Client, report: Report, hide: Hide, *, pr: int | None = None, with_comment: bool = True) -> None:
    """Post and say what was posted. The pull request is looked at first: a run against another base is refused."""
    pull = find_pull(client, report.subject.head, pr) if with_comment or pr is not None else None
    if pull is not None:
        _must_fit(report, pull)
    _say(_posted(client, report, hide), report)
    if with_comment:
        emit(_commented(client, report, hide, pull))


def _posted(client: Client, report: Report, hide: Hide) -> Posted:
    """A check run as an App; a commit status otherwise, and where the App may not make check runs."""
    if client.access.as_app:
        try:
            return post_check_run(client, check_run(report, hide))
        except RefusedError as error:
            if error.status != FORBIDDEN:
                raise
            emit("no check run: that needs `checks: write`; a commit status instead\n")
    return post_status(client, status(report, hide))


def _commented(client: Client, report: Report, hide: Hide, pull: dict[str, Any] | None) -> str:
    head = report.subject.head
    if pull is None:
        return f"no comment: {head[:12]} is the head of no open pull request\n"
    number = pull["number"]
    if head_of(pull) != head:
        now = single_line(head_of(pull)[:12])
        return f"no comment: pull request {number} ends at {now} now, and {head[:12]} was judged\n"
    posted = post_comment(client, number, comment(report, hide))
    if posted is None:
        return f"no comment: a newer run has written on pull request {number}\n"
    _say(posted, report)
    return ""


def _must_fit(report: Report, pull: dict[str, Any]) -> None:
    """Raises UsageError when the run compared with another branch than the one that it is to be merged into."""
    base, said = report.subject.base, pull.get("base")
    wanted = said.get("ref") if isinstance(said, dict) else None
    if base is not None and isinstance(wanted, str) and not is_base(base.name, base.tip, wanted):
        raise UsageError(
            f"the run was judged against {base.name}, and pull request {pull.get('number')} merges into {wanted}",
            f"gate check --base {wanted}",
        )


def is_base(name: str, tip: str, wanted: str) -> bool:
    """Is `wanted` the branch that a run names as its base? One that was named by its commit may be any."""
    return (
        name == tip
        or wanted in {name, *(name.removeprefix(prefix) for prefix in _REMOTE)}
        or (name == f"refs/remotes/origin/{wanted}")
    )


def _say(posted: Posted, report: Report) -> None:
    word = "posted" if posted.fresh else "there already"
    where = f" {single_line(posted.url)}" if posted.url else ""
    emit(f"{posted.what} of {report.subject.head[:12]} {word}{where}\n")
