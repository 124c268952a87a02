"""Entries like `tests/test_a.py::test_x — slow on CI`: what they name, and whether they give a reason. Pure."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from posixpath import basename

_DASHES = "\u2014\u2013-"
_REASON = re.compile(rf"\s+(?:[{_DASHES}]|--)\s+|:\s+|\s*;\s+|\s+because\s+")
_EDGES = f" {_DASHES}:;"


def split_reason(entry: str) -> tuple[str, str]:
    """("load test", "no staging") of "load test — no staging"; the reason may be missing."""
    what, *reason = _REASON.split(entry.strip(), maxsplit=1)
    return what.strip(_EDGES), (reason[0].strip(_EDGES) if reason else "")


def begins_with(entry: str, name: str) -> bool:
    """Does an entry name this (which may itself hold what separates a reason, as ids of tests do)?"""
    entry = entry.strip()
    if not name or not entry.startswith(name):
        return False
    rest = entry[len(name) :]
    return not rest.strip(_EDGES) or _REASON.match(rest) is not None


def same_test(entry: str, symbol: str) -> bool:
    """Does the entry name the test `symbol`, in full or by its end (`test_x`, `TestA::test_x`)?"""
    parts = symbol.split("::")
    return any(begins_with(entry, "::".join(parts[start:])) for start in range(len(parts)))


def discloses_test(entries: Iterable[str], removed: str) -> bool:
    """Is a removed test (or test file) named: itself, its file, its folder, or a glob over it?"""
    path = removed.partition("::")[0]
    return any(
        same_test(entry, removed) or begins_with(entry, path) or covers(split_reason(entry)[0], {path, removed})
        for entry in entries
    )


def missing_disclosure(entries: Iterable[str], path: str, words: Iterable[str]) -> str:
    """ "" when the change of a gate file is disclosed with a reason, else what is missing.

    It may be named by its path, its file name, a glob, or a rule that occurs in the changed lines.
    """
    known = {basename(path), *words}
    naming = [
        entry
        for entry in entries
        if begins_with(entry, path) or (what := split_reason(entry)[0]) in known or covers(what, {path})
    ]
    if not naming:
        return "is not disclosed"
    return "" if any(split_reason(entry)[1] for entry in naming) else "is disclosed without a reason"


def covers(pattern: str, paths: set[str]) -> bool:
    """Is one of the paths this pattern, below this folder, or one that the glob stands for?"""
    return any(fnmatchcase(path, pattern) or (pattern.endswith("/") and path.startswith(pattern)) for path in paths)
