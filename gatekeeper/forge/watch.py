"""Judge what the queue holds, a few at a time, and post it. A newer head of a branch stops the older one."""

import threading
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from gatekeeper.errors import GateError
from gatekeeper.forge.queue import Job, Queue
from gatekeeper.forge.webhook import wanted

TRIES = 6
_FIRST_WAIT_S = 30.0
Say = Callable[[str], None]


class Judged(Struct, frozen=True):
    """`run` is its id; "" when there is nothing to post, and `note` says why. `again`: it may be had later."""

    run: str = ""
    note: str = ""
    again: bool = False


class Worker(Protocol):
    """Does the work of one job. Both raise GateError for what may go well the next time."""

    def judge(self, job: Job, stop: threading.Event) -> Judged:
        """Ends early when `stop` is set."""
        ...

    def post(self, job: Job) -> str:
        """Puts the run of a judged job on GitHub; what kept it from that for good, "" when it stands there."""
        ...


class Watch:
    """`accept` is called by the receiver, `work` by each of the worker threads until `end`."""

    def __init__(self, queue: Queue, worker: Worker, repository: str, *, forks: bool, say: Say) -> None:
        self._queue, self._worker, self._repository = queue, worker, repository
        self._forks, self._say = forks, say
        self._changed = threading.Condition()
        self._running: dict[int, threading.Event] = {}
        self.ended = threading.Event()

    def accept(self, event: str, delivery: str, digest: str, body: bytes) -> bool:
        """As `receiver.Accept`. What it supersedes is stopped at once."""
        asked = wanted(event, body, self._repository)
        if asked is not None and asked.fork and not self._forks:
            self._say(f"{asked.head[:12]} of a fork is not judged here: --forks allows it")
            asked = None
        superseded = self._queue.accept(delivery, digest, asked)
        if superseded is None:
            return False
        with self._changed:
            for number in superseded:
                if number in self._running:
                    self._running[number].set()
            self._changed.notify_all()
        if asked is not None:
            self._say(f"{asked.head[:12]} of {asked.branch} is queued")
        return True

    def end(self) -> None:
        """Every worker stops what it does; the queue keeps it."""
        with self._changed:
            self.ended.set()
            for stop in self._running.values():
                stop.set()
            self._changed.notify_all()

    def work(self) -> None:
        """Until `end`. What is no GateError is a defect: it ends the watch, and the queue keeps everything."""
        try:
            while (job := self._next()) is not None:
                self._try(job)
        finally:
            self.end()

    def _try(self, job: Job) -> None:
        try:
            self._do(job)
        except GateError as error:
            self._failed(job, error.what)
        finally:
            with self._changed:
                self._running.pop(job.number, None)

    def _next(self) -> Job | None:
        with self._changed:
            while not self.ended.is_set():
                job = self._queue.take()
                if job is not None:
                    self._running[job.number] = threading.Event()
                    return job
                self._changed.wait(self._queue.wait_s())
        return None

    def _do(self, job: Job) -> None:
        if not job.run:
            self._judge(job, self._running[job.number])
            return
        note = self._worker.post(job)
        self._queue.settle(job, "done", note=note)
        self._say(f"{job.head[:12]}: {note or f'run {job.run[:12]} is posted'}")

    def _judge(self, job: Job, stop: threading.Event) -> None:
        found = self._worker.judge(job, stop)
        if stop.is_set():
            self._queue.settle(job, "queued")  # what was superseded stays so
            self._say(f"{job.head[:12]} was stopped")
        elif found.run:
            self._queue.settle(job, "judged", run=found.run)
            self._wake()
        else:
            self._without_run(job, found)

    def _without_run(self, job: Job, found: Judged) -> None:
        if found.again:
            self._failed(job, found.note)
            return
        self._queue.settle(job, "done", note=found.note)
        self._say(f"{job.head[:12]}: {found.note}")

    def _failed(self, job: Job, why: str) -> None:
        """Once more after a while, a bounded number of times."""
        last = job.tries + 1 >= TRIES
        state = "failed" if last else "judged" if job.run else "queued"
        self._queue.settle(job, state, note=why, wait_s=_FIRST_WAIT_S * 2**job.tries)
        self._say(f"{job.head[:12]}: {why}{'; given up' if last else ''}")
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
