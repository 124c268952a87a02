"""Conditions that are decided as they are written. Pure."""

import ast
import operator
from collections.abc import Callable, Mapping

_DEEP = 20
_OPERATORS: Mapping[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
_ORDERS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def truth(node: ast.expr, depth: int = 0) -> bool | None:
    """Whether a condition made of constants holds (`False`, `not 1`, `1 == 2`, `x and False`); None for others."""
    match node:
        case ast.Constant(value=value) | ast.Tuple(elts=[] as value) | ast.List(elts=[] as value):
            return bool(value)
        case _ if depth > _DEEP:
            return None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = truth(operand, depth + 1)
            return None if inner is None else not inner
        case ast.BoolOp(op=joint, values=values):
            return _joined([truth(value, depth + 1) for value in values], isinstance(joint, ast.Or))
        case ast.Compare(left=ast.Constant(value=left), ops=[sign], comparators=[ast.Constant(value=right)]):
            return _compared(left, sign, right)
    return None


def _joined(parts: list[bool | None], decisive: bool) -> bool | None:
    """`or` is decided by one that is true, `and` by one that is false, and both by all."""
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compared(left: object, sign: ast.cmpop, right: object) -> bool | None:
    if type(sign) in _OPERATORS:
        return _OPERATORS[type(sign)](left, right)
    if isinstance(left, int | float) and isinstance(right, int | float) and type(sign) in _ORDERS:
        return _ORDERS[type(sign)](left, right)
    return None
