"""Runners, environments, reporters and replaced modules in the configuration of jest, vitest, mocha and playwright.
Pure.
"""

from collections.abc import Iterator, Mapping
from posixpath import basename

from gatekeeper.integrity.contract import FileChange, Hit
from gatekeeper.integrity.reading.data import Table
from gatekeeper.integrity.reading.formats import read_document
from gatekeeper.integrity.script.names import ASSERTION_LIBRARIES, TEST_LIBRARIES

REPLACED, ENVIRONMENT = "js-runner-replaced", "js-runner-extended"
_RUNNER_KEYS = frozenset(
    {"runner", "testRunner", "resolver", "snapshotResolver", "pool", "dependencyExtractor", "sandboxInjectedGlobals"}
)
_EXTENDING_KEYS = frozenset(
    {
        "environment",
        "testEnvironment",
        "reporters",
        "reporter",
        "snapshotEnvironment",
        "transform",
        "testResultsProcessor",
        "prettierPath",
        "testSequencer",
        "sequencer",
    }
)
_ALIAS_KEYS = frozenset({"alias", "moduleNameMapper"})
_CONFIGS = (
    "vitest.",
    "vite.config",
    "jest.",
    "playwright.config",
    "package.json",
    ".mocharc",
    "ava.config",
    ".taprc",
    "karma.conf",
    "cypress.config",
)
_SECTIONS = ("jest", "vitest", "mocha", "ava")
_MAX_DEPTH = 12


def replaced(change: FileChange) -> Iterator[Hit]:
    """Settings that point into the repository now and did not at base."""
    if change.new is None or not basename(change.path).startswith(_CONFIGS):
        return
    new = _settings(change.path, change.new)
    if not new:
        return
    old = _settings(change.before, change.old) if change.old is not None else {}
    for (rule, key, value), line in new.items():
        if (rule, key, value) not in old:
            what = (
                "a file of the repository stands in for it"
                if rule == REPLACED
                else "a file of the repository sees and reports what runs"
            )
            yield Hit(rule, change.path, f"{key} is {value}: {what}", line, key, f"{key}: {value}")


def _settings(path: str, raw: bytes) -> Mapping[tuple[str, str, str], int | None]:
    document = read_document(path, raw)
    data = document.data if document is not None else None
    if basename(path) == "package.json":
        data = [data[section] for section in _SECTIONS if section in data] if isinstance(data, dict) else []
    return {(rule, key, value): line for rule, key, value, line in _walk(data, "", 0)}


def _walk(data: object, above: str, depth: int) -> Iterator[tuple[str, str, str, int | None]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, list):
        for item in data:
            yield from _walk(item, above, depth + 1)
    elif isinstance(data, dict):
        lines = data.lines if isinstance(data, Table) else {}
        for key, value in data.items():
            name = str(key)
            for rule, said, text in _of_key(name, value, above):
                yield rule, said, text, lines.get(name)
            yield from _walk(value, name, depth + 1)


def _of_key(name: str, value: object, above: str) -> Iterator[tuple[str, str, str]]:
    """(rule, key, value) of what one key of the configuration has from the repository."""
    rule = REPLACED if name in _RUNNER_KEYS else ENVIRONMENT if name in _EXTENDING_KEYS else ""
    for text in _texts(value) if rule else ():
        if _is_local(text):
            yield rule, name, str(text)
    if above in _ALIAS_KEYS and _names_library(name) and _is_local_value(value):
        yield REPLACED, f"{above} of {name}", str(value)


def _texts(value: object) -> Iterator[str]:
    """A string, the strings of a list, and the first of each list in it (`["./reporter.ts", { … }]`)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        firsts = ((item or [None])[0] if isinstance(item, list) else item for item in value)
        yield from (first for first in firsts if isinstance(first, str))


def _is_local(text: str) -> bool:
    """A path into the repository, not the name of a package."""
    return text.startswith((".", "/", "<rootDir>")) or text.endswith((".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"))


def _is_local_value(value: object) -> bool:
    return not isinstance(value, str) or _is_local(value)


def _names_library(name: str) -> bool:
    """`^vitest$`, `node:assert`: the key of an alias that stands for a test library."""
    return name.strip("^$").replace("\\", "") in TEST_LIBRARIES | ASSERTION_LIBRARIES | {"chai", "@vitest/runner"}
