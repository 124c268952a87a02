"""A hard limit on the memory of one job, where the kernel lets us set one: the backstop behind the broker.

The broker looks at a job some ten times a second and stops it in good order; the kernel's limit is for what grows
faster than that. It is the machine's, not the job's estimate: it ends the one job, and nothing else, before the machine
is out of memory. cgroups(7): `memory.max` of version 2 where the controller is there, else `memory.limit_in_bytes` of
version 1. What a process held before it was put in is not counted. Never RLIMIT_AS: node reserves more than it uses.
"""

import contextlib
import os
import time
from collections.abc import Iterable

from gatekeeper.process.cage import put_in

_OURS = "gate-"
_PATIENCE = 40


def limit_memory(cage: str, name: str, limit: int, pids: Iterable[int], root: str = "") -> str:
    """Limit the processes to so many bytes together; the folder of the cgroup that does so, "" where none can.

    `cage` is the cgroup of version 2 that they are in already, or "". `name` is given to one of version 1.
    """
    if cage and _write(f"{cage}/memory.max", limit):
        # As a whole: a build without its compiler does not end better.
        _write(f"{cage}/memory.oom.group", 1)
        return cage
    place = _place(root)
    if not place:
        return ""
    _sweep(place)
    folder = f"{place}/{name}"
    with contextlib.suppress(OSError):
        os.mkdir(folder)  # noqa: PTH102 - plain strings throughout
        if _write(f"{folder}/memory.limit_in_bytes", limit):
            put_in(folder, pids)
            return folder
        os.rmdir(folder)  # noqa: PTH106
    return ""


def killed_by_limit(folder: str) -> bool:
    """Has the kernel killed something in there because it was full?"""
    for name in ("memory.events", "memory.oom_control"):
        for line in _lines(f"{folder}/{name}") if folder else ():
            word, _, count = line.partition(" ")
            if word == "oom_kill" and count.strip().isdecimal():
                return int(count) > 0
    return False


def lift_limit(folder: str) -> None:
    """Remove a cgroup of version 1 when the job has ended; one of version 2 goes with its cage."""
    if not os.path.basename(folder).startswith(_OURS) or os.path.exists(f"{folder}/memory.max"):  # noqa: PTH110, PTH119
        return
    for _ in range(_PATIENCE):
        if _removed(folder):
            return
        time.sleep(0.005)  # until the kernel has let go of the last process


def _removed(folder: str) -> bool:
    try:
        os.rmdir(folder)  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _place(root: str) -> str:
    """The folder of our own memory cgroup of version 1, where groups may be made in it; else ""."""
    for line in _lines(f"{root}/proc/self/cgroup"):
        _, controllers, path = [*line.rstrip("\n").split(":", 2), "", ""][:3]
        if "memory" in controllers.split(",") and ".." not in path:
            here = os.path.normpath(f"{root}/sys/fs/cgroup/memory/{path.strip('/')}")
            return here if os.access(here, os.W_OK) else ""
    return ""


def _sweep(place: str) -> None:
    """Remove what killed gates left. Only the empty ones can be, so the job of nobody stays limited."""
    with contextlib.suppress(OSError):
        for name in os.listdir(place):  # noqa: PTH208
            number = name.removeprefix(_OURS).partition("-")[0]
            if name.startswith(_OURS) and number.isdecimal() and not os.path.exists(f"/proc/{number}"):  # noqa: PTH110
                _removed(f"{place}/{name}")


def _write(path: str, number: int) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(handle, str(number).encode())
        finally:
            os.close(handle)
    except OSError:
        return False
    return True


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.readlines()
    except OSError:
        return []
