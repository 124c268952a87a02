"""Turns: at most N checks are at work at once, while those that come next get ready."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gatekeeper.errors import Interrupted

_POLL_S = 0.1


class Turns:
    """Hands out at most `most` turns at the same time; where that is one, in the order in which they were asked for.

    In order, a check that writes begins when nobody holds the slot any more, and needs no slot of its own. Several
    turns go to whoever is ready first.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._in_order = most == 1
        self._line: list[object] = []
        """Who has entered and not had a turn yet."""
        self._changed = threading.Condition()

    @contextmanager
    def one(self, cancelled: threading.Event) -> Iterator[Callable[[], None]]:
        """Gives what takes a turn (at the second call it has one already); it is given back when the block ends.

        Taking it raises Interrupted when the run is cancelled.
        """
        entry = object()
        taken = False

        def take() -> None:
            nonlocal taken
            with self._changed:
                while not taken:
                    if cancelled.is_set():
                        raise Interrupted("cancelled before its turn")
                    taken = self._take(entry)
                    if not taken:
                        self._changed.wait(_POLL_S)

        with self._changed:
            self._line.append(entry)
        try:
            yield take
        finally:
            with self._changed:
                self._free += taken
                if entry in self._line:
                    self._line.remove(entry)
                self._changed.notify_all()

    def _take(self, entry: object) -> bool:
        if not self._free or (self._in_order and self._line[0] is not entry):
            return False
        self._free -= 1
        self._line.remove(entry)
        self._changed.notify_all()
        return True
