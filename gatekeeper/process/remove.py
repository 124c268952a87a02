"""Remove what a command may have left: also what was made unwritable, and never through a symbolic link."""

import os
import shutil
import stat
from pathlib import Path


def remove(path: Path) -> None:
    """Remove whatever is there, if anything. Raises OSError."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        path.chmod(stat.S_IRWXU)
        for folder, names, _ in os.walk(path):
            for name in names:
                entry = Path(folder) / name
                if not entry.is_symlink():
                    entry.chmod(stat.S_IRWXU)
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
