"""Assertions whose failure nobody hears of. Pure."""

import ast
from collections.abc import Iterator

from gatekeeper.integrity.code.added import Found
from gatekeeper.integrity.code.assertions import Assertion, assertions, called_name
from gatekeeper.integrity.code.bindings import bindings
from gatekeeper.integrity.code.dotted import Names, every_statement, last
from gatekeeper.integrity.code.strength import is_literal
from gatekeeper.integrity.parsed import Function, FunctionNode, nested, unparse

_BROAD = frozenset({"Exception"})
_OUTCOMES = frozenset({"BaseException", "Failed", "OutcomeException"})
_SKIPPING = ("skip", "xfail", "skipTest", "SkipTest")
# What a handler may call and still have said nothing to the runner.
_SAYING = (
    "print",
    "log",
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "print_exc",
    "write",
    "echo",
    "sleep",
    "append_note",
)


def swallowing(function: Function, names: Names) -> Iterator[Found]:
    """Constructs of one function that enclose an assertion and take its failure away."""
    for statement in every_statement(function.node.body):
        if isinstance(statement, ast.Try | ast.TryStar):
            yield from _by_try(statement, function, names)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                if _suppresses(item.context_expr, statement.body, names):
                    what = unparse(item.context_expr)[:80]
                    yield _found(function, statement, f"{what} around an assertion")


def _suppresses(call: ast.expr, body: list[ast.stmt], names: Names) -> bool:
    if not isinstance(call, ast.Call) or last(names.of(call.func)) != "suppress":
        return False
    return _encloses(body, names, call.args)


def _by_try(statement: ast.Try | ast.TryStar, function: Function, names: Names) -> Iterator[Found]:
    if any(isinstance(part, ast.Return | ast.Break | ast.Continue) for part in _own(statement.finalbody)):
        if _encloses(statement.body, names, None):
            yield _found(function, statement, "leaves in `finally`, which drops the failure of an assertion")
        return
    handler = next((h for h in statement.handlers if _encloses(statement.body, names, _types(h.type))), None)
    if handler is None or not _inert(handler, function):
        return
    if not _speaks(statement.orelse, names) and not _speaks_after(statement, function, names):
        yield _by_handler(handler, statement, function, names)


def _by_handler(
    handler: ast.ExceptHandler, statement: ast.Try | ast.TryStar, function: Function, names: Names
) -> Found:
    only_fail = _only_expects_an_error(statement.body, names)
    rule = "test-asserts-nothing" if only_fail else "assertion-swallowed"
    caught = unparse(handler.type) if handler.type else "everything"
    return _found(function, statement, f"catches {caught} around an assertion and goes on", rule)


def _found(function: Function, statement: ast.stmt, message: str, rule: str = "assertion-swallowed") -> Found:
    same = f"{rule} {function.node.name} {message}"
    return Found(rule, f"{same} {unparse(statement)[:2000]}", statement.lineno, message, same, function.name)


def _types(node: ast.expr | None) -> list[ast.expr] | None:
    """What a handler catches; None for everything."""
    return None if node is None else node.elts if isinstance(node, ast.Tuple) else [node]


def _encloses(body: list[ast.stmt], names: Names, types: list[ast.expr] | None) -> bool:
    """Is there an assertion in these statements whose failure is one of these exceptions (None: of any)?

    Who catches AssertionError by name means assertions, wherever they are.
    """
    caught = {last(names.of(one)) for one in types} if types is not None else {"BaseException"}
    if "AssertionError" in caught and any(isinstance(p, ast.Call | ast.Yield) for s in body for p in ast.walk(s)):
        return True
    if not caught & {"AssertionError", *_BROAD, *_OUTCOMES}:
        return False
    everything = bool(caught & _OUTCOMES)
    return any(everything or not _is_outcome(one) for one in assertions(_as_function(body), names))


def _is_outcome(assertion: Assertion) -> bool:
    """Does it fail by an exception of pytest, which `except Exception` lets through?"""
    return assertion.text.startswith(("pytest.fail(", "pytest.raises(", "pytest.warns(", "raises("))


def _as_function(body: list[ast.stmt]) -> ast.FunctionDef:
    return ast.FunctionDef("f", ast.arguments([], [], None, [], [], None, []), body or [ast.Pass()], [], None, None)


def _inert(handler: ast.ExceptHandler, function: Function) -> bool:
    """Does a handler only say something, skip, go on, or note what nobody reads?"""
    is_test = function.node.name.startswith("test")
    rest = [statement for statement in _own(handler.body) if not _goes_on(statement, is_test)]
    noted = {name for statement in rest for name in _noted(statement)}
    return all(map(_noted, rest)) and not (noted and noted & _read_after(handler, function))


def _goes_on(statement: ast.stmt, is_test: bool) -> bool:
    """Does a statement of a handler only say something, skip, or go on?"""
    match statement:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.If() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=value):
            return is_test or value is None or _is_none(value)
        case ast.Expr(value=ast.Call() as call):
            return called_name(call) in (*_SKIPPING, *_SAYING)
        case ast.Raise(exc=ast.expr() as raised):
            return _last_word(raised) in _SKIPPING
    return False


def _last_word(raised: ast.expr) -> str:
    """Name of an exception that is raised as a class or as an instance, without its module."""
    named = raised.func if isinstance(raised, ast.Call) else raised
    return named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""


def _noted(statement: ast.stmt) -> list[str]:
    """Variables that a statement sets to what is written out or to another variable, and does nothing else."""
    names: list[str] = []
    for target, value in bindings(statement):
        if not isinstance(target, ast.Name) or value is None or not (isinstance(value, ast.Name) or is_literal(value)):
            return []
        names.append(target.id)
    return names if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) else []


def _read_after(handler: ast.ExceptHandler, function: Function) -> set[str]:
    """Names that the function reads behind a handler, in a loop around it or in a function of its own; and those that
    are not its own.
    """
    found: set[str] = set()
    for node in ast.walk(function.node):
        if isinstance(node, ast.Global | ast.Nonlocal):
            found |= set(node.names)
        elif node is not function.node and _runs_after(node, handler):
            found |= _read(node)
    return found


def _runs_after(node: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Can this name be read after the handler ran, or what stands in this function, or in this loop once more?"""
    if isinstance(node, ast.Name):
        return node.lineno > (handler.end_lineno or handler.lineno)
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return any(part is handler for part in ast.walk(node))
    return isinstance(node, FunctionNode | ast.Lambda)


def _read(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _own(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of this scope, also nested ones."""
    todo = list(body)
    while todo:
        statement = todo.pop(0)
        yield statement
        if not isinstance(statement, FunctionNode | ast.ClassDef):
            todo += nested(statement)


def _speaks(body: list[ast.stmt], names: Names) -> bool:
    """Can these statements fail on purpose?"""
    return any(isinstance(statement, ast.Raise) for statement in _own(body)) or _encloses(body, names, None)


def _speaks_after(statement: ast.stmt, function: Function, names: Names) -> bool:
    """In a loop that tries again: is there something after it, or in its `else`, that can fail?"""
    for loop in every_statement(function.node.body):
        if isinstance(loop, ast.For | ast.While | ast.AsyncFor) and statement in list(_own(loop.body)):
            rest = [s for s in every_statement(function.node.body) if s.lineno > (loop.end_lineno or 0)]
            return _speaks([*loop.orelse, *rest], names)
    return False


def _only_expects_an_error(body: list[ast.stmt], names: Names) -> bool:
    """`f(); self.fail()` under `except Exception`: meant to expect an error, and cannot fail."""
    found = assertions(_as_function(body), names)
    return bool(found) and all(one.asked.kind == "fail" or one.text == "False" for one in found)
