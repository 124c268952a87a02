"""Locks that the kernel holds: they end with their holder, even after SIGKILL."""

import fcntl
import os
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
