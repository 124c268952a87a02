"""`gate merge BRANCH`: merge exactly what was accepted, onto exactly what it was accepted against."""

import argparse
import os
import sys

from gatekeeper.cli import exits
from gatekeeper.cli.cleanup import clean_up
from gatekeeper.cli.judging import door_progress, established
from gatekeeper.cli.landing_run import Accepted, Landing, land
from gatekeeper.cli.merge_target import Target, find_target
from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.errors import GateError, UsageError
from gatekeeper.gate import Judged, Request
from gatekeeper.git.facts import find_repository
from gatekeeper.git.landing import UserGit
from gatekeeper.git.lock import locked
from gatekeeper.git.store import key_of
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home, ensure_writable, find_home
from gatekeeper.report import text
from gatekeeper.report.escape import single_line, terminal

HELP = "merge a branch: exactly the tree that was accepted, or nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate merge`."""
    parser.add_argument("branch", metavar="BRANCH", help="the branch to merge")
    how = parser.add_mutually_exclusive_group()
    for word, said in (
        ("squash", "as one new commit"),
        ("no-ff", "with a merge commit, always"),
        ("ff-only", "as it is, or not at all"),
    ):
        how.add_argument(f"--{word}", dest="how", action="store_const", const=word, help=said)
    parser.add_argument("-m", "--message", metavar="TEXT", help="message of the new commit")
    parser.add_argument("--base", metavar="BRANCH", help="the branch to merge into (default: as check)")
    parser.add_argument("--push", action="store_true", help="push the base; where that is refused, nothing is merged")
    parser.add_argument("--remote", metavar="NAME", help="where to push (default: the remote of the base, or origin)")
    parser.add_argument(
        "--cleanup", action="store_true", help="remove worktree and branch when the work is proven on the base"
    )
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """0 merged (and cleaned up); 1 rejected; 3 not established, or the base moved; 4 nothing to merge."""
    if args.remote and not args.push:
        raise UsageError("--remote is for --push", "gate merge BRANCH --push --remote NAME")
    home, repository = find_home(os.environ), find_repository(args.repo)
    who = UserGit(repository.root, os.environ).person()
    target = find_target(home, repository, args.branch, args.base)
    remote = target.remote(args.remote, os.environ) if args.push else None
    ledger = Ledger(home.ledger)
    try:
        judged = _judged(args, home, target, ledger)
        report = judged.report
        if report.decision.verdict != "accepted":
            emit(text.render(report, color=color_wanted(sys.stdout, os.environ)))
            emit("gate: nothing was merged\n", sys.stderr)
            return exits.OF_VERDICT[report.decision.verdict]
        accepted = Accepted(report, target, args.how or "", args.message, remote, judged.environments)
        with locked(str(ensure_writable(home.state / "merging") / key_of(repository))):
            landing = land(accepted, home, os.environ, ledger, who)
    finally:
        ledger.close()
    _say(report, landing, remote)
    return _cleaned(home, report, landing) if args.cleanup else exits.ACCEPTED


def _judged(args: argparse.Namespace, home: Home, target: Target, ledger: Ledger) -> Judged:
    """The verdict on the branch with every command run on the merge result: from memory where nothing has changed."""
    request = Request(args.repo, rev=args.branch, base=target.ref, jobs=default_jobs(), merged=True)
    with door_progress() as progress:
        return established(request, home, os.environ, ledger, progress)


def _say(report: Report, landing: Landing, remote: str | None) -> None:
    subject = report.subject
    base = single_line(subject.base.name if subject.base else "", 80)
    branch = f"{single_line(subject.branch or 'commit', 80)} {subject.head[:12]}"
    lines = [
        f"merged {branch} into {base}: {landing.before[:12]} → {landing.commit[:12]} ({landing.how})",
        f"  accepted: run {report.run[:12]}, on the tree {landing.tree[:12]} that was merged",
    ]
    lines += [f"  pushed:   {single_line(remote, 80)}"] if remote else []
    lines += [f"  stamped:  {landing.stamped}"] if landing.stamped else []
    lines += [f"  updated:  {single_line(path, 200)}" for path in landing.worktrees]
    emit("\n".join(lines) + "\n")


def _cleaned(home: Home, report: Report, landing: Landing) -> int:
    try:
        done = clean_up(home, report.subject, landing.commit, os.environ)
    except GateError as error:
        emit(
            f"gate: it is merged, and not cleaned up: {terminal(error.what)}\n      {terminal(error.hint)}\n",
            sys.stderr,
        )
        return exits.BLOCKED
    emit("".join(f"  removed:  {single_line(line, 200)}\n" for line in done))
    return exits.ACCEPTED
