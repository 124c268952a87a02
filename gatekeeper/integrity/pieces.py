"""A Python file cut at its functions and classes, and which of them stand on both sides of a change. Pure.

Nothing is parsed: lines that begin a function or class at the very left, outside of strings, are where a piece begins.
Most of what a large branch touches stays as it was, and nobody needs to read it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.scan import long_strings
from gatekeeper.integrity.source import is_python, read

_LEFT = re.compile(r"^(?:(@)|(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|[^\s#)\]}])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One function or class at the left with its decorators, or (without a name) what stands between two of them.

    `start` and `end` are offsets into the text; `stays` when the same text is on the other side too.
    """

    name: str
    start: int
    end: int
    stays: bool


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
        return "".join(self.text[piece.start : piece.end] for piece in self.pieces if not (piece.name and piece.stays))

    def trimmed(self, wanted: Callable[[Piece, str], bool]) -> tuple[str, frozenset[int]]:
        """The text with as many lines, without functions and classes that stay and are not `wanted` (piece, text).

        In the place of each stands a statement `pass`, on the lines that come second: what is first in a file is still
        first, and whoever parses the text can see whether each is a statement of the module itself.
        """
        made, marks, line = [], [], 1
        for piece in self.pieces:
            text = self.text[piece.start : piece.end]
            lines = text.count("\n")
            if piece.stays and piece.name and not wanted(piece, text):
                marks.append(line)
                text = "pass" + "\n" * lines
            made.append(text)
            line += lines
        return "".join(made), frozenset(marks)


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
    return _settled(old.text, before, after, new.text), _settled(new.text, after, before, old.text)


_Place = tuple[str, int, int]


def _settled(text: str, places: Iterable[_Place], others: Iterable[_Place], other: str) -> Cut:
    there = {other[start:end].rstrip() for _, start, end in others}
    return Cut(text, [Piece(name, s, e, text[s:e].rstrip() in there) for name, s, e in places])


def _places(text: str) -> Iterator[_Place]:
    """(name, start, end) from the first character to the last, without a gap."""
    begun, name, decorated = 0, "", False
    for match in _outside_of_strings(text):
        decorator, defined = match[1], match[2]
        if not defined and not decorator:
            if not name and not decorated:
                continue  # the next statement of the same kind
        elif decorated:
            name, decorated = defined or name, not defined
            continue
        if match.start() > begun:
            yield name, begun, match.start()
        begun, name, decorated = match.start(), defined or "", bool(decorator)
    if begun < len(text):
        yield name, begun, len(text)


def _outside_of_strings(text: str) -> Iterator[re.Match[str]]:
    strings = long_strings(text)
    first, last = next(strings, (len(text), len(text)))
    for match in _LEFT.finditer(text):
        place = match.start()
        while last <= place:
            first, last = next(strings, (len(text) + 1, len(text) + 1))
        if place <= first:
            yield match
