"""Assertions that cannot fail. Pure."""

import ast
from collections.abc import Iterator

from gatekeeper.integrity.code.added import Found
from gatekeeper.integrity.code.assertions import Assertion, assertions, called_name, calls
from gatekeeper.integrity.code.dotted import Names, every_statement
from gatekeeper.integrity.code.strength import is_literal
from gatekeeper.integrity.parsed import Function, unparse


def is_tautology(assertion: ast.expr, names: Names) -> bool:
    """Can this never fail: `True`, `x == x`, `x or True`, `len(x) >= 0`, a tuple that is not empty?"""
    match assertion:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case ast.BoolOp(op=operator, values=values):
            parts = [is_tautology(value, names) for value in values]
            return any(parts) if isinstance(operator, ast.Or) else all(parts)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _always(left, operator, right)
        case ast.Call(func=called, args=[_, kind]) if names.of(called) == "isinstance":
            return names.of(kind) == "object"
    return _is_true_as_written(assertion)


def _is_true_as_written(node: ast.expr) -> bool:
    """Constants that are true, containers and texts with something in them, and functions."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(not isinstance(part, ast.Starred) for part in parts)
        case ast.JoinedStr(values=parts):
            return any(map(_is_text, parts))
    return isinstance(node, ast.Lambda)


def _is_text(part: ast.expr) -> bool:
    """Does a part of an f-string always come out as some text? What is computed can be empty."""
    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Constant):
        return part.value.value != ""
    return isinstance(part, ast.Constant) and bool(part.value)


def tautologies(function: Function, names: Names) -> Iterator[Found]:
    """Assertions of one function that cannot fail. Harder where it has no other, and is a test."""
    bad: list[tuple[ast.stmt, str]] = []
    for statement in every_statement(function.node.body):
        test = _test_of(statement)
        if test is not None and is_tautology(test, names):
            bad.append((statement, unparse(test)[:120]))
    if not bad:
        return
    texts = {unparse(statement.test if isinstance(statement, ast.Assert) else statement)[:400] for statement, _ in bad}
    alone = function.node.name.startswith("test") and not _others(assertions(function.node, names), texts)
    for statement, text in bad:
        key = f"{function.node.name} {text}"
        message = f"asserts what is always true: {text}"
        yield Found("assertion-tautology", key, statement.lineno, message, symbol=function.name, harder=alone)


def _test_of(statement: ast.stmt) -> ast.expr | None:
    """What a statement asserts, as an expression; None when it asserts nothing that could be always true."""
    if isinstance(statement, ast.Assert):
        return statement.test
    call = statement.value if isinstance(statement, ast.Expr) else None
    return _method_test(call) if isinstance(call, ast.Call) else None


def _others(found: list[Assertion], texts: set[str]) -> bool:
    return any(one.text not in texts for one in found)


def _method_test(call: ast.Call) -> ast.expr | None:
    """What `self.assertTrue(x)` or `self.assertEqual(a, b)` tests, as an expression."""
    name = called_name(call)
    if name in ("assertTrue", "failUnless", "assert_") and call.args:
        return call.args[0]
    if name in ("assertEqual", "assertEquals", "assertIs") and len(call.args) >= 2:
        return ast.Compare(call.args[0], [ast.Eq()], [call.args[1]])
    return None


def _always(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    """Is this true of any values: a length that is not below 0, or something compared with itself?"""
    if isinstance(operator, ast.GtE) and isinstance(left, ast.Call) and called_name(left) == "len":
        return isinstance(right, ast.Constant) and right.value == 0
    if not isinstance(operator, ast.Eq | ast.Is | ast.LtE | ast.GtE) or type(left) is not type(right):
        return False
    return _gives_the_same(left, operator) and unparse(left) == unparse(right)


def _gives_the_same(node: ast.expr, operator: ast.cmpop) -> bool:
    """Is an expression, written on both sides of an operator, one thing?"""
    if any(isinstance(part, ast.Await | ast.Yield | ast.NamedExpr) for part in ast.walk(node)):
        return False
    # `x.cached is x.cached` asks whether a property remembers.
    if isinstance(operator, ast.Is) and any(isinstance(part, ast.Attribute | ast.Subscript) for part in ast.walk(node)):
        return False
    # Two calls need not give the same: `next(x) == next(x)` asks something. Two literals ask nothing.
    return is_literal(node) or next(calls(node), None) is None
