"""What a `pytest_collection_modifyitems` or a `load_tests` does to the tests that were collected. Pure."""

import ast
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.integrity.code.bindings import Pair, bindings, head, written
from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.code.truth import truth
from gatekeeper.integrity.parsed import FunctionNode, nested, unparse

_DROPPING_CALLS = ("clear", "pop", "remove", "__delitem__", "__setitem__", "__init__")
_ORDERING = ("sorted", "reversed", "sort", "shuffle", "sample")
_INNER = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""What stands inside of a statement and is looked at by itself."""
_LEAVING_OUT = ("skip", "skipif", "xfail")


class Effect(Struct, frozen=True):
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
        for drops, itself in _of(statement, items, marks, names):
            yield Effect(statement.lineno, unparse(head(statement))[:300], drops, not (asked or guarded or itself))
        todo += reversed([(child, asked or inside) for child, inside in _nested(statement)])


def _collected(function: FunctionNode) -> str:
    """Name of the argument that holds the collected tests: `items`, or else the last one."""
    given = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return "items" if "items" in given or not given else given[-1]


def _nested(statement: ast.stmt) -> Iterator[tuple[ast.stmt, bool]]:
    """Statements directly inside of one, and whether they are reached only under a condition that can be false."""
    if isinstance(statement, ast.If):
        holds = truth(statement.test)
        yield from ((child, holds is not True) for child in statement.body)
        yield from ((child, holds is not False) for child in statement.orelse)
        return
    yield from ((child, isinstance(statement, ast.Match)) for child in nested(statement))


def _may_return(statement: ast.stmt) -> bool:
    """Does a branch of an `if` return? One that is never taken, as in `if False`, does not."""
    if not isinstance(statement, ast.If):
        return False
    holds = truth(statement.test)
    reached = [*(statement.body if holds is not False else ()), *(statement.orelse if holds is not True else ())]
    return any(isinstance(part, ast.Return) for part in reached)


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


def _of(statement: ast.stmt, items: str, marks: frozenset[str], names: Names) -> Iterator[tuple[bool, bool]]:
    """What the statement itself does, without those inside of it: whether it drops tests (or marks them), and whether
    something is asked first.
    """
    taken = sum(_takes(target, value, items, names) for target, value in _targets(statement))
    yield from [(True, False)] * taken
    for call, asked in _calls(statement):
        used = not (isinstance(statement, ast.Expr) and statement.value is call)
        yield from ((drops, asked) for drops in _by_call(call, items, marks, names, used))


def _targets(statement: ast.stmt) -> list[Pair]:
    """What a statement takes away or gives another value, of which the collected tests may be a part."""
    if isinstance(statement, ast.Delete):
        return [(target, None) for target in written(statement)]
    if isinstance(statement, ast.AugAssign):
        target = statement.target
        # A list is multiplied in place: as if all of its parts were written.
        whole = ast.Subscript(target, ast.Slice()) if isinstance(target, ast.Name) else target
        return [(whole, None)] if _shrinks(statement) else []
    pairs = list(bindings(statement))
    return [] if _exchanges(pairs) else pairs


def _takes(target: ast.expr, value: ast.expr | None, items: str, names: Names) -> bool:
    """Is this target a part of the collected tests (`items[:]`, `items[0]`) that is not only put in order?"""
    is_part = isinstance(target, ast.Subscript) and _is(target.value, items)
    return is_part and (value is None or not _orders(value, names))


def _shrinks(statement: ast.AugAssign) -> bool:
    """`items *= 0`, and what may be 0; `+=` only adds."""
    factor = statement.value.value if isinstance(statement.value, ast.Constant) else 0
    return isinstance(statement.op, ast.Mult) and not (isinstance(factor, int) and factor >= 1)


def _exchanges(pairs: list[Pair]) -> bool:
    """`items[0], items[1] = items[1], items[0]`: what is taken away at one place comes back at another."""
    taken = [unparse(target) for target, _ in pairs]
    given = [unparse(value) for _, value in pairs if value is not None]
    return len(pairs) > 1 and sorted(taken) == sorted(given)


def _calls(statement: ast.stmt) -> Iterator[tuple[ast.Call, bool]]:
    """Calls in the expressions of a statement itself, and whether a condition inside of it comes before."""
    todo: list[tuple[ast.AST, bool]] = [(statement, False)]
    while todo:
        node, asked = todo.pop()
        if isinstance(node, ast.Call):
            yield node, asked
        inside = asked or isinstance(node, ast.IfExp | ast.BoolOp) or _filters(node)
        children = (child for child in ast.iter_child_nodes(node) if not isinstance(child, _INNER))
        todo += reversed([(child, inside) for child in children])


def _filters(node: ast.AST) -> bool:
    """Is it a loop inside of an expression that leaves some out?"""
    if not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return False
    return any(part.ifs for part in node.generators)


def _by_call(call: ast.Call, items: str, marks: frozenset[str], names: Names, used: bool) -> Iterator[bool]:
    """`used`: what the call gives back is kept; what `pop` gives may come back at another place."""
    name = names.last_called(call)
    if name == "pytest_deselected":
        yield False
    elif name in _DROPPING_CALLS and isinstance(call.func, ast.Attribute) and _is(call.func.value, items):
        if not (used and name == "pop"):
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
        for target, value in bindings(node):
            if isinstance(target, ast.Name) and value is not None and _leaves_out(value, frozenset(), names):
                held.add(target.id)
    return frozenset(held)
