"""`gate check`: judge a branch, print the report, record the run."""

import argparse
import os
import sys
import time
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.live import make_progress
from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.dispatch.settings import OVERSIZE
from gatekeeper.dispatch.start import leases_for
from gatekeeper.errors import GateError, UsageError
from gatekeeper.gate import Judged, Ports, Request, check
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.verdicts import StoredVerdict
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home, find_home
from gatekeeper.process.remove import Broom
from gatekeeper.report.escape import terminal
from gatekeeper.report.renderers import FORMATS, RENDERERS

HELP = "judge a branch: may it be merged, and what has been proven about it?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate check`."""
    parser.add_argument(
        "rev", nargs="*", metavar="REV", help="branches or commits to judge (default: the current branch's HEAD)"
    )
    parser.add_argument("--all", metavar="PATTERN", help="every local branch that matches: 'worker/*'")
    parser.add_argument(
        "--base",
        metavar="REV",
        help="the branch to compare with (default: the contract's, gate.base, origin/HEAD, main, master)",
    )
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", metavar="FILE", help="write the report to FILE instead of standard output")
    parser.add_argument("--only", default="", metavar="ID,…", help="only these checks; the others are blocked")
    parser.add_argument("--skip", default="", metavar="ID,…", help="not these checks; required ones are blocked")
    parser.add_argument("--whole", action="store_true", help="judge the whole tree against the empty tree")
    parser.add_argument("--fail-fast", action="store_true", help="start no further check after the first failure")
    parser.add_argument("--no-cache", action="store_true", help="run every check again")
    parser.add_argument(
        "--jobs", type=_jobs, default=default_jobs(), metavar="N", help="tools at once (default: cores)"
    )
    parser.add_argument("--wait", type=_seconds, metavar="SECONDS", help="give up when memory is not had in this time")
    parser.add_argument(
        "--oversize", choices=OVERSIZE, default="", help="a check that needs more than the whole budget"
    )
    parser.add_argument("--engine", choices=("ray",), help="observe on the nodes of a cluster")
    parser.add_argument("--address", metavar="HOST:PORT", help="the cluster (default: one of this machine alone)")
    parser.add_argument("--url", metavar="URL", help="where nodes fetch the commits (default: gate.url, origin)")
    parser.add_argument(
        "--apart", default="", metavar="ID,…", help="checks that are a task of their own on the cluster"
    )
    parser.add_argument("--policy", metavar="FILE", help="try out a policy; the verdict does not count")
    parser.add_argument("--self-review", metavar="FILE", help="a self-review from outside the branch")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="print nothing when the branch is accepted")
    loudness.add_argument("-v", "--verbose", action="store_true", help="print every finding and the times")


def _seconds(text: str) -> float:
    if not text.replace(".", "", 1).isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return float(text)


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1024")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Judges, prints, records; the exit status of the verdict."""
    _engine_words(args)
    if args.engine is not None:
        from gatekeeper.cli.check_spread import run_spread  # lazy: few have more than one machine

        return run_spread(args)
    if args.all is not None or len(args.rev) > 1:
        from gatekeeper.cli.check_many import revs_of, run_many  # lazy: most calls are about one branch

        revs = revs_of(args)
        if args.all is not None or len(revs) > 1:
            return run_many(args, revs)
    return _run_one(args)


def _engine_words(args: argparse.Namespace) -> None:
    """Words that mean nothing on one machine."""
    if args.engine is not None:
        return
    hint = "place it on other machines: --engine ray, with --address HOST:6379 for a cluster that is there"
    if args.oversize == "remote":
        raise UsageError("--oversize=remote needs an engine", hint)
    for name in ("address", "url", "apart"):
        if getattr(args, name):
            raise UsageError(f"--{name} needs an engine", hint)


def _run_one(args: argparse.Namespace) -> int:
    broom = Broom()
    try:
        return _judge_one(args, broom)
    finally:
        try:
            broom.close()
        except GateError as error:
            emit(f"gate: {terminal(error.what)}\n      {terminal(error.hint)}\n", sys.stderr)


def _judge_one(args: argparse.Namespace, broom: Broom) -> int:
    home = find_home(os.environ)
    ledger = Ledger(home.ledger)
    progress = make_progress(sys.stderr, os.environ, quiet=args.quiet)
    with progress:
        leases = leases_for(os.environ, progress.message, args.wait, args.oversize)
        request = request_of(args, args.rev[0] if args.rev else None)
        judged = check(request, Ports(home, os.environ, progress, leases=leases, broom=broom), ledger)
    status = exits.OF_VERDICT[judged.report.decision.verdict]
    text = _rendered(args, judged.report)
    sealed = seal_verdict(judged, home)  # a verdict without its stamp is made again the next time
    keep = _keep(home, judged, status, text) if sealed and _may_keep(args) else None
    push = _keep_for_push(home, judged, status) if sealed and _is_usual(args) else None
    try:
        ledger.record(judged.report, status, verdict=keep, push=push)
    except GateError as error:
        emit(f"gate: the run could not be recorded: {error.what}\n      {error.hint}\n", sys.stderr)
    ledger.close()
    for note in ledger.notes:
        emit(f"gate: {note}\n", sys.stderr)
    _write(args, text)
    return status


def seal_verdict(judged: Judged, home: Home) -> bool:
    """Sign the verdict where the policy wants that. A stamp that cannot be made is said and changes no verdict."""
    report = judged.report
    if not report.policy.stamp.enabled or report.policy.trial or report.subject.whole:
        return True  # trials and first looks at a whole tree stand for no verdict on a branch
    try:
        from gatekeeper.stamp.seal import seal  # lazy: signing costs more to import than judging

        seal(report, home, os.environ, judged.environments)
    except GateError as error:
        emit(
            f"gate: the verdict could not be signed: {terminal(error.what)}\n      {terminal(error.hint)}\n", sys.stderr
        )
        return False
    return True


def request_of(args: argparse.Namespace, rev: str | None) -> Request:
    """What is asked about one branch."""
    return Request(
        directory=args.repo,
        rev=rev,
        base=args.base,
        only=ids(args.only),
        skip=ids(args.skip),
        whole=args.whole,
        fail_fast=args.fail_fast,
        use_cache=not args.no_cache,
        jobs=args.jobs,
        policy_file=args.policy,
        self_review=_self_review(args.self_review),
    )


def _self_review(name: str | None) -> tuple[str, bytes] | None:
    """The file and its content; of a larger one only so much that it is seen to be too large."""
    if name is None:
        return None
    from gatekeeper.evidence.review_file import MAX_BYTES  # lazy: few calls bring a self-review of their own

    try:
        with Path(name).open("rb") as file:
            return name, file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the self-review {name} cannot be read: {error.strerror}", "name a TOML file") from error


def ids(text: str) -> tuple[str, ...]:
    """The words of an option that takes several, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _keep(home: Home, judged: Judged, status: int, text: str) -> tuple[str, StoredVerdict] | None:
    from gatekeeper.cli.remember import remembered  # lazy: what a verdict rested on is only asked for to keep it

    return remembered(sys.argv[2:], os.environ, home, judged, status, text, time.time())


def _keep_for_push(home: Home, judged: Judged, status: int) -> tuple[str, StoredVerdict] | None:
    from gatekeeper.cli.remember import for_push  # lazy, as above

    return for_push(os.environ, home, judged, status, time.time())


def _is_usual(args: argparse.Namespace) -> bool:
    """Was the branch judged as a pre-push hook would judge it?"""
    asked = (args.base, args.only, args.skip, args.policy, args.self_review)
    return not (any(asked) or args.whole or args.fail_fast)


def _may_keep(args: argparse.Namespace) -> bool:
    """Text for a person is remembered; other formats say of each check whether it was cached, and are made anew."""
    return args.format in {"text", "brief"} and not (args.no_cache or args.output or args.policy or args.self_review)


def _rendered(args: argparse.Namespace, report: Report) -> str:
    if args.format != "text":
        return RENDERERS[args.format](report)
    from gatekeeper.report import text  # lazy: the other formats do without

    if args.quiet and report.decision.verdict == "accepted":
        return ""
    color = not args.output and color_wanted(sys.stdout, os.environ)
    return text.render(report, verbose=1 if args.verbose else 0, color=color)


def _write(args: argparse.Namespace, text: str) -> None:
    if not args.output:
        emit(text)
        return
    try:
        Path(args.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {args.output}: {error.strerror}", "name another file"
        ) from error
