"""Remove what a command may have left: also what was made unwritable, and never through a symbolic link."""

import os
import stat
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
