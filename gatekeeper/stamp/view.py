"""The log as it stands at one commit of its branch: what is stored about a commit, and how a chain lies.

Everything in it may have been written by anybody. Objects are held against their ids and never named by what the log
says; sizes are asked before anything is read; nothing is believed here.
"""

from collections.abc import Collection

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import decode
from gatekeeper.git.objects import FILE, FOLDER, Entry, Objects, Tree, object_id, write_tree
from gatekeeper.stamp import layout
from gatekeeper.stamp.envelope import BadEnvelope, digest_of, read
from gatekeeper.stamp.form import commit_of
from gatekeeper.stamp.strict import MAX_BYTES

MAX_LINES = 10_000
MAX_TOTAL = 256 << 20
"""Files and bytes about one commit. Who writes more wants the reader to give up, and then it does so aloud."""
_NOT_A_LOG = "the branch was made by something else; rename it: `git branch -m gate-log other`"
_TAMPERED = "somebody wrote into the log by hand; take the branch from elsewhere, and find out who did"


class Stored(Struct, frozen=True):
    """One file about a commit. `raw` is the envelope without its newline, empty when `problem` says why."""

    name: str
    raw: bytes
    problem: str = ""


class ChainState(Struct, frozen=True):
    """How a chain lies in the log, whoever wrote it there. `tree` is that of the whole chain."""

    id: str
    sequence: int
    """Of the newest place."""
    newest: bytes
    """The envelope at the newest place; empty when it cannot be one."""
    tree: str
    earlier: str
    """Tree of the chain without its newest envelope; empty when nothing else is in it, or that cannot be told."""


class View:
    """One look at the log; `ref` is the branch that was found, `tip` its commit, both None when there is no log."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.ref, self.tip = _tip(objects)
        self.root = objects.tree_of(self.tip) if self.tip is not None else None
        if self.root is not None:
            marker = objects.find(self.root, b"format")
            if marker is None or marker.mode != FILE or self._content(marker.oid) != layout.FORMAT.rstrip():
                raise CannotEstablish(f"{self.ref} is not a log of gatekeeper", _NOT_A_LOG)

    def about(self, commit: str) -> tuple[Stored, ...]:
        """Every file about the commit, in order of arrival. Raises CannotEstablish when there are too many."""
        entries = self._folder(*layout.of_commit(commit))
        if len(entries) > MAX_LINES:
            raise CannotEstablish(f"the log holds {len(entries)} files about {commit}", _TAMPERED)
        found, room = [], MAX_TOTAL
        for name in sorted(entries):
            found.append(self._stored(name, entries[name]))
            room -= len(found[-1].raw)
            if room < 0:
                raise CannotEstablish(f"the log holds more than {MAX_TOTAL} bytes about {commit}", _TAMPERED)
        return tuple(found)

    def chain(self, chain: str) -> ChainState | None:
        """The state of a chain, None when it is not begun. Raises CannotEstablish when its folder is no chain."""
        entry = self._find(*layout.of_chain(chain))
        if entry is None:
            return None
        pages = self._folder(*layout.of_chain(chain), b"places")
        last = max((name for name in pages if layout.is_page(name)), default=b"", key=int)
        places = self._objects.tree(pages[last].oid) if last and pages[last].mode == FOLDER else {}
        newest = max((number for name in places if (number := layout.sequence_of(name)) is not None), default=0)
        if not newest:
            raise CannotEstablish(f"the chain {chain} of the log has no stamps where they must be", _TAMPERED)
        raw = self._at(chain, newest)
        return ChainState(chain, newest, raw, entry.oid, self._without(entry.oid, _files_of(raw, newest)) or "")

    def digest_at(self, chain: str, sequence: int) -> str:
        """`envelope.digest_of` what lies at a place of a chain, empty when there is nothing that can be read."""
        raw = self._at(chain, sequence)
        return digest_of(raw) if raw else ""

    def said_about(self, chain: str, commit: str) -> tuple[int, ...]:
        """The places of a chain that are about a commit, in order."""
        entries = self._folder(*layout.of_chain(chain), b"commits", commit[:2].encode())
        before = f"{commit}-".encode()
        found = (layout.sequence_of(name.removeprefix(before)) for name in entries if name.startswith(before))
        return tuple(sorted(number for number in found if number is not None))

    def _at(self, chain: str, sequence: int) -> bytes:
        place, _ = layout.in_chain("", sequence)
        entry = self._find(*layout.of_chain(chain), *place)
        return self._content(entry.oid) if entry is not None and entry.mode == FILE else b""

    def _find(self, *path: bytes) -> Entry | None:
        return None if self.root is None else self._objects.find(self.root, *path)

    def _folder(self, *path: bytes) -> Tree:
        """Entries of a folder of the log, none when it is not there."""
        entry = self._find(*path)
        return self._objects.tree(entry.oid) if entry is not None and entry.mode == FOLDER else {}

    def _stored(self, name: bytes, entry: Entry) -> Stored:
        if entry.mode != FILE:
            return Stored(decode(name), b"", "not a plain file")
        content = self._content(entry.oid)
        return Stored(decode(name), content, "" if content else f"empty, not there, or above {MAX_BYTES} bytes")

    def _content(self, oid: str) -> bytes:
        """A file without its closing newline; empty when it is too large for an envelope."""
        known = self._objects.info(oid)
        if known is None or known.kind != "blob" or known.size > MAX_BYTES + 1:
            return b""
        return self._objects.read(oid, "blob").removesuffix(b"\n")

    def _without(self, tree: str, files: Collection[layout.Path]) -> str | None:
        """Id of the tree without these files and the folders that only they were in; None when nothing is left."""
        entries = self._objects.tree(tree)
        below: dict[bytes, list[layout.Path]] = {}
        for first, *rest in files:
            below.setdefault(first, []).extend([tuple(rest)] if rest else [])
        for name, inner in below.items():
            entry = entries.pop(name, None)
            kept = self._without(entry.oid, inner) if entry is not None and entry.mode == FOLDER and inner else None
            if kept is not None:
                entries[name] = Entry(FOLDER, kept)
        return object_id("tree", write_tree(entries), len(tree)) if entries else None


def _files_of(raw: bytes, sequence: int) -> tuple[layout.Path, ...]:
    """Both files of an envelope in the folder of its chain; it says itself which commit it is about."""
    try:
        commit = commit_of(read(raw).statement())
    except BadEnvelope:
        commit = ""
    return layout.in_chain(commit, sequence)


def _tip(objects: Objects) -> tuple[str | None, str | None]:
    for ref in (layout.REF, layout.FETCHED):
        found = objects.info(ref)
        if found is not None:
            if found.kind != "commit":
                raise CannotEstablish(f"{ref} is no commit but a {found.kind}", _NOT_A_LOG)
            return ref, found.oid
    return None, None
