"""Which files of a tree are its tests and what they rest on: the harness. Pure."""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from posixpath import basename

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.roles import is_test_name, role_of

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
    roots = tuple(root for root in testpaths if _holds_tests(root, known))

    @cache
    def is_harness(path: str) -> bool:
        said = stated(path)
        if said is not None:
            return said
        return basename(path) not in _CONFIGURES_PYTHON and role_of(path, roots, known) in {Role.TEST, Role.HARNESS}

    return is_harness


def _holds_tests(root: str, names: Collection[str]) -> bool:
    """Is this folder one of tests, and not a package that pytest looks into for tests and doctests?"""
    start = root.removeprefix("./").rstrip("/") + "/"
    python = [name for name in names if name.startswith(start) and name.endswith(".py")]
    tests = sum(is_test_name(name) or basename(name) in _AROUND for name in python)
    return 2 * tests >= len(python) if python else True
