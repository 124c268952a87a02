"""What commands needed before: how much memory to expect of the next run, and how long it will take.

Keyed by repository, check, tool version and warmth of its cache. A run that was stopped says only what was too little.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from math import ceil

from msgspec import Struct

from gatekeeper.errors import CannotEstablish

LAST = 30
ROOM = 1.1
LOWER_BOUND_ROOM = 1.25
_QUANTILE = 0.95
_SHARED_LEAST = 0.1
"""Of a core: what used less, while others were at work as well, mostly slept."""
_LEAST = 8 << 20
"""Bytes: a command that was gone before it could be looked at is expected to hold this."""
_VERSION = 2
_SCHEMA = """CREATE TABLE IF NOT EXISTS runs (
  key TEXT NOT NULL, at REAL NOT NULL, peak INTEGER NOT NULL, complete INTEGER NOT NULL, duration_s REAL NOT NULL,
  cores REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_key ON runs (key, at);
PRAGMA journal_mode = WAL;
PRAGMA user_version = 2;"""
_FROM_VERSION_1 = """ALTER TABLE runs ADD COLUMN cores REAL NOT NULL DEFAULT 0;
PRAGMA user_version = 2;"""

_FORGET_OLD = (
    "DELETE FROM runs WHERE key = ?1 AND at NOT IN (SELECT at FROM runs WHERE key = ?1 ORDER BY at DESC LIMIT ?2)"
)


class Run(Struct, frozen=True):
    """What one run needed: bytes and seconds. Not `complete`: it was stopped, and would have needed more."""

    peak: int
    duration_s: float
    complete: bool = True
    cores: float = 0.0
    """How many it kept busy in the mean (`cores_of`); 0: it was not asked."""


class Estimate(Struct, frozen=True):
    """Bytes to reserve, seconds to expect (None: not known), how many runs that rests on, and cores to reserve."""

    memory: int
    duration_s: float | None
    runs: int
    cores: int = 0


def estimate(runs: Sequence[Run], *, cheap: bool = False) -> Estimate | None:
    """From the last runs; None when there are none. `cheap`: being stopped costs little, so outliers do not count.

    A stopped run counts as a lower bound: with a quarter on top, unless a complete run has shown the truth since.
    """
    last = list(runs)[-LAST:]
    if not last:
        return None
    complete = [run for run in last if run.complete]
    duration = _median([run.duration_s for run in complete]) if complete else None
    known = _most(sorted(run.peak for run in complete), cheap=cheap) * ROOM if complete else 0
    cores = int(_median([run.cores for run in complete]) + 0.5) if complete else 0
    return Estimate(max(_LEAST, int(known), _least(last)), duration, len(last), cores)


def cores_of(cpu_s: float, duration_s: float, *, contended: bool) -> float:
    """How many cores a run kept busy. One that had to share them would have used more: it counts as a whole one."""
    share = cpu_s / duration_s if duration_s > 0 else 0.0
    return float(ceil(share)) if contended and share >= _SHARED_LEAST else share


def _least(runs: Sequence[Run]) -> int:
    """What the runs that were stopped since the last complete one say: more than that."""
    bounds = [0]
    for run in reversed(runs):
        if run.complete:
            break
        bounds.append(int(run.peak * LOWER_BOUND_ROOM))
    return max(bounds)


def _median(values: Sequence[float]) -> float:
    # The module `statistics` has one, and costs 4 ms to import.
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _most(peaks: Sequence[int], *, cheap: bool) -> int:
    return peaks[min(len(peaks) - 1, int(len(peaks) * _QUANTILE))] if cheap and len(peaks) >= 20 else peaks[-1]


class Estimates:
    """The file of what was learned. Losing it costs some caution, no correctness: its faults stop nobody."""

    def __init__(self, folder: str) -> None:
        self.path = f"{folder}/estimates.sqlite3"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def of(self, key: str, *, cheap: bool = False) -> Estimate | None:
        """What to expect, or None when nothing is known."""
        return estimate(self.runs(key), cheap=cheap) if key else None

    def runs(self, key: str) -> list[Run]:
        query = "SELECT peak, duration_s, complete, cores FROM runs WHERE key = ? ORDER BY at DESC LIMIT ?"
        rows = self._ask(query, (key, LAST))
        return [Run(peak, duration, bool(complete), cores) for peak, duration, complete, cores in reversed(rows)]

    def learn(self, key: str, run: Run) -> None:
        """Remember one run, and forget what is too old to count."""
        if not key:
            return
        values = (key, time.time(), run.peak, int(run.complete), run.duration_s, run.cores)
        self._ask("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", values)
        if int(values[1] * 1000) % LAST == 0:  # now and then: older rows are not read, they only take up space
            self._ask(_FORGET_OLD, (key, LAST))

    def keys(self) -> list[str]:
        """Everything that something is known of."""
        return [str(row[0]) for row in self._ask("SELECT DISTINCT key FROM runs ORDER BY key", ())]

    def most(self, prefix: str) -> int:
        """Bytes: the largest estimate of the keys that begin so; 0 when nothing is known of them."""
        known = (self.of(key) for key in self.keys() if key.startswith(prefix))
        return max((one.memory for one in known if one), default=0)

    def forget(self, part: str = "") -> int:
        """Forget all keys in which `part` occurs; how many that were."""
        gone = [key for key in self.keys() if part in key]
        for key in gone:
            self._ask("DELETE FROM runs WHERE key = ?", (key,), strict=True)
        return len(gone)

    def _ask(
        self, query: str, values: tuple[object, ...], *, strict: bool = False
    ) -> list[tuple[int, float, int, float]]:
        with self._lock:
            try:
                if self._connection is None:
                    os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
                    self._connection = _open(self.path)
                return self._connection.execute(query, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._connection = None
                if strict:
                    raise CannotEstablish(f"{self.path} cannot be used: {error}", "remove the file") from error
                return []


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")  # what is lost with the machine is learned again
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < _VERSION:
        connection.executescript(_FROM_VERSION_1 if version else _SCHEMA)
    return connection
