"""What the kernel says about memory: how much there is, how much is left, and who had to wait for it.

One small interface, so that a machine without /proc, PSI or cgroups (macOS, old kernels, some containers) is the same
code with fewer facts: what is not known is None, and then does not keep anything from starting.
"""

import os
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

_KEEP_S = 0.1
"""Between two readings: the kernel's own averages change every two seconds."""
_KEEP_TOTAL_S = 10.0
_NO_LIMIT = 1 << 60


class Reading(Struct, frozen=True):
    """Bytes, and per cent of the time (PSI some, avg10). None: this machine does not say."""

    available: int | None = None
    memory_pressure: float | None = None
    io_pressure: float | None = None
    cpu_pressure: float | None = None


class Kernel(Protocol):
    """What is asked of a machine."""

    def total(self) -> int | None:
        """Bytes that this process and its like may use: the machine's, or less in a container."""

    def read(self) -> Reading:
        """The facts of now."""


class LinuxKernel:
    """From /proc and /sys/fs/cgroup. `root` is for tests: a folder that looks like `/`."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self._kept: tuple[float, Reading] | None = None
        self._groups: tuple[_Group, ...] | None = None
        self._total: tuple[float, int | None] | None = None

    def total(self) -> int | None:
        now = time.monotonic()
        if self._total is None or now - self._total[0] > _KEEP_TOTAL_S:
            self._total = (now, self._read_total())
        return self._total[1]

    def _read_total(self) -> int | None:
        whole = self._meminfo().get("MemTotal")
        limits = [limit for group in self._cgroups() if (limit := group.limit()) is not None]
        return min([*limits, *([] if whole is None else [whole])], default=None)

    def read(self) -> Reading:
        now = time.monotonic()
        if self._kept is None or now - self._kept[0] > _KEEP_S:
            self._kept = (now, self._read())
        return self._kept[1]

    def _read(self) -> Reading:
        left = [self._meminfo().get("MemAvailable"), *(group.left() for group in self._cgroups())]
        known = [value for value in left if value is not None]
        return Reading(
            min(known, default=None),
            self._pressure("memory"),
            self._pressure("io"),
            self._pressure("cpu"),
        )

    def _meminfo(self) -> dict[str, int]:
        text = _text(f"{self._root}/proc/meminfo")
        wanted = (line.split() for line in text.splitlines() if line.startswith(("MemTotal:", "MemAvailable:")))
        return {words[0][:-1]: int(words[1]) * 1024 for words in wanted}

    def _pressure(self, name: str) -> float | None:
        for word in _text(f"{self._root}/proc/pressure/{name}").split("\n", 1)[0].split():
            if word.startswith("avg10="):
                return float(word[6:])
        return None

    def _cgroups(self) -> "tuple[_Group, ...]":
        if self._groups is None:
            found = _groups(self._root)
            self._groups = tuple(group for group in found if group.limit() is not None)
        return self._groups


class OtherKernel:
    """Where there is no /proc: psutil knows the memory, and nobody the pressure."""

    def total(self) -> int | None:
        import psutil  # noqa: PLC0415 - Linux does without

        return int(psutil.virtual_memory().total)

    def read(self) -> Reading:
        import psutil  # noqa: PLC0415 - Linux does without

        return Reading(int(psutil.virtual_memory().available))


def this_kernel() -> Kernel:
    """The one that this process runs on."""
    return LinuxKernel() if sys.platform == "linux" else OtherKernel()


class _Group(Struct, frozen=True):
    """One memory cgroup, of version 1 or 2."""

    folder: str
    version: int

    def limit(self) -> int | None:
        """Bytes, or None without a limit."""
        if self.version == 1:
            return _number(f"{self.folder}/memory.limit_in_bytes")
        known = [_number(f"{self.folder}/memory.{name}") for name in ("max", "high")]
        return min((value for value in known if value is not None), default=None)

    def left(self) -> int | None:
        """What can still be used: the limit less what is used and cannot be taken back (files that were read can)."""
        limit = self.limit()
        used = _number(f"{self.folder}/memory.{'current' if self.version == 2 else 'usage_in_bytes'}")
        if limit is None or used is None:
            return None
        key = "inactive_file" if self.version == 2 else "total_inactive_file"
        for line in _text(f"{self.folder}/memory.stat").splitlines():
            if line.startswith(f"{key} "):
                used -= int(line.split()[1])
        return max(0, limit - max(0, used))


def _groups(root: str) -> Iterator[_Group]:
    """The memory cgroups of this process, and those above them: the smallest limit counts. cgroups(7)."""
    for line in _text(f"{root}/proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers == "memory":
            yield from _upwards(f"{root}/sys/fs/cgroup/memory", path, 1)
        elif not controllers:
            yield from _upwards(f"{root}/sys/fs/cgroup", path, 2)


def _upwards(top: str, path: str, version: int) -> Iterator[_Group]:
    # In a container the path may be the one that the host sees, which is not mounted here: then the top is its own.
    here = os.path.normpath(f"{top}/{path.strip('/')}") if ".." not in path else top
    while len(here) >= len(top):
        if os.path.isdir(here):  # noqa: PTH112 - plain strings throughout
            yield _Group(here, version)
        here = os.path.dirname(here)  # noqa: PTH120


def _number(path: str) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() and int(text) < _NO_LIMIT else None


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - hot path
            return file.read()
    except OSError:
        return ""
