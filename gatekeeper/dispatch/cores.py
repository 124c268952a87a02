"""Leases as in-process core slots: at most N tools at once. The seam where the memory broker will stand."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gatekeeper.errors import Interrupted


class Cores:
    """Grants at most `jobs` leases at the same time."""

    def __init__(self, jobs: int) -> None:
        self.jobs = max(1, jobs)
        self._free = threading.Semaphore(self.jobs)

    @contextmanager
    def lease(self, cancelled: threading.Event) -> Iterator[None]:
        """Hold one core while a tool runs. Raises Interrupted when the run is cancelled while waiting."""
        while not self._free.acquire(timeout=0.1):
            if cancelled.is_set():
                raise Interrupted("cancelled while waiting for a core")
        try:
            yield
        finally:
            self._free.release()


def default_jobs() -> int:
    """How many tools may run at once: the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
