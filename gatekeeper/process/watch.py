"""The loop around one running command: drain its pipes, sample its memory, stop it when it must stop."""

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from msgspec import Struct

from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.governor import Governor
from gatekeeper.process.spool import Spool
from gatekeeper.process.tree import Process, Tree

_SAMPLE_S = 0.1
_SAMPLE_SHARE = 30
"""At most so small a part of the time goes into looking: a machine with thousands of processes has many gates, too."""
_RAREST_SAMPLE_S = 1.0
_FIRST_SAMPLE_S = 0.02
_POLL_S = 0.01
_DRAIN_S = 2.0
_LEFTOVER_GRACE_S = 0.5
_CHUNK = 1 << 16
_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024


class Ending(Struct, frozen=True):
    """How a command ended. `peak_bytes` is over the whole tree; `left_behind` counts processes that outlived it."""

    ended: Ended
    exit: int | None = None
    peak_bytes: int = 0
    reason: str = ""
    left_behind: int = 0


class _Stop(Struct, frozen=True):
    """Why a command was stopped by the gate."""

    ended: Ended
    reason: str


class Spools(Struct, frozen=True):
    """Where the streams of one command go. `channel` is None when it has none."""

    out: Spool
    err: Spool
    channel: Spool | None = None


class Watch:
    """Owns one started process until `close`: afterwards nothing of it is alive and every pipe is closed.

    The dead leader is left unreaped until its whole tree is gone, so that its process id cannot be given to somebody
    else while signals are still being sent.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        marker: str,
        before: frozenset[int],
        spools: Spools,
        stdin: bytes,
        listening: int = -1,
        keeper: bool = False,
    ) -> None:
        """`keeper`: the process is a sandbox around the command, which ends when what is in it has ended.

        `listening` is the reading end of the channel, which stays the caller's.
        """
        self._process = process
        self._tree = Tree(process.pid, marker, before, keeper=keeper)
        self._selector = selectors.DefaultSelector()
        self._rest = memoryview(stdin)
        self._peak = self._tree.first_sample()  # a look, before a short command is gone
        self._reaped = False
        self._pidfd = _pidfd(process.pid)
        self._spools: dict[int, Spool] = {}
        for pipe, spool in ((process.stdout, spools.out), (process.stderr, spools.err)):
            if pipe is not None:
                self._spools[pipe.fileno()] = spool
        if spools.channel is not None:
            self._spools[listening] = spools.channel
        for descriptor in self._spools:
            self._selector.register(descriptor, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._selector.register(process.stdin.fileno(), selectors.EVENT_WRITE)
        if self._pidfd is not None:
            self._selector.register(self._pidfd, selectors.EVENT_READ)

    def follow(
        self,
        *,
        timeout_s: float,
        grace_s: float,
        memory_bytes: int | None,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None] | None,
        governor: Governor | None = None,
    ) -> Ending:
        """Until it exits, or is stopped for time, memory or `cancelled`. Seconds and bytes."""
        stop = self._until_exit(timeout_s, memory_bytes, cancelled, on_sample, governor)
        members = self._tree.members(thorough=True)
        left = self._tree.left_behind(members)
        # What is stopped for memory must not allocate on while it is asked to end.
        grace_s = 0.0 if stop and stop.ended is Ended.MEMORY else grace_s
        self._stop_tree(members, grace_s if stop else _LEFTOVER_GRACE_S)
        self._drain()
        status, peak = self._reap()
        if stop is not None:
            return Ending(stop.ended, None, peak, stop.reason)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            return Ending(Ended.SIGNALLED, None, peak, f"signal {-code} ({signal_name(-code)})", len(left))
        return Ending(Ended.EXITED, code, peak, "", len(left))

    def kill(self) -> None:
        """SIGKILL to the whole tree, until nothing of it is left (or cannot be killed)."""
        deadline = time.monotonic() + _DRAIN_S
        while self._tree.signal(signal.SIGKILL) and time.monotonic() < deadline:
            self._pump(_POLL_S)

    def close(self) -> None:
        """Kill what may be left, reap the leader and close the pipes. Safe to call twice."""
        if not self._reaped:
            self.kill()
            self._reap()
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def _until_exit(
        self,
        timeout_s: float,
        memory_bytes: int | None,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None] | None,
        governor: Governor | None,
    ) -> _Stop | None:
        now = time.monotonic()
        deadline, next_sample = now + timeout_s, now + _FIRST_SAMPLE_S
        while not self._exited():
            now = time.monotonic()
            if cancelled is not None and cancelled.is_set():
                return _Stop(Ended.INTERRUPTED, "cancelled")
            if now >= deadline + (governor.paused_s if governor else 0.0):
                return _Stop(Ended.TIMEOUT, f"longer than {timeout_s:g} s")
            if now >= next_sample:
                began = time.thread_time()  # waiting for others costs nobody anything
                why = self._too_much(memory_bytes, self._sample(on_sample), governor)
                if why:
                    return _Stop(Ended.MEMORY, why)
                taken = time.thread_time() - began
                next_sample = now + min(_RAREST_SAMPLE_S, max(_SAMPLE_S, taken * _SAMPLE_SHARE))
            limit = _POLL_S if self._pidfd is None else _SAMPLE_S
            due = next_sample if governor else min(next_sample, deadline)
            self._turn(min(limit, max(0.0, due - now)))
        return None

    def _too_much(self, memory_bytes: int | None, held: int, governor: Governor | None) -> str | None:
        """Why it must end for memory, if it must."""
        if memory_bytes is not None and held > memory_bytes:
            return f"{held} bytes of memory held, {memory_bytes} allowed"
        return governor.look(self._tree) if governor else None

    def _sample(self, on_sample: Callable[[int], None] | None) -> int:
        held = self._tree.sample()
        self._peak = max(self._peak, held)
        if on_sample is not None:
            on_sample(held)
        return held

    def _turn(self, wait_s: float) -> None:
        """Move what the pipes have to offer, for at most `wait_s` seconds."""
        for key, _ in self._selector.select(wait_s):
            if key.fd in self._spools:
                self._read(key.fd)
            elif key.fd != self._pidfd:
                self._feed(key.fd)

    def _read(self, descriptor: int) -> None:
        chunk = os.read(descriptor, _CHUNK)
        if chunk:
            self._spools[descriptor].write(chunk)
        else:
            self._selector.unregister(descriptor)
            del self._spools[descriptor]

    def _feed(self, descriptor: int) -> None:
        try:
            self._rest = self._rest[os.write(descriptor, self._rest[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._rest = self._rest[:0]  # it does not read: its own business
        if not self._rest and self._process.stdin is not None:
            self._selector.unregister(descriptor)
            self._process.stdin.close()

    def _exited(self) -> bool:
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def _stop_tree(self, members: list[Process], grace_s: float) -> None:
        deadline = time.monotonic() + grace_s
        asked: set[int] = set()
        wait_s = _POLL_S / 8  # the first process of a sandbox is gone in a moment
        while members:
            if time.monotonic() >= deadline:
                self.kill()
                return
            fresh = {process.pid for process in members} - asked
            if fresh:
                self._tree.signal(signal.SIGTERM, members)
                asked |= fresh
            self._pump(wait_s)
            wait_s = min(2 * wait_s, _POLL_S)
            members = self._tree.members(thorough=True)

    def _pump(self, seconds: float) -> None:
        """Keep draining for a while: a process that cannot write cannot end."""
        until = time.monotonic() + seconds
        self._forget_exit()
        while (left := until - time.monotonic()) > 0:
            if self._selector.get_map():
                self._turn(left)
            else:
                time.sleep(left)

    def _drain(self) -> None:
        """What is still in the pipes. Bounded: somebody beyond our reach may hold the other end."""
        deadline = time.monotonic() + _DRAIN_S
        self._forget_exit()
        while self._spools and time.monotonic() < deadline:
            self._turn(_SAMPLE_S)

    def _forget_exit(self) -> None:
        # Once readable it stays readable, and would make every wait a busy one.
        if self._pidfd is not None and self._pidfd in self._selector.get_map():
            self._selector.unregister(self._pidfd)

    def _reap(self) -> tuple[int, int]:
        _, status, usage = os.wait4(self._process.pid, 0)
        self._reaped = True
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return status, _peak(self._peak, usage.ru_maxrss * _RUSAGE_UNIT)


def _peak(sampled: int, by_kernel: int) -> int:
    """The larger of both, when the kernel's number is about the command at all.

    Between fork and exec a child counts the pages of its parent, so `ru_maxrss` never falls below what the gate itself
    held. Only a larger number, or the lack of any other, makes it worth having.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RUSAGE_UNIT
    if sampled and by_kernel <= own:
        return sampled
    return max(sampled, by_kernel)


def _pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where the system has none (then we poll)."""
    opened: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    if opened is None:
        return None
    try:
        return opened(pid)
    except OSError:
        return None


def signal_name(number: int) -> str:
    """ "SIGSEGV", or "unknown"."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
