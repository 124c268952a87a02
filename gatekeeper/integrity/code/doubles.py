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
    product = [c for c in diff.changes if c.role is Role.PRODUCT and is_python(c.path) and c.old and c.new]
    if len(product) > _MANY or not any(is_test(c) and is_python(c.path) and c.new for c in diff.changes):
        return {}
    found = {}
    for change in product:
        old, new = (trimmed(diff, change, side, lambda *_: False).functions for side in (False, True))
        names = frozenset(name for name in old.keys() & new.keys() if old[name].text != new[name].text)
        if names:
            found[_dotted(change.path)] = names
    return found


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
