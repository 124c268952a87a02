"""Files that only their owner can read: written as a whole, once, and refused when others can look into them."""

import os
import stat
from pathlib import Path

from gatekeeper.errors import CannotEstablish, ConfigurationError, UsageError
from gatekeeper.git.lock import locked
from gatekeeper.process.home import ensure_writable

MAX_BYTES = 64 << 10
FRESH = "make a key of the gate's own: `gate key new`"


def keep(path: Path, contents: bytes) -> bool:
    """Write the file (0600) in its folder (0700), unless there is one already: then False.

    Of several processes at once one writes; nobody ever sees half a file. Raises CannotEstablish and what
    `check_folder` raises.
    """
    try:
        _make_folder(path.parent)
        with locked(str(path.parent / ".lock")):
            if path.exists():
                return False
            draft = path.parent / f".{os.urandom(8).hex()}"
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
    except OSError as error:
        raise CannotEstablish(
            f"the key cannot be written to {path}: {error.strerror or error}",
            "free or unlock that folder, or name another one: GATE_HOME=/a/writable/folder gate …",
        ) from error
    return True


def read_private(path: Path) -> bytes:
    """The bytes of a file that only its owner can read; looked at through one descriptor, so that nothing is swapped.

    Raises UsageError when there is none and ConfigurationError when it must not be used.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                raise ConfigurationError(f"{path} is not a file", FRESH)
            _must_be_private(path, facts, "600")
            return os.read(handle, MAX_BYTES)
        finally:
            os.close(handle)
    except FileNotFoundError as error:
        raise UsageError(f"there is no key file {path}", FRESH) from error
    except OSError as error:
        raise ConfigurationError(f"the key {path} cannot be read: {error.strerror or error}", FRESH) from error


def check_folder(folder: Path) -> None:
    """Raises ConfigurationError when others can look into the folder of the keys, or write in it."""
    _must_be_private(folder, folder.stat(), "700")


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        ensure_writable(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    check_folder(folder)


def _must_be_private(path: Path, facts: os.stat_result, mode: str) -> None:
    if facts.st_mode & 0o077:
        raise ConfigurationError(
            f"{path} can be read by others (mode {stat.S_IMODE(facts.st_mode):o}): it proves nothing about who signed",
            f"chmod {mode} {path}; when somebody may have copied the key, make a new one and trust that instead",
        )
    if facts.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(f"{path} belongs to another user", FRESH)
