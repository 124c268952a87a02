"""Recorded numbers that may only get better: counts of known problems, and floors that were reached. Pure.

A file is one by its name. Counts are added up over the file, because files are renamed; floors are compared key by key.
"""

import json
from collections.abc import Iterator, Mapping
from posixpath import basename

from gatekeeper.integrity.contract import FileChange
from gatekeeper.integrity.reading.data import number

MAX_BYTES = 8 << 20
_NAMES = frozenset(
    {
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
_FLOORS = (
    "coverage",
    "percent",
    "min",
    "score",
    "passed",
    "passing",
    "floor",
    "tests",
    "lines",
    "branches",
    "functions",
    "statements",
)
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

    def __init__(self) -> None:
        self.problems = 0.0
        self.floors: dict[str, float] = {}


def _read(path: str, raw: bytes) -> _Numbers | None:
    text = raw.decode("utf-8", "replace")
    found = _Numbers()
    if path.endswith(".json"):
        try:
            _walk(json.loads(text), "", found)
        except (ValueError, RecursionError):
            return None
    else:
        found.problems = float(
            sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//")))
        )
    return found


def _walk(data: object, path: str, found: _Numbers) -> None:
    """Numbers are counts or floors by the words of their path; lists of entries are counted. `range`, `line` and ids
    are neither.
    """
    if isinstance(data, dict):
        for key, value in data.items():
            if str(key).lower() not in _POSITIONS:
                _walk(value, f"{path}.{key}" if path else str(key), found)
    elif isinstance(data, list):
        entries = [item for item in data if isinstance(item, (dict, str, list))]
        found.problems += len(entries)
    elif (value := number(data)) is not None and not isinstance(data, str):
        _note(path, value, found)


def _note(path: str, value: float, found: _Numbers) -> None:
    if any(word in path.lower() for word in _FLOORS):
        found.floors[path] = value
    else:
        found.problems += value


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
