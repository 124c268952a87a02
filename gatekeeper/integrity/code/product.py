"""What the branch took out of product code, for tests that went with it. Pure."""

import ast

from gatekeeper.integrity.code.dotted import every_statement
from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, is_python, parsed

_MANY = 400
"""Changed files of product code beyond which nobody is told that a test went together with its code."""
_SHORT = 4


def removed_names(diff: Diff) -> frozenset[str]:
    """Functions, classes and modules of product code that are in no changed file any more; short names left out."""
    product = [c for c in diff.changes if c.role is Role.PRODUCT and is_python(c.path) and c.old is not None]
    if len(product) > _MANY:
        return frozenset()
    old = {name for change in product for name in _defined(parsed(diff, change.old, change.before))}
    new = {
        name for change in diff.changes if _has_code(change) for name in _defined(parsed(diff, change.new, change.path))
    }
    modules = {_module(change.path) for change in product if change.new is None and change.path not in diff.head_names}
    return frozenset(name for name in (old - new) | modules if len(name) >= _SHORT)


def _has_code(change: FileChange) -> bool:
    return change.role is Role.PRODUCT and is_python(change.path) and change.new is not None


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]


def _defined(side: ParsedPython) -> set[str]:
    if side.tree is None:
        return set()
    return {s.name for s in every_statement(side.tree.body) if isinstance(s, FunctionNode | ast.ClassDef)}
