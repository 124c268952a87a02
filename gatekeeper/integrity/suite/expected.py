"""The two sides of a comparison in a test: is the expected answer one of its own? Pure."""

import ast
import builtins
from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.integrity.parsed import shape
from gatekeeper.integrity.suite.module import last, names_in

_CHOOSING = frozenset({"min", "max", "get", "getattr", "next", "pop", "clamp", "clip", "setdefault"})
_BUILTINS = frozenset(dir(builtins))


class Known(Struct, frozen=True):
    """What names of a function stand for: `literal` ones for literals alone, `bound` ones for one expression."""

    literal: frozenset[str] = frozenset()
    bound: Mapping[str, ast.expr] = field(default_factory=dict)

    def resolved(self, node: ast.expr) -> ast.expr:
        """The expression that a local name stands for."""
        node = self.bound.get(node.id, node) if isinstance(node, ast.Name) else node
        return node.value if isinstance(node, ast.Await) else node


def known_in(root: ast.AST) -> Known:
    """Read the assignments of a function."""
    literal, other, bound = set[str](), set[str](), dict[str, list[ast.expr]]()
    for node in ast.walk(root):
        if isinstance(node, ast.Assign):
            (literal if _is_plain(node.value) else other).update(names_in(*node.targets))
            for target in node.targets:
                bound.setdefault(getattr(target, "id", ""), []).append(node.value)
        elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.NamedExpr):
            other.update(names_in(node.target))
    once = {name: values[0] for name, values in bound.items() if name and len(values) == 1}
    return Known(frozenset(literal - other), once)


def _is_plain(node: ast.expr) -> bool:
    return not any(isinstance(part, ast.Call | ast.Name | ast.Attribute) for part in ast.walk(node))


def answers_of_one(left: ast.expr, right: ast.expr) -> bool:
    """Are both answers of the same function? Two of a class, or of what Python brings, may well be compared."""
    name = last(left.func) if isinstance(left, ast.Call) else ""
    alike = isinstance(right, ast.Call) and name == last(right.func)
    return alike and name[:1].islower() and name not in _BUILTINS


def given_away(left: ast.expr, right: ast.expr) -> bool:
    """Is the constant that is expected put beside the answer, as in `min(price(7), 100) == 100`, `x or 100 == 100`?"""
    return _beside(left, right) or _beside(right, left)


def _beside(expected: ast.expr, asked: ast.expr) -> bool:
    parts = _chosen_from(asked) if isinstance(expected, ast.Constant) else []
    computed = any(isinstance(part, ast.Call) for one in parts for part in ast.walk(one))
    return computed and shape(expected) in {shape(one) for one in parts}


def _chosen_from(node: ast.expr) -> list[ast.expr]:
    """What an expression can come out as."""
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    chooses = isinstance(node, ast.Call) and last(node.func) in _CHOOSING
    return [*node.args, *(one.value for one in node.keywords)] if chooses and isinstance(node, ast.Call) else []
