"""Trees that nobody committed: one tree with files of another, written into the gate's own store.

Plumbing with an index of its own. A tree that was made twice has the same id, so what was observed of it is known.
"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from gatekeeper.git.command import Git, encode
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import TreeId

Entry = tuple[str, str]
"""(mode, object id), as `Store.list_tree` gives them."""


def compose(
    store: Store,
    tree: TreeId,
    *,
    remove: Iterable[str] = (),
    put: Mapping[str, Entry] | None = None,
    write: Mapping[str, bytes] | None = None,
) -> TreeId:
    """`tree` without `remove`, with the entries of `put` and with files of the content of `write`, in this order.

    Raises CannotEstablish when the store cannot be written.
    """
    written = {path: ("100644", _blob(store, content)) for path, content in (write or {}).items()}
    rows = [b"0 " + b"0" * len(tree) + b"\t" + encode(path) + b"\0" for path in remove]
    for path, (mode, oid) in {**(put or {}), **written}.items():
        rows.append(f"{mode} {oid}\t".encode() + encode(path) + b"\0")
    if not rows:
        return tree
    with tempfile.TemporaryDirectory(prefix="gate-index-") as folder:
        git = Git(git_dir=str(store.path), index=str(Path(folder) / "index"))
        git.run("read-tree", tree)
        git.run("update-index", "-z", "--replace", "--index-info", stdin=b"".join(rows))
        return TreeId(git.text("write-tree"))


def _blob(store: Store, content: bytes) -> str:
    return store.git.run("hash-object", "-w", "-t", "blob", "--stdin", stdin=content).decode().strip()
