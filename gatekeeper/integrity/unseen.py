"""Characters that make text look like what it is not: bidirectional controls, and letters that nobody sees. Pure."""

from collections.abc import Iterator

from gatekeeper.integrity.added import added_lines
from gatekeeper.integrity.contract import Diff, FileChange, Hit, Role
from gatekeeper.integrity.roles import CODE_ENDS
from gatekeeper.integrity.tool_sides import is_tool_file

# https://trojansource.codes (CVE-2021-42574): overrides, embeddings and isolates. Marks (LRM, RLM, ALM) reorder
# nothing by themselves.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Letters without a shape: names may hold the first four in JavaScript, and no other line of code has them.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
_INVISIBLE = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\u00ad\u180e\ufeff")
_TAGS = range(0xE0000, 0xE0080)
_MARKS = (
    b"\xe2\x80",
    b"\xe2\x81",
    b"\xe1\x85",
    b"\xe3\x85\xa4",
    b"\xef\xbe\xa0",
    b"\xc2\xad",
    b"\xe1\xa0\x8e",
    b"\xef\xbb\xbf",
    b"\xf3\xa0",
)
"""How the characters begin in UTF-8."""
_FLAG = 0x1F3F4
"""A black flag: tags after it spell the flag of a region."""


def unseen_characters(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Hits in added lines of code, configuration and CI; prose and translations may have any script."""
    if change.new is None or change.new.isascii() or not _is_code(change):
        return
    for number, line in added_lines(change, diff, _MARKS):
        text = line.decode("utf-8", "replace")
        for rule, says, chosen in _KINDS:
            found = chosen(text, number)
            if found:
                yield _hit(rule, change, number, found, says)
                break


def _reordering(text: str, _: int) -> set[str]:
    return {char for char in text if char in _BIDIRECTIONAL}


def _hidden(text: str, _: int) -> set[str]:
    return {char for char in text if char in _INVISIBLE_LETTERS or (ord(char) in _TAGS and chr(_FLAG) not in text)}


def _spaces(text: str, number: int) -> set[str]:
    """A byte order mark is none at the very beginning."""
    return {char for char in (text if number > 1 else text.removeprefix("\ufeff")) if char in _INVISIBLE}


_KINDS = (
    ("bidirectional-text", "reorders the line on the screen", _reordering),
    ("invisible-letters", "is a letter that nobody sees", _hidden),
    ("invisible-characters", "is not visible", _spaces),
)
"""Worst first: of a line only one is said."""


def _is_code(change: FileChange) -> bool:
    return (
        change.path.endswith(CODE_ENDS)
        or change.role in (Role.CI, Role.CONFIG, Role.HARNESS, Role.TEST)
        or is_tool_file(change.path)
    )


def _hit(rule: str, change: FileChange, line: int, found: set[str], says: str) -> Hit:
    names = ", ".join(f"U+{ord(char):04X}" for char in sorted(found))
    return Hit(rule, change.path, f"{names} {says}", line=line, symbol=names)
