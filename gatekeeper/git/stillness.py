"""Has anything in a folder been touched? A digest of stat facts says "nothing" without starting git.

It never says that something *did* change: for that the contents decide, and git is asked. What it takes for unchanged
is what git's own index takes for unchanged, and more is looked at: inode, every folder, and what is ignored.
"""

import hashlib
import os
from collections.abc import Container, Iterator

MOST = 500
"""Entries. Above that, git is faster than looking from here."""


class TooManyError(Exception):
    """There are more than MOST entries."""


def stillness(root: str, *, besides: Container[str], since_ns: int) -> str | None:
    """sha256 over name, kind, size, times and inode of everything below `root`; None when that would prove nothing.

    Names in `besides` are left out at the top level. `since_ns` is what the clock of this very file system said (the
    time of a file that was just written): an entry that changed then or later could change again without a new time,
    as git knows it from its index ("racy"). So an equal digest later on means that nothing was touched in between.
    Raises TooManyError.
    """
    rows: list[str] = []
    try:
        for row, changed_ns in _rows(root, besides):
            rows.append(row)
            if len(rows) > MOST:
                raise TooManyError
            if changed_ns >= since_ns:
                return None
    except OSError:
        return None  # somebody is at work in it, or may not look
    return hashlib.sha256("\n".join(sorted(rows)).encode("utf-8", "surrogateescape")).hexdigest()


def _rows(root: str, besides: Container[str]) -> Iterator[tuple[str, int]]:
    """(everything about an entry as text, its last change in ns)."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if folder == root and entry.name in besides:
                    continue
                facts = entry.stat(follow_symlinks=False)
                times = f"{facts.st_mtime_ns} {facts.st_ctime_ns}"
                yield f"{entry.path!r} {facts.st_mode} {facts.st_size} {times} {facts.st_ino}", facts.st_ctime_ns
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
