"""Test files that are there before and after the branch, by the names that runners look for. Cached in the diff."""

from posixpath import basename

from gatekeeper.integrity.contract import Diff
from gatekeeper.integrity.roles import is_test_name

_DJANGO = ("tests.py", "test.py")
"""Tests by convention, but not for pytest."""


def python_tests(diff: Diff, folder: str) -> tuple[str, ...]:
    """Below a folder ("" for all), relative to it; by pytest's default names."""
    return _below(tuple(name for name in _all(diff) if name.endswith(".py") and basename(name) not in _DJANGO), folder)


def script_tests(diff: Diff, folder: str) -> tuple[str, ...]:
    """Below a folder ("" for all), relative to it; by the names of jest and vitest."""
    return _below(
        tuple(name for name in _all(diff) if not name.endswith(".py") and "node_modules/" not in name), folder
    )


def _all(diff: Diff) -> tuple[str, ...]:
    """Leaving out one that is only there before, or only after, hides nothing that ran."""
    if "known tests" not in diff.cache:
        both = diff.head_names & diff.base_names if diff.base_names else diff.head_names
        diff.cache["known tests"] = tuple(sorted(name for name in both if is_test_name(name)))
    found = diff.cache["known tests"]
    return found if isinstance(found, tuple) else ()


def _below(names: tuple[str, ...], folder: str) -> tuple[str, ...]:
    prefix = f"{folder}/" if folder else ""
    return tuple(name[len(prefix) :] for name in names if name.startswith(prefix))
