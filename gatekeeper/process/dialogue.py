"""A command that answers questions one by one (`git cat-file --batch-command`): bounded, and ended with its block.

Beside `capture`, for the places where the next question depends on the answer before.
"""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import ensure_exit_statuses

_CHUNK = 1 << 16
_MAX_LINE = 1 << 16


class Dialogue:
    """Ask, then read the whole answer before the next question: a question must fit into a pipe (4 KiB).

    Raises CannotEstablish when the command is missing, ends, or is not done `timeout_s` seconds after its start.
    """

    def __init__(
        self, argv: Sequence[str], *, cwd: str | None, env: Mapping[str, str], timeout_s: float = 60.0
    ) -> None:
        ensure_exit_statuses()
        self._name = " ".join(argv[-2:])
        self._deadline = time.monotonic() + timeout_s
        self._held = bytearray()
        try:
            self._process = subprocess.Popen(
                tuple(argv),
                cwd=cwd,
                env=dict(env),
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                close_fds=False,  # Python's own descriptors are not inheritable
            )
        except (OSError, ValueError) as error:
            raise CannotEstablish(f"cannot start {argv[0]!r}: {error}", f"put {argv[0]} on PATH") from error
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        self._into, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._ready = select.poll()
        self._ready.register(self._out, select.POLLIN)

    def __enter__(self) -> "Dialogue":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def ask(self, question: bytes) -> None:
        """Send one question, as it is."""
        try:
            while question:
                question = question[os.write(self._into, question) :]
        except BrokenPipeError:
            raise self._ended() from None

    def line(self) -> bytes:
        """The answer up to the next newline, without it."""
        while True:
            end = self._held.find(b"\n")
            if end >= 0:
                answer = bytes(self._held[:end])
                del self._held[: end + 1]
                return answer
            if len(self._held) > _MAX_LINE:
                raise CannotEstablish(f"{self._name} gave an answer that never ends", "look at `git fsck`")
            self._more()

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes of the answer."""
        while len(self._held) < size:
            self._more()
        answer = bytes(self._held[:size])
        del self._held[:size]
        return answer

    def close(self) -> None:
        """End the command, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _more(self) -> None:
        if not self._ready.poll(max(0.0, self._deadline - time.monotonic()) * 1000):
            raise CannotEstablish(f"{self._name} did not finish in time", "try again when the machine is quieter")
        part = os.read(self._out, _CHUNK)
        if not part:
            raise self._ended()
        self._held += part

    def _ended(self) -> CannotEstablish:
        """Why it left: its own last words."""
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        said = os.read(self._process.stderr.fileno(), _CHUNK).decode("utf-8", "surrogateescape").strip().splitlines()
        reason = said[-1] if said else "it ended without a word"
        return CannotEstablish(f"{self._name} failed: {reason}", "look at `git fsck` in the repository")
