"""Where in a TOML text a key stands. `tomllib` gives values without line numbers; people want `gate.toml:12`."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

KeyPath = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$")
_ONE_PART = re.compile(_PART)
_MULTILINE = re.compile(r'"""|\'\'\'')


class Lines(Struct, frozen=True):
    """Key path → line (from 1) of one TOML text; elements of arrays of tables are numbered from 0."""

    at: Mapping[KeyPath, int]

    def find(self, path: Sequence[str | int]) -> int | None:
        """Line of the key, else of the nearest enclosing key or table that has one."""
        key = tuple(path)
        while key:
            if key in self.at:
                return self.at[key]
            key = key[:-1]
        return None


def scan_lines(text: str) -> Lines:
    """Note the line of every key and table. A best effort: good TOML that it does not understand has fewer lines."""
    at: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in _outside_strings(text):
        if match := _TABLE.match(line):
            table = _parts(match[2])
            if match[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                at.setdefault(table, number)
                table = (*table, counts[table])
            at.setdefault(table, number)
        elif match := _KEY.match(line):
            key = (*table, *_parts(match[1]))
            at.setdefault(key, number)
            _inline_keys(match[2], key, number, at)
    return Lines(at)


def _outside_strings(text: str) -> list[tuple[int, str]]:
    """Numbered lines that do not start inside a multi-line string."""
    lines: list[tuple[int, str]] = []
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            lines.append((number, line))
        for mark in _MULTILINE.findall(line):
            inside = "" if inside == mark else inside or mark
    return lines


def _inline_keys(rest: str, key: KeyPath, number: int, at: dict[KeyPath, int]) -> None:
    """Keys of an inline table stand on the line of the table."""
    if rest.lstrip().startswith("{"):
        for match in re.finditer(rf"[{{,]\s*({_DOTTED})\s*=", rest):
            at.setdefault((*key, *_parts(match[1])), number)


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip("\"'") for part in _ONE_PART.findall(dotted))
