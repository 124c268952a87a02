"""One turn of the broker inside a change of its book: who is gone, who may start, who must make room."""

import sqlite3
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.dispatch.admission import admit
from gatekeeper.dispatch.book import YOUNG_S
from gatekeeper.dispatch.job import GIB, Job, Machine, Phase, State
from gatekeeper.dispatch.locks import Bytes
from gatekeeper.dispatch.overrun import Action, Order, relieve
from gatekeeper.dispatch.rows import SELECT, Entry, add_use, entries, grant, used_before

_ENDING_AGAIN_S = 5.0
"""Whoever was ending what a dead gate left may have been killed as well; whoever was told to end it may sleep."""
_GROWING_ROOM = 1.1
_LEAST_USE = 0.01
"""GiB·seconds: less is nobody's business."""


class Turn(Struct, frozen=True, eq=False):
    """What is left to do outside the book: whom to wake, and what dead gates left running."""

    granted: tuple[int, ...] = ()
    ending: tuple[Entry, ...] = ()


def turn(connection: sqlite3.Connection, locks: Bytes, machine: Machine, now: float, born: float) -> Turn:
    """Take back what the dead held, grant what fits, relieve the machine."""
    every = entries(connection.execute(SELECT).fetchall())
    alive, ending = _sorted_out(connection, locks, every, now)
    state = _state(connection, alive, machine, now, _unknown(locks, every, now - born))
    decision = admit(state)
    grant(connection, decision.grants, now)
    for order in relieve(state):
        carry_out(connection, order)
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('turned', ?)", (repr(now),))
    return Turn(decision.grants, ending)


def state_of(connection: sqlite3.Connection, machine: Machine, now: float) -> State:
    """The state as it stands in the book, for those who only want to know."""
    return _state(connection, entries(connection.execute(SELECT).fetchall()), machine, now, unknown=False)


def carry_out(connection: sqlite3.Connection, order: Order) -> None:
    """Write an order into the book; the holder of the job sees it at its next look."""
    phase = {Action.SUSPEND: Phase.SUSPENDED, Action.RESUME: Phase.RUNNING, Action.STOP: Phase.STOPPING}[order.action]
    connection.execute("UPDATE leases SET phase = ?, slope = 0 WHERE id = ?", (phase.value, order.job))


def grow(connection: sqlite3.Connection, number: int, used: int, budget: int) -> None:
    """Reserve some more than what is in use, when that fits; what is in use counts anyway."""
    others = connection.execute(
        "SELECT coalesce(sum(max(reserved, used)), 0) FROM leases WHERE id <> ? AND phase <> 'waiting'", (number,)
    ).fetchone()[0]
    wanted = int(used * _GROWING_ROOM)
    fitting = max(used, min(wanted, budget - others))
    connection.execute("UPDATE leases SET reserved = max(reserved, ?) WHERE id = ?", (fitting, number))


def settle(connection: sqlite3.Connection, number: int, now: float) -> None:
    """Remove a lease that is over, and count what it used for its branch."""
    row = connection.execute(
        "DELETE FROM leases WHERE id = ? RETURNING share, granted, max(reserved, used)", (number,)
    ).fetchone()
    if row is None or row[1] is None:
        return
    gib_s = row[2] / GIB * (now - row[1])
    if gib_s > _LEAST_USE:
        add_use(connection, row[0], gib_s, now)


def _sorted_out(
    connection: sqlite3.Connection, locks: Bytes, every: Iterable[Entry], now: float
) -> tuple[list[Entry], tuple[Entry, ...]]:
    """(those that count, those of which something may still have to be ended)."""
    alive, ending = list[Entry](), list[Entry]()
    for entry in every:
        if entry.job.phase is not Phase.ENDING and locks.held(2 * entry.job.id) and not _deaf(entry, now):
            alive.append(entry)
        elif entry.job.phase is Phase.WAITING:
            connection.execute("DELETE FROM leases WHERE id = ?", (entry.job.id,))
            locks.forget(2 * entry.job.id)
        else:
            # The gate is gone. Its job may hold the memory still, with or without the lock that it inherited.
            if entry.job.phase is not Phase.ENDING or now - entry.seen > _ENDING_AGAIN_S:
                connection.execute("UPDATE leases SET phase = 'ending', seen = ? WHERE id = ?", (now, entry.job.id))
                ending.append(entry)
            alive.append(entry)
    return alive, tuple(ending)


def _deaf(entry: Entry, now: float) -> bool:
    """It was told to stop its job and does not: it has been stopped itself (Ctrl-Z), while others need the memory."""
    return entry.job.phase is Phase.STOPPING and now - entry.seen > _ENDING_AGAIN_S


def _state(
    connection: sqlite3.Connection, alive: Iterable[Entry], machine: Machine, now: float, unknown: bool
) -> State:
    rows = list(alive)
    running = tuple(row.job for row in rows if row.job.phase is not Phase.WAITING)
    waiting = tuple(_informed(row, rows) for row in rows if row.job.phase is Phase.WAITING)
    return State(machine, now, running, waiting, used_before(connection, now), unknown)


def _informed(waiting: Entry, rows: Iterable[Entry]) -> Job:
    """A job that waits expects at least what others of its kind are seen to hold just now."""
    job = waiting.job
    seen = max(
        (row.job.used for row in rows if row.key == waiting.key and row.job.phase is not Phase.WAITING), default=0
    )
    if not waiting.key or seen <= job.estimate:
        return job
    return replace(job, estimate=seen)


def _unknown(locks: Bytes, every: Iterable[Entry], age_s: float) -> bool:
    """Is a lock held by somebody who is not in the book? Asked only while the book is young."""
    if age_s > YOUNG_S:
        return False
    known = {entry.job.id for entry in every}
    return any(number // 2 not in known for number in locks.all_held())
