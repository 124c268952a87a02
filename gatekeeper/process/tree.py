"""Everything that descends from one command: how much memory it holds, and how all of it is killed.

A process belongs to the command when it is in the command's session or group, descends from a member, was seen as a
member before (daemons are re-parented), or carries the run marker in its environment.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.process.marker import RUN_MARKER

_LINUX = sys.platform == "linux"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TABLE_AGE_S = 0.08
_IDS_AGE_S = 1.0
_YOUNG_S = 5.0
"""So long after the start a process id seen a moment before cannot have come round again, and need not be looked at."""


class Process(Struct, frozen=True):
    """One row of the process table. `start` tells two users of one process id apart; `rss` is in bytes."""

    pid: int
    parent: int
    group: int
    session: int
    start: float
    rss: int
    zombie: bool


class Tree:
    """The processes of one command. Made right after its leader (a session leader) was started."""

    def __init__(self, leader: int, marker: str, before: frozenset[int], *, keeper: bool = False) -> None:
        """`keeper`: the leader is a sandbox. Its end would be the immediate end of all in it, so it is asked last."""
        self._leader = leader
        self._keeper = keeper
        self._marker = f"{RUN_MARKER}={marker}".encode()
        self._before = before - {leader}  # which may have been somebody else's a moment ago
        self._born = time.monotonic()
        self._known: dict[int, float] = {}

    def first_sample(self) -> int:
        """Resident bytes of the leader, which is alone when it has just been started."""
        if not _LINUX:
            return self.sample()
        leader = process_of(self._leader)
        return leader.rss if leader else 0

    def sample(self) -> int:
        """Resident bytes of all members now. Shared pages count once per process: an upper bound."""
        return sum(process.rss for process in self.members())

    def members(self, *, thorough: bool = False) -> list[Process]:
        """Living members. `thorough` also reads environments, for those that left session and parent behind."""
        table = self._table(fresh=thorough)
        found = {process.pid for process in table.values() if self._belongs(process)}
        if thorough:
            found |= {pid for pid in table if pid not in found and self._marker in environment_of(pid)}
        add_descendants(found, table)
        self._known.update({pid: table[pid].start for pid in found})
        return [table[pid] for pid in sorted(found) if not table[pid].zombie]

    def left_behind(self, members: list[Process]) -> list[Process]:
        """Of the living members after the leader's end. The first process of a sandbox, just ending, is none."""
        return [process for process in members if not _is_first(process.pid)] if self._keeper else members

    def signal(self, signum: int, members: list[Process] | None = None) -> int:
        """Send it to every living member; gives their number. The leader's zombie must not be reaped before.

        `members`: those that have just been found, where they have.
        """
        if members is None:
            members = self.members(thorough=True)
        for process in members:
            if self._keeper and signum == signal.SIGTERM and process.pid == self._leader:
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signum)
                if signum == signal.SIGTERM:
                    os.kill(process.pid, signal.SIGCONT)  # a stopped process cannot act on SIGTERM
        return len(members)

    def _belongs(self, process: Process) -> bool:
        if self._leader in (process.pid, process.group, process.session):
            return True
        return self._known.get(process.pid) == process.start

    def _table(self, *, fresh: bool) -> dict[int, Process]:
        if time.monotonic() - self._born < _YOUNG_S:
            return read_table(skip=self._before)
        return read_table() if fresh else _shared_table()


def add_descendants(found: set[int], table: dict[int, Process]) -> None:
    """Add to `found` every process of the table that descends from one of them."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    pending = list(found)
    while pending:
        for child in children.get(pending.pop(), ()):
            if child not in found:
                found.add(child)
                pending.append(child)


def earlier_ids() -> frozenset[int]:
    """Ids of the processes a moment ago: whatever is listed before a command starts is not part of it."""
    global _earlier  # noqa: PLW0603 - shared by the commands that start at about the same time
    taken, ids = _earlier
    if time.monotonic() - taken > _IDS_AGE_S:
        ids = process_ids()
        _earlier = (time.monotonic(), ids)
    return ids


def process_ids() -> frozenset[int]:
    """Ids of all processes now."""
    if _LINUX:
        return frozenset(map(int, filter(str.isdigit, os.listdir("/proc"))))  # noqa: PTH208 - hot path
    return frozenset()


def stop_orphans() -> int:
    """Kill what a gate left running when it was itself killed with SIGKILL; gives the number of processes.

    The run marker names the gate that started a process by id, start time and process id namespace; an orphan's gate is
    gone. Of a gate in another namespace nothing is known: from inside a sandbox the gate outside cannot be seen.
    """
    stopped = 0
    here = _namespace(os.getpid())
    for pid in process_ids() - {os.getpid()}:
        gate = _marked_gate(pid)
        # Ids mean nothing across process id namespaces: a gate in a container is not dead because we cannot see it.
        if gate is None or _is_alive(gate) or _namespace(pid) != here:
            continue
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
            stopped += 1
    return stopped


def own_mark() -> str:
    """This process by id, start time and process id namespace, as written into run markers."""
    pid = os.getpid()
    own = process_of(pid) if _LINUX else None
    return f"{pid}.{own.start if own else 0:.0f}.{_own_namespace()}"


def _own_namespace() -> int:
    try:
        return os.stat("/proc/self/ns/pid").st_ino  # noqa: PTH116 - beside its like
    except OSError:
        return 0


def _is_alive(gate: str) -> bool:
    pid, start, namespace = (int(part) for part in gate.split("."))
    if namespace != _own_namespace():
        return True
    process = process_of(pid)
    return process is not None and not process.zombie and start in (0, int(process.start))


def _marked_gate(pid: int) -> str | None:
    prefix = f"{RUN_MARKER}=".encode()
    environment = environment_of(pid)
    for entry in environment.split(b"\0") if prefix in environment else ():
        if entry.startswith(prefix):
            # The last mark of a chain is the innermost gate: the one that answers for this process.
            gate = (
                entry[len(prefix) :].decode("ascii", "replace").removesuffix(":").rpartition(":")[2].rpartition(".")[0]
            )
            parts = gate.split(".")
            return gate if len(parts) == 3 and all(part.isdecimal() for part in parts) else None
    return None


def _namespace(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")  # noqa: PTH115 - hot path
    except OSError:
        return ""


def _is_first(pid: int) -> bool:
    """Is it number 1 of a process id namespace of its own? pid_namespaces(7), NSpid in proc_pid_status(5)."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123 - beside its like
            numbers = next((line.split()[1:] for line in file if line.startswith(b"NSpid:")), [])
    except OSError:
        return True  # gone by now
    return len(numbers) > 1 and numbers[-1] == b"1"


def environment_of(pid: int) -> bytes:
    """The environment that a process was started with: NAME=value, each ended by a zero byte."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - hot path
            return file.read()
    except OSError:
        return b""  # gone, or somebody else's: then it is not ours


_earlier: tuple[float, frozenset[int]] = (-_IDS_AGE_S, frozenset())
_shared_lock = threading.Lock()
_shared: tuple[float, dict[int, Process]] = (0.0, {})


def _shared_table() -> dict[int, Process]:
    """One reading for all commands that run now: a busy machine has thousands of processes."""
    global _shared  # noqa: PLW0603 - a cache of the process table of this machine
    with _shared_lock:
        taken, table = _shared
        if time.monotonic() - taken > _TABLE_AGE_S:
            table = read_table()
            _shared = (time.monotonic(), table)
        return table


def read_table(skip: frozenset[int] = frozenset()) -> dict[int, Process]:
    """The process table of now, by process id."""
    if not _LINUX:
        return {process.pid: process for process in _by_psutil()}
    read = (process_of(pid) for pid in process_ids() - skip)
    return {process.pid: process for process in read if process is not None}


def process_of(pid: int) -> Process | None:
    """One row of the table; None when there is no such process (Linux only)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - hot path
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    if len(fields) < 22:
        return None
    # proc_pid_stat(5), numbered from the state on (field 3)
    return Process(
        pid=pid,
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        start=float(fields[19]),
        rss=int(fields[21]) * _PAGE,
        zombie=fields[0] in (b"Z", b"X"),
    )


def _by_psutil() -> Iterator[Process]:
    import psutil  # noqa: PLC0415 - costs ~15 ms and Linux does without

    for entry in psutil.process_iter(["pid", "ppid", "create_time", "memory_info", "status"]):
        info = entry.info
        with contextlib.suppress(OSError):
            yield Process(
                pid=info["pid"],
                parent=info["ppid"] or 0,
                group=os.getpgid(info["pid"]),
                session=os.getsid(info["pid"]),
                start=info["create_time"] or 0.0,
                rss=info["memory_info"].rss if info["memory_info"] else 0,
                zombie=info["status"] == psutil.STATUS_ZOMBIE,
            )
