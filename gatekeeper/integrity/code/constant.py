"""Comparisons of a class that no longer compare. Pure."""

import ast
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.integrity.code.always import is_tautology
from gatekeeper.integrity.code.bindings import bindings
from gatekeeper.integrity.code.dotted import Names
from gatekeeper.integrity.parsed import FunctionNode, unparse

_TRUE = ("__eq__",)
_FALSE = ("__ne__",)
_DATACLASSES = ("dataclass", "define", "frozen", "mutable", "attrs", "s")
_TRUTH = ("__bool__", "__contains__", "__instancecheck__", "__subclasscheck__", "__nonzero__")


class Constant(Struct, frozen=True):
    """A method that gives one answer; `equality`: it is the one by which tests compare."""

    node: ast.AST
    owner: str
    method: str
    answer: bool
    equality: bool


def constant_answers(node: ast.ClassDef, names: Names) -> Iterator[Constant]:
    """Methods of a class that always say that two things are equal, or that something is true."""
    bare = _uncompared(node)
    if bare is not None:
        yield bare
    for part in node.body:
        if isinstance(part, FunctionNode):
            yield from _judged(node, part, part.name, _returned(part), names)
            continue
        for target, value in bindings(part):
            if isinstance(target, ast.Name) and isinstance(value, ast.Lambda):
                yield from _judged(node, part, target.id, [value.body], names)


def is_data_class(node: ast.ClassDef) -> bool:
    """Does a decorator write the comparison of this class?"""
    words = (unparse(_called(one)).rpartition(".")[2] for one in node.decorator_list)
    return any(word in _DATACLASSES for word in words)


def _uncompared(node: ast.ClassDef) -> Constant | None:
    """A dataclass of which no field counts in the comparison that Python writes for it."""
    if not is_data_class(node) or node.bases or _has_equality(node):
        return None
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    if not fields or not all(_left_out(part.value) for part in fields):
        return None
    return Constant(fields[0], node.name, "__eq__", True, True)


def _has_equality(node: ast.ClassDef) -> bool:
    return any(isinstance(part, FunctionNode) and part.name == "__eq__" for part in node.body)


def _left_out(value: ast.expr | None) -> bool:
    """`field(…, compare=False)`, or attrs' `field(eq=False)`."""
    given = value.keywords if isinstance(value, ast.Call) else []
    return any(
        one.arg in ("compare", "eq") and isinstance(one.value, ast.Constant) and not one.value.value for one in given
    )


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def type_only(function: FunctionNode) -> bool:
    """Does an `__eq__` say yes without a look at what the other one holds?

    A check of the type alone, followed by True, is what is left when the comparison was taken out.
    """
    arguments = [*function.args.posonlyargs, *function.args.args]
    if len(arguments) < 2 or not any(_says_yes(value) for value in _returned(function)):
        return False
    other = arguments[1].arg
    return not any(_looks_into(node, other) for node in ast.walk(function))


def _looks_into(node: ast.AST, other: str) -> bool:
    if isinstance(node, ast.Attribute):
        return _is(node.value, other) and node.attr != "__class__"
    if isinstance(node, ast.Subscript | ast.Starred | ast.For):
        return _is(node.iter if isinstance(node, ast.For) else node.value, other)
    if isinstance(node, ast.Compare):
        return any(_is(operand, other) for operand in (node.left, *node.comparators))
    return isinstance(node, ast.Call) and any(_is(argument, other) for argument in node.args) and not _asks_type(node)


def _says_yes(node: ast.expr) -> bool:
    """`True`, or the check of the type itself."""
    asks = (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass")
    )
    return asks or (isinstance(node, ast.Constant) and node.value is True)


def _judged(
    owner: ast.ClassDef, node: ast.AST, method: str, returned: list[ast.expr], names: Names
) -> Iterator[Constant]:
    if not returned:
        return
    if method in (*_TRUE, *_TRUTH) and all(is_tautology(value, names) for value in returned):
        yield Constant(node, owner.name, method, True, method in _TRUE)
    if method in _FALSE and all(isinstance(value, ast.Constant) and value.value is False for value in returned):
        yield Constant(node, owner.name, method, False, True)


def _returned(function: FunctionNode) -> list[ast.expr]:
    """What a function returns, of its own; empty when it can end without."""
    found = []
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Return):
            found.append(node.value or ast.Constant(None))
        todo += ast.iter_child_nodes(node)
    return found


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _asks_type(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "type", "issubclass", "id", "hash")
