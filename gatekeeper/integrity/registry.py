"""Every detector, in one explicit order, and what some of them say about a diff. Pure.

The module of a detector is imported when a branch changes a file that it may look at: a branch of Python code pays for
no parser of TypeScript.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import basename
from typing import cast

from msgspec import Struct

from gatekeeper.integrity.calm import calm
from gatekeeper.integrity.contract import Detector, Diff, Hit, Rule

_PYTHON = (".py", ".pyi", ".pyw", ".ipynb")
_SCRIPTS = (".ts", ".mts", ".cts", ".tsx", ".js", ".jsx", ".mjs", ".cjs")
_PROSE = (".md", ".rst")
_SCRIPT_RUNNERS = ("vitest.", "vite.config", "jest.", "playwright.config", "package.json", ".mocharc", "ava.config",
                   ".taprc", "karma.conf", "cypress.config")  # fmt: skip
"""How the names of files begin that configure runners of scripts."""
_PYTHON_SETTINGS = frozenset({"conftest.py", "noxfile.py"})
_MOST_FAILURES = 5


def _anything(_: str) -> bool:
    return True


def _settings(path: str) -> bool:
    """May it be configuration, commands or recorded numbers? Plain source and prose are not."""
    name = basename(path).lower()
    if name.endswith(_SCRIPTS):
        return name.startswith(".") or "config" in name or "workspace" in name
    return name in _PYTHON_SETTINGS or not name.endswith((*_PYTHON, *_PROSE))


def _python(path: str) -> bool:
    return path.endswith(_PYTHON)


def _scripts(path: str) -> bool:
    return path.endswith(_SCRIPTS) or basename(path).startswith(_SCRIPT_RUNNERS)


PLACES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("thresholds", _settings),
    ("relaxed", _settings),
    ("ci", _settings),
    ("files", _anything),
    ("outcome_hooks", _python),
    ("cheats", _python),
    ("suppressions", _python),
    ("tests_changed", _python),
    ("unreadable", _python),
    ("script_hooks", _scripts),
    ("script_suppressions", _scripts),
    ("script_tests", _scripts),
)
"""Modules below `gatekeeper.integrity`, each with a DETECTOR, and which changed files call for it."""


class Looked(Struct, frozen=True):
    """What some detectors say, each hit once."""

    hits: tuple[Hit, ...]
    rules: Mapping[str, Rule]
    """Rules of these detectors."""
    failed: tuple[str, ...]
    """What broke, in words: a detector that breaks on hostile contents is no silence."""


def detectors() -> tuple[Detector, ...]:
    """All of them, imported."""
    return tuple(_detector(place) for place, _ in PLACES)


def rules() -> dict[str, Rule]:
    """Every rule id with its default effect, in the order of the detectors."""
    return {rule: what for detector in detectors() for rule, what in detector.rules.items()}


def _detector(place: str) -> Detector:
    return cast(Detector, importlib.import_module(f"gatekeeper.integrity.{place}").DETECTOR)


def concerned(diff: Diff) -> tuple[str, ...]:
    """Places of the detectors that the branch calls for."""
    return tuple(
        place for place, asks in PLACES if any(asks(change.path) or asks(change.before) for change in diff.changes)
    )


def look(places: Iterable[str], diff: Diff) -> Looked:
    """What the detectors of these places say."""
    failed: list[str] = []
    found: dict[Hit, None] = {}
    known: dict[str, Rule] = {}
    with calm():
        for place in places:
            detector = _detector(place)
            known.update(detector.rules)
            found.update(dict.fromkeys(_hits(detector, diff, failed)))
    return Looked(tuple(found), known, tuple(failed))


def _hits(detector: Detector, diff: Diff, failed: list[str]) -> Iterator[Hit]:
    broke = 0
    for change in diff.changes:
        try:
            yield from detector.detect(change, diff)
        except Exception as error:  # noqa: BLE001 - whatever a file of the branch makes a parser do, it is said
            failed.append(f"{type(detector).__name__} broke on {change.path}: {type(error).__name__}: {error}")
            broke += 1
            if broke == _MOST_FAILURES:
                return
