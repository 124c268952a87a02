"""What the gate starts to be probed: brought up, waited for, and stopped whatever happens."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from msgspec import Struct

from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.listen import listens
from gatekeeper.process.run import Command, Completed, run
from gatekeeper.tools.reading import last_line

_POLL_S = 0.1
_ATTEMPT_S = 5.0
"""Longest time of one question whether it is ready: in between, the process may have died."""


class Service(Struct, frozen=True):
    """A process that runs beside the probe. `leader` holds its process id once it has one."""

    name: str
    future: Future[Completed]
    leader: list[int]

    def death(self, settle_s: float = 0.0) -> str:
        """How it ended, in words; "" while it runs. Raises what kept it from being started (CannotEstablish).

        `settle_s`: the longest wait for the news of an end. A sandbox outlives what is in it for a moment.
        """
        wait((self.future,), settle_s)
        if not self.future.done():
            return ""
        done = self.future.result()
        how = f"ended with {done.exit}" if done.ended is Ended.EXITED else done.reason or f"ended: {done.ended}"
        said = last_line(done.stderr.read_bytes(), done.stdout.read_bytes())
        return f"{self.name} {how}" + (f": {said}" if said else "")

    def answers_on(self, port: int) -> bool:
        """Is it this process that listens on the port?"""
        return bool(self.leader) and not self.future.done() and listens(self.leader[0], port)


@contextmanager
def serving(name: str, command: Command, on_sample: Callable[[int], None]) -> Iterator[Service]:
    """Start the command, and stop it with everything that it started when the block is left."""
    stop, leader = threading.Event(), list[int]()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="service") as pool:
        future = pool.submit(run, command, cancelled=stop, on_sample=on_sample, on_start=leader.append)
        try:
            yield Service(name, future, leader)
        finally:
            stop.set()


def _hopeless(done: Completed, cancelled: threading.Event) -> str:
    """Why it makes no sense to ask again."""
    if done.ended is Ended.MISSING:
        return done.reason
    if done.ended is Ended.INTERRUPTED or cancelled.is_set():
        return "interrupted while waiting until the target is ready"
    return ""


def until_ready(
    ask: Callable[[float], Completed], service: Service | None, timeout_s: float, cancelled: threading.Event
) -> str:
    """Ask until it is ready. "" when it is, else why not: it died, was late, or cannot be asked.

    `ask` runs the question once, for at most the seconds that it is given.
    """
    deadline = time.monotonic() + timeout_s
    said = ""
    while (left := deadline - time.monotonic()) > 0:
        if service and (death := service.death()):
            return f"{death} (before it was ready)"
        done = ask(min(left, _ATTEMPT_S))
        if done.ended is Ended.EXITED and done.exit == 0:
            return ""
        if hopeless := _hopeless(done, cancelled):
            return hopeless
        if done.ended is not Ended.TIMEOUT or not said:  # the last question may only have been cut short
            said = _said(done)
        _pause(service, cancelled)
    return f"the target was not ready within {timeout_s:g} s: {said or 'there was no time to ask'}"


def _said(done: Completed) -> str:
    how = f"ready ended with {done.exit}" if done.ended is Ended.EXITED else f"ready: {done.reason or done.ended}"
    line = last_line(done.stderr.read_bytes(), done.stdout.read_bytes())
    return f"{how}: {line}" if line else how


def _pause(service: Service | None, cancelled: threading.Event) -> None:
    if service:
        wait((service.future,), _POLL_S)
    else:
        cancelled.wait(_POLL_S)
