"""Objects of a repository as they are: read by one git process, each held against the id that it goes by.

`git` itself believes a loose object that somebody wrote over: only fsck and transport look at the hash. Whatever a
signature is to stand for is therefore read here.
"""

import hashlib
from collections.abc import Mapping
from types import TracebackType

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.process.dialogue import Dialogue

MAX_BYTES = 64 << 20
"""Of one object, unless the caller says less."""
FOLDER, FILE = "40000", "100644"
"""Modes of entries, as they are written in a tree."""
_FSCK = "somebody wrote over an object: `git fsck` lists them, a fresh clone from elsewhere has the right ones"


class Info(Struct, frozen=True):
    """`kind`: commit, tree, blob or tag. `size` in bytes."""

    oid: str
    kind: str
    size: int


class Entry(Struct, frozen=True):
    """One name in a tree leads here. `mode` without leading zeros."""

    mode: str
    oid: str


Tree = dict[bytes, Entry]


class Objects:
    """One `git cat-file`. Names are full object ids or references, never anything from a branch or the log."""

    def __init__(self, git: Git) -> None:
        argv = (*git.argv, "cat-file", "--batch-command")
        self._dialogue = Dialogue(argv, cwd=git.cwd, env=git.env)
        self._trees: dict[str, Tree] = {}

    def __enter__(self) -> "Objects":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._dialogue.close()

    def info(self, name: str) -> Info | None:
        """What is there by that name, None for nothing."""
        self._dialogue.ask(f"info {name}\n".encode())
        return _info(self._dialogue.line())

    def read(self, name: str, kind: str, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The content. Raises CannotEstablish: not there, of another kind, too large, or not what its id says."""
        known = self.info(name)
        if known is None or known.kind != kind:
            raise CannotEstablish(f"there is no {kind} {name}", "look at `git fsck` in the repository")
        if known.size > max_bytes:
            raise CannotEstablish(f"{kind} {name} has {known.size} bytes; the limit is {max_bytes}", _FSCK)
        self._dialogue.ask(f"contents {known.oid}\n".encode())
        answer = _info(self._dialogue.line())
        if answer != known:
            raise CannotEstablish(f"{kind} {name} changed while it was read", "try again")
        content = self._dialogue.exactly(known.size)
        self._dialogue.exactly(1)
        if object_id(kind, content, len(known.oid)) != known.oid:
            raise CannotEstablish(f"the content of {kind} {known.oid} is not what its id says", _FSCK)
        return content

    def tree(self, oid: str) -> Tree:
        """Entries of a tree; yours to change."""
        if oid not in self._trees:
            self._trees[oid] = parse_tree(self.read(oid, "tree"), len(oid) // 2)
        return dict(self._trees[oid])

    def tree_of(self, commit: str) -> str:
        """Id of the tree of a commit, which is checked as well."""
        return header(self.read(commit, "commit"), "tree")

    def find(self, tree: str, *path: bytes) -> Entry | None:
        """Where the path leads, from one tree to the next; None when it leads nowhere."""
        entry: Entry | None = Entry(FOLDER, tree)
        for name in path:
            if entry is None or entry.mode != FOLDER:
                return None
            entry = self.tree(entry.oid).get(name)
        return entry


def header(commit: bytes, key: str) -> str:
    """First value of a header of a commit. Raises CannotEstablish without one."""
    for line in commit.partition(b"\n\n")[0].split(b"\n"):
        if line.startswith(key.encode() + b" "):
            return line[len(key) + 1 :].decode("ascii", "replace")
    raise CannotEstablish(f"a commit has no {key}", _FSCK)


def object_id(kind: str, content: bytes, length: int) -> str:
    """The id that git gives it; `length` is 40 (sha1) or 64 (sha256)."""
    data = b"%s %d\0" % (kind.encode(), len(content)) + content
    return (hashlib.sha256(data) if length == 64 else hashlib.sha1(data, usedforsecurity=False)).hexdigest()


def parse_tree(content: bytes, size: int) -> Tree:
    """`size` is the length of a binary object id. Raises CannotEstablish for what no git would write."""
    found: Tree = {}
    at = 0
    try:
        while at < len(content):
            blank = content.index(b" ", at)
            end = content.index(b"\0", blank)
            at, mode = end + 1 + size, content[at:blank].decode("ascii")
            if at > len(content):
                raise ValueError("cut off")
            found[content[blank + 1 : end]] = Entry(mode, content[end + 1 : at].hex())
    except ValueError as error:
        raise CannotEstablish("a tree of the repository is malformed", _FSCK) from error
    return found


def write_tree(entries: Mapping[bytes, Entry]) -> bytes:
    """The content of a tree, in git's order: folders sort as if their names ended in a slash."""
    ordered = sorted(entries.items(), key=lambda item: item[0] + b"/" if item[1].mode == FOLDER else item[0])
    return b"".join(b"%s %s\0%s" % (one.mode.encode(), name, bytes.fromhex(one.oid)) for name, one in ordered)


def _info(answer: bytes) -> Info | None:
    words = answer.decode("ascii", "replace").split(" ")
    if len(words) != 3 or not words[2].isdigit():
        return None  # "… missing", "… ambiguous"
    return Info(words[0], words[1], int(words[2]))
