"""A few threads that work through a list, in order. concurrent.futures does more, and brings all of logging along."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_S = 0.2
"""A wait without a timeout would keep Ctrl-C from the main thread."""


class Crew(Generic[T]):
    """At most `size` threads for one list of tasks."""

    def __init__(self, tasks: Sequence[Callable[[], T]], size: int, name: str) -> None:
        self._waiting = deque(enumerate(tasks))
        self._results: dict[int, T] = {}
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}") for number in range(min(size, len(tasks)))
        ]
        self._at_work = len(self._threads)
        self._counting = threading.Lock()
        self._failure: BaseException | None = None
        self._over = threading.Event()
        """Set when the last thread has ended, or when a task has failed."""

    def work(self, *, when_failed: Callable[[], None], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
        """The results in the order of the tasks. To be called once. `meanwhile` is called when they take their time.

        When a task raises, or the caller is interrupted, no further one is begun, `when_failed` is called (it should
        make the running ones end soon), they are waited for, and the exception is raised.
        """
        try:
            for thread in self._threads:
                thread.start()
            self._wait(meanwhile)
            if self._failure is not None:
                raise self._failure
        except BaseException:
            self._waiting.clear()
            when_failed()
            raise
        finally:
            for thread in self._threads:
                if thread.is_alive():  # one that was interrupted while it started finds nothing to do, and ends
                    thread.join()
        return [self._results[number] for number in sorted(self._results)]

    def _wait(self, meanwhile: Callable[[], None]) -> None:
        if self._threads and not self._over.wait(_POLL_S):
            meanwhile()
            while not self._over.wait(_POLL_S):
                pass

    def _work(self) -> None:
        try:
            while self._failure is None and self._waiting:
                self._next()
        except BaseException as failure:  # noqa: BLE001 - raised again where the crew is waited for
            self._failure = failure
        with self._counting:
            self._at_work -= 1
            if self._at_work == 0 or self._failure is not None:
                self._over.set()

    def _next(self) -> None:
        try:
            number, task = self._waiting.popleft()
        except IndexError:
            return  # another thread was faster
        self._results[number] = task()
