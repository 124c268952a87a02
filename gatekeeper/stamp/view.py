"""The log as it stands at one commit of its branch: what is stored about a commit, and how a chain lies.

Everything in it may have been written by anybody. Objects are held against their ids and never named by what the log
says; sizes are asked before anything is read; nothing is believed here.
"""

from dataclasses import dataclass

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import decode
from gatekeeper.git.objects import FOLDER, Entry, Objects, Tree, object_id, write_tree
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp import layout
from gatekeeper.stamp.envelope import digest_of
from gatekeeper.stamp.strict import MAX_BYTES

MAX_LINES = 10_000
"""About one commit. Who writes more wants the reader to give up, and then it does so aloud."""
_NOT_A_LOG = "the branch was made by something else; rename it: `git branch -m gate-log other`"
_TAMPERED = "somebody wrote into the log by hand; take the branch from elsewhere, or find out who did"


@dataclass(frozen=True, slots=True)
class Stored:
    """One file about a commit. `raw` is the envelope without its newline, empty when `problem` says why."""

    name: str
    raw: bytes
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChainState:
    """How a chain lies in the log, whoever wrote it there. `tree` is that of the whole chain."""

    id: str
    sequence: int
    """Of the newest place."""
    newest: bytes
    """The envelope at the newest place; empty when it is too large to be one."""
    tree: str
    earlier: str
    """Tree of everything before the newest place; empty when there is nothing."""


class View:
    """One look at the log; `ref` is the branch that was found, `tip` its commit, both None when there is no log."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.ref, self.tip = _tip(objects)
        self.root = objects.tree_of(self.tip) if self.tip is not None else None
        if self.root is not None:
            marker = objects.find(self.root, b"format")
            content = b"" if marker is None or marker.mode == FOLDER else self._content(marker.oid)
            if content != layout.FORMAT.rstrip():
                raise CannotEstablish(f"{self.ref} is not a log of gatekeeper", _NOT_A_LOG)

    def about(self, commit: CommitId) -> tuple[Stored, ...]:
        """Every file about the commit, in order of arrival. Raises CannotEstablish when there are too many."""
        entries = self._folder(*layout.of_commit(commit))
        if len(entries) > MAX_LINES:
            raise CannotEstablish(f"the log holds {len(entries)} files about {commit}", _TAMPERED)
        return tuple(self._stored(name, entries[name]) for name in sorted(entries))

    def chain(self, chain: str) -> ChainState | None:
        """The state of a chain, None when it is not begun. Raises CannotEstablish when its folder is no chain."""
        pages = self._folder(*layout.of_chain(chain))
        if not pages:
            return None
        last = max((name for name in pages if layout.PAGE_NAME.match(name)), default=b"", key=int)
        places = self._objects.tree(pages[last].oid) if last and pages[last].mode == FOLDER else {}
        numbers = [int(found[1]) for found in map(layout.PLACE_NAME.match, places) if found is not None]
        if not numbers:
            raise CannotEstablish(f"the chain {chain} of the log has a page without stamps", _TAMPERED)
        newest = max(numbers)
        rest = {name: entry for name, entry in places.items() if name != layout.place(newest)}
        return ChainState(
            id=chain,
            sequence=newest,
            newest=self._at(places, newest),
            tree=self._id(pages) or "",
            earlier=self._id(self._with(pages, last, rest)) or "",
        )

    def digest_at(self, chain: str, sequence: int) -> str:
        """`envelope.digest_of` what lies at a place of a chain, empty when there is nothing that can be read."""
        pages = self._folder(*layout.of_chain(chain))
        entry = pages.get(layout.page(sequence))
        raw = self._at(self._objects.tree(entry.oid), sequence) if entry and entry.mode == FOLDER else b""
        return digest_of(raw) if raw else ""

    def _at(self, places: Tree, sequence: int) -> bytes:
        entry = places.get(layout.place(sequence))
        return b"" if entry is None or entry.mode == FOLDER else self._content(entry.oid)

    def _folder(self, *path: bytes) -> Tree:
        """Entries of a folder of the log, none when it is not there."""
        entry = None if self.root is None else self._objects.find(self.root, *path)
        return self._objects.tree(entry.oid) if entry is not None and entry.mode == FOLDER else {}

    def _stored(self, name: bytes, entry: Entry) -> Stored:
        if entry.mode != "100644":
            return Stored(decode(name), b"", "not a plain file")
        content = self._content(entry.oid)
        return Stored(decode(name), content, "" if content else f"empty, not there, or above {MAX_BYTES} bytes")

    def _content(self, oid: str) -> bytes:
        """A file without its closing newline; empty when it is too large for an envelope."""
        known = self._objects.info(oid)
        if known is None or known.kind != "blob" or known.size > MAX_BYTES + 1:
            return b""
        return self._objects.read(oid, "blob").removesuffix(b"\n")

    def _with(self, pages: Tree, name: bytes, places: Tree) -> Tree:
        """The pages with one of them exchanged; without it when it would be empty."""
        rest = {other: entry for other, entry in pages.items() if other != name}
        return rest | {name: Entry(FOLDER, self._id(places) or "")} if places else rest

    def _id(self, entries: Tree) -> str | None:
        """Id of the tree of these entries, None for none."""
        length = len(self.root or "")
        return object_id("tree", write_tree(entries), length) if entries else None


def _tip(objects: Objects) -> tuple[str | None, str | None]:
    for ref in (layout.REF, layout.FETCHED):
        found = objects.info(ref)
        if found is not None:
            if found.kind != "commit":
                raise CannotEstablish(f"{ref} is no commit but a {found.kind}", _NOT_A_LOG)
            return ref, found.oid
    return None, None
