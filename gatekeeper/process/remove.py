"""Remove what a command may have left: also what was made unwritable, and never through a symbolic link."""

import os
import stat
import threading
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture

_ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
_LONGEST_S = 600.0


def remove(path: Path) -> None:
    """Remove whatever is there, if anything. Raises CannotEstablish when it cannot be removed."""
    try:
        _remove(path)
    except (OSError, RecursionError):
        # Folders in folders, deeper than a path may be long or Python follows: the system's programs go step by step.
        _remove_by_programs(path)


class Broom:
    """Removes folders in the background: a file system may take milliseconds for each folder, and a test run leaves
    hundreds. What is removed is out of the way at once."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._failures: list[CannotEstablish] = []

    def remove(self, path: Path) -> None:
        """Begin to remove it, if it is there. Its name is free afterwards."""
        aside = path.with_name(f"{os.urandom(8).hex()}.gone")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return
        thread = threading.Thread(target=self._remove, args=(aside,), name="broom")
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Wait until all of it is gone. Raises CannotEstablish when something cannot be removed."""
        while self._threads:
            self._threads.pop().join()
        if self._failures:
            raise self._failures[0]

    def _remove(self, path: Path) -> None:
        try:
            remove(path)
        except CannotEstablish as failure:
            self._failures.append(failure)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        path.chmod(stat.S_IRWXU)
        for folder, names, _ in os.walk(path):
            for name in names:
                entry = Path(folder) / name
                if not entry.is_symlink():
                    entry.chmod(stat.S_IRWXU)
        import shutil  # noqa: PLC0415 - brings three compression libraries; most runs remove no folder

        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def _remove_by_programs(path: Path) -> None:
    for argv in (("chmod", "-R", "u+rwX"), ("rm", "-rf")):
        said = capture((*argv, "--", str(path)), cwd="/", env=_ENV, timeout_s=_LONGEST_S).stderr
    if os.path.lexists(path):
        reason = said.decode("utf-8", "replace").strip().rpartition("\n")[2][-300:]
        raise CannotEstablish(f"cannot remove {path}: {reason}", "remove it by hand, then run the gate again")
