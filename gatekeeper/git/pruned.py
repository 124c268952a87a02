"""The tree without one folder: what a self-review inside the tree can be bound to."""

from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import TreeId


def tree_without(store: Store, tree: TreeId, folder: str) -> TreeId:
    """Id of `tree` without `folder` (a path of any depth). The tree itself where the folder is absent."""
    name, _, rest = folder.partition("/")
    entries = [entry for entry in store.git.run("ls-tree", "-z", tree).split(b"\0") if entry]
    kept: list[bytes] = []
    for entry in entries:
        meta, path = entry.split(b"\t", 1)
        if path != name.encode():
            kept.append(entry)
            continue
        mode, kind, child = meta.decode().split(" ")
        if rest and kind == "tree":
            pruned = tree_without(store, TreeId(child), rest)
            if pruned != empty_tree(store):
                kept.append(f"{mode} tree {pruned}\t".encode() + path)
        elif rest:
            kept.append(entry)
    return TreeId(store.git.run("mktree", "-z", "--missing", stdin=b"".join(e + b"\0" for e in kept)).decode().strip())


def empty_tree(store: Store) -> TreeId:
    """Id of the empty tree, written into the store so that it can be compared with."""
    return TreeId(store.git.run("mktree", stdin=b"").decode().strip())
