"""How much memory a tree of processes holds: shared pages once, where that can be asked for in little time."""

import time
from collections.abc import Sequence

from gatekeeper.process.tree import Process

_SMALL = 8 << 20
"""Resident bytes below which a process is taken as it is."""
_SHARE = 20
"""At most so small a part of the time goes into looking at shared pages."""


class Gauge:
    """Proportional set size of a tree (proc_pid_smaps(5)); between two readings the last proportion is used."""

    def __init__(self) -> None:
        self._proportion = 1.0
        self._next = 0.0

    def held(self, processes: Sequence[Process]) -> int:
        """Bytes. Resident size where it is one process, or where the system does not say more."""
        resident = sum(process.rss for process in processes)
        if len(processes) < 2 or resident == 0:
            return resident
        started = time.monotonic()
        if started >= self._next:
            proportional = sum(_proportional(process) for process in processes)
            self._proportion = min(1.0, proportional / resident)
            now = time.monotonic()
            self._next = now + _SHARE * (now - started)
        return int(resident * self._proportion)


def _proportional(process: Process) -> int:
    if process.rss < _SMALL:
        return process.rss
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - hot path
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass  # gone by now, somebody else's, or an older kernel
    return process.rss
