"""What the commits of a branch say, and files of a commit that may be too large to be read."""

from gatekeeper.git.command import decode, encode
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId

MAX_COMMITS = 1000


def messages(store: Store, base: CommitId, head: CommitId) -> tuple[tuple[CommitId, str], ...]:
    """(commit, message) of base..head, the newest first; of at most MAX_COMMITS commits."""
    said = store.git.run("log", "-z", f"--max-count={MAX_COMMITS}", "--format=tformat:%H%n%B", f"{base}..{head}", "--")
    entries = (entry.partition(b"\n") for entry in said.split(b"\0") if entry.strip())
    return tuple((CommitId(commit.decode()), decode(text)) for commit, _, text in entries)


def read_at_most(store: Store, commit: str, path: str, max_bytes: int) -> bytes | int | None:
    """Content of a file; its size when it is larger than `max_bytes`; None when there is no such file."""
    name = encode(f"{commit}:{path}")
    said = store.git.run("cat-file", "--batch-check=%(objecttype) %(objectsize)", stdin=name + b"\n")
    kind, _, size = said.decode("utf-8", "replace").strip().partition(" ")
    if kind != "blob" or not size.isdigit():
        return None
    return int(size) if int(size) > max_bytes else store.blob_at(name)
