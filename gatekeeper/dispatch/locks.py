"""Locks by which the kernel says who is alive: one byte of a file per holder and per job.

An open file description lock (fcntl(2), F_OFD_SETLK) belongs to the open file, not to a process: a job that inherits
the descriptor holds it too, and it ends with the last of them, whatever kills them. F_OFD_GETLK asks without locking.
Systems without it (macOS) get one file per byte and flock(2), which belongs to the open file as well.
"""

import contextlib
import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from typing import Protocol

_FLOCK = "hhqqi4x"
"""struct flock of Linux with 64-bit offsets: type, whence, start, length, pid."""


class Bytes(Protocol):
    """A set of numbered locks. Numbers are not used twice."""

    def hold(self, number: int) -> int:
        """Take a free lock; gives the descriptor that holds it (close-on-exec; closing every copy gives it back)."""

    def held(self, number: int) -> bool:
        """Does anybody hold it?"""

    def all_held(self) -> Iterator[int]:
        """Every number that somebody holds."""

    def forget(self, number: int) -> None:
        """The number will not be used again."""

    def same_file(self) -> bool:
        """Are these still the locks that others see? False when the folder was removed and made anew."""

    def close(self) -> None:
        """Ask no more. What is held stays held."""


def open_locks(path: str, mode: int = 0o600) -> Bytes:
    """The locks in the file `path`, or in the folder `path`.d where the system has no locks of open files."""
    return OfdBytes(path, mode) if hasattr(fcntl, "F_OFD_SETLK") and os.uname().sysname == "Linux" else Files(path)


class OfdBytes:
    """One byte of one file per lock."""

    def __init__(self, path: str, mode: int = 0o600) -> None:
        self._path = path
        self._mode = mode
        self._asking = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
        self._inode = os.fstat(self._asking).st_ino

    def hold(self, number: int) -> int:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
        try:
            fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, number, 1, 0))
        except BaseException:
            os.close(handle)
            raise
        return handle

    def held(self, number: int) -> bool:
        return self._first(number, 1) is not None

    def all_held(self) -> Iterator[int]:
        number = 0
        while (span := self._first(number, 0)) is not None:
            start, length = span
            if length == 0:
                return
            yield from range(max(start, number), start + length)
            number = start + length

    def forget(self, number: int) -> None:
        pass

    def same_file(self) -> bool:
        try:
            return os.stat(self._path).st_ino == self._inode  # noqa: PTH116 - hot path
        except OSError:
            return False

    def close(self) -> None:
        os.close(self._asking)

    def _first(self, start: int, length: int) -> tuple[int, int] | None:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        kind, _, at, span, _ = struct.unpack(_FLOCK, fcntl.fcntl(self._asking, fcntl.F_OFD_GETLK, asked))
        return None if kind == fcntl.F_UNLCK else (at, span)


class Files:
    """One file per lock. Slower, and the same promise."""

    def __init__(self, path: str) -> None:
        self._folder = f"{path}.d"
        os.makedirs(self._folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - beside its like
        self._inode = os.stat(self._folder).st_ino  # noqa: PTH116

    def hold(self, number: int) -> int:
        handle = os.open(self._name(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def held(self, number: int) -> bool:
        try:
            handle = os.open(self._name(number), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared: two who ask at the same moment do not take each other for a holder.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise
            return True
        finally:
            os.close(handle)
        return False

    def all_held(self) -> Iterator[int]:
        for name in sorted(os.listdir(self._folder)):  # noqa: PTH208
            if name.isdecimal() and self.held(int(name)):
                yield int(name)

    def forget(self, number: int) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._name(number))  # noqa: PTH108

    def same_file(self) -> bool:
        try:
            return os.stat(self._folder).st_ino == self._inode  # noqa: PTH116
        except OSError:
            return False

    def close(self) -> None:
        pass

    def _name(self, number: int) -> str:
        return f"{self._folder}/{number}"
