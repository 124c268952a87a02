"""What `git fetch --progress` says on standard error, as now and then a line for people."""

import re
import time
from collections.abc import Callable

EVERY_S = 1.0
_STEP = re.compile(rb"(?:remote: )?([A-Z][a-z]+ [a-z]+): +([0-9]{1,3})% \(")
_LONGEST = 4096


class FetchProgress:
    """Fed with pieces of git's progress as they come; says at most one line in `every_s` seconds."""

    def __init__(
        self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic, every_s: float = EVERY_S
    ) -> None:
        self._say = say
        self._clock = clock
        self._every_s = every_s
        self._said_at = clock()
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Git ends a line that it will write over with a carriage return; what is no percentage is passed over."""
        *lines, self._rest = re.split(rb"[\r\n]", self._rest + piece)
        self._rest = self._rest[-_LONGEST:]
        steps = [found for line in lines if (found := _STEP.match(line))]
        now = self._clock()
        if steps and now - self._said_at >= self._every_s:
            self._said_at = now
            step, percent = steps[-1].groups()
            self._say(f"bringing commits into the gate's own store: {step.decode().lower()} {int(percent)} %")
