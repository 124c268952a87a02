"""End everything that was started under a mark, when the process that watched over it is gone itself.

Found by the session and the group of its leader, by descent, and by the mark in process environments: daemons leave
session and parent, and few of them their environment. Killed through descriptors of processes, so that an id that has
come round again is not hit.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable

from gatekeeper.process.tree import Process, add_descendants, environment_of, process_of, read_table

_PAUSE_S = 0.005


def end_marked(mark: str, leader: int = 0, leader_start: float = 0.0, *, patience_s: float = 2.0) -> bool:
    """Kill until nothing of it is left; False when something was still there after `patience_s` seconds.

    `mark` is NAME=value as it stands in environments. `leader` (0: not known) led a session or group when it had the
    start time `leader_start`; an id that somebody else has by now is not believed.
    """
    deadline = time.monotonic() + patience_s
    while members := _members(mark, leader, leader_start):
        for process in members:
            _kill(process)
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True


def _members(mark: str, leader: int, leader_start: float) -> list[Process]:
    table = read_table()
    wanted = b"\0" + mark.encode("utf-8", "surrogateescape") + b"\0"
    found = {pid for pid in table if wanted in b"\0" + environment_of(pid) + b"\0"}
    found |= _of_leader(table, leader, leader_start)
    add_descendants(found, table)
    found.discard(os.getpid())
    return [table[pid] for pid in sorted(found) if not table[pid].zombie]


def _of_leader(table: dict[int, Process], leader: int, leader_start: float) -> set[int]:
    if not leader:
        return set()
    now = table.get(leader)
    if now is not None and now.start != leader_start:
        return set()
    # A session or group keeps the id of its leader taken after the leader's end: it cannot be somebody else's.
    return {one.pid for one in table.values() if leader in (one.pid, one.group, one.session)}


def _kill(process: Process) -> None:
    opened: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    with contextlib.suppress(ProcessLookupError, PermissionError, OSError):
        if opened is None:
            os.kill(process.pid, signal.SIGKILL)
            return
        handle = opened(process.pid)
        try:
            now = process_of(process.pid)
            if now is not None and now.start == process.start:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
