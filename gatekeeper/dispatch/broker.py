"""Leases of memory, cores and exclusive locks from the one budget of this machine. No daemon: who comes does the work.

A lease is two kernel-held locks. The holder's says that a gate watches over the job; the job's is inherited by what it
starts. When the first is free and the second is not, nobody watches any more: what still runs is ended, and only then
the memory counts as free again.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gatekeeper.dispatch.admission import Waits, admit, obstacle_of
from gatekeeper.dispatch.book import YOUNG_S, Book, clock
from gatekeeper.dispatch.estimates import Estimates
from gatekeeper.dispatch.job import Job, LeaseId, Machine, State
from gatekeeper.dispatch.lease import Lease
from gatekeeper.dispatch.pressure import Kernel, this_kernel
from gatekeeper.dispatch.pump import Turn, settle, state_of, turn
from gatekeeper.dispatch.rows import SELECT, Ask, Entry, entries, insert, quick_totals
from gatekeeper.dispatch.settings import Settings, backstop_of, budget_of, machine_of
from gatekeeper.dispatch.wake import Wake, sweep, wake
from gatekeeper.errors import CannotEstablish, GaveUpWaiting, Interrupted, TooLarge
from gatekeeper.process.cage import open_cage
from gatekeeper.process.kill import end_marked

LEASE_VARIABLE = "GATE_LEASE"
"""Carried by every process of a job: number of the lease, colon, the broker's folder in short."""
_WAYS_OUT = "raise the budget (GATE_MEMORY_BUDGET=SIZE), or let it run alone: --oversize=alone"
_ELSEWHERE = "only an engine can place it on another machine: commit it, and gate check BRANCH --engine ray; or here: "
_LOOK_S = 0.25
"""A waiting process looks by itself so often: those that were killed wake nobody."""
_POLL_S = 0.1


class Broker:
    """The broker of one folder. Safe for use by several threads; not across a fork."""

    def __init__(self, settings: Settings, kernel: Kernel | None = None) -> None:
        self.settings = settings
        self.kernel = kernel or this_kernel()
        self.book = Book(settings.folder, shared=settings.shared)
        self.estimates = Estimates(settings.folder)

    def machine(self) -> Machine:
        """What there is now."""
        return machine_of(self.settings, self.kernel, self.kernel.read())

    def fitted(self, ask: Ask, oversize: str = "") -> Ask:
        """The ask as it can be granted: what is larger than the budget runs alone, or is refused by name.

        Raises TooLarge when it is refused. `oversize` is "alone", "fail", "remote" or empty (as the machine is set up).
        """
        budget, origin = budget_of(self.settings, self.kernel.total())
        if ask.estimate <= budget:
            return ask
        chosen = oversize or self.settings.oversize
        if chosen == "alone":
            return replace(ask, alone=True)
        raise TooLarge(
            f"{ask.name} needs {ask.estimate >> 20} MiB, and the whole budget is {budget >> 20} MiB ({origin})",
            (_ELSEWHERE if chosen == "remote" else "") + _WAYS_OUT,
            ask.estimate,
        )

    def acquire(
        self,
        ask: Ask,
        *,
        cancelled: threading.Event | None = None,
        wait_s: float | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> Lease:
        """A granted lease. Raises GaveUpWaiting after `wait_s` seconds and Interrupted when cancelled.

        `on_wait` is told why, in words, when it has to wait and when the reason changes.
        """
        lease = Lease(self.book, ask, self.machine, backstop_of(self.settings, self.kernel.total()))
        try:
            granted, rest = self.book.change(lambda connection: self._entered(connection, lease))
            self._after(rest)
            if not granted:
                self._wait(lease, cancelled, wait_s, on_wait)
        except BaseException:
            self.release(lease)
            raise
        return lease

    def release(self, lease: Lease) -> None:
        """Give it back. Nothing is raised: without a book the kernel gives it back when the locks are closed."""
        lease.close(self._settled)

    def anybody_waits(self) -> bool:
        """Is there a queue?"""
        with contextlib.suppress(CannotEstablish):
            return bool(self.book.look("SELECT 1 FROM leases WHERE phase = 'waiting' LIMIT 1"))
        return False

    def learned(self, key: str, memory: int, expected_s: float | None) -> None:
        """Something was learned: those that wait under the same key are not to start with too small an estimate.

        Where they rest on a guess, they are not to wait for more than they need, either.
        """
        if not key:
            return
        with contextlib.suppress(CannotEstablish):
            self.book.change(
                lambda connection: connection.execute(
                    "UPDATE leases SET estimate = ?, expected_s = coalesce(?, expected_s) WHERE key = ? AND alone = 0"
                    " AND phase = 'waiting' AND (estimate < ? OR expected_s IS NULL)",
                    (memory, expected_s, key, memory),
                )
            )

    def tidy(self) -> None:
        """One turn for nobody in particular: take back what the dead held, and grant what fits then."""
        self._after(self.book.change(self._turn))

    def look(self) -> tuple[State, list[Entry], Mapping[LeaseId, Waits]]:
        """What there is, who holds and who waits, and why: for people."""
        machine = self.machine()
        state = self.book.change(lambda connection: state_of(connection, machine, clock()))
        return state, entries(self.book.look(SELECT)), admit(state).waits

    def close(self) -> None:
        self.book.close()

    def _entered(self, connection: sqlite3.Connection, lease: Lease) -> tuple[bool, Turn]:
        """Into the book, locked, and granted at once where that needs no thought."""
        now, machine = clock(), self.machine()
        at_once = self._simple(connection, lease.ask, machine, now)
        lease.enter(insert(connection, lease.ask, now, os.getpid(), running=at_once))
        if at_once:
            lease.granted(now)
            return True, Turn()
        rest = turn(connection, self.book.locks, machine, now, self.book.born)
        if lease.number in rest.granted:
            lease.granted(now)
            return True, rest
        return False, rest

    def _simple(self, connection: sqlite3.Connection, ask: Ask, machine: Machine, now: float) -> bool:
        """May it start at once, by sums alone? Nearly always so where there is room; a full turn looks at every row."""
        if ask.repository_limit is not None or now - self.book.born <= YOUNG_S:
            return False
        totals, simple = quick_totals(connection)
        if not simple:
            return False
        job = Job(LeaseId(0), now, ask.estimate, cores=ask.cores, alone=ask.alone, locks=ask.locks)
        return obstacle_of(job, totals, machine) is None

    def _turn(self, connection: sqlite3.Connection) -> Turn:
        return turn(connection, self.book.locks, self.machine(), clock(), self.book.born)

    def _settled(self, connection: sqlite3.Connection, number: int) -> None:
        settle(connection, number, clock())
        if connection.execute("SELECT 1 FROM leases WHERE phase IN ('waiting', 'suspended') LIMIT 1").fetchone():
            rest = self._turn(connection)
            for granted in rest.granted:
                wake(self.book.folder, granted)
            # What dead gates left is ended by whoever looks next: giving back must not take long.

    def _wait(
        self,
        lease: Lease,
        cancelled: threading.Event | None,
        wait_s: float | None,
        on_wait: Callable[[str], None] | None,
    ) -> None:
        deadline = None if wait_s is None else time.monotonic() + wait_s
        said = None
        pipe = Wake(self.book.folder, lease.number)
        try:
            while not lease.now_granted():
                why = self._due(lease)
                if lease.now_granted():
                    return
                said = _said(said, why, on_wait)
                _still(cancelled, deadline, lease.ask.name, why)
                left = _LOOK_S if deadline is None else min(_LOOK_S, max(0.0, deadline - time.monotonic()))
                pipe.wait(left if cancelled is None else min(left, _POLL_S))
        finally:
            pipe.close()

    def _due(self, lease: Lease) -> str:
        """A turn, when nobody has taken one lately; then, why it still waits."""
        rows = self.book.look("SELECT value FROM facts WHERE name = 'turned'")
        if not rows or not 0 <= clock() - float(str(rows[0][0])) < _LOOK_S:
            lease.ensure_in_book()
            self.tidy()
        state, _, waits = self.look()
        mine = waits.get(LeaseId(lease.number))
        if mine is None:
            return ""
        start = "" if mine.start is None else f", expected to start in {max(0.0, mine.start - state.now):.0f} s"
        return f"{mine.obstacle}{start}"

    def _after(self, rest: Turn) -> None:
        """What a turn leaves to be done, outside the book."""
        for number in rest.granted:
            wake(self.book.folder, number)
        for entry in rest.ending:
            self._end(entry)
        if rest.ending:
            alive = frozenset(row.job.id for row in entries(self.book.look(SELECT)))
            sweep(self.book.folder, alive)
            self.tidy()

    def _end(self, entry: Entry) -> None:
        if entry.cage:
            open_cage(entry.cage)
        gone = end_marked(mark_of(self.settings.folder, entry.job.id), entry.leader, entry.leader_start)
        if gone:
            open_cage(entry.cage)
            self.book.change(lambda connection: settle(connection, entry.job.id, clock()))
            self.book.locks.forget(2 * entry.job.id)
            self.book.locks.forget(2 * entry.job.id + 1)


def mark_of(folder: str, number: int) -> str:
    """NAME=value as it stands in the environment of every process of a lease."""
    return f"{LEASE_VARIABLE}={mark_value(folder, number)}"


def mark_value(folder: str, number: int) -> str:
    """The value of the variable. The folder tells brokers apart, since one may run inside another."""
    return f"{number}:{short(folder)}"


def short(folder: str) -> str:
    """Eight hexadecimal digits that stand for a folder."""
    from zlib import crc32  # noqa: PLC0415 - built in

    return f"{crc32(os.path.realpath(folder).encode('utf-8', 'surrogateescape')):08x}"


def _said(before: str | None, why: str, on_wait: Callable[[str], None] | None) -> str:
    """Say why it waits when that has changed. Not at the first look: what starts in a moment need not be spoken of."""
    if before is None:
        return ""
    now = why.partition(",")[0]
    if on_wait is not None and now not in ("", before):
        on_wait(why)
    return now


def _still(cancelled: threading.Event | None, deadline: float | None, name: str, why: str) -> None:
    if cancelled is not None and cancelled.is_set():
        raise Interrupted(f"cancelled while {name or 'a job'} waited for memory")
    if deadline is not None and time.monotonic() >= deadline:
        raise GaveUpWaiting(
            f"{name or 'the job'} gave up waiting for memory: {why or 'its turn had not come'}",
            "gate leases shows who holds it; wait longer with --wait SECONDS",
        )
