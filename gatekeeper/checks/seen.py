"""What the trees of a subject say: looked up when a check first asks, then kept for all checks of the run."""

from functools import cached_property
from typing import TYPE_CHECKING

from gatekeeper.git.store import Store
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CommitId

if TYPE_CHECKING:
    from gatekeeper.git.changes import PathChange
    from gatekeeper.policy.detect import Detected


class Seen:
    """Names, languages and changed paths. Used from several threads: what two of them look up at once is the same."""

    def __init__(self, store: Store, subject: Subject, base: CommitId) -> None:
        self._store = store
        self._subject = subject
        self._base = base
        self._names: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, list[str]] = {}

    def names(self, tree: str) -> tuple[str, ...]:
        """Every path of a commit or tree, in git's order."""
        if tree not in self._names:
            self._names[tree] = tuple(self._store.list_tree(tree))
        return self._names[tree]

    @cached_property
    def base_names(self) -> tuple[str, ...]:
        """Every path of the commit that the policy is read from."""
        return self.names(self._base)

    @cached_property
    def detected(self) -> "Detected":
        """Languages and tools at that commit."""
        # Here and not above: parsers of TOML, INI and JSON, which a policy of own commands does without.
        from gatekeeper.policy.detect import detect  # noqa: PLC0415

        return detect(self.base_names, lambda path: self._store.read(self._base, path))

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """Paths in which head and merge base differ, both sides of renames; none when the whole tree is judged."""
        return tuple(sorted({path for change in self.changes for path in (change.path, change.old_path) if path}))

    @cached_property
    def changes(self) -> "tuple[PathChange, ...]":
        """How head and merge base differ; nothing when the whole tree is judged."""
        if self._subject.whole:
            return ()
        from gatekeeper.git.changes import changed_paths  # noqa: PLC0415 - as above

        return changed_paths(self._store, self._subject.base_tree, self._subject.head_tree)

    def line_of_head(self, path: str, line: int) -> str:
        """Text of a line of a file at head; lines count from 1. "" when there is no such line."""
        if path not in self._files:
            content = self._store.read(self._subject.head_tree, path) or b""
            self._files[path] = content.decode("utf-8", "replace").split("\n")
        lines = self._files[path]
        return lines[line - 1] if 0 < line <= len(lines) else ""
