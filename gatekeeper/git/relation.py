"""How a head stands to a base: merge base, trees, distance, the merge. Two commits decide it, so it is kept."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId, TreeId

_VERSION = "2"
"""Part of the file name: raised when the meaning of what is kept changes."""


class Relation(Struct, frozen=True):
    """`merge_base` is None when the histories are unrelated; `merge_tree` is None when the merge conflicts."""

    head_tree: TreeId
    merge_base: CommitId | None = None
    base_tree: TreeId | None = None
    merge_tree: TreeId | None = None
    ahead: int = 0
    behind: int = 0
    conflicts: tuple[str, ...] = ()


def relate(
    store: Store,
    head: CommitId,
    base: CommitId | None,
    *,
    also: CommitId | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Relation:
    """The relation of head to base (None: only the head's tree), with both (and `also`) brought into the store."""
    wanted = [head, *([base] if base else []), *([also] if also else [])]
    store.fetch(list(dict.fromkeys(wanted)), on_progress)
    kept = store.path / "gate" / "facts" / f"{_VERSION}-{base or 'none'}-{head}.json"
    found = _read(kept)
    if found is None:
        found = _measure(store, head, base)
        _write(kept, found)
    return found


def _measure(store: Store, head: CommitId, base: CommitId | None) -> Relation:
    if base is None:
        return Relation(head_tree=store.tree_of(head), ahead=int(store.git.text("rev-list", "--count", head)))
    behind, ahead = map(int, store.git.text("rev-list", "--left-right", "--count", f"{base}...{head}").split())
    if not behind:  # nothing to merge: the head is its own merge, and the base the merge base
        head_tree, base_tree = store.trees_of(head, base)
        return Relation(head_tree, merge_base=base, base_tree=base_tree, merge_tree=head_tree, ahead=ahead)
    common = store.git.run("merge-base", base, head, check=False).decode().strip()
    if not common:
        return Relation(head_tree=store.tree_of(head))
    tree, conflicts = store.merge(base, head)
    head_tree, base_tree = store.trees_of(head, common)
    return Relation(head_tree, CommitId(common), base_tree, tree, ahead, behind, conflicts)


def _read(path: Path) -> Relation | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        return Relation(**(values | {"conflicts": tuple(values["conflicts"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not there, or half-written by a machine that lost power: measured again


def _write(path: Path, relation: Relation) -> None:
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        partial.write_text(json.dumps(asdict(relation)), encoding="utf-8", errors="surrogateescape")
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)  # a full disk costs time here, not the verdict
