"""Every detector, in one explicit order, and what they say about a diff: each hit once, sorted, a bounded number. Pure.

The module of a detector is imported when a branch changes a file that it may look at: a branch of Python code pays for
no parser of TypeScript.
"""

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import basename
from typing import cast

from gatekeeper.integrity.calm import calm
from gatekeeper.integrity.contract import Detector, Diff, Hit, Rule

MOST = 200
"""Hits of one rule that are listed; the others are counted."""
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


@dataclass(frozen=True, slots=True)
class Examined:
    """What all detectors say that may have looked at the diff."""

    hits: tuple[Hit, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Rules of these detectors."""
    beyond: Mapping[str, int] = field(default_factory=dict)
    """Rule → hits that are not listed."""
    failed: tuple[str, ...] = ()
    """What broke, in words."""


def detectors() -> tuple[Detector, ...]:
    """All of them, imported."""
    return tuple(_detector(place) for place, _ in PLACES)


def rules() -> dict[str, Rule]:
    """Every rule id with its default effect, in the order of the detectors."""
    return {rule: what for detector in detectors() for rule, what in detector.rules.items()}


def _detector(place: str) -> Detector:
    return cast(Detector, importlib.import_module(f"gatekeeper.integrity.{place}").DETECTOR)


def examine(diff: Diff, most: int = MOST) -> Examined:
    """What the branch weakens. A detector that breaks on hostile contents is no silence: it is in `failed`."""
    failed: list[str] = []
    found: dict[Hit, None] = {}
    known: dict[str, Rule] = {}
    with calm():
        for place, concerns in PLACES:
            if any(concerns(change.path) or concerns(change.before) for change in diff.changes):
                detector = _detector(place)
                known.update(detector.rules)
                found.update(dict.fromkeys(_hits(detector, diff, failed)))
    hits, beyond = _bounded(sorted(found, key=_order), most)
    return Examined(hits, known, beyond, tuple(failed))


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


def _order(hit: Hit) -> tuple[str, int, str, str, str]:
    return (hit.path, hit.line or 0, hit.rule, hit.symbol, hit.message)


def _bounded(hits: Iterable[Hit], most: int) -> tuple[tuple[Hit, ...], dict[str, int]]:
    """At most so many of each rule: those that weigh more first, then in order."""
    by_rule: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_rule[hit.rule].append(hit)
    kept = [hit for several in by_rule.values() for hit in sorted(several, key=lambda one: not one.harder)[:most]]
    beyond = {rule: len(several) - most for rule, several in sorted(by_rule.items()) if len(several) > most}
    return tuple(sorted(kept, key=_order)), beyond
