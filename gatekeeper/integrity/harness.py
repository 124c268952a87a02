"""Which files of a tree are its tests and what they rest on: the harness. Pure."""

import ast
import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from posixpath import basename

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.parsed import ParsedPython
from gatekeeper.integrity.roles import is_test_name, role_of

_CHECKING = re.compile(r"_*(?:assert|expect|check|verify|ensure)", re.IGNORECASE)
_AROUND = frozenset({"conftest.py", "__init__.py"})
_CONFIGURES_PYTHON = frozenset({"pyproject.toml", "setup.cfg", "package.json"})
"""They configure tests among other things: only what they say about tests is harness."""


def harness(
    names: Iterable[str], testpaths: Iterable[str], stated: Callable[[str], bool | None]
) -> Callable[[str], bool]:
    """Says of a path whether it belongs to the tests. `names` are base's files, `testpaths` base's own words.

    `stated` is the policy's word about a path; None where it says nothing.
    """
    known = frozenset(names)
    roots = test_roots(testpaths, known)

    @cache
    def is_harness(path: str) -> bool:
        said = stated(path)
        if said is not None:
            return said
        return basename(path) not in _CONFIGURES_PYTHON and role_of(path, roots, known) in {Role.TEST, Role.HARNESS}

    return is_harness


def test_roots(testpaths: Iterable[str], names: Collection[str]) -> tuple[str, ...]:
    """Of base's own words for where its tests are those that mean tests, and not a package with doctests."""
    return tuple(root for root in testpaths if _holds_tests(root, names))


test_roots.__test__ = False  # type: ignore[attr-defined]


def asserts_for_tests(content: bytes | None, path: str) -> bool:
    """Does a file of the product offer functions that assert, for tests to call?"""
    if content is None or b"assert" not in content.lower():
        return False
    found = ParsedPython(content, path).functions.values()
    return any(_CHECKING.match(one.node.name) and any(map(_asserts, ast.walk(one.node))) for one in found)


def _asserts(node: ast.AST) -> bool:
    raised = node.exc if isinstance(node, ast.Raise) else None
    called = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(node, ast.Assert) or (isinstance(called, ast.Name) and called.id == "AssertionError")


def _holds_tests(root: str, names: Collection[str]) -> bool:
    """Is this folder one of tests, and not a package that pytest looks into for tests and doctests?"""
    start = root.removeprefix("./").rstrip("/") + "/"
    python = [name for name in names if name.startswith(start) and name.endswith(".py")]
    tests = sum(is_test_name(name) or basename(name) in _AROUND for name in python)
    return 2 * tests >= len(python) if python else True
