"""What is shown of many branches: a live table while they are judged, one line per verdict after that."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from gatekeeper.cli import exits
from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.report.escape import single_line, terminal
from gatekeeper.report.summary import duration

if TYPE_CHECKING:
    from rich.live import Live as Screen

ORDER = (exits.INTERNAL, exits.USAGE, exits.REJECTED, exits.BLOCKED, exits.WAITED, exits.NOTHING, exits.ACCEPTED)
_MARKS = {"accepted": "✓", "rejected": "✗", "blocked": "■"}


class Row(Struct, frozen=True):
    """What became of one branch. `report` is its JSON report, or empty when there was no verdict."""

    rev: str
    verdict: str
    why: str
    status: int
    duration_s: float
    report: dict[str, Any] = field(default_factory=dict)
    node: str = ""
    """Where it was observed, when that was another machine."""


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


def as_json(rows: Sequence[Row]) -> str:
    subjects = [
        {"rev": row.rev, "verdict": row.verdict, "exit": row.status, "duration_s": round(row.duration_s, 3),
         "why": row.why, "report": row.report or None}
        for row in rows
    ]  # fmt: skip
    return json.dumps({"schema": 1, "subjects": subjects}, indent=2, sort_keys=True) + "\n"


def row_of(rev: str, status: int | None, duration_s: float, out: bytes, err: bytes, node: str = "") -> Row:
    """From what a `gate check --format json` of one branch has printed."""
    if status is None:
        return Row(rev, "no verdict", "its gate was killed", exits.INTERNAL, duration_s)
    try:
        report = json.loads(out)
        return Row(rev, report["verdict"], _bad(report), status, duration_s, report, node)
    except (ValueError, KeyError, TypeError):
        said = [line for line in err.decode(errors="replace").splitlines() if line.startswith("gate: ")]
        verdict = "nothing" if status == exits.NOTHING else "no verdict"
        return Row(rev, verdict, said[-1].removeprefix("gate: ") if said else "", status, duration_s)


def _bad(report: dict[str, Any]) -> str:
    """The checks that did not pass, each with its first reason."""
    bad = [check for check in report["checks"] if check["outcome"] in ("failed", "blocked")]
    return "; ".join(f"{check['id']}: {(check['reasons'] or [check['outcome']])[0]}" for check in bad)


class Live:
    """One table that lives on a terminal; one line per finished branch elsewhere; nothing with -q."""

    def __init__(self, revs: Sequence[str], *, quiet: bool) -> None:
        self._revs = revs
        self._quiet = quiet
        self._since: dict[str, float] = {}
        self._rows: dict[str, Row] = {}
        self._lock = threading.Lock()
        self._screen: Screen | None = None

    def __enter__(self) -> "Live":
        if not self._quiet and color_wanted(sys.stderr, os.environ):
            from rich.console import Console  # lazy, both: only for a terminal
            from rich.live import Live as Screen

            self._screen = Screen(
                console=Console(file=sys.stderr), get_renderable=self._table, refresh_per_second=4, transient=True
            )
            self._screen.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._screen is not None:
            self._screen.stop()

    def started(self, rev: str) -> None:
        with self._lock:
            self._since[rev] = time.monotonic()

    def finished(self, row: Row) -> None:
        with self._lock:
            self._rows[row.rev] = row
            if self._screen is None and not self._quiet:
                where = f" on {single_line(row.node, 60)}" if row.node else ""
                done = f"{len(self._rows)}/{len(self._revs)}"
                text = f"gate: {done} {single_line(row.rev, 60)}: {row.verdict} in {duration(row.duration_s)}{where}\n"
                emit(text, sys.stderr)

    def say(self, text: str) -> None:
        """A line about one of them that is worth knowing at once."""
        line = f"gate: {single_line(terminal(text), 200)}"
        with self._lock:
            if self._screen is not None:
                self._screen.console.print(line, markup=False, highlight=False)
            elif not self._quiet:
                emit(line + "\n", sys.stderr)

    def _table(self) -> Any:
        from rich.table import Table  # lazy: only for a terminal

        grid = Table.grid(padding=(0, 2))
        with self._lock:
            for rev in self._revs:
                row, since = self._rows.get(rev), self._since.get(rev)
                state = row.verdict if row else "waits" if since is None else f"{duration(time.monotonic() - since)} …"
                grid.add_row(_MARKS.get(row.verdict, "!") if row else " ", single_line(rev, 60), state)
        return grid
