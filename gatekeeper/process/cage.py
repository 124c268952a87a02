"""A cgroup around one job, where one may be made: nothing leaves it, and all of it is killed with one write.

Version 2 only (cgroup.kill needs Linux 5.14); cgroups(7). A process is moved in when it has run for a moment: moving
one makes it wait for the kernel, which short commands need not.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterable
from functools import cache

_PATIENCE = 100


@cache
def cage_place() -> str:
    """The folder in which this process may make cgroups; empty where it may not."""
    here = _own_group()
    allowed = here and os.access(here, os.W_OK) and os.access(f"{here}/cgroup.procs", os.W_OK)
    return here if allowed and _can_kill(here) else ""


def _own_group() -> str:
    """The folder of the cgroup that this process is in; empty without version 2."""
    mount = next((words[1] for words in _mounts() if words[2:3] == ["cgroup2"]), "")
    path = next((line[3:].strip() for line in _lines("/proc/self/cgroup") if line.startswith("0::")), "")
    return os.path.normpath(f"{mount}/{path}") if mount and path and ".." not in path else ""


def make_cage(name: str) -> str:
    """A new, empty cage; its folder, or "" where none can be made."""
    place = cage_place()
    if not place:
        return ""
    try:
        os.mkdir(f"{place}/{name}")  # noqa: PTH102 - plain strings throughout
    except OSError:
        return ""
    return f"{place}/{name}"


def put_in(cage: str, pids: Iterable[int]) -> None:
    """Move processes in; what they start from now on is in it as well."""
    for pid in pids:
        with contextlib.suppress(OSError):
            _write(f"{cage}/cgroup.procs", str(pid))


def open_cage(cage: str) -> None:
    """Kill all that is in it and remove it. A folder that is no cage is left alone."""
    if not os.path.basename(cage).startswith("gate-"):  # noqa: PTH119
        return
    with contextlib.suppress(OSError):
        _write(f"{cage}/cgroup.kill", "1")
    for _ in range(_PATIENCE):
        try:
            os.rmdir(cage)  # noqa: PTH106
        except OSError as error:
            if error.errno != errno.EBUSY:
                return
            time.sleep(0.005)  # until the last one is gone
        else:
            return


def _can_kill(here: str) -> bool:
    """The file is in every cgroup but the root: asked of one that is made for the purpose."""
    if os.path.exists(f"{here}/cgroup.kill"):  # noqa: PTH110
        return True
    trial = f"{here}/gate-trial-{os.getpid()}"
    try:
        os.mkdir(trial)  # noqa: PTH102
        try:
            return os.path.exists(f"{trial}/cgroup.kill")  # noqa: PTH110
        finally:
            os.rmdir(trial)  # noqa: PTH106
    except OSError:
        return False


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _mounts() -> list[list[str]]:
    return [line.split() for line in _lines("/proc/self/mounts")]


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.readlines()
    except OSError:
        return []
