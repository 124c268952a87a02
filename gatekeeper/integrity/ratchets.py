"""Recorded numbers that may only get better: counts of known problems, and floors that were reached. Pure.

A file is one by its name. Counts are added up over the file, because files are renamed; floors are compared key by key.
"""

import json
from collections.abc import Iterator, Mapping
from posixpath import basename

from gatekeeper.integrity.contract import FileChange
from gatekeeper.integrity.reading.data import number
from gatekeeper.integrity.roles import CODE_ENDS

MAX_BYTES = 8 << 20
_NAMES = frozenset(
    {  # suppressions alone: whatever rule they are of, none of their numbers is a floor
        "eslint-suppressions.json",
        ".betterer.results",
        "phpstan-baseline.neon",
        "psalm-baseline.xml",
        "detekt-baseline.xml",
    }
)
_TOOLS = frozenset({"mypy", "ruff", "pyright", "basedpyright", "pylint", "flake8", "lint", "type", "types", "eslint",
    "tsc", "quality", "complexity",
                    "coverage", "typing", "ty", "pyrefly", "ratchet"})  # fmt: skip
_FLOORS = frozenset({
    "coverage", "covered", "percent", "percentage", "pct", "min", "minimum", "score", "scores", "passed", "passing",
    "floor", "floors", "tests", "lines", "branches", "functions", "statements",
})  # fmt: skip
_JOINED = ("coverage", "percent")
"""Words that are also written together with others: `mincoverage`, `percentcovered`."""
_COUNTS = frozenset({
    "error", "errors", "warning", "warnings", "problem", "problems", "violation", "violations", "issue", "issues",
    "finding", "findings", "suppression", "suppressions", "ignored", "max", "maximum", "missing", "missed", "failed",
    "failing", "uncovered", "skipped",
})  # fmt: skip
"""The last key of a number that may not grow, whatever section it stands in."""
_ROUNDING = 1e-9


def grown(change: FileChange) -> Iterator[str]:
    """What got worse in a ratchet that is there before and after, in words."""
    if change.old is None or change.new is None or change.old == change.new or not is_ratchet(change.path):
        return
    if max(len(change.old), len(change.new)) > MAX_BYTES:
        return
    old, new = _read(change.before, change.old), _read(change.path, change.new)
    if old is None or new is None:
        return
    if new.problems > old.problems:
        yield f"{new.problems:g} known problems where there were {old.problems:g}"
    yield from _lowered(old.floors, new.floors)


def _lowered(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    """Floors that are lower or gone; one of several may be gone with what it measured."""
    some_stay = bool(new.keys() & old.keys())
    for key, value in old.items():
        now = new.get(key)
        if now is None:
            if not some_stay:
                yield f"{key} goes from {value:g} to nothing"
        elif now < value - _ROUNDING:
            yield f"{key} goes from {value:g} to {now:g}"


def is_ratchet(path: str) -> bool:
    """Is this a file of recorded problems or floors, by its name?"""
    name = basename(path).lower()
    if name in _NAMES or ".ratchet." in name or name in ("ratchet.json", ".ratchet"):
        return True
    parts = name.replace("_", "-").replace(".", "-").strip("-").split("-")
    folder = path.lower().split("/")[-2:-1]
    baseline = "baseline" in parts or "ratchet" in parts
    return (
        baseline
        and bool(_TOOLS & {*parts, *(part.strip(".") for part in folder)})
        and name.endswith((".json", ".txt", ".toml", ".yml", ".yaml"))
    )


class _Numbers:
    """Known problems altogether, and the floors by their path of keys."""

    def __init__(self, has_floors: bool = True) -> None:
        self.problems = 0.0
        self.has_floors = has_floors
        self.floors: dict[str, float] = {}


def _read(path: str, raw: bytes) -> _Numbers | None:
    text = raw.decode("utf-8", "replace")
    found = _Numbers(has_floors=basename(path).lower() not in _NAMES)
    if path.endswith(".json"):
        try:
            _walk(json.loads(text), (), found)
        except (ValueError, RecursionError):
            return None
    else:
        found.problems = float(
            sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//")))
        )
    return found


def _walk(data: object, keys: tuple[str, ...], found: _Numbers) -> None:
    """Numbers are counts or floors by the words of their keys; lists of entries are counted. `range`, `line` and ids
    are neither.
    """
    if isinstance(data, dict):
        for key, value in data.items():
            if str(key).lower() not in _POSITIONS:
                _walk(value, (*keys, str(key)), found)
    elif isinstance(data, list):
        entries = [item for item in data if isinstance(item, (dict, str, list))]
        found.problems += len(entries)
    elif not isinstance(data, str):
        _note(keys, number(data), found)


def _note(keys: tuple[str, ...], value: float | None, found: _Numbers) -> None:
    if value is not None and found.has_floors and _is_floor(keys):
        found.floors[".".join(keys)] = value
    else:
        found.problems += value or 0


def _is_floor(keys: tuple[str, ...]) -> bool:
    """Does a number have to stay as high as it is? Names of files (`tests/test_min.py`) say nothing about that."""
    names = [key for key in keys if not _is_path(key)]
    if not names or _is_count(names[-1]):
        return False
    return any(_names_floor(name) for name in names)


def _names_floor(key: str) -> bool:
    return not _is_count(key) and bool(_FLOORS & _parts(key) or any(word in key.lower() for word in _JOINED))


def _is_path(key: str) -> bool:
    return "/" in key or "\\" in key or "::" in key or key.lower().endswith((*CODE_ENDS, *_DATA_ENDS))


def _is_count(key: str) -> bool:
    """`errors`, `max-lines`, `E501`: more of it is worse."""
    return bool(_COUNTS & _parts(key)) or (key[:1].isupper() and key.isalnum() and key[-1:].isdigit())


def _parts(key: str) -> set[str]:
    """The words of a key, however they are joined: `min_score`, `min-score`, `minScore`."""
    apart = "".join(f" {char}" if char.isupper() else char if char.isalnum() else " " for char in key)
    return {*apart.lower().split(), *"".join(char if char.isalnum() else " " for char in key).lower().split()}


_DATA_ENDS = (".json", ".toml", ".yml", ".yaml", ".txt", ".md", ".ini", ".cfg", ".html", ".css", ".pyi")
_POSITIONS = frozenset(
    {
        "range",
        "line",
        "column",
        "startcolumn",
        "endcolumn",
        "linecount",
        "offset",
        "hash",
        "id",
        "version",
        "timestamp",
        "date",
    }
)
