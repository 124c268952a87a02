"""New objects and where references go: collected in memory, written by plumbing in two processes.

`git unpack-objects` writes all objects of a draft, `git update-ref` moves the references if nobody else has moved them.
No index, no worktree, no hook, no identity of the user.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git, decode
from gatekeeper.git.objects import FOLDER, Entry, Objects, Tree, object_id, write_tree
from gatekeeper.process.capture import Captured

_KINDS = {"commit": 1, "tree": 2, "blob": 3}
"""Type numbers of pack entries (gitformat-pack)."""
_WHO = "gatekeeper <gate@gatekeeper.invalid>"


class Move(Struct, frozen=True):
    """A reference from `old` (None: it must not exist) to `new`."""

    ref: str
    new: str
    old: str | None


class Draft:
    """Objects that are not yet written. `length` is that of the repository's object ids: 40 or 64."""

    def __init__(self, objects: Objects, length: int) -> None:
        self._objects = objects
        self._length = length
        self._new: dict[str, tuple[str, bytes]] = {}

    def blob(self, content: bytes) -> str:
        return self._add("blob", content)

    def put(self, tree: str | None, files: Mapping[tuple[bytes, ...], Entry]) -> str:
        """The tree (None: an empty one) with entries at their paths; folders on the way are made.

        A file that stands where a folder must be is replaced by it.
        """
        entries = self._entries(tree)
        below: dict[bytes, dict[tuple[bytes, ...], Entry]] = {}
        for path, entry in files.items():
            if len(path) == 1:
                entries[path[0]] = entry
            else:
                below.setdefault(path[0], {})[path[1:]] = entry
        for name, inner in below.items():
            known = entries.get(name)
            folder = known.oid if known is not None and known.mode == FOLDER else None
            entries[name] = Entry(FOLDER, self.put(folder, inner))
        return self._add("tree", write_tree(entries))

    def commit(self, tree: str, parents: Sequence[str], message: str, when: int) -> str:
        """A commit by the gate; `when` in seconds since 1970, shown in UTC."""
        lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
        lines += [f"author {_WHO} {when} +0000", f"committer {_WHO} {when} +0000", "", message]
        return self._add("commit", "\n".join(lines).encode() + b"\n")

    def write(self, git: Git) -> None:
        """Bring every object that a commit of this draft needs into the repository. Raises CannotEstablish."""
        result = git.call("unpack-objects", "-q", stdin=self._pack())
        if result.exit != 0:
            said = decode(result.stderr).strip().splitlines()  # the last line says that, the first says why
            reason = said[0].removeprefix("error: ").removeprefix("fatal: ") if said else f"exit status {result.exit}"
            raise CannotEstablish(f"git unpack-objects failed: {reason}", "make room there, or make it writable")

    def _entries(self, tree: str | None) -> Tree:
        return {} if tree is None else self._objects.tree(tree)

    def _add(self, kind: str, content: bytes) -> str:
        oid = object_id(kind, content, self._length)
        self._new[oid] = (kind, content)
        return oid

    def _pack(self) -> bytes:
        """A pack of whole objects (gitformat-pack, version 2)."""
        parts = [b"PACK", (2).to_bytes(4, "big"), len(self._new).to_bytes(4, "big")]
        for kind, content in self._new.values():
            parts += [_entry_header(_KINDS[kind], len(content)), zlib.compress(content, 1)]
        body = b"".join(parts)
        ending = hashlib.sha256(body) if self._length == 64 else hashlib.sha1(body, usedforsecurity=False)
        return body + ending.digest()


def own_git(git_dir: str) -> Git:
    """git by the name of the gate (the reflog says who moved a reference), not of the user."""
    git = Git(git_dir=git_dir)
    name, _, mail = _WHO[:-1].partition(" <")
    git.env |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail}
    return git


def move(git: Git, moves: Sequence[Move], reason: str) -> tuple[int, Captured]:
    """Move references one after the other, each only if it still stands where `old` says.

    (how many moved, git's words); the first that cannot be moved ends it. A symbolic reference is not followed.
    """
    lines = []
    for one in moves:
        lines += ["start", f"update {one.ref} {one.new} {one.old or '0' * len(one.new)}", "commit"]
    said = ("\n".join(lines) + "\n").encode()
    result = git.call("update-ref", "--no-deref", "-m", reason, "--stdin", stdin=said)
    return result.stdout.count(b"commit: ok"), result


def _entry_header(kind: int, size: int) -> bytes:
    """Kind and size: four bits of the size beside the kind, then seven in each byte, the least first."""
    first, size = kind << 4 | size & 15, size >> 4
    out = bytearray()
    while size:
        out.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    out.append(first)
    return bytes(out)
