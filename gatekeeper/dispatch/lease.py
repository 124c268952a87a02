"""One granted (or awaited) lease of this process, and what its holder tells the broker while the job runs."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable

from gatekeeper.dispatch.book import Book, clock
from gatekeeper.dispatch.job import MIB, LeaseId, Machine, Phase
from gatekeeper.dispatch.overrun import AHEAD_S, relieve
from gatekeeper.dispatch.pump import carry_out, grow, state_of
from gatekeeper.dispatch.rows import Ask, insert
from gatekeeper.errors import CannotEstablish
from gatekeeper.process.cage import make_cage, open_cage, put_in
from gatekeeper.process.limit import killed_by_limit, lift_limit, limit_memory

_TELL_S = 1.0
"""At least so often the holder says that it is there."""
_TELL_BYTES = MIB
_SMOOTH = 0.5


class Lease:
    """Used by one thread at a time: the one that watches the job."""

    def __init__(self, book: Book, ask: Ask, machine: Callable[[], Machine], backstop: int | None = None) -> None:
        self.ask = ask
        self.backstop = backstop
        """Bytes that the kernel is asked to enforce, where it can; None: no limit."""
        self.number = 0
        self.peak = 0
        self.since = 0.0
        """When it was granted, by `clock`."""
        self._book = book
        self._machine = machine
        self._holder = -1
        self._job = -1
        self._leader = (0, 0.0)
        self._cage = ""
        self._limit = ""
        self._told = (0.0, 0)
        self._seen = (0.0, 0, 0.0)

    @property
    def inherited(self) -> tuple[int, ...]:
        """Descriptors that the job must inherit."""
        return (self._job,) if self._job >= 0 else ()

    def enter(self, number: int) -> None:
        """Take both locks of a new number. Called inside the change that made it; a second call replaces the first."""
        self._drop_locks()
        self.number = number
        self._holder = self._book.locks.hold(2 * number)
        self._job = self._book.locks.hold(2 * number + 1)

    def granted(self, now: float) -> None:
        self.since = now

    def now_granted(self) -> bool:
        """Has somebody granted it?"""
        rows = self._book.look("SELECT phase, granted FROM leases WHERE id = ?", (self.number,))
        if not rows or rows[0][0] == Phase.WAITING:
            return False
        self.since = float(str(rows[0][1]))
        return True

    def ensure_in_book(self) -> None:
        """Write it in again when the book was lost, with what it holds."""
        self._book.change(self._in_book)

    def started(self, leader: int, leader_start: float) -> None:
        """The job runs, under the session or group of this process."""
        self._leader = (leader, leader_start)
        with contextlib.suppress(CannotEstablish):
            self._book.change(
                lambda connection: connection.execute(
                    "UPDATE leases SET leader = ?, leader_start = ? WHERE id = ?", (leader, leader_start, self.number)
                )
            )

    @property
    def hit_limit(self) -> bool:
        """Did the kernel kill something of the job, for more than the backstop? To be asked before `close`."""
        return killed_by_limit(self._limit)

    def cage(self, pids: Iterable[int]) -> None:
        """Put a cgroup around the job, where one can be made: called when it has run for a moment."""
        if self._cage or self._limit:
            return
        name, members = f"gate-{os.getpid()}-{self.number}", tuple(pids)
        self._cage = make_cage(name)
        if self.backstop is not None:
            self._limit = limit_memory(self._cage, name, self.backstop, members)
        if self._cage:
            put_in(self._cage, members)
            with contextlib.suppress(CannotEstablish):
                self._book.change(
                    lambda connection: connection.execute(
                        "UPDATE leases SET cage = ? WHERE id = ?", (self._cage, self.number)
                    )
                )

    def tick(self, held: int) -> Phase:
        """Tell how much the job holds; gives what it is to do: run, stand still or end.

        A book that cannot be written just now changes nothing: the job goes on, and its locks say that it lives.
        """
        self.peak = max(self.peak, held)
        now = clock()
        slope = self._slope(now, held)
        try:
            phase = self._phase()
            if phase is None or self._worth_telling(now, held) or phase is not Phase.RUNNING:
                self._told = (now, held)
                phase = self._book.change(lambda connection: self._tell(connection, now, held, slope))
        except CannotEstablish:
            return Phase.RUNNING
        return phase or Phase.RUNNING

    def close(self, settle: Callable[[sqlite3.Connection, int], None]) -> None:
        """Give everything back. Safe to call twice."""
        if self._holder < 0:
            return
        open_cage(self._cage)
        lift_limit(self._limit)
        with contextlib.suppress(CannotEstablish):
            self._book.change(lambda connection: settle(connection, self.number))
        self._drop_locks()
        with contextlib.suppress(OSError):
            self._book.locks.forget(2 * self.number)
            self._book.locks.forget(2 * self.number + 1)

    def _drop_locks(self) -> None:
        for handle in (self._job, self._holder):
            if handle >= 0:
                os.close(handle)
        self._job = self._holder = -1

    def _slope(self, now: float, held: int) -> float:
        at, before, slope = self._seen
        if not at:
            self._seen = (now, held, 0.0)
            return 0.0
        if now - at < 0.02:
            return slope
        fresh = max(0.0, (held - before) / (now - at))
        self._seen = (now, held, _SMOOTH * slope + (1 - _SMOOTH) * fresh if fresh < slope else fresh)
        return self._seen[2]

    def _worth_telling(self, now: float, held: int) -> bool:
        at, told = self._told
        return abs(held - told) > _TELL_BYTES or now - at > _TELL_S

    def _phase(self) -> Phase | None:
        rows = self._book.look("SELECT phase FROM leases WHERE id = ?", (self.number,))
        return Phase(str(rows[0][0])) if rows else None

    def _tell(self, connection: sqlite3.Connection, now: float, held: int, slope: float) -> Phase:
        self._in_book(connection)
        # What stands still does not grow, whatever its last look said.
        connection.execute(
            "UPDATE leases SET used = ?, peak = max(peak, ?), seen = ?, slope = CASE phase WHEN 'running' THEN ? ELSE 0"
            " END WHERE id = ?",
            (held, held, now, slope, self.number),
        )
        machine = self._machine()
        if held > self._reserved(connection):
            grow(connection, self.number, held, machine.budget)
        if _pressing(connection, machine):
            for order in relieve(state_of(connection, machine, now)):
                carry_out(connection, order)
        row = connection.execute("SELECT phase FROM leases WHERE id = ?", (self.number,)).fetchone()
        return Phase(row[0])

    def _reserved(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT reserved FROM leases WHERE id = ?", (self.number,)).fetchone()[0])

    def _in_book(self, connection: sqlite3.Connection) -> None:
        same = self._book.locks.same_file() and self._book.locks.held(2 * self.number)
        if same and connection.execute("SELECT 1 FROM leases WHERE id = ?", (self.number,)).fetchone():
            return
        taken = connection.execute("SELECT 1 FROM leases WHERE id = ?", (self.number,)).fetchone() is not None
        if not same and taken:
            raise CannotEstablish(f"lease {self.number} is somebody else's in the new book")
        if not same:
            # The folder was made anew: these locks are on a file that nobody asks any more.
            self.enter(self.number)
        insert(connection, self.ask, clock(), os.getpid(), number=LeaseId(self.number))
        if self.since:
            connection.execute(
                "UPDATE leases SET phase = 'running', granted = ?, reserved = ?, leader = ?, leader_start = ?"
                " WHERE id = ?",
                (self.since, max(self.ask.estimate, self.peak), *self._leader, self.number),
            )


def _pressing(connection: sqlite3.Connection, machine: Machine) -> bool:
    """Is there anything to relieve? Asked of SQLite: most looks at a job end here."""
    used, coming, special = connection.execute(
        "SELECT sum(used), sum(slope), sum(phase IN ('suspended')) FROM leases WHERE phase <> 'waiting'"
    ).fetchone()
    if special or used + coming * AHEAD_S > machine.budget:
        return True
    return machine.available is not None and machine.available - coming * AHEAD_S < machine.floor / 2
