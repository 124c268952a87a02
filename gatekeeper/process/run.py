"""Run a tool: in a session of its own, with a deadline, capped output, and the memory of its whole tree observed."""

import errno
import itertools
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, Interrupted
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.capture import Captured, capture, ensure_exit_statuses
from gatekeeper.process.governor import Governor
from gatekeeper.process.marker import RUN_MARKER
from gatekeeper.process.spool import Spool, digest_of
from gatekeeper.process.tree import Tree, earlier_ids, own_mark
from gatekeeper.process.watch import Ending, Spools, Watch, signal_name

if TYPE_CHECKING:
    from gatekeeper.process.redact import Redactor
    from gatekeeper.process.sandbox import Sandbox

__all__ = ["Captured", "Command", "Completed", "capture", "run"]

CHANNEL = "GATE_CHANNEL"
_counter = itertools.count(1)
_NOBODY = -1
"""The id of no process, group or session."""


class Command(Struct, frozen=True):
    """What to run. `env` is the whole environment (see `environment.scrubbed`); times in seconds, sizes in bytes."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    timeout_s: float
    log: Path
    """Stem: standard output goes to `<log>.out`, standard error to `<log>.err`."""
    max_output_bytes: int = 16 << 20
    """Kept per stream; the rest is read and thrown away."""
    stdin: bytes = b""
    memory_bytes: int | None = None
    """The tree is killed when it holds more than this."""
    grace_s: float = 2.0
    """Between SIGTERM and SIGKILL."""
    redactor: "Redactor | None" = None
    """Takes values out of both logs before they are written."""
    sandbox: "Sandbox | None" = None
    """What it runs in; `argv` stays what is recorded."""
    channel: bool = False
    """Give it the writing end of a pipe, its number in the variable GATE_CHANNEL. What is written goes to
    `<log>.channel`: what has been said there cannot be taken back, as it could in a file."""
    max_channel_bytes: int = 64 << 20
    governor: Governor | None = None
    """Looks at what it holds, and may stop it for memory."""
    inherited: tuple[int, ...] = ()
    """Descriptors that it keeps open."""


class Completed(Struct, frozen=True):
    """What came of it. `exit` is set when the process exited by itself, or is 127/126 when it could not start."""

    argv: tuple[str, ...]
    ended: Ended
    exit: int | None
    duration_s: float
    peak_bytes: int
    stdout: Path
    stderr: Path
    truncated: bool
    log_sha256: str
    """Over standard output followed by standard error, as kept in the log files."""
    reason: str = ""
    """In words, when it did not exit by itself: "not found", "signal 11 (SIGSEGV)", "longer than 600 s"."""
    left_behind: int = field(default=0)
    """Processes that were still running when the command had exited, and were killed."""
    channel: Path | None = None
    """What came over the channel, where there was one."""


def run(
    command: Command,
    *,
    cancelled: threading.Event | None = None,
    on_sample: Callable[[int], None] | None = None,
    on_start: Callable[[int], None] | None = None,
) -> Completed:
    """Run the command to its end and leave nothing of it behind.

    `on_start` gets the id of the process, which leads a session. `on_sample` gets the resident bytes of the tree about
    every 100 ms. When `cancelled` is set the tree is killed and
    `ended` is INTERRUPTED. Raises Interrupted on Ctrl-C (the tree is dead then) and CannotEstablish when the log
    cannot be written or the folder to run in is missing.
    """
    started = time.monotonic()
    out = Spool(Path(f"{command.log}.out"), command.max_output_bytes, command.redactor)
    err = Spool(Path(f"{command.log}.err"), command.max_output_bytes, command.redactor)
    spools = Spools(
        out, err, Spool(Path(f"{command.log}.channel"), command.max_channel_bytes) if command.channel else None
    )
    try:
        ending = _execute(command, spools, cancelled, on_sample, on_start)
    finally:
        truncated = [spool.close() for spool in (out, err)]
        if spools.channel is not None:
            spools.channel.close()
    return Completed(
        argv=command.argv,
        ended=ending.ended,
        exit=ending.exit,
        duration_s=time.monotonic() - started,
        peak_bytes=ending.peak_bytes,
        stdout=out.path,
        stderr=err.path,
        truncated=any(truncated),
        log_sha256=digest_of(out.path, err.path),
        reason=ending.reason,
        left_behind=ending.left_behind,
        channel=spools.channel.path if spools.channel else None,
    )


def _execute(
    command: Command,
    spools: Spools,
    cancelled: threading.Event | None,
    on_sample: Callable[[int], None] | None,
    on_start: Callable[[int], None] | None,
) -> Ending:
    if command.sandbox is None:
        return _follow(command, command.argv, command.inherited, spools, cancelled, on_sample, on_start)
    status = os.memfd_create("status")
    try:
        argv = command.sandbox.argv(command.argv, status)
        ending = _follow(command, argv, (status, *command.inherited), spools, cancelled, on_sample, on_start)
        return _seen_through(command, ending, os.pread(status, 4096, 0), spools.err)
    finally:
        os.close(status)


def _seen_through(command: Command, ending: Ending, status: bytes, err: Spool) -> Ending:
    """How the command itself ended, from how bubblewrap did."""
    from gatekeeper.process.sandbox import failure, signal_of, was_started  # noqa: PLC0415 - loaded, if there is one

    if ending.ended is not Ended.EXITED or ending.exit is None:
        return ending
    if was_started(status):
        number = signal_of(command.argv, ending.exit)
        if not number:
            return ending
        return replace(ending, ended=Ended.SIGNALLED, exit=None, reason=f"signal {number} ({signal_name(number)})")
    code, why = failure(command.argv, command.cwd, err.path.read_bytes()[-4096:])
    why = why if code is None else f"{command.argv[0]}: {why}"
    err.write(f"gate: {why}\n".encode("utf-8", "backslashreplace"))
    return Ending(ended=Ended.MISSING, exit=code, reason=why)


def _follow(
    command: Command,
    argv: tuple[str, ...],
    passed: tuple[int, ...],
    spools: Spools,
    cancelled: threading.Event | None,
    on_sample: Callable[[int], None] | None,
    on_start: Callable[[int], None] | None,
) -> Ending:
    ensure_exit_statuses()
    before = earlier_ids()
    # A gate inside a gate: both must find the process. The colon ends a mark, so that run 1 is not a prefix of run 10.
    marker = f"{os.environ.get(RUN_MARKER, '')}{own_mark()}.{next(_counter)}:"
    listening, speaking = os.pipe() if spools.channel else (-1, -1)
    try:
        process = _start(command, argv, passed, marker, speaking)
    except OSError as error:
        _close(listening)
        return _not_started(command, error, spools.err)
    except KeyboardInterrupt:
        # It may run already, and nobody knows its id: it is found by its mark.
        _close(listening)
        Tree(_NOBODY, marker, before).signal(signal.SIGKILL)
        raise Interrupted(f"interrupted while starting {command.argv[0]}") from None
    finally:
        _close(speaking)
    watch: Watch | None = None
    try:
        # Inside the `try`: a Ctrl-C may come as soon as the process is there.
        watch = Watch(
            process,
            marker=marker,
            before=before,
            spools=spools,
            listening=listening,
            stdin=command.stdin,
            keeper=command.sandbox is not None,
        )
        if on_start is not None:
            on_start(process.pid)
        return watch.follow(
            timeout_s=command.timeout_s,
            grace_s=command.grace_s,
            memory_bytes=command.memory_bytes,
            cancelled=cancelled,
            on_sample=on_sample,
            governor=command.governor,
        )
    except KeyboardInterrupt:
        _kill(process, watch)
        raise Interrupted(f"interrupted while running {command.argv[0]}") from None
    finally:
        if watch is not None:
            watch.close()
        _close(listening)


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)


def _kill(process: "subprocess.Popen[bytes]", watch: Watch | None) -> None:
    if watch is not None:
        watch.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _start(
    command: Command, argv: tuple[str, ...], passed: tuple[int, ...], marker: str, speaking: int
) -> subprocess.Popen[bytes]:
    channel = {CHANNEL: str(speaking)} if speaking >= 0 else {}
    try:
        return subprocess.Popen(
            argv,
            cwd=command.cwd,
            env={**command.env, RUN_MARKER: marker, **channel},
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(*passed, speaking) if channel else passed,
        )
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), command.argv[0] if command.argv else "") from error


def _not_started(command: Command, error: OSError, err: Spool) -> Ending:
    """A tool that is missing is an observation; a machine that cannot start any process is not."""
    if not Path(command.cwd).is_dir():
        raise CannotEstablish(f"the folder to run in is missing: {command.cwd}", "run the gate again") from error
    name = command.argv[0] if command.argv else ""
    exits = {errno.ENOENT: 127, errno.ENOTDIR: 127, errno.EACCES: 126, errno.ENOEXEC: 126, errno.EPERM: 126}
    if error.errno not in exits:
        raise CannotEstablish(f"cannot start {name!r}: {error.strerror}", "free memory or processes, then try again")
    reason = "not found" if exits[error.errno] == 127 else f"not executable ({error.strerror})"
    if exits[error.errno] == 127 and "/" in name and os.path.lexists(Path(command.cwd, name)):
        reason = "its interpreter (first line) was not found"
    err.write(f"gate: {name}: {reason}\n".encode("utf-8", "backslashreplace"))
    return Ending(ended=Ended.MISSING, exit=exits[error.errno], reason=f"{name}: {reason}")
