"""What lies in a tree, and whether any of it can call for an environment. Light: every run comes through here."""

import os
from collections.abc import Iterator
from pathlib import Path

_SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox"})
_CALLING = ("pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "package.json")


def list_names(tree: Path) -> tuple[str, ...]:
    """All files of the tree, relative, with forward slashes; no environments, no links that lead out of the tree."""
    return tuple(sorted(_names(str(tree), tree)))


def calls_for_environment(tree: Path) -> bool:
    """Can any file make `build.prepare` look for or build something? "Yes" too often costs time only."""
    return any(name.endswith((".py", ".txt", *_CALLING)) for name in _names(str(tree), tree))


def _names(folder: str, tree: Path, prefix: str = "") -> Iterator[str]:
    """Of one folder, then of those below. The listing itself says what is a link: no further question per file."""
    folders = list[str]()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders += [entry.name] if entry.name not in _SKIPPED else []
            elif not entry.is_symlink() or _is_file_inside(entry, tree):
                yield prefix + entry.name
    for name in folders:
        yield from _names(f"{folder}/{name}", tree, f"{prefix}{name}/")


def _is_file_inside(link: os.DirEntry[str], tree: Path) -> bool:
    """Not a link to a file of the machine: its contents must not get into a set-up, nor into a log of one."""
    try:
        return not link.is_dir() and Path(link.path).resolve().is_relative_to(tree.resolve())
    except (OSError, RuntimeError):  # a link in a circle
        return False
