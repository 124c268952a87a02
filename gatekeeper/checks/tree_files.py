"""The files of a tree as the pure parts want them: read from the store when they are asked for, many at once."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from gatekeeper.git.store import Store
from gatekeeper.git.synthetic import Entry
from gatekeeper.integrity.suite.written import Files


class TreeFiles:
    """One tree of the store. Links and submodules have no content here."""

    def __init__(self, store: Store, tree: str) -> None:
        self._store = store
        self._tree = tree
        self._known: dict[str, bytes] = {}

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Path → mode and object id."""
        return self._store.list_tree(self._tree)

    def read(self, path: str) -> bytes | None:
        """Content of a file, None for what is none."""
        mode, oid = self.entries.get(path, ("", ""))
        if not mode.startswith("100"):
            return None
        if oid not in self._known:
            self.load([path])
        return self._known.get(oid)

    def load(self, paths: Iterable[str]) -> None:
        """Read many files with one git process."""
        wanted = {self.entries[path][1] for path in paths if self.entries.get(path, ("",))[0].startswith("100")}
        missing = sorted(wanted - self._known.keys())
        if missing:
            self._known.update(self._store.blobs(missing))

    def files(self, is_harness: Callable[[str], bool]) -> Files:
        return Files(frozenset(self.entries), self.read, is_harness, self.load)
