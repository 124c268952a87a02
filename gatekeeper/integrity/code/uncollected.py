"""Tests that are still written down and that no runner collects any more. Pure."""

import ast

from gatekeeper.integrity.code.gone import Test
from gatekeeper.integrity.parsed import Function, ParsedPython, is_test

CALLED = "is called by other tests"


def overwritten(side: ParsedPython) -> frozenset[str]:
    """Tests and classes that the module itself takes away: `del test_a`, `test_a = None`, `TestA.__test__ = False`."""
    found: set[str] = set()
    for statement in side.tree.body if side.tree else ():
        if isinstance(statement, ast.Assign | ast.Delete):
            found |= {name for target in statement.targets for name in _named(target)}
    known = side.tests.keys()
    return frozenset(name for name in found if name in known or any(test.startswith(f"{name}.") for test in known))


def stand_ins(test: Test, new: ParsedPython) -> str:
    """How a test is still there without being collected; CALLED when other tests call it; empty when it is not."""
    same = new.functions.get(test.name)
    if same is not None:
        return _why(same)
    for function in new.functions.values():
        if is_test(function) and function.name in new.tests:
            continue
        twin = Test(test.change, function.name, function.line, function.text, False)
        alike = twin.nameless == test.nameless or (_renamed(test, function) and _half(test, twin))
        if alike:
            return CALLED if _called(function, new) else f"is now {function.name}, which no runner collects"
    return ""


def _why(function: Function) -> str:
    if function.owner is not None:
        return "is in a class that no runner collects any more"
    return "is no longer collected from this file"


def _renamed(test: Test, function: Function) -> bool:
    """`_test_x`, `xtest_x`, `disabled_test_x`, or `test_x` inside of something."""
    return function.node.name.endswith(test.last) or function.node.name.endswith(test.last.removeprefix("test"))


def _half(test: Test, twin: Test) -> bool:
    return len(test.rows & twin.rows) >= 0.5 * max(len(test.rows), 1)


def _called(function: Function, new: ParsedPython) -> bool:
    """Does a test of this side mention it?"""
    return any(function.node.name in test.text for test in new.tests.values())


def _named(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return {target.value.id} if target.attr == "__test__" else {f"{target.value.id}.{target.attr}"}
    return set()
