"""Changed files of tests without those tests that stand word for word on both sides, before anything is parsed. Pure.

Most of a changed file of tests is as it was, and parsing it takes the most time. Tests are told by their lines: one
begins at the very left and ends where the next statement does. Whether that was right is seen in the tree: in the place
of each test stands a statement, and where that is none (inside of a comment or a template), everything is read.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.unchanged import NAMES, TEST

_LEFT = re.compile(rb"^[^\s})\]]", re.MULTILINE)
_MARK = b"$$left_out$$;"
_SHORTEST = 40
"""Bytes of a piece that is worth it."""


def without_unchanged(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Both sources, with as many lines each. They come back whole where names may mean something else than before."""
    before, after = list(_pieces(old)), list(_pieces(new))
    counted, others = Counter(before), Counter(after)
    same = {text for text, times in counted.items() if times == 1 and others[text] == 1 and _is_test(text)}
    if not same or _renames(before, others) or _renames(after, counted):
        return old, new
    return _marked(before, same), _marked(after, same)


def is_sound(script: ParsedScript, source: bytes) -> bool:
    """Is each mark in a trimmed source a statement of the file itself?"""
    marks = source.count(_MARK)
    found = (n for n in script.root.named_children if n.type == "expression_statement" and script.raw(n) == _MARK)
    return sum(1 for _ in found) == marks


def _pieces(source: bytes) -> Iterator[bytes]:
    places = [0, *(match.start() for match in _LEFT.finditer(source)), len(source)]
    return (source[start:end] for start, end in pairwise(places) if end > start)


def _is_test(text: bytes) -> bool:
    return len(text) >= _SHORTEST and TEST.match(text) is not None and text.rstrip().endswith((b")", b");"))


def _renames(pieces: Iterable[bytes], others: Counter[bytes]) -> bool:
    """Is there something but a test that is not on the other side and may give a name of the runner another meaning?"""
    return any(text not in others and not TEST.match(text) and NAMES.search(text) for text in pieces)


def _marked(pieces: Iterable[bytes], same: Collection[bytes]) -> bytes:
    return b"".join(_MARK + b"\n" * text.count(b"\n") if text in same else text for text in pieces)
