"""Plain data that remembers its lines, and the coercions that every reader of configuration needs."""

import math
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

MAX_BYTES: Final = 1 << 20
"""Of a configuration file. Nobody writes a larger one by hand."""
MAX_DEPTH: Final = 60
MAX_NODES: Final = 100_000

_TRUE = frozenset({"true", "yes", "on", "1", "y"})
_FALSE = frozenset({"false", "no", "off", "0", "n", "never"})


class Table(dict[str, object]):
    """A mapping that knows the line of each of its keys."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: object, line: int) -> None:
        """A key with its value and the line where it stands."""
        self[key] = value
        self.lines[key] = line


class Rows(list[object]):
    """A sequence that knows the line of each of its items."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []

    def add(self, value: object, line: int) -> None:
        """One more item and the line where it stands."""
        self.append(value)
        self.lines.append(line)


class Text(str):
    """A string that knows the line where it begins (a block of YAML: the line of its first line of text)."""

    line: int

    def __new__(cls, value: str, line: int) -> "Text":
        """The string `value`, which stands in `line`."""
        made = super().__new__(cls, value)
        made.line = line
        return made


class Unknown:
    """A value that is computed when the configuration is loaded."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "…"


UNKNOWN: Final = Unknown()


class Document(Struct, frozen=True):
    """A file that was understood: its data and its text."""

    data: object
    text: str

    def line_of(self, *keys: str) -> int | None:
        """The line of a key: exact where the reader noted it, else the first line that begins with its last part."""
        here: object = self.data
        line: int | None = None
        for key in keys:
            if isinstance(here, Table) and key in here.lines:
                line = here.lines[key]
            here = table(here).get(key)
        return line or self._search(keys[-1] if keys else "")

    def _search(self, word: str) -> int | None:
        if not word:
            return None
        lines = self.text.splitlines()
        starts = (number for number, text in enumerate(lines, 1) if text.strip().lstrip("[\"'-").startswith(word))
        holds = (number for number, text in enumerate(lines, 1) if word in text)
        return next(starts, None) or next(holds, None)


def table(value: object) -> dict[str, object]:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """The sequence; a single mapping or string is a sequence of one; anything else is none."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, (dict, str)) and value else []


def get(value: object, *keys: str) -> object:
    """What stands under a path of keys, or None."""
    for key in keys:
        value = table(value).get(key)
    return value


def number(value: object) -> float | None:
    """A finite number, also as text or as a percentage."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value.strip().rstrip("%")) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def flag(value: object) -> bool | None:
    """A truth value, also as the words that INI files use."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def words(value: object) -> frozenset[str] | None:
    """A set of words: a list, or text separated by commas, semicolons or white space (never within quotes). None: not
    given.
    """
    if isinstance(value, str):
        return frozenset(part.strip("\"'") for part in value.replace(",", " ").replace(";", " ").split())
    if isinstance(value, list):
        return frozenset(item for item in value if isinstance(item, str))
    return None


def lines(value: object) -> frozenset[str] | None:
    """A set of lines: a list, or text with one item a line. None: not given."""
    if isinstance(value, str):
        return frozenset(part.strip() for part in value.splitlines() if part.strip())
    return words(value)


def strings(value: object) -> Iterator[str]:
    """Every string in nested data, in order."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            stack.extend(reversed(list(here.values())))
        elif isinstance(here, list):
            stack.extend(reversed(here))
