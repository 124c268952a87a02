"""The real command without its start: a server that has loaded every module, and forks for each call.

Three quarters of a `gate check` of a test's small repository is Python that loads the same 400 modules once more. What
the fork does is what `python -m gatekeeper` does from there on: `main()` in a process of its own, with its own words,
environment, folder and standard streams, to its own exit status. What is about the start itself (what is imported,
signals, terminals, other users) starts the command by `subprocess`, as do the calls whose environment Python reads
before the first line.
"""

import atexit
import contextlib
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import warm_server

COMMAND = (sys.executable, "-m", "gatekeeper")
_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "COVERAGE_")  # read before main(), or by what measures it
_LONGEST = 100_000  # bytes of one request: what a socket takes whole


def gatekeeper(
    *words: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout_s: float = 60,
    cold: bool = False,
) -> "subprocess.CompletedProcess[bytes]":
    """`gate WORDS` in a folder, with `env` as its whole environment (default: this one's). Never raises for a status.

    `cold` starts it: what /proc shows of a fork (variables, command line) is the server's.
    Raises subprocess.TimeoutExpired; the process is dead by then.
    """
    variables = {name: text for name, text in (os.environ if env is None else env).items() if name not in _measuring()}
    request = json.dumps({"words": words, "cwd": str(cwd), "env": variables}).encode()
    if cold or len(request) > _LONGEST or _of_start(variables) != _of_start(os.environ):
        return subprocess.run(
            [*COMMAND, *words], cwd=cwd, env=variables, input=stdin, capture_output=True, timeout=timeout_s, check=False
        )
    status, out, err = _Call(_server(os.getpid()), request, stdin).result(timeout_s)
    return subprocess.CompletedProcess([*COMMAND, *words], status, out, err)


def spoken(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """The same, with what was said as text."""
    done = gatekeeper(*words, cwd=cwd, env=env, timeout_s=300)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def _measuring() -> frozenset[str]:
    """Coverage is that of the tests without the command: to measure its many processes would double their time."""
    return frozenset(name for name in os.environ if name.startswith("COVERAGE_"))


def _of_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in env.items() if name.startswith(_AT_START) and name not in _measuring()}


@cache
def _server(_: int) -> socket.socket:
    """The door of the server of this process; it ends when the door is closed, at the latest with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, warm_server.__file__, str(theirs.fileno())]
    env = {name: text for name, text in os.environ.items() if name not in _measuring()}
    process = subprocess.Popen(argv, cwd="/", env=env, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
    theirs.close()
    atexit.register(_end, ours, process)
    return ours


def _end(door: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    door.close()
    process.wait(10)


@dataclass(slots=True)
class _Streams:
    out: bytearray
    err: bytearray
    status: bytearray


class _Call:
    """One call, from the request to what it said."""

    def __init__(self, door: socket.socket, request: bytes, stdin: bytes) -> None:
        self._stdin = stdin
        self._said = _Streams(bytearray(), bytearray(), bytearray())
        self._open = selectors.DefaultSelector()
        with contextlib.ExitStack() as stack:
            ends = [os.pipe() for _ in range(3)]
            for theirs in (ends[0][0], ends[1][1], ends[2][1]):
                stack.callback(os.close, theirs)
            self._answer, answer = socket.socketpair()
            stack.callback(answer.close)
            socket.send_fds(door, [request], [ends[0][0], ends[1][1], ends[2][1], answer.fileno()])
        self._feed(ends[0][1])
        self._open.register(ends[1][0], selectors.EVENT_READ, self._said.out)
        self._open.register(ends[2][0], selectors.EVENT_READ, self._said.err)
        self._open.register(self._answer.fileno(), selectors.EVENT_READ, self._said.status)

    def _feed(self, pipe: int) -> None:
        os.set_blocking(pipe, False)
        if self._stdin:
            self._open.register(pipe, selectors.EVENT_WRITE)
        else:
            os.close(pipe)

    def result(self, timeout_s: float) -> tuple[int, bytes, bytes]:
        """Exit status as subprocess gives it, standard output, standard error: when all three have ended."""
        end = time.monotonic() + timeout_s
        try:
            while self._open.get_map():
                ready = self._open.select(max(0.0, end - time.monotonic()))
                if not ready:
                    raise subprocess.TimeoutExpired(COMMAND, timeout_s, bytes(self._said.out), bytes(self._said.err))
                for key, _ in ready:
                    self._move(key)
        finally:
            for key in list(self._open.get_map().values()):
                self._close(key)
            self._answer.close()  # the server kills what is not waited for any longer
            self._open.close()
        return int(self._said.status), bytes(self._said.out), bytes(self._said.err)

    def _move(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            with contextlib.suppress(BrokenPipeError):
                self._stdin = self._stdin[os.write(key.fd, self._stdin) :]
                if self._stdin:
                    return
        elif got := os.read(key.fd, 1 << 16):
            key.data.extend(got)
            return
        self._close(key)

    def _close(self, key: selectors.SelectorKey) -> None:
        self._open.unregister(key.fileobj)
        if key.fd != self._answer.fileno():
            os.close(key.fd)
