"""`gate check A B C`, `gate check --all 'worker/*'`: many branches at once, as the budget allows, one verdict each."""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gatekeeper.cli.many_table import Live, Row, as_json, row_of, table, worst
from gatekeeper.cli.output import emit
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.dispatch.crew import Crew
from gatekeeper.errors import Interrupted, UsageError
from gatekeeper.git.branches import branches_like
from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.run import Command, run

_LONGEST_S = 7 * 24 * 3600.0
_MOST_OUTPUT = 256 << 20
_BESIDE = 2
"""Gates beyond the number of cores: while some wait for memory, others read git."""


def revs_of(args: argparse.Namespace) -> tuple[str, ...]:
    """What is to be judged, each once. Raises UsageError and NothingToJudge."""
    if args.all is None:
        return tuple(dict.fromkeys(args.rev))
    if args.rev:
        raise UsageError("--all and names of branches do not go together", "leave one of them out")
    return branches_like(find_repository(args.repo), args.all)


def run_many(args: argparse.Namespace, revs: Sequence[str]) -> int:
    """Judge all; prints the table (or the reports as one JSON document). The worst exit status in the fixed order."""
    require_for_many(args)
    live = Live(revs, quiet=args.quiet)
    cancelled = threading.Event()
    with tempfile.TemporaryDirectory(prefix="gate-many-") as folder, live:
        tasks = [partial(_judge, args, rev, Path(folder) / str(at), cancelled, live) for at, rev in enumerate(revs)]
        rows = Crew(tasks, default_jobs() + _BESIDE, "branch").work(when_failed=cancelled.set)
    emit(as_json(rows) if args.format == "json" else table(rows, quiet=args.quiet))
    return worst(row.status for row in rows)


def require_for_many(args: argparse.Namespace) -> None:
    """Raises UsageError for options that only one branch can have."""
    if args.format not in ("text", "brief", "json"):
        raise UsageError(f"--format {args.format} is for one branch", "with several: text or json")
    if args.output or args.self_review:
        raise UsageError("--output and --self-review are for one branch", "judge that branch alone")


def _judge(args: argparse.Namespace, rev: str, log: Path, cancelled: threading.Event, live: Live) -> Row:
    live.started(rev)
    argv = (sys.executable, "-m", "gatekeeper", "check", "--format", "json", *_passed_on(args), "--", rev)
    command = Command(argv, os.getcwd(), dict(os.environ), _LONGEST_S, log, max_output_bytes=_MOST_OUTPUT)  # noqa: PTH109
    done = run(command, cancelled=cancelled)
    if done.ended is Ended.INTERRUPTED:
        raise Interrupted("interrupted: the branches that were being judged have been stopped")
    row = row_of(rev, done.exit, done.duration_s, done.stdout.read_bytes(), done.stderr.read_bytes())
    live.finished(row)
    return row


def _passed_on(args: argparse.Namespace) -> list[str]:
    """The options that hold for each branch."""
    words = ["--repo", args.repo, "--jobs", str(args.jobs), "--only", args.only, "--skip", args.skip]
    for name in ("base", "policy", "wait"):
        value = getattr(args, name)
        words += [] if value is None else [f"--{name}", str(value)]
    words += ["--oversize", args.oversize] if args.oversize else []
    return words + [f"--{name.replace('_', '-')}" for name in ("whole", "fail_fast", "no_cache") if getattr(args, name)]
