"""What a `pytest_collection_modifyitems` or a `load_tests` does to the tests that were collected. Pure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.parsed import FunctionNode, nested, unparse

_DROPPING_CALLS = ("clear", "pop", "remove", "__delitem__", "__setitem__", "__init__")
_ORDERING = ("sorted", "reversed", "sort", "shuffle", "sample")
_LEAVING_OUT = ("skip", "skipif", "xfail")


@dataclass(frozen=True, slots=True)
class Effect:
    """One statement that takes tests out (`drops`) or marks them as skipped; `always`: nothing asked first."""

    line: int
    text: str
    drops: bool
    always: bool


def effects(function: FunctionNode, names: Names) -> Iterator[Effect]:
    """What the hook does that keeps tests from counting, in order. Sorting and other markers are none."""
    items, marks = _collected(function), _marks(function, names)
    guarded = False
    todo = [(statement, False) for statement in reversed(function.body)]
    while todo:
        statement, asked = todo.pop()
        # An early return under a condition makes everything after it conditional.
        guarded = guarded or (not asked and _may_return(statement))
        for drops in _of(statement, items, marks, names):
            yield Effect(statement.lineno, unparse(statement)[:300], drops, not (asked or guarded))
        inside = asked or isinstance(statement, ast.If | ast.Match | ast.ExceptHandler)
        todo += [(child, inside) for child in reversed(nested(statement))]


def _collected(function: FunctionNode) -> str:
    """Name of the argument that holds the collected tests: `items`, or else the last one."""
    given = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return "items" if "items" in given or not given else given[-1]


def _may_return(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(isinstance(part, ast.Return) for part in statement.body)


def load_tests_drops(function: FunctionNode, names: Names) -> bool:
    """Does this `load_tests` hand back something else than what it was given (or was discovered)?"""
    given = function.args.args[1].arg if len(function.args.args) >= 2 else "tests"
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None and not _keeps(node.value, given):
            calls = {last(names.call(part)) for part in ast.walk(function) if isinstance(part, ast.Call)}
            return not calls & {"discover", "addTests", "addTest", "loadTestsFromModule", "loadTestsFromTestCase"}
    return False


def _keeps(node: ast.expr, given: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == given for part in ast.walk(node))


def _of(statement: ast.stmt, items: str, marks: frozenset[str], names: Names) -> Iterator[bool]:
    """True for each thing by which the statement itself drops tests, False for each by which it marks them."""
    if isinstance(statement, ast.Assign):
        parts = _parts_of(statement.targets, items)
        if parts and not _orders(statement.value, names):
            yield from [True] * parts
    elif isinstance(statement, ast.Delete):
        yield from [True] * _parts_of(statement.targets, items)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _by_call(statement.value, items, marks, names)


def _parts_of(targets: list[ast.expr], items: str) -> int:
    """How many of these targets are parts of the collected tests: `items[:]`, `items[0]`."""
    return sum(isinstance(target, ast.Subscript) and _is(target.value, items) for target in targets)


def _by_call(call: ast.Call, items: str, marks: frozenset[str], names: Names) -> Iterator[bool]:
    name = names.last_called(call)
    if name == "pytest_deselected":
        yield False
    elif name in _DROPPING_CALLS and isinstance(call.func, ast.Attribute) and _is(call.func.value, items):
        yield True
    elif name in ("add_marker", "append", "insert") and any(_leaves_out(a, marks, names) for a in call.args):
        yield False


def _orders(value: ast.expr, names: Names) -> bool:
    return isinstance(value, ast.Call) and last(names.of(value.func)) in _ORDERING


def _is(node: ast.expr, name: str) -> bool:
    inner = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(inner, ast.Name) and inner.id == name


def _leaves_out(node: ast.expr, marks: frozenset[str], names: Names) -> bool:
    """Is this marker one that keeps a test from counting?"""
    if isinstance(node, ast.Name) and node.id in marks:
        return True
    inner = node.func if isinstance(node, ast.Call) else node
    if isinstance(inner, ast.Constant):
        return inner.value in _LEAVING_OUT
    full = names.of(inner)
    return full.startswith("pytest.mark.") and last(full) in _LEAVING_OUT


def _marks(function: FunctionNode, names: Names) -> frozenset[str]:
    """Variables of the hook that hold such a marker."""
    held = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _leaves_out(node.value, frozenset(), names):
            held |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(held)
