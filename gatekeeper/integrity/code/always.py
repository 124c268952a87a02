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
    if isinstance(assertion, ast.UnaryOp) and isinstance(assertion.op, ast.Not):
        return isinstance(assertion.operand, ast.Constant) and not assertion.operand.value
    if isinstance(assertion, ast.Tuple | ast.List | ast.Set | ast.JoinedStr | ast.Lambda):
        return bool(getattr(assertion, "elts", getattr(assertion, "values", [assertion])))
    if isinstance(assertion, ast.BoolOp):
        parts = [is_tautology(value, names) for value in assertion.values]
        return any(parts) if isinstance(assertion.op, ast.Or) else all(parts)
    if isinstance(assertion, ast.Compare) and len(assertion.ops) == 1:
        return _always(assertion.left, assertion.ops[0], assertion.comparators[0])
    if isinstance(assertion, ast.Call) and names.of(assertion.func) == "isinstance" and len(assertion.args) == 2:
        return names.of(assertion.args[1]) == "object"
    return isinstance(assertion, ast.Constant) and bool(assertion.value)


def tautologies(function: Function, names: Names) -> Iterator[Found]:
    """Assertions of one function that cannot fail. Harder where it has no other, and is a test."""
    bad: list[tuple[ast.stmt, str]] = []
    for statement in every_statement(function.node.body):
        test = statement.test if isinstance(statement, ast.Assert) else None
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call):
            test = _method_test(call)
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
    if isinstance(operator, ast.GtE) and isinstance(left, ast.Call) and called_name(left) == "len":
        return isinstance(right, ast.Constant) and right.value == 0
    if not isinstance(operator, ast.Eq | ast.Is | ast.LtE | ast.GtE) or type(left) is not type(right):
        return False
    if isinstance(left, ast.Name) and isinstance(right, ast.Name):
        return left.id == right.id
    if any(isinstance(part, ast.Await | ast.Yield | ast.NamedExpr) for part in ast.walk(left)):
        return False
    # `x.cached is x.cached` asks whether a property remembers.
    if isinstance(operator, ast.Is) and any(isinstance(part, ast.Attribute | ast.Subscript) for part in ast.walk(left)):
        return False
    same = unparse(left) == unparse(right)
    # Two calls need not give the same: `next(x) == next(x)` asks something. Two literals ask nothing.
    return same and (is_literal(left) or next(calls(left), None) is None)
