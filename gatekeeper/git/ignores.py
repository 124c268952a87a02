"""The .gitignore files of one commit as a single exclude file, so that nobody else's rules take part.

Git would read the files of the worktree, .git/info/exclude and the user's own list: all of them writable by a worker.
"""

import contextlib
import hashlib
import os
import re
from pathlib import Path

from gatekeeper.git.command import decode, encode
from gatekeeper.git.store import Store

_MAX_BYTES = 1 << 20
_VERSION = "1"
"""Part of the name of a kept file: raised when the rules are written differently."""
_GLOB = re.compile(r"([\\*?\[\]!# ])")


def exclude_rules(store: Store, tree: str) -> bytes:
    """Content for `--exclude-from`: every .gitignore of `tree`, rules anchored to its folder, deeper ones last."""
    listed = store.list_tree(tree, named=".gitignore")
    found = {path: oid for path, (mode, oid) in listed.items() if mode.startswith("100")}
    contents = store.blobs(found.values()) if found else {}
    rules: list[bytes] = []
    for path in sorted(found, key=lambda path: (path.count("/"), path)):
        content = contents.get(found[path], b"")
        if len(content) <= _MAX_BYTES and "\n" not in path:
            folder = path.removesuffix(".gitignore")
            rules += [anchored(line, folder) for line in decode(content).split("\n")]
    return b"".join(rule + b"\n" for rule in rules if rule)


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
    """The exclude rules of commits. A commit cannot change: what was found is kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, bytes] = {}

    def of(self, commit: str | None) -> bytes:
        """See `exclude_rules`; nothing for None."""
        if commit is None:
            return b""
        if commit not in self._known:
            kept = self._store.path / "gate" / "facts" / f"{_VERSION}-{commit}.exclude"
            rules = _whole(kept)
            if rules is None:
                rules = exclude_rules(self._store, commit)
                _keep(kept, rules)
            self._known[commit] = rules
        return self._known[commit]


def _whole(path: Path) -> bytes | None:
    """What `_keep` wrote; None when it is not there, or was cut off by a machine that lost power."""
    try:
        digest, _, rules = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return rules if digest == _digest(rules) else None


def _keep(path: Path, rules: bytes) -> None:
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    with contextlib.suppress(OSError):  # a full disk costs time here, not the verdict
        partial.write_bytes(_digest(rules) + b"\n" + rules)
        partial.replace(path)


def _digest(rules: bytes) -> bytes:
    return hashlib.sha256(rules).hexdigest().encode()
