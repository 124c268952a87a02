"""What the branch took out of product code, for tests that went with it. Pure."""

import ast
import re

from gatekeeper.integrity.code.dotted import every_statement
from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, is_python
from gatekeeper.integrity.trimmed import trimmed

_MANY = 400
"""Changed files of product code beyond which nobody is told that a test went together with its code."""
_SHORT = 4
# Only ever finds too much: a name that may still be there is not taken for removed.
_DEFINED = re.compile(rb"(?:def|class)\s+(\w+)")


def removed_names(diff: Diff) -> frozenset[str]:
    """Functions, classes and modules of product code that are in no changed file any more; short names left out."""
    product = [change for change in diff.changes if change.role is Role.PRODUCT and is_python(change.path)]
    before = [change for change in product if change.old is not None]
    if len(before) > _MANY:
        return frozenset()
    names = _lost(before, diff)
    if names:
        names -= _defined_at_head(product)
    return frozenset(names | _lost_modules(before, diff))


def _lost(before: list[FileChange], diff: Diff) -> set[str]:
    """Functions and classes of base, of those files that have one less; short names left out."""
    names: set[str] = set()
    for change in before:
        if _may_lose(change):
            names |= _defined(trimmed(diff, change, False, _nothing))
    return {name for name in names if len(name) >= _SHORT}


def _defined_at_head(product: list[FileChange]) -> set[str]:
    return {name.decode() for change in product for name in _DEFINED.findall(change.new or b"") if name.isascii()}


def _lost_modules(before: list[FileChange], diff: Diff) -> set[str]:
    modules = {_module(change.path) for change in before if _is_gone(change, diff)}
    return {name for name in modules if len(name) >= _SHORT}


def _nothing(*_: object) -> bool:
    return False


def _may_lose(change: FileChange) -> bool:
    """Is a name that the old side defines no longer defined by the new one?"""
    return not set(_DEFINED.findall(change.old or b"")) <= set(_DEFINED.findall(change.new or b""))


def _is_gone(change: FileChange, diff: Diff) -> bool:
    return change.new is None and change.path not in diff.head_names


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]


def _defined(side: ParsedPython) -> set[str]:
    if side.tree is None:
        return set()
    return {s.name for s in every_statement(side.tree.body) if isinstance(s, FunctionNode | ast.ClassDef)}
