"""`gate check A B C`, `gate check --all 'worker/*'`: many branches at once, as the budget allows, one verdict each."""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatekeeper.cli import exits
from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.dispatch.crew import Crew
from gatekeeper.errors import Interrupted, UsageError
from gatekeeper.git.branches import branches_like
from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.run import Command, run
from gatekeeper.report.escape import single_line, terminal
from gatekeeper.report.summary import duration

if TYPE_CHECKING:
    from rich.live import Live

_LONGEST_S = 7 * 24 * 3600.0
_MOST_OUTPUT = 256 << 20
_BESIDE = 2
"""Gates beyond the number of cores: while some wait for memory, others read git."""
ORDER = (exits.INTERNAL, exits.USAGE, exits.REJECTED, exits.BLOCKED, exits.WAITED, exits.NOTHING, exits.ACCEPTED)
_MARKS = {"accepted": "✓", "rejected": "✗", "blocked": "■"}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one branch. `report` is its JSON report, or empty when there was no verdict."""

    rev: str
    verdict: str
    why: str
    status: int
    duration_s: float
    report: dict[str, Any] = field(default_factory=dict)


def revs_of(args: argparse.Namespace) -> tuple[str, ...]:
    """What is to be judged, each once. Raises UsageError and NothingToJudge."""
    if args.all is None:
        return tuple(dict.fromkeys(args.rev))
    if args.rev:
        raise UsageError("--all and names of branches do not go together", "leave one of them out")
    return branches_like(find_repository(args.repo), args.all)


def run_many(args: argparse.Namespace, revs: Sequence[str]) -> int:
    """Judge all; prints the table (or the reports as one JSON document). The worst exit status in the fixed order."""
    if args.format not in ("text", "brief", "json"):
        raise UsageError(f"--format {args.format} is for one branch", "with several: text or json")
    if args.output or args.self_review:
        raise UsageError("--output and --self-review are for one branch", "judge that branch alone")
    live = _Live(revs, quiet=args.quiet)
    cancelled = threading.Event()
    with tempfile.TemporaryDirectory(prefix="gate-many-") as folder, live:
        tasks = [partial(_judge, args, rev, Path(folder) / str(at), cancelled, live) for at, rev in enumerate(revs)]
        rows = Crew(tasks, default_jobs() + _BESIDE, "branch").work(when_failed=cancelled.set)
    emit(_json(rows) if args.format == "json" else table(rows, quiet=args.quiet))
    return worst(row.status for row in rows)


def worst(statuses: Iterable[int]) -> int:
    """The first of 70, 2, 1, 3, 75, 4, 0 that occurs; what is none of them is an internal error."""
    seen = {status if status in ORDER else exits.INTERNAL for status in statuses}
    return next((status for status in ORDER if status in seen), exits.ACCEPTED)


def table(rows: Sequence[Row], *, quiet: bool = False) -> str:
    """One line per branch with its verdict, and the first reasons below those that were not accepted."""
    shown = [row for row in rows if not (quiet and row.status == exits.ACCEPTED)]
    width = max((len(single_line(row.rev, 60)) for row in shown), default=0)
    lines = [line for row in shown for line in _lines(row, width)]
    lines += [_sum(rows)] if shown else []
    return "".join(line + "\n" for line in lines)


def _sum(rows: Sequence[Row]) -> str:
    verdicts = [row.verdict for row in rows]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    return f"{len(rows)} branches: {counts}. gate check BRANCH says more."


def _lines(row: Row, width: int) -> list[str]:
    mark = _MARKS.get(row.verdict, "!")
    first = f"{mark} {single_line(row.rev, 60):<{width}}  {row.verdict:<10} {duration(row.duration_s):>7}"
    return [first, f"  {'':<{width}}  {single_line(terminal(row.why), 160)}"] if row.why else [first]


def _json(rows: Sequence[Row]) -> str:
    subjects = [
        {"rev": row.rev, "verdict": row.verdict, "exit": row.status, "duration_s": round(row.duration_s, 3),
         "why": row.why, "report": row.report or None}
        for row in rows
    ]  # fmt: skip
    return json.dumps({"schema": 1, "subjects": subjects}, indent=2, sort_keys=True) + "\n"


def _judge(args: argparse.Namespace, rev: str, log: Path, cancelled: threading.Event, live: "_Live") -> Row:
    live.started(rev)
    argv = (sys.executable, "-m", "gatekeeper", "check", "--format", "json", *_passed_on(args), "--", rev)
    command = Command(argv, os.getcwd(), dict(os.environ), _LONGEST_S, log, max_output_bytes=_MOST_OUTPUT)  # noqa: PTH109
    done = run(command, cancelled=cancelled)
    if done.ended is Ended.INTERRUPTED:
        raise Interrupted("interrupted: the branches that were being judged have been stopped")
    row = _row(rev, done.exit, done.duration_s, done.stdout.read_bytes(), done.stderr.read_bytes())
    live.finished(row)
    return row


def _row(rev: str, status: int | None, duration_s: float, out: bytes, err: bytes) -> Row:
    if status is None:
        return Row(rev, "no verdict", "its gate was killed", exits.INTERNAL, duration_s)
    try:
        report = json.loads(out)
        return Row(rev, report["verdict"], _bad(report), status, duration_s, report)
    except (ValueError, KeyError, TypeError):
        said = [line for line in err.decode(errors="replace").splitlines() if line.startswith("gate: ")]
        verdict = "nothing" if status == exits.NOTHING else "no verdict"
        return Row(rev, verdict, said[-1].removeprefix("gate: ") if said else "", status, duration_s)


def _bad(report: dict[str, Any]) -> str:
    """The checks that did not pass, each with its first reason."""
    bad = [check for check in report["checks"] if check["outcome"] in ("failed", "blocked")]
    return "; ".join(f"{check['id']}: {(check['reasons'] or [check['outcome']])[0]}" for check in bad)


def _passed_on(args: argparse.Namespace) -> list[str]:
    """The options that hold for each branch."""
    words = ["--repo", args.repo, "--jobs", str(args.jobs), "--only", args.only, "--skip", args.skip]
    for name in ("base", "policy", "wait"):
        value = getattr(args, name)
        words += [] if value is None else [f"--{name}", str(value)]
    return words + [f"--{name.replace('_', '-')}" for name in ("whole", "fail_fast", "no_cache") if getattr(args, name)]


class _Live:
    """One table that lives on a terminal; one line per finished branch elsewhere; nothing with -q."""

    def __init__(self, revs: Sequence[str], *, quiet: bool) -> None:
        self._revs = revs
        self._quiet = quiet
        self._since: dict[str, float] = {}
        self._rows: dict[str, Row] = {}
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> "_Live":
        if not self._quiet and color_wanted(sys.stderr, os.environ):
            from rich.console import Console  # lazy, both: only for a terminal
            from rich.live import Live

            self._live = Live(
                console=Console(file=sys.stderr), get_renderable=self._table, refresh_per_second=4, transient=True
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def started(self, rev: str) -> None:
        with self._lock:
            self._since[rev] = time.monotonic()

    def finished(self, row: Row) -> None:
        with self._lock:
            self._rows[row.rev] = row
            if self._live is None and not self._quiet:
                done = f"{len(self._rows)}/{len(self._revs)}"
                text = f"gate: {done} {single_line(row.rev, 60)}: {row.verdict} in {duration(row.duration_s)}\n"
                emit(text, sys.stderr)

    def _table(self) -> Any:
        from rich.table import Table  # lazy: only for a terminal

        grid = Table.grid(padding=(0, 2))
        with self._lock:
            for rev in self._revs:
                row, since = self._rows.get(rev), self._since.get(rev)
                state = row.verdict if row else "waits" if since is None else f"{duration(time.monotonic() - since)} …"
                grid.add_row(_MARKS.get(row.verdict, "!") if row else " ", single_line(rev, 60), state)
        return grid
