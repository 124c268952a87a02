"""Jobs as rows of the broker's book."""

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from gatekeeper.dispatch.job import Job, LeaseId, Phase, Totals
from gatekeeper.errors import UsageError

DECAY_S = 3600.0
"""What a branch used counts half after this time."""


class Ask(Struct, frozen=True, eq=False):
    """What somebody wants to run. Sizes in bytes, times in seconds."""

    estimate: int
    name: str = ""
    cores: int = 0
    priority: int = 0
    branch: str = ""
    repository: str = ""
    repository_limit: int | None = None
    """The part of the budget that this repository may have."""
    check: str = ""
    directory: str = ""
    locks: frozenset[str] = frozenset()
    alone: bool = False
    expected_s: float | None = None
    suspendable: bool = True
    key: str = ""
    """What its peak is learned under; empty: nothing is learned."""
    asked: float | None = None
    """When it was asked for first, if it is queued again."""

    def __post_init__(self) -> None:
        if self.estimate <= 0 or self.cores < 0:
            raise UsageError(f"{self.name or 'a job'} needs more than no memory, and no fewer than no cores")

    @property
    def share(self) -> str:
        return f"{self.repository} {self.branch}"


class Entry(Struct, frozen=True, eq=False):
    """One row: the job, and what people want to know about it."""

    job: Job
    key: str
    name: str
    branch: str
    check: str
    directory: str
    holder: int
    leader: int
    leader_start: float
    seen: float
    peak: int
    cage: str


COLUMNS = (
    "id, phase, asked, granted, estimate, reserved, used, slope, cores, priority, share, grp, group_limit, locks, "
    "alone, expected_s, suspendable, key, name, branch, check_id, directory, holder, leader, leader_start, seen, peak,"
    " cage"
)
SELECT = f"SELECT {COLUMNS} FROM leases"  # noqa: S608 - a constant
_INSERT = (
    "INSERT INTO leases (id, phase, asked, granted, estimate, reserved, cores, priority, share, grp, group_limit,"
    " locks, alone, expected_s, suspendable, key, name, branch, check_id, directory, holder, seen) VALUES"
    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TOTALS = (
    "SELECT count(*), coalesce(sum(max(reserved, used)), 0), coalesce(sum(max(0, reserved - used)), 0),"
    " coalesce(sum(cores), 0), coalesce(sum(phase = 'suspended'), 0), coalesce(sum(alone), 0),"
    " coalesce(sum(phase = 'waiting'), 0), coalesce(sum(locks <> ''), 0) FROM leases"
)


def insert(
    connection: sqlite3.Connection, ask: Ask, now: float, holder: int, *, running: bool = False,
    number: LeaseId | None = None,
) -> int:  # fmt: skip
    """A new row, waiting or granted at once; its number. With `number`, one from before the book was lost."""
    asked = now if ask.asked is None else ask.asked
    phase, granted, reserved = (Phase.RUNNING, now, ask.estimate) if running else (Phase.WAITING, None, 0)
    values = (
        number, phase.value, asked, granted, ask.estimate, reserved, ask.cores, ask.priority, ask.share, ask.repository,
        ask.repository_limit, "\n".join(sorted(ask.locks)), int(ask.alone), ask.expected_s, int(ask.suspendable),
        ask.key, ask.name, ask.branch, ask.check, ask.directory, holder, now,
    )  # fmt: skip
    return int(connection.execute(_INSERT, values).lastrowid or 0)


def grant(connection: sqlite3.Connection, numbers: Iterable[int], now: float) -> None:
    """From waiting to running, with the estimate as reservation."""
    for number in numbers:
        connection.execute(
            "UPDATE leases SET phase = 'running', granted = ?, seen = ?, reserved = estimate WHERE id = ?",
            (now, now, number),
        )


def quick_totals(connection: sqlite3.Connection) -> tuple[Totals, bool]:
    """(sums, True): when nobody waits and nobody holds an exclusive lock, the sums are all there is to know."""
    row = connection.execute(_TOTALS).fetchone()
    return Totals(*row[:6]), not row[6] and not row[7]


def entries(rows: Iterable[tuple[object, ...]]) -> list[Entry]:
    """From `SELECT`."""
    return [_entry(*row) for row in rows]  # type: ignore[arg-type]


def _entry(
    number: int, phase: str, asked: float, granted: float | None, estimate: int, reserved: int, used: int,
    slope: float, cores: int, priority: int, share: str, group: str, group_limit: int | None, locks: str, alone: int,
    expected_s: float | None, suspendable: int, key: str, name: str, branch: str, check: str, directory: str,
    holder: int, leader: int, leader_start: float, seen: float, peak: int,
    cage: str,
) -> Entry:  # fmt: skip
    job = Job(
        LeaseId(number), asked, estimate, Phase(phase), cores, priority, share, group, group_limit,
        frozenset(locks.split("\n")) if locks else frozenset(), bool(alone), expected_s, granted, reserved, used,
        slope, bool(suspendable),
    )  # fmt: skip
    return Entry(job, key, name, branch, check, directory, holder, leader, leader_start, seen, peak, cage)


def used_before(connection: sqlite3.Connection, now: float) -> dict[str, float]:
    """GiB·seconds by share, what is long ago counting less."""
    rows = connection.execute("SELECT share, gib_s, at FROM shares").fetchall()
    return {share: gib_s * 0.5 ** (max(0.0, now - at) / DECAY_S) for share, gib_s, at in rows}


def add_use(connection: sqlite3.Connection, share: str, gib_s: float, now: float) -> None:
    """Count what a job has used."""
    row = connection.execute("SELECT gib_s, at FROM shares WHERE share = ?", (share,)).fetchone()
    before = 0.0 if row is None else row[0] * 0.5 ** (max(0.0, now - row[1]) / DECAY_S)
    connection.execute("INSERT OR REPLACE INTO shares VALUES (?, ?, ?)", (share, before + gib_s, now))
