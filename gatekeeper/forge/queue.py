"""What is still to be judged and posted, in a file that survives a kill. Every change is one transaction."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from gatekeeper.forge.webhook import Wanted
from gatekeeper.ledger.database import open_for_writing

VERSION = 1
KEPT_S = 90 * 86_400.0
"""How long deliveries are remembered, to refuse them when they come again."""
_SCHEMA = (
    "CREATE TABLE deliveries (id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, at REAL NOT NULL) STRICT",
    """CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT, branch TEXT NOT NULL, head TEXT NOT NULL, base TEXT NOT NULL,
  before TEXT NOT NULL, pull INTEGER, state TEXT NOT NULL, run TEXT NOT NULL DEFAULT '',
  tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, note TEXT NOT NULL DEFAULT '', UNIQUE (head, base)
) STRICT""",
)
_ALL = "SELECT number, branch, head, base, before, pull, state, run, tries, note FROM jobs"
_NEXT = _ALL + " WHERE state IN ('queued', 'judged') AND due <= ? ORDER BY state = 'queued', number LIMIT 1"
_OLDER = (
    "SELECT number FROM jobs WHERE branch = ? AND head <> ? AND state IN ('queued', 'running', 'judged', 'posting')"
)


class Job(Struct, frozen=True):
    """One head against one base; `run` is its id when it was judged.

    `state`: queued, running, judged (to be posted), posting, done, superseded, failed.
    """

    number: int
    branch: str
    head: str
    base: str
    before: str
    pull: int | None
    state: str
    run: str
    tries: int
    note: str


class Queue:
    """For several threads. Times are Unix seconds. Raises CannotEstablish when the file cannot be used."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._file = open_for_writing(str(path), name="queue of webhooks", schema=_SCHEMA, version=VERSION)
        self._file.execute("PRAGMA synchronous = FULL")  # what was answered with "accepted" is on the disk
        with self._change() as file:
            # What the last watcher was at when it was killed.
            file.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")
            file.execute("UPDATE jobs SET state = 'judged' WHERE state = 'posting'")

    def accept(self, delivery: str, digest: str, wanted: Wanted | None) -> tuple[int, ...] | None:
        """Remember a delivery and what it asks for; the numbers of the jobs that it supersedes. None: it came before.

        The id of a delivery is not signed, so that one with the same body counts as the same.
        """
        with self._change() as file:
            now = self._clock()
            file.execute("DELETE FROM deliveries WHERE at < ?", (now - KEPT_S,))
            made = file.execute("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)", (delivery, digest, now))
            if made.rowcount == 0:
                return None
            return _queue(file, wanted, now) if wanted is not None else ()

    def take(self) -> Job | None:
        """The oldest job that is due; a queued one is running then. Jobs that were judged are posted first."""
        with self._change() as file:
            row = file.execute(_NEXT, (self._clock(),)).fetchone()
            if row is None:
                return None
            job = Job(*row)
            state = "running" if job.state == "queued" else "posting"
            file.execute("UPDATE jobs SET state = ? WHERE number = ?", (state, job.number))
            return job

    def settle(self, job: Job, state: str, *, run: str = "", note: str = "", wait_s: float = 0.0) -> bool:
        """The job goes on to `state`, unless it was superseded meanwhile; then False."""
        with self._change() as file:
            changed = file.execute(
                "UPDATE jobs SET state = ?, run = ?, note = ?, due = ?, tries = tries + ? WHERE number = ? "
                "AND state <> 'superseded'",
                (state, run or job.run, note, self._clock() + wait_s, int(wait_s > 0), job.number),
            )
            return changed.rowcount == 1

    def wait_s(self) -> float | None:
        """Seconds until the next job is due; None when there is none."""
        with self._change() as file:
            (due,) = file.execute("SELECT min(due) FROM jobs WHERE state IN ('queued', 'judged')").fetchone()
            return None if due is None else max(0.0, due - self._clock())

    def jobs(self) -> tuple[Job, ...]:
        """All of them, oldest first."""
        with self._change() as file:
            return tuple(Job(*row) for row in file.execute(_ALL + " ORDER BY number"))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
                self._file.execute("COMMIT")
            except BaseException:
                self._file.execute("ROLLBACK")
                raise


def _queue(file: sqlite3.Connection, wanted: Wanted, now: float) -> tuple[int, ...]:
    older = file.execute(_OLDER, (wanted.branch, wanted.head)).fetchall()
    numbers = tuple(number for (number,) in older)
    file.executemany("UPDATE jobs SET state = 'superseded' WHERE number = ?", older)
    file.execute(
        # A push and its pull request are one head. A head that comes back after it was superseded is judged after all.
        "INSERT INTO jobs (branch, head, base, before, pull, state, due) VALUES (?, ?, ?, ?, ?, 'queued', ?) "
        "ON CONFLICT (head, base) DO UPDATE SET pull = coalesce(excluded.pull, pull), due = excluded.due, "
        "state = CASE WHEN state IN ('superseded', 'failed') THEN 'queued' ELSE state END",
        (wanted.branch, wanted.head, wanted.base, wanted.before, wanted.pull, now),
    )
    return numbers
