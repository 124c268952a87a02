"""Run a command under a lease: wait for memory, watch what it holds, run it again when the machine was in its way."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.dispatch.book import clock
from gatekeeper.dispatch.broker import LEASE_VARIABLE, Broker, mark_value
from gatekeeper.dispatch.estimates import Run
from gatekeeper.dispatch.govern import HIT_LIMIT, LeaseGovernor
from gatekeeper.dispatch.learning import learn, start_of
from gatekeeper.dispatch.leases import CONTENTION, MEMORY, Wish
from gatekeeper.dispatch.overrun import KILLS, larger_estimate
from gatekeeper.dispatch.rows import Ask
from gatekeeper.errors import TooLarge
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.run import Command, Completed, run


class BrokerLeases(Struct):
    """Leases from the budget of this machine."""

    broker: Broker
    say: Callable[[str], None]
    wait_s: float | None = None
    """How long one command may wait; None: as long as it takes."""
    oversize: str = ""
    """What becomes of a command that is known or declared to need more than the budget; empty: as the machine says."""
    started: threading.Event = field(default_factory=threading.Event)
    """Set when the first command has started: from then on, giving up is no longer an answer for the whole run."""
    lacked: int = 0
    """Bytes: the most that a command would have needed which was refused, or stopped for memory for good; else 0."""

    def run(
        self,
        command: Command,
        wish: Wish,
        *,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None],
        again: Callable[[], None],
    ) -> Completed:
        ask = self._ask(wish)
        for attempt in range(KILLS + 1):
            if attempt:
                again()
            done, governor, held = self._once(command, ask, cancelled, on_sample)
            if governor.stopped and attempt < KILLS:
                ask = replace(ask, estimate=larger_estimate(ask.estimate, held))
                ask = self._fitted(ask, self.oversize or "alone")
                self.say(f"{wish.name}: stopped to make room, and queued again with {ask.estimate >> 20} MiB")
            elif done.ended is Ended.TIMEOUT and governor.contended and not ask.alone:
                ask = replace(ask, alone=True, asked=None)
                self.say(f"{wish.name}: did not finish in time while the machine was busy; it is run once more, alone")
            else:
                break
        if governor.stopped:
            self.lacked = max(self.lacked, larger_estimate(ask.estimate, held))
        return _with_reason(done, governor, alone=ask.alone)

    @contextmanager
    def hold(self, wish: Wish, cancelled: threading.Event | None) -> Iterator[Callable[[int], None]]:
        """A lease for several commands together. They are neither suspended nor stopped by the broker."""
        ask = replace(self._ask(wish), suspendable=False)
        lease = self.broker.acquire(
            ask, cancelled=cancelled, wait_s=self.wait_s, on_wait=lambda why: self.say(f"{ask.name} waits: {why}")
        )
        telling = threading.Lock()

        def tell(held: int) -> None:
            with telling:
                lease.tick(held)

        try:
            self.started.set()
            yield tell
        finally:
            self.broker.release(lease)
            learn(self.broker, ask.key, Run(lease.peak, clock() - lease.since))

    def _ask(self, wish: Wish) -> Ask:
        learned = self.broker.estimates.of(wish.key)
        first = wish.memory or self.broker.settings.guess
        ask = Ask(
            estimate=learned.memory if learned else first, name=wish.name, cores=wish.cores, priority=wish.priority,
            branch=wish.branch, repository=wish.repository, repository_limit=wish.limit, check=wish.check,
            directory=wish.directory, expected_s=learned.duration_s if learned else None,
            suspendable=wish.suspendable, key=wish.key, asked=clock(),
        )  # fmt: skip
        return self._fitted(ask, self.oversize if learned or wish.memory else "alone")

    def _fitted(self, ask: Ask, oversize: str) -> Ask:
        try:
            return self.broker.fitted(ask, oversize)
        except TooLarge as error:
            self.lacked = max(self.lacked, error.needed)
            raise

    def _once(
        self, command: Command, ask: Ask, cancelled: threading.Event | None, on_sample: Callable[[int], None]
    ) -> tuple[Completed, LeaseGovernor, int]:
        """(what came of it, its governor, the most that it held)."""
        lease = self.broker.acquire(
            ask, cancelled=cancelled, wait_s=self.wait_s, on_wait=lambda why: self.say(f"{ask.name} waits: {why}")
        )
        try:
            self.started.set()
            governor = LeaseGovernor(lease, self.broker.kernel)
            governed = replace(
                command,
                env={**command.env, LEASE_VARIABLE: mark_value(self.broker.settings.folder, lease.number)},
                governor=governor,
                inherited=lease.inherited,
            )
            done = run(
                governed, cancelled=cancelled, on_sample=on_sample,
                on_start=lambda pid: lease.started(pid, start_of(pid)),
            )  # fmt: skip
            if lease.hit_limit and done.exit != 0:
                governor.stopped = True
                done = replace(done, ended=Ended.MEMORY, exit=None, reason=HIT_LIMIT)
        finally:
            self.broker.release(lease)
        self._learn(ask, done, governor, max(lease.peak, 0))
        return done, governor, lease.peak

    def _learn(self, ask: Ask, done: Completed, governor: LeaseGovernor, held: int) -> None:
        if done.ended is Ended.EXITED and done.exit not in (126, 127):
            # What the broker saw counts shared pages once; a command too short to be looked at has the kernel's number.
            learn(self.broker, ask.key, Run(held or done.peak_bytes, done.duration_s - governor.paused_s))
        elif governor.stopped:
            learn(self.broker, ask.key, Run(held, done.duration_s, complete=False))


def _with_reason(done: Completed, governor: LeaseGovernor, *, alone: bool) -> Completed:
    if governor.stopped:
        return replace(done, reason=f"{MEMORY}: {done.reason}, {KILLS + 1} times")
    if done.ended is Ended.TIMEOUT and governor.contended:
        how = "also when nothing else of the gate ran" if alone else ""
        return replace(done, reason=f"{CONTENTION}: the machine was busy all the time {how}".strip())
    return done
