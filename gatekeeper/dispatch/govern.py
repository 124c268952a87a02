"""The holder's side of a lease while its job runs: how much it holds, and what the broker makes of that."""

import signal
import time

from gatekeeper.dispatch.job import Phase
from gatekeeper.dispatch.lease import Lease
from gatekeeper.dispatch.pressure import Kernel
from gatekeeper.process.gauge import Gauge
from gatekeeper.process.tree import Tree

_CPU_PRESSURE = 40.0
"""Per cent of the time in which something that could run had to wait for a core: what takes twice as long is late."""
_MEMORY_PRESSURE = 5.0
_THOROUGH_S = 1.0
"""So often processes are looked for that left session and parent behind."""
_CAGED_AT = 3
"""At this look a job is put into a cgroup: commands that end before do not wait for that."""
STOPPED = "stopped by the broker: it held more memory than was expected, and others needed it"

HIT_LIMIT = "killed by the kernel: it took more memory than any job may have on this machine"


class LeaseGovernor:
    """One per job (`process.governor.Governor`)."""

    def __init__(self, lease: Lease, kernel: Kernel) -> None:
        self.paused_s = 0.0
        self.stopped = False
        """The broker had it stopped, to be queued again."""
        self._lease = lease
        self._kernel = kernel
        self._gauge = Gauge()
        self._paused_at: float | None = None
        self._paused_before = 0.0
        self._looks = 0
        self._pressed = 0
        self._thorough_at = 0.0

    @property
    def contended(self) -> bool:
        """Did the machine keep it from working for a good part of its time?"""
        return self.paused_s > 0 or (self._looks > 0 and self._pressed * 3 >= self._looks)

    def look(self, tree: Tree) -> str | None:
        now = time.monotonic()
        thorough = now - self._thorough_at > _THOROUGH_S
        if thorough:
            self._thorough_at = now
        self._count()
        members = tree.members(thorough=thorough)
        if self._looks == _CAGED_AT:
            self._lease.cage(member.pid for member in members)
        phase = self._lease.tick(self._gauge.held(members))
        if phase is Phase.STOPPING:
            self.stopped = True
            return STOPPED
        if phase is Phase.SUSPENDED:
            # Again at every look: what was just being started has not been stopped by the last one.
            tree.signal(signal.SIGSTOP)
            self._paused_at = now if self._paused_at is None else self._paused_at
            self.paused_s = self._paused_before + now - self._paused_at
        elif self._paused_at is not None:
            self.go_on(tree)
        return None

    def go_on(self, tree: Tree) -> None:
        """Let it run again, if it stands still."""
        if self._paused_at is None:
            return
        self._paused_before += time.monotonic() - self._paused_at
        self.paused_s, self._paused_at = self._paused_before, None
        tree.signal(signal.SIGCONT)

    def _count(self) -> None:
        reading = self._kernel.read()
        self._looks += 1
        busy = (reading.cpu_pressure or 0.0) > _CPU_PRESSURE
        self._pressed += busy or (reading.memory_pressure or 0.0) > _MEMORY_PRESSURE
