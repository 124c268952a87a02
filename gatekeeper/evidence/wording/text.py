"""From a message to the sentences that its author says: without code, quotations, comments and open boxes.

Messages are Markdown or plain text (CommonMark 0.31 for fences, indented code, code spans and quotes). Every step looks
at a character a bounded number of times: the text is hostile.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from msgspec import Struct, field

from gatekeeper.evidence.wording.sentence import Sentence, sentences_of
from gatekeeper.evidence.wording.words import PLANS

_FENCES = ("```", "~~~")
_CODE_INDENT = 4
_SHORT_LINE = 50  # prose that was wrapped has longer lines; a short one is a line of its own
_OWN_TRAILERS = ("gate-claim:", "gate-tree:")  # structured claims are read elsewhere

# The first unbounded repeat of each pattern is its end: see tests/evidence/prose/test_bounds.py.
_BULLET = re.compile(r"(?:[-*+•]|\d{1,3}[.)])(?:\s|$)")
_BOX = re.compile(r"\[([ xX]?)\](?:\s|$)")


def sentences(text: str) -> Iterator[tuple[int, Sentence]]:
    """Every sentence that the author says himself, with the line where it begins (from 1), in order."""
    for passage in _passages(text):
        for sentence in sentences_of(" ".join(passage.parts), checked=passage.checked):
            yield passage.line_of(sentence.start), sentence


class _Passage(Struct):
    """A paragraph, list item, heading or row: what belongs to one train of thought."""

    checked: bool = False
    parts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    length: int = 0

    def add(self, line: int, part: str) -> None:
        self.parts.append(part)
        self.lines.append(line)
        self.starts.append(self.length)
        self.length += len(part) + 1

    def line_of(self, offset: int) -> int:
        return self.lines[bisect_right(self.starts, offset) - 1]


class _Place(Struct):
    """Where in the message the reader is."""

    fence: str = ""
    in_list: bool = False
    after_blank: bool = True
    open_box: int = -1  # indent of the box that is not ticked; what is indented below it belongs to it
    planned: bool = False  # under a heading such as `Next steps`
    planned_list: bool = False  # in a list led in by `Next steps:`


def _passages(text: str) -> Iterator[_Passage]:
    place, passage = _Place(), _Passage()
    for number, line in enumerate(_without_comments(text), 1):
        said = _said(line, place)
        if said is None:
            if passage.parts:
                yield passage
            passage = _Passage()
            continue
        part, fresh, checked = said
        if passage.parts and (fresh or _ends(passage.parts[-1], part)):
            yield passage
            passage = _Passage()
        if not passage.parts:
            passage.checked = checked
        passage.add(number, part)
    if passage.parts:
        yield passage


def _without_comments(text: str) -> Iterator[str]:
    """The lines, without HTML comments; one that is never closed is none."""
    last_end = text.rfind("-->")
    position, inside = 0, False
    for line in text.split("\n"):
        if inside or (position <= last_end and "<!--" in line):
            kept, inside = _outside(line, last_end - position, inside)
            yield kept.rstrip()
        else:
            yield line.rstrip()
        position += len(line) + 1


def _outside(line: str, last_end: int, inside: bool) -> tuple[str, bool]:
    """What of the line is outside of comments, and whether the next line begins inside of one."""
    kept, at = [], 0
    while True:
        mark = "-->" if inside else "<!--"
        found = line.find(mark, at)
        if found < 0 or (not inside and found > last_end):
            break
        if not inside:
            kept.append(line[at:found])
        at, inside = found + len(mark), not inside
    return "".join(kept) + ("" if inside else line[at:]), inside


def _said(line: str, place: _Place) -> tuple[str, bool, bool] | None:
    """The prose of one line, whether a passage begins with it, whether it is a ticked box; None: it ends a passage."""
    bare = line.lstrip()
    indent = len(line) - len(bare) + 3 * line.count("\t", 0, len(line) - len(bare))
    after_blank, place.after_blank = place.after_blank, not bare
    if _in_code(bare, indent, after_blank, place) or not bare or bare.startswith(">"):
        return None
    if 0 <= place.open_box < indent:
        return None
    place.open_box = -1
    if bare.startswith("#"):
        place.planned = _is_plan(bare)
        place.in_list = place.planned_list = False
        return bare.lstrip("#").strip(), True, False
    bullet = _BULLET.match(bare)
    if bullet:
        return _item(bare[bullet.end() :].lstrip(), indent, place)
    if after_blank and indent < _CODE_INDENT:
        place.in_list = place.planned_list = False
    return _paragraph(bare, place)


def _paragraph(bare: str, place: _Place) -> tuple[str, bool, bool] | None:
    """A line that is neither heading nor item: it may announce a list."""
    if bare.endswith((":", ":**", ":__")) or (bare.startswith("**") and bare.endswith("**")):
        place.planned_list = _is_plan(bare)
    if place.planned or bare.lower().startswith(_OWN_TRAILERS):
        return None
    return bare, bare.startswith("|"), False


def _in_code(bare: str, indent: int, after_blank: bool, place: _Place) -> bool:
    if place.fence:
        if bare.startswith(place.fence) and not bare.strip(place.fence[0]):
            place.fence = ""
        return True
    if bare.startswith(_FENCES):
        place.fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
        return True
    if indent >= _CODE_INDENT and after_blank and not place.in_list and bare:
        place.after_blank = True  # the next line of the block is code as well
        return True
    return False


def _item(said: str, indent: int, place: _Place) -> tuple[str, bool, bool] | None:
    place.in_list = True
    box = _BOX.match(said)
    ticked = bool(box and box[1] in {"x", "X"})
    if box and not ticked:
        place.open_box = indent
        return None
    if (place.planned or place.planned_list) and not ticked:
        return None
    return said[box.end() :] if box else said, True, ticked


def _is_plan(heading: str) -> bool:
    return heading.strip("#*_: ").lower() in PLANS


def _ends(before: str, after: str) -> bool:
    """Two lines of their own rather than one thought that was wrapped. A ticked box may have no words before it."""
    if not before:
        return True
    return len(before) < _SHORT_LINE and not after[0].islower() and before[-1] not in ",(-"
