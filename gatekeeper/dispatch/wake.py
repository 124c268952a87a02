"""How a waiting process learns at once that its turn has come: a pipe with a name. Without one, it looks by itself."""

import contextlib
import os
import select

_FOLDER = "wake"


class Wake:
    """The waiting end. Nothing is lost when it cannot be made: waiting then lasts until the timeout."""

    def __init__(self, folder: str, number: int) -> None:
        self._path = _path(folder, number)
        self._handle = -1
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
            os.mkfifo(self._path, 0o600)
            # For both: with a writer of its own it never comes to an end of the file.
            self._handle = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def wait(self, seconds: float) -> None:
        """Until somebody calls `wake`, but no longer than that."""
        ready, _, _ = select.select([self._handle] if self._handle >= 0 else [], [], [], seconds)
        if ready:
            with contextlib.suppress(OSError):
                os.read(self._handle, 64)

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        with contextlib.suppress(OSError):
            os.unlink(self._path)  # noqa: PTH108


def wake(folder: str, number: int) -> None:
    """Wake whoever waits under that number."""
    with contextlib.suppress(OSError):
        handle = os.open(_path(folder, number), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(handle, b"1")
        finally:
            os.close(handle)


def sweep(folder: str, alive: frozenset[int]) -> None:
    """Remove the pipes of those that were killed while they waited."""
    with contextlib.suppress(OSError):
        for name in os.listdir(f"{folder}/{_FOLDER}"):  # noqa: PTH208
            if name.isdecimal() and int(name) not in alive:
                os.unlink(f"{folder}/{_FOLDER}/{name}")  # noqa: PTH108


def _path(folder: str, number: int) -> str:
    return f"{folder}/{_FOLDER}/{number}"
