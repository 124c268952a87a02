"""Lines that a branch added to a file: not there before, and not taken out of another file either. Pure."""

from collections import Counter
from collections.abc import Iterator

from gatekeeper.integrity.contract import Diff, FileChange

MAX_BYTES = 20_000_000
_SNIFFED = 8000


def is_binary(contents: bytes) -> bool:
    """As git sees it: a NUL among the first 8,000 bytes."""
    return b"\0" in contents[:_SNIFFED]


def added_lines(change: FileChange, diff: Diff, wanted: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    """(line, text) of added lines that hold one of the byte strings `wanted`; nothing for binary and huge files.

    A line that the branch took away elsewhere was moved. Without any of `wanted` in the file no line is looked at.
    """
    new = change.new
    if new is None or not _holds(new, wanted) or is_binary(new):
        return
    before = _with(change.old or b"", wanted)
    for number, line in enumerate(new.split(b"\n"), 1):
        if not any(word in line for word in wanted):
            continue
        text = line.strip()
        if before[text] > 0:
            before[text] -= 1
        elif text not in _taken_away(diff, wanted):
            yield number, line.rstrip(b"\r")


def _holds(contents: bytes, wanted: tuple[bytes, ...]) -> bool:
    """The cheapest question first: most files are ASCII, and cannot hold what is not."""
    if len(contents) > MAX_BYTES or (contents.isascii() and not wanted[0].isascii()):
        return False
    for word in wanted:  # noqa: SIM110 - three times as fast as any(…), and asked for every file
        if word in contents:
            return True
    return False


def _taken_away(diff: Diff, wanted: tuple[bytes, ...]) -> frozenset[bytes]:
    """Lines with one of `wanted` that are gone from some file."""
    key = ("taken away", wanted)
    if key not in diff.cache:
        gone: set[bytes] = set()
        for change in diff.changes:
            if change.old is not None and _holds(change.old, wanted):
                gone.update((_with(change.old, wanted) - _with(change.new or b"", wanted)).keys())
        diff.cache[key] = frozenset(gone)
    found = diff.cache[key]
    return found if isinstance(found, frozenset) else frozenset()


def _with(contents: bytes, wanted: tuple[bytes, ...]) -> Counter[bytes]:
    return Counter(line.strip() for line in contents.splitlines() if any(word in line for word in wanted))
