"""Tests that put a double in the place of the very function that the branch changed. Pure."""

import ast
from collections.abc import Iterator, Mapping

from gatekeeper.integrity.code.added import Found
from gatekeeper.integrity.code.dotted import Names, last, text_of
from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.parsed import ParsedPython, is_python
from gatekeeper.integrity.trimmed import trimmed

_PATCHERS = ("patch", "setattr", "object")
_MANY = 300


def changed_functions(diff: Diff) -> Mapping[str, frozenset[str]]:
    """Functions of product code whose text changed, by the dotted name of their module, from the top of the tree."""
    product = [change for change in diff.changes if _is_changed_product(change)]
    if len(product) > _MANY or not any(map(_is_standing_test, diff.changes)):
        return {}
    changed = ((_dotted(change.path), _changed_in(change, diff)) for change in product)
    return {module: names for module, names in changed if names}


def _is_changed_product(change: FileChange) -> bool:
    return change.role is Role.PRODUCT and is_python(change.path) and bool(change.old and change.new)


def _is_standing_test(change: FileChange) -> bool:
    return is_test(change) and is_python(change.path) and bool(change.new)


def _changed_in(change: FileChange, diff: Diff) -> frozenset[str]:
    old, new = (trimmed(diff, change, side, lambda *_: False).functions for side in (False, True))
    return frozenset(name for name in old.keys() & new.keys() if old[name].text != new[name].text)


def doubles(side: ParsedPython, changed: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """Calls of `patch` and `setattr` in a test file that replace one of these functions."""
    if side.tree is None:
        return
    names = Names(side.tree)
    for node in ast.walk(side.tree):
        target = _target(node, names) if isinstance(node, ast.Call) else ""
        for module, functions in changed.items() if target else ():
            for function in functions:
                if _is_same(target, module, function):
                    message = f"replaces {function} of {module} by a double, which the branch changed"
                    key = f"mocked-change {target}"
                    yield Found("mocked-change", key, node.lineno, message, key, function)  # type: ignore[attr-defined]


def _target(call: ast.Call, names: Names) -> str:
    """Dotted name of what is replaced."""
    if last(names.of(call.func)) not in _PATCHERS or not call.args:
        return ""
    direct = text_of(call.args[0])
    if direct is not None:
        return direct
    owner, attribute = names.of(call.args[0]), text_of(call.args[1]) if len(call.args) > 1 else None
    return f"{owner}.{attribute}" if owner and attribute else ""


def _is_same(target: str, module: str, function: str) -> bool:
    """`app.core.add` is `add` of `src.app.core`; a module that was imported by its last name counts too."""
    if not target.endswith(f".{function}"):
        return False
    home = target.removesuffix(f".{function}").lstrip(".")
    return module == home or module.endswith(f".{home}")


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_test(change: FileChange) -> bool:
    """A file in which doubles are looked for."""
    return change.role in (Role.TEST, Role.HARNESS)
