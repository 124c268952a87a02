"""Turns: at most N checks are at work at once, while those that come next get ready."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gatekeeper.errors import Interrupted


class Turns:
    """Hands out at most `most` turns at the same time."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    @contextmanager
    def one(self, cancelled: threading.Event) -> Iterator[Callable[[], None]]:
        """Gives what takes a turn (at the second call it has one already); it is given back when the block ends.

        Taking it raises Interrupted when the run is cancelled.
        """
        taken = False

        def take() -> None:
            nonlocal taken
            while not taken:
                taken = self._free.acquire(timeout=0.1)
                if cancelled.is_set():
                    raise Interrupted("cancelled before its turn")

        try:
            yield take
        finally:
            if taken:
                self._free.release()
