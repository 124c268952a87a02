"""What lies in a tree, and whether any of it can call for an environment. Light: every run comes through here."""

import os
from collections.abc import Sequence
from pathlib import Path

_SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".nox"})
_CALLING = ("pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "package.json")


def list_names(tree: Path) -> tuple[str, ...]:
    """All files of the tree, relative, with forward slashes; no environments, no links that lead out of the tree."""
    names = list[str]()
    for where, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        prefix = os.path.relpath(where, tree).replace(os.sep, "/")
        kept = [name for name in files if not _leads_out(f"{where}/{name}", tree)]
        names.extend(kept if prefix == "." else (f"{prefix}/{name}" for name in kept))
    return tuple(sorted(names))


def _leads_out(path: str, tree: Path) -> bool:
    """A link to a file of the machine: its contents must not get into a set-up, nor into a log of one."""
    return os.path.islink(path) and not Path(path).resolve().is_relative_to(tree.resolve())  # noqa: PTH114 - every file


def call_for_environment(names: Sequence[str]) -> bool:
    """Can any of these files make `build.prepare` look for or build something? "Yes" too often costs time only."""
    return any(name.endswith((".py", ".txt", *_CALLING)) for name in names)
