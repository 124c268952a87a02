"""Commit trailers: `Key: value` lines at the end of a message, as git itself understands them."""

from gatekeeper.git.command import decode
from gatekeeper.git.store import Store


def trailers(store: Store, commit: str) -> tuple[tuple[str, str], ...]:
    """(key, value) pairs of a commit's message in order; folded values are joined into one line."""
    message = store.git.run("cat-file", "commit", commit).partition(b"\n\n")[2]
    said = decode(store.git.run("interpret-trailers", "--parse", "--no-divider", stdin=message))
    pairs = (line.partition(":")[::2] for line in said.splitlines() if ":" in line)
    return tuple((key.strip(), value.strip()) for key, value in pairs)
