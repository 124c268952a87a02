"""Short internal commands (git, version queries): output into memory, bounded, whole group killed when late.

Kept apart from `run`, and light to import, because the cached path of `gate check` needs only this.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from msgspec import Struct

from gatekeeper.errors import CannotEstablish

MAX_BYTES = 256 << 20
_CHUNK = 1 << 18


class TooMuch(CannotEstablish):
    """The command printed more than it may."""


class Captured(Struct, frozen=True):
    """What a short command gave back. `exit` is negative (-signal) when a signal ended it."""

    exit: int
    stdout: bytes
    stderr: bytes


def capture(
    argv: Sequence[str],
    *,
    cwd: str | None,
    env: Mapping[str, str],
    timeout_s: float = 60.0,
    stdin: bytes = b"",
    max_bytes: int = MAX_BYTES,
    on_stderr: Callable[[bytes], None] | None = None,
) -> Captured:
    """Run and wait. A non-zero exit is returned, not raised. `on_stderr` gets standard error in pieces, as it comes.

    Raises CannotEstablish when the command is missing or takes longer than `timeout_s` seconds, and its kind TooMuch
    when it prints more than `max_bytes` (a cut answer would be a wrong answer).
    """
    ensure_exit_statuses()
    try:
        process = subprocess.Popen(
            tuple(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            close_fds=False,  # Python's own descriptors are not inheritable; spares a walk over all of them
        )
    except (OSError, ValueError) as error:
        raise CannotEstablish(
            f"cannot start {argv[0]!r}: {_why(error)}", f"install {argv[0]} or put it on PATH"
        ) from error
    try:
        stdout, stderr = _exchange(
            process, argv, stdin=stdin, timeout_s=timeout_s, max_bytes=max_bytes, on_stderr=on_stderr
        )
        return Captured(exit=process.wait(), stdout=stdout, stderr=stderr)
    except BaseException:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def ensure_exit_statuses() -> None:
    """Undo an inherited "ignore SIGCHLD": with it the kernel forgets exit statuses, and Python reads that as success.

    Raises CannotEstablish when that cannot be undone (only the main thread may).
    """
    if signal.getsignal(signal.SIGCHLD) is not signal.SIG_IGN:
        return
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    except ValueError as error:
        hint = "start the gate from a parent that does not ignore SIGCHLD"
        raise CannotEstablish("exit statuses are lost: SIGCHLD is ignored", hint) from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error)


def _exchange(
    process: subprocess.Popen[bytes],
    argv: Sequence[str],
    *,
    stdin: bytes,
    timeout_s: float,
    max_bytes: int,
    on_stderr: Callable[[bytes], None] | None,
) -> tuple[bytes, bytes]:
    """Feed stdin and collect both streams until they end, within the deadline and the size limit."""
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - both asked for as pipes
    kept: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    hears = {process.stdout.fileno(): _ignore, process.stderr.fileno(): on_stderr or _ignore}
    rest = memoryview(stdin)
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for descriptor in kept:
            selector.register(descriptor, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            events = selector.select(max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                raise _late(argv, timeout_s)
            for key, _ in events:
                if key.fd in kept:
                    hears[key.fd](_collect(selector, key.fd, kept[key.fd], argv, max_bytes))
                elif process.stdin is not None:
                    rest = _feed(selector, process.stdin, rest)
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _late(argv, timeout_s) from None
    out, err = kept.values()
    return bytes(out), bytes(err)


def _ignore(_: bytes) -> None: ...


def _collect(
    selector: selectors.BaseSelector, descriptor: int, into: bytearray, argv: Sequence[str], limit: int
) -> bytes:
    chunk = os.read(descriptor, _CHUNK)
    if not chunk:
        selector.unregister(descriptor)
        return b""
    into += chunk
    if len(into) > limit:
        raise TooMuch(
            f"{_name(argv)} printed more than {limit} bytes", "a file or a change set is too large for the gate"
        )
    return chunk


def _feed(selector: selectors.BaseSelector, pipe: IO[bytes], rest: memoryview) -> memoryview:
    try:
        rest = rest[os.write(pipe.fileno(), rest[:65536]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:
        rest = rest[:0]  # it did not want to read everything; its exit status tells
    if not rest:
        selector.unregister(pipe)
        pipe.close()
    return rest


def _late(argv: Sequence[str], timeout_s: float) -> CannotEstablish:
    return CannotEstablish(
        f"{_name(argv)} did not finish within {timeout_s:g} s", "try again when the machine is quieter"
    )


def _name(argv: Sequence[str]) -> str:
    return " ".join(argv[:3])
