"""The .gitignore files of one commit as a single exclude file, so that nobody else's rules take part.

Git would read the files of the worktree, .git/info/exclude and the user's own list: all of them writable by a worker.
"""

import re

from gatekeeper.git.command import decode, encode
from gatekeeper.git.store import Store

_MAX_BYTES = 1 << 20
_GLOB = re.compile(r"([\\*?\[\]!# ])")


def exclude_rules(store: Store, tree: str) -> bytes:
    """Content for `--exclude-from`: every .gitignore of `tree`, rules anchored to its folder, deeper ones last."""
    found = {path: oid for path, (mode, oid) in _ignore_files(store, tree).items() if mode.startswith("100")}
    contents = store.blobs(found.values()) if found else {}
    rules: list[bytes] = []
    for path in sorted(found, key=lambda path: (path.count("/"), path)):
        content = contents.get(found[path], b"")
        if len(content) <= _MAX_BYTES and "\n" not in path:
            folder = path.removesuffix(".gitignore")
            rules += [anchored(line, folder) for line in decode(content).split("\n")]
    return b"".join(rule + b"\n" for rule in rules if rule)


def _ignore_files(store: Store, tree: str) -> dict[str, tuple[str, str]]:
    return {path: entry for path, entry in store.list_tree(tree).items() if path.rsplit("/", 1)[-1] == ".gitignore"}


def literal(path: str) -> str:
    """The path as a pattern that matches nothing else."""
    return _GLOB.sub(r"\\\1", path)


def anchored(line: str, folder: str) -> bytes:
    """A rule of `folder`'s .gitignore ("" or "a/b/") as a rule of the root's. Empty for blank lines and comments."""
    line = line.removesuffix("\r")
    if not line.strip() or line.startswith("#"):
        return b""
    if not folder:
        return encode(line)
    negated, pattern = ("!", line[1:]) if line.startswith("!") else ("", line)
    inner = pattern.rstrip().rstrip("/")
    deep = "" if "/" in inner else "**/"
    return encode(f"{negated}/{literal(folder)}{deep}{pattern.removeprefix('/')}")


class Rules:
    """The exclude rules of commits, each read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, bytes] = {}

    def of(self, commit: str | None) -> bytes:
        """See `exclude_rules`; nothing for None."""
        if commit is None:
            return b""
        if commit not in self._known:
            self._known[commit] = exclude_rules(self._store, commit)
        return self._known[commit]
