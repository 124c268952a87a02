"""A command of our own that runs for minutes and can be told to stop; its output goes to a file."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.errors import CannotEstablish

_LOOK_S = 0.2
GRACE_S = 30.0
"""From the signal to end (SIGTERM), on which the gate takes down what it runs, to the one that asks nothing."""


def run_until(
    argv: Sequence[str], *, cwd: str, env: Mapping[str, str], stop: threading.Event, log: Path, timeout_s: float
) -> int | None:
    """The exit status; None when it was ended because `stop` was set or the time was over.

    Raises CannotEstablish when it cannot be started, or the log cannot be written.
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                tuple(argv), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise CannotEstablish(f"cannot start {argv[0]!r}: {error.strerror}", f"is {log.parent} writable?") from error
    try:
        return _followed(process, stop, timeout_s)
    finally:
        _end(process)


def _followed(process: "subprocess.Popen[bytes]", stop: threading.Event, timeout_s: float) -> int | None:
    waited = 0.0
    while process.poll() is None:
        if stop.wait(_LOOK_S) or waited > timeout_s:
            return None
        waited += _LOOK_S
    return process.returncode


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
