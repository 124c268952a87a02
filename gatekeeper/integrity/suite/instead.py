"""Something of the tests' own in the place of what they tested: a name that was imported, an answer that was written.
Pure.
"""

import re
from collections.abc import Iterable, Iterator

from gatekeeper.integrity.suite.written import CASES, Piece, Written


def stood_in(before: Written, after: Written) -> frozenset[str]:
    """Names that a test imported from the product at base, and that the tests themselves define at head."""
    defined = {local(piece) for piece in after.pieces if piece.kind == "helper" and piece.shape not in before.shapes}
    imported = {local(piece) for piece in after.pieces if piece.kind == "import"}
    lost = {local(piece) for piece in before.pieces if piece.kind == "import"} - imported
    return frozenset(lost & defined & before.words)


def computed(before: Written, after: Written) -> str:
    """What a fixture or helper newly gets its answers from, though the test's own body asks just that; or ""."""
    asked = frozenset(name for piece in before.pieces if piece.kind == "body" for name in piece.calls)
    found = {name for piece in after.pieces for name in _newly_called(piece, before)}
    return ", ".join(sorted(found & asked & before.subjects)[:3])


def _newly_called(piece: Piece, before: Written) -> Iterator[str]:
    if piece.kind not in {"fixture", "helper"} or piece.shape in before.shapes:
        return
    same = (one for one in before.pieces if (one.kind, local(one)) == (piece.kind, local(piece)))
    yield from piece.calls - frozenset(name for one in same for name in one.calls)


def local(piece: Piece) -> str:
    """The name by which a piece is called in its file."""
    return piece.name.split(":")[1] if ":" in piece.name else piece.name


def unasked(before: Written, after: Written, parameters: str, text: str) -> str:
    """The case of a test that fails and is not there any more, where no new case is about the same; or "".

    `parameters` is the end of its id, "[1.5-150]", "" for a test that goes through its cases in a loop; `text` is the
    file of the test at head.
    """
    put = frozenset(value for piece in _cases(after, before) for value in piece.constants)
    for piece in _cases(before, after):
        mine = [value for value in sorted(piece.constants) if value in parameters or piece.kind == "row"]
        if mine and not piece.constants & put and not _any_occurs(mine, text):
            return ", ".join(mine[:3])
    return ""


def _cases(one: Written, other: Written) -> list[Piece]:
    """Cases that a test has on one side only."""
    return [piece for piece in one.pieces if piece.kind in CASES and piece.shape not in other.shapes]


def _any_occurs(values: Iterable[str], text: str) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", text) for value in values)
