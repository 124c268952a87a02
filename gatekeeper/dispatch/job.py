"""The words of the broker as plain data: a job that waits or runs, the machine, and why something waits. Pure.

Compared by nobody: without `__eq__` and `__hash__` such a class is made faster, and every command waits for that.
"""

from collections.abc import Iterable
from enum import StrEnum
from math import inf
from typing import NewType

from msgspec import Struct, field

LeaseId = NewType("LeaseId", int)
"""Number of a lease; never used twice in one folder."""

MIB = 1 << 20
GIB = 1 << 30


class Phase(StrEnum):
    """Where a job stands. Only a waiting job holds nothing."""

    WAITING = "waiting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPING = "stopping"
    """Its holder has been told to stop it and to queue it again."""
    ENDING = "ending"
    """Its holder is gone; what it left running is being ended, and counts until then."""


class Job(Struct, frozen=True, eq=False):
    """One request for memory, cores and exclusive locks. Sizes in bytes, times in seconds of one clock."""

    id: LeaseId
    asked: float
    estimate: int
    """What it is expected to hold at its peak."""
    phase: Phase = Phase.WAITING
    cores: int = 0
    """0: it is not counted."""
    priority: int = 0
    share: str = ""
    """Who pays: a branch of a repository. Those that used least go first."""
    group: str = ""
    """The repository, which may have a part of the budget only."""
    group_limit: int | None = None
    locks: frozenset[str] = frozenset()
    alone: bool = False
    """Nothing may run beside it: it is larger than the budget, or its time was up while others ran."""
    expected_s: float | None = None
    """How long it is expected to run; None when that is not known."""
    granted: float | None = None
    reserved: int = 0
    used: int = 0
    slope: float = 0.0
    """Bytes per second by which it grew lately; never below zero."""
    suspendable: bool = True

    @property
    def held(self) -> int:
        """What counts against the budget."""
        return max(self.reserved, self.used)

    @property
    def over(self) -> bool:
        """Does it hold more than it was expected to?"""
        return self.used > self.estimate

    @property
    def ends(self) -> float:
        """When it is expected to end; infinity when that is not known."""
        if self.granted is None or self.expected_s is None or self.phase is Phase.SUSPENDED:
            return inf
        return self.granted + self.expected_s


class Machine(Struct, frozen=True, eq=False):
    """What there is, and what the kernel says. `None` where this machine cannot say (no PSI, no /proc/meminfo)."""

    budget: int
    cores: int
    floor: int = 0
    """MemAvailable must not fall below this."""
    available: int | None = None
    memory_pressure: float | None = None
    """PSI some, avg10, in per cent of the time."""
    io_pressure: float | None = None
    memory_limit: float = 10.0
    io_limit: float = 60.0


class Totals(Struct, frozen=True, eq=False):
    """Sums over everything that holds a lease."""

    count: int = 0
    held: int = 0
    ungrown: int = 0
    """Reserved, but not yet in use: MemAvailable still shows it as free."""
    cores: int = 0
    suspended: int = 0
    alone: int = 0
    locks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, running: Iterable[Job]) -> "Totals":
        total = cls()
        for job in running:
            total = total.plus(job)
        return total

    def plus(self, job: Job) -> "Totals":
        """With one more. A job that has not been granted yet counts with its estimate."""
        reserved = job.estimate if job.phase is Phase.WAITING else job.reserved
        return Totals(
            self.count + 1,
            self.held + max(reserved, job.used),
            self.ungrown + max(0, reserved - job.used),
            self.cores + job.cores,
            self.suspended + (job.phase is Phase.SUSPENDED),
            self.alone + job.alone,
            self.locks | job.locks,
        )


class Obstacle(StrEnum):
    """Why a job cannot start now, in words for people."""

    BUDGET = "the budget is used up"
    CORES = "all cores are taken"
    LOCK = "another job holds its exclusive lock"
    ALONE = "it runs alone, and others still run"
    OTHER_ALONE = "a job runs that must be alone"
    AVAILABLE = "the machine has too little memory left"
    PRESSURE = "the machine is under memory or I/O pressure"
    SUSPENDED = "a job is suspended for lack of memory"
    SHARE = "its repository's share is used up"
    BEHIND = "it would delay the job at the head of the queue"
    UNKNOWN = "jobs run that are not in the broker's book yet"


class State(Struct, frozen=True, eq=False):
    """Everything that admission looks at. `used_before` is in GiB·seconds, by share."""

    machine: Machine
    now: float
    running: tuple[Job, ...] = ()
    waiting: tuple[Job, ...] = ()
    used_before: dict[str, float] = field(default_factory=dict)
    unknown: bool = False
    """Locks are held by leases of which the book knows nothing: nobody starts until they have said what they are."""
