"""What a branch changes, apart from where it starts: equal before and after a rebase that changed nothing of it."""

import hashlib
import re

from gatekeeper.git.store import Store

_OPTIONS = ("--patch", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
            "--ignore-submodules=none")  # fmt: skip
# Lines of content begin with a blank, "+" or "-", so that nothing in a file can look like one of these.
_HEADERS = re.compile(
    rb"^(?:diff --git .*|(?:old|new|new file|deleted file) mode \d+|"
    rb"index [0-9a-f]+\.\.([0-9a-f]+).*\n(?=Binary files ))",
    re.MULTILINE,
)


def patch_id(store: Store, base_tree: str, head_tree: str) -> str:
    """`git patch-id --stable` of the difference, joined with what it leaves out: modes, and contents of binary files.

    Line numbers and white space do not count.
    """
    patch = store.git.run("diff-tree", *_OPTIONS, base_tree, head_tree, "--")
    said = store.git.run("patch-id", "--stable", stdin=patch).decode().split()
    rest = sorted(match[1] or match[0] for match in _HEADERS.finditer(patch))
    return f"{said[0] if said else 'empty'}-{hashlib.sha256(b'|'.join(rest)).hexdigest()[:16]}"
