"""A Python file cut at its functions and classes, and which of them stand on both sides of a change. Pure.

Nothing is parsed: lines that begin a function or class at the very left, outside of strings, are where a piece begins.
Most of what a large branch touches stays as it was, and nobody needs to read it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.scan import long_strings
from gatekeeper.integrity.source import is_python, read

_BEGINS = r"(?:(@)|(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|[^\s#)\]}])"
_LEFT = re.compile(rf"^{_BEGINS}", re.MULTILINE)
_INDENTED = re.compile(rf"^(?:    |\t){_BEGINS}", re.MULTILINE)
_CLASS = re.compile(r"^class\b", re.MULTILINE)
_DECIDING = frozenset({"__init__", "__new__"})
"""Methods that decide whether a class holds tests."""


class Piece(Struct, frozen=True):
    """One function or class with its decorators, or (without a name) what stands between two of them.

    `start` and `end` are offsets into the text; `stays` when the same text is on the other side too. `inner` are the
    pieces of a class of which only some methods changed.
    """

    name: str
    start: int
    end: int
    stays: bool
    inner: tuple["Piece", ...] = ()


class Cut:
    """One side of a change, cut."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        self.text = text
        self.pieces = pieces

    @cached_property
    def fresh(self) -> str:
        """Text of functions and classes that are not on the other side, and of all that stands outside of them.

        Imports and other names of the module stay, and give what is new its meaning.
        """
        return "".join(self.text[p.start : p.end] for p in _leaves(self.pieces) if not (p.name and p.stays))

    def trimmed(self, wanted: Callable[[Piece, str], bool]) -> tuple[str, frozenset[int]]:
        """The text with as many lines, without functions and classes that stay and are not `wanted` (piece, text).

        In the place of each stands a statement `pass`, on the lines that come second: what is first in a file is still
        first, and whoever parses the text can see whether each is a statement of the module or of a class itself.
        """
        made, marks, line = [], [], 1
        for piece in _leaves(self.pieces):
            text = self.text[piece.start : piece.end]
            lines = text.count("\n")
            if piece.stays and piece.name and not wanted(piece, text):
                marks.append(line)
                text = text[: len(text) - len(text.lstrip())] + "pass" + "\n" * lines
            made.append(text)
            line += lines
        return "".join(made), frozenset(marks)


def _leaves(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """All pieces in order; of a class that is cut its own."""
    for piece in pieces:
        yield from piece.inner or (piece,)


def cut(diff: Diff, change: FileChange) -> tuple[Cut, Cut] | None:
    """Base's and head's side; None where one of them is missing or cannot be read. Kept in the cache of the diff."""
    key = (cut, change.path)
    if key not in diff.cache:
        diff.cache[key] = _cut(change)
    return diff.cache[key]  # type: ignore[return-value]


def pieces_of(text: str) -> Iterator[str]:
    """Functions and classes of a text one by one, and what stands between them."""
    return (text[start:end] for _, start, end in _places(text))


def _cut(change: FileChange) -> tuple[Cut, Cut] | None:
    if change.old is None or change.new is None or not (is_python(change.path) and is_python(change.before)):
        return None
    old, new = read(change.old, change.before), read(change.new, change.path)
    if old.problem or new.problem:
        return None
    before, after = list(_places(old.text)), list(_places(new.text))
    return _settled(old.text, before, new.text, after), _settled(new.text, after, old.text, before)


_Place = tuple[str, int, int]


def _settled(text: str, places: Sequence[_Place], other: str, others: Sequence[_Place]) -> Cut:
    there = set(_texts(other, others))
    once = _once(places) & _once(others)
    twins = {name: other[start:end] for name, start, end in others if name in once}
    made = []
    for name, start, end in places:
        own = text[start:end]
        # A name that is there twice is read both times: what was doubled is new one time.
        stays = (name in once or not name) and (name, own.rstrip()) in there
        inner = () if stays or name not in once else tuple(_methods(own, twins[name], start))
        made.append(Piece(name, start, end, stays, inner))
    return Cut(text, made)


def _once(places: Iterable[_Place]) -> frozenset[str]:
    """Names that are there one time."""
    counted = Counter(name for name, _, _ in places)
    return frozenset(name for name, times in counted.items() if name and times == 1)


def _methods(text: str, other: str, offset: int) -> Iterator[Piece]:
    """Pieces of a class with a twin; none where more than methods changed, or one that decides whether they count."""
    if not (_CLASS.search(text) and _CLASS.search(other)):
        return
    places, others = list(_places(text, _INDENTED)), list(_places(other, _INDENTED))
    if _around(text, places) != _around(other, others):
        return
    here, there = set(_texts(text, places)), set(_texts(other, others))
    once = _once(places) & _once(others)
    if any(name in _DECIDING for name, _ in here ^ there):
        return
    for name, start, end in places:
        stays = name in once and (name, text[start:end].rstrip()) in there
        yield Piece(name, start + offset, end + offset, stays)


def _texts(text: str, places: Iterable[_Place]) -> list[tuple[str, str]]:
    return [(name, text[start:end].rstrip()) for name, start, end in places]


def _around(text: str, places: Iterable[_Place]) -> list[str]:
    """What of a class is no method."""
    return [text[start:end].rstrip() for name, start, end in places if not name]


def _places(text: str, begins: re.Pattern[str] = _LEFT) -> Iterator[_Place]:
    """(name, start, end) from the first character to the last, without a gap."""
    begun, name, decorated = 0, "", False
    for match in _outside_of_strings(text, begins):
        decorator, defined = match.groups("")
        if not defined and not decorator:
            if not name and not decorated:
                continue  # the next statement of the same kind
        elif decorated:
            name, decorated = defined or name, not defined
            continue
        if match.start() > begun:
            yield name, begun, match.start()
        begun, name, decorated = match.start(), defined, bool(decorator)
    if begun < len(text):
        yield name, begun, len(text)


def _outside_of_strings(text: str, begins: re.Pattern[str]) -> Iterator[re.Match[str]]:
    strings = long_strings(text)
    first, last = next(strings, (len(text), len(text)))
    for match in begins.finditer(text):
        place = match.start()
        while last <= place:
            first, last = next(strings, (len(text) + 1, len(text) + 1))
        if place <= first:
            yield match
