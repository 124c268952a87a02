"""A gate inside a job of the broker: it has a lease already, its parent's, and does not queue for a second one."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec.structs import replace

from gatekeeper.dispatch.broker import LEASE_VARIABLE, Broker, short
from gatekeeper.dispatch.job import Phase
from gatekeeper.dispatch.leases import Wish
from gatekeeper.errors import CannotEstablish, Interrupted
from gatekeeper.process.run import Command, Completed, run

_POLL_S = 0.1


OUTSIDE = 0
"""The lease of a broker that cannot be seen from here, as from inside a sandbox."""


def parent_lease(env: Mapping[str, str], broker: Broker) -> int | None:
    """The number of the lease that this process runs under; OUTSIDE, or None.

    A lease that nobody holds is none. The mark of another folder is believed where nobody has named this one: inside a
    sandbox HOME is another, and whoever watches over that lease also sees what is started here.
    """
    number, _, folder = env.get(LEASE_VARIABLE, "").partition(":")
    if not number.isdecimal() or not folder:
        return None
    if folder != short(broker.settings.folder):
        return None if env.get("GATE_HOME") or env.get("GATE_BROKER_DIR") else OUTSIDE
    with contextlib.suppress(CannotEstablish):
        return int(number) if broker.book.locks.held(2 * int(number)) else None
    return OUTSIDE


def grow_parent(broker: Broker, number: int, memory: int) -> bool:
    """Reserve `memory` more for the parent's lease, if that fits beside all others."""
    if number == OUTSIDE:
        return False
    machine = broker.machine()

    def more(connection: sqlite3.Connection) -> bool:
        held = connection.execute(
            "SELECT coalesce(sum(max(reserved, used)), 0) FROM leases WHERE phase <> 'waiting' AND id <> ?", (number,)
        ).fetchone()[0]
        row = connection.execute("SELECT used, phase FROM leases WHERE id = ?", (number,)).fetchone()
        if row is None or row[1] != Phase.RUNNING or held + row[0] + memory > machine.budget:
            return False
        connection.execute("UPDATE leases SET reserved = max(reserved, ?) WHERE id = ?", (row[0] + memory, number))
        return True

    with contextlib.suppress(CannotEstablish):
        return broker.book.change(more)
    return False


class NestedLeases:
    """One command at a time within what the parent has; more at once where its lease can be made larger."""

    def __init__(self, broker: Broker, number: int) -> None:
        self._broker = broker
        self._number = number
        self.started = threading.Event()
        self._running = 0
        self._turn = threading.Condition()

    def run(
        self,
        command: Command,
        wish: Wish,
        *,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None],
        again: Callable[[], None],  # noqa: ARG002 - the port's: the parent's gate decides what is run again
    ) -> Completed:
        with self.hold(wish, cancelled):
            # The mark goes on to what is started here, so that it is found with the rest of the parent's job.
            env = {**command.env, LEASE_VARIABLE: os.environ.get(LEASE_VARIABLE, "")}
            return run(replace(command, env=env), cancelled=cancelled, on_sample=on_sample)

    @contextmanager
    def hold(self, wish: Wish, cancelled: threading.Event | None) -> Iterator[Callable[[int], None]]:
        """Their parent's gate sees what they hold: there is nobody else to tell."""
        self._enter(wish, cancelled)
        self.started.set()
        try:
            yield lambda _: None
        finally:
            with self._turn:
                self._running -= 1
                self._turn.notify_all()

    def _enter(self, wish: Wish, cancelled: threading.Event | None) -> None:
        memory = wish.memory or self._broker.settings.guess
        with self._turn:
            while self._running and not grow_parent(self._broker, self._number, memory):
                if cancelled is not None and cancelled.is_set():
                    raise Interrupted(f"cancelled while {wish.name} waited for memory")
                self._turn.wait(_POLL_S)
            self._running += 1
