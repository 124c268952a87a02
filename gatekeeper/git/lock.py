"""Locks that the kernel holds: they end with their holder, even after SIGKILL."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager


def try_lock(path: str) -> int | None:
    """The descriptor of an exclusively locked file, or None when someone else holds it. Closing it gives it back."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Wait for the lock, hold it for the block."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def folder_locked(path: str, patience_s: float) -> Iterator[bool]:
    """Hold the lock of a folder itself: no file is left in somebody else's repository. False when it was not had.

    Not every file system can lock a folder, and a stopped holder may keep it for ever: only for what is right without
    the lock, and faster with it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        yield _locked_before(handle, time.monotonic() + patience_s)
    finally:
        os.close(handle)


def _locked_before(handle: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002 + jitter(0.01))
        except OSError:
            return False
        else:
            return True


def jitter(most: float) -> float:
    """Seconds from 0 to `most`, so that those who wait do not come back together. (`random` costs 8 ms to import.)"""
    return most * int.from_bytes(os.urandom(2), "big") / 0xFFFF
