"""Every detector, in one explicit order, and what they say about a diff: each hit once, sorted, a bounded number. Pure.

The module of a detector is imported when a branch changes a file that it may look at: a branch of Python code pays for
no parser of TypeScript.
"""

import importlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename
from typing import cast

from gatekeeper.integrity.contract import Detector, Diff, FileChange, Hit, Rule

MOST = 200
"""Hits of one rule that are listed; the others are counted."""
_PLACES = (
    "thresholds",
    "relaxed",
    "ci",
    "files",
    "outcome_hooks",
    "cheats",
    "suppressions",
    "tests_changed",
    "unreadable",
    "script_hooks",
    "script_suppressions",
    "script_tests",
)
"""Modules below `gatekeeper.integrity`, each with a DETECTOR."""
_SCRIPTS = (".ts", ".mts", ".cts", ".tsx", ".js", ".jsx", ".mjs", ".cjs")
_SCRIPT_RUNNERS = ("vitest.", "vite.config", "jest.", "playwright.config", "package.json", ".mocharc", "ava.config",
                   ".taprc", "karma.conf", "cypress.config")  # fmt: skip
"""How files begin that configure runners of scripts."""
_MOST_FAILURES = 5


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
    return tuple(_detector(place) for place in _PLACES)


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
    for place in _PLACES:
        changes = [change for change in diff.changes if _concerns(place, change)]
        if changes:
            detector = _detector(place)
            known.update(detector.rules)
            found.update(dict.fromkeys(_hits(detector, changes, diff, failed)))
    hits, beyond = _bounded(sorted(found, key=_order), most)
    return Examined(hits, known, beyond, tuple(failed))


def _concerns(place: str, change: FileChange) -> bool:
    """May this detector look at this file? Only what is costly to import is asked for."""
    if not place.startswith("script_"):
        return True
    sides = (change.path, change.before)
    return any(side.endswith(_SCRIPTS) or basename(side).startswith(_SCRIPT_RUNNERS) for side in sides)


def _hits(detector: Detector, changes: Sequence[FileChange], diff: Diff, failed: list[str]) -> Iterator[Hit]:
    broke = 0
    for change in changes:
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
