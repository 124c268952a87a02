"""`node_modules` under a slot: a real folder whose entries are links to the kept one.

A link to the whole folder would not match `node_modules/` in a .gitignore, and tools that write a cache in it would
write into the shared one. Links of workspace members are made anew with their own text: they lead into this slot.
"""

import os
import shutil
from pathlib import Path

_MARKER = ".gate-environment"
_CACHES = frozenset({".cache", ".vite", ".vitest", _MARKER})


def place(source: Path, target: Path, *, borrowed: bool) -> list[str]:
    """Put `source` at `target`. Returns notes. What the branch itself committed there is left alone, and said.

    A borrowed folder with workspace links is copied: its packages would find the other checkout's members.
    """
    if target.is_symlink() or (target.exists() and not (target / _MARKER).is_file()):
        return [f"{target.name} is part of the tree: the environment's own was not put there"]
    mark = f"{source}\n{_stamp(source)}\n"
    if (target / _MARKER).is_file():
        if (target / _MARKER).read_text() == mark:
            return []
        shutil.rmtree(target)
    if target.name != "node_modules":
        target.symlink_to(source)
        return []
    if borrowed and _workspace_links(source, source.parent):
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(*_CACHES))
    else:
        _plant(source, target, source.parent)
    # Written last: a farm that was cut short has no mark, and the sweep of the slot removes it.
    (target / _MARKER).write_text(mark)
    return []


def _plant(source: Path, target: Path, root: Path) -> None:
    target.mkdir(parents=True)
    for entry in os.scandir(source):
        place_of = target / entry.name
        if entry.name in _CACHES:
            continue
        if entry.is_symlink() and (entry.path.startswith(f"{source}/.bin/") or _leaves(entry.path, root)):
            place_of.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir(follow_symlinks=False) and (entry.name.startswith("@") or entry.name == ".bin"):
            _plant(Path(entry.path), place_of, root)
        else:
            place_of.symlink_to(entry.path)


def _leaves(path: str, root: Path) -> bool:
    """True for a link to a workspace member: relative, and to no package below a `node_modules`."""
    text = os.readlink(path)  # noqa: PTH115
    if text.startswith("/"):
        return False
    goal = os.path.normpath(os.path.join(os.path.dirname(path), text))  # noqa: PTH118, PTH120 - lexical on purpose
    return not goal.startswith(f"{root}/") or "node_modules" not in Path(goal).relative_to(root).parts


def _workspace_links(source: Path, root: Path) -> bool:
    for entry in os.scandir(source):
        if entry.is_symlink() and entry.name != ".bin" and _leaves(entry.path, root):
            return True
        scope = entry.name.startswith("@") and entry.is_dir(follow_symlinks=False)
        if scope and _workspace_links(Path(entry.path), root):
            return True
    return False


def _stamp(source: Path) -> str:
    found = source.stat()
    return f"{found.st_ino} {found.st_mtime_ns}"
