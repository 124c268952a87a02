"""Ask a process of our own one question and read its answer, so that it ends when we do.

Its standard input stays open until it has answered: when that comes to its end, its parent is gone, however it died.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from gatekeeper.process.capture import Captured

_CHUNK = 1 << 16


def ask(argv: Sequence[str], question: bytes, env: Mapping[str, str]) -> Captured:
    """Send one line, wait for the end; both streams as a whole. Raises OSError when it cannot be started."""
    process = subprocess.Popen(
        tuple(argv), env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said: dict[str, bytes] = {}
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101 - pipes
    readers = [_reader(process.stdout, "out", said), _reader(process.stderr, "err", said)]
    try:
        with contextlib.suppress(BrokenPipeError):  # it ended before it read anything: its status says so
            process.stdin.write(question + b"\n")
            process.stdin.flush()
        for reader in readers:
            reader.join()
    finally:  # also when we are interrupted: that ends it
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    return Captured(process.wait(), said["out"], said["err"])


def _reader(stream: IO[bytes], name: str, said: dict[str, bytes]) -> threading.Thread:
    def read() -> None:
        said[name] = stream.read()

    thread = threading.Thread(target=read, name=f"read-{name}")
    thread.start()
    return thread


def question(when_gone: Callable[[], None]) -> bytes:
    """The other side: the line that was sent. `when_gone` is called, in a thread, when the parent has gone."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, _CHUNK)
        if not piece:
            break
        line += piece

    def wait() -> None:
        while os.read(0, _CHUNK):
            pass
        when_gone()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
    return bytes(line)
