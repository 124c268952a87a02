"""Commit trailers: `Key: value` lines at the end of a message, as git itself understands them."""

from gatekeeper.git.command import decode
from gatekeeper.git.store import Store

MAX_MESSAGE_BYTES = 1 << 20
"""git joins folded lines in quadratic time: ten megabytes of them would take it most of a minute."""


def trailers(store: Store, commit: str) -> tuple[tuple[str, str], ...] | None:
    """(key, value) pairs of a commit's message in order; folded values are joined into one line.

    None when the message is larger than MAX_MESSAGE_BYTES: its trailers are not looked for.
    """
    message = store.git.run("cat-file", "commit", commit).partition(b"\n\n")[2]
    if len(message) > MAX_MESSAGE_BYTES:
        return None
    said = decode(store.git.run("interpret-trailers", "--parse", "--no-divider", stdin=message))
    # Not splitlines(): it breaks at vertical tabs and the like too, and would make two trailers out of one.
    pairs = (line.partition(":")[::2] for line in said.split("\n") if ":" in line)
    return tuple((key.strip(" \t"), value.strip(" \t")) for key, value in pairs)
