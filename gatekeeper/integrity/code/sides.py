"""How much of a changed test file is read: what changed, and what the change gives another meaning. Pure."""

import re
from collections import Counter

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.parsed import ParsedPython, shelf
from gatekeeper.integrity.pieces import Cut, Piece, cut
from gatekeeper.integrity.trimmed import Wanted, remember_problem, trimmed, whole

# Outside of functions these words can take away tests that stay as they are.
_TAKING = re.compile(
    r"__test__|\b(?:globals|locals|vars|setattr|delattr|exec)\b|\bdel\b|(?i:skip|xfail|expected_?failure)|pytestmark"
)
_WORD = re.compile(r"\w+")
_ASSIGNED = re.compile(r"^(\w+)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def sides_of_tests(diff: Diff, change: FileChange, in_whole: bool) -> tuple[ParsedPython, ParsedPython]:
    """Base's and head's side. `in_whole`: nothing is left out."""
    both = cut(diff, change)
    if in_whole or both is None or any(_TAKING.search(text) for text in map(_new_outside, both)):
        sides = whole(diff, change, False), whole(diff, change, True)
    else:
        wanted = _wanted(both)
        sides = tuple(  # type: ignore[assignment]
            shelf(diff).get((sides_of_tests, change.path, new), lambda new=new: trimmed(diff, change, new, wanted))  # type: ignore[misc]
            for new in (False, True)
        )
    if change.new is not None:
        remember_problem(diff, change, sides[1])
    return sides


def _wanted(both: tuple[Cut, Cut]) -> Wanted:
    """Names that are there twice, or that what changed speaks of outside of functions; users of tables that changed."""
    outside = "\n".join(map(_new_outside, both))
    mentioned = set(_WORD.findall(outside))
    for side in both:
        counted = Counter(piece.name for piece in side.pieces)
        mentioned |= {p.name for p in side.pieces if not p.stays or counted[p.name] > 1}
    assigned = frozenset(_ASSIGNED.findall(outside))

    def wanted(piece: Piece, text: str) -> bool:
        return piece.name in mentioned or (bool(assigned) and not assigned.isdisjoint(_WORD.findall(text)))

    return wanted


def _new_outside(side: Cut) -> str:
    """What stands outside of functions and classes and is not on the other side."""
    return "\n".join(side.text[p.start : p.end] for p in side.pieces if not p.name and not p.stays)
