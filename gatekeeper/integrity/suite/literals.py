"""Constants that tests compare with, and files in which they are altered: every altered test must fail. Pure.

Only comparisons that are surely reached are altered: statements of the test's own body, before anything that could
leave it, and not where an exception is expected.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from msgspec import Struct

from gatekeeper.integrity.parsed import Function, ParsedPython
from gatekeeper.integrity.suite.module import last

_EQUALITIES = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertTupleEqual"})
_CATCHES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "warns", "assertWarns", "subTest"})
_STRANGER = 104_729
"""Added to numbers: nobody rounds it away."""


class Literal(Struct, frozen=True):
    """One constant of a test and what it becomes. Columns count bytes from 0, lines from 1."""

    function: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def literals(function: Function) -> tuple[Literal, ...]:
    """What can be altered in one test, in the order of the source."""
    found = []
    for statement in _reached(function.body):
        for constant in _compared(statement):
            text = _altered(constant)
            if text is not None and constant.end_lineno is not None and constant.end_col_offset is not None:
                place = (constant.lineno, constant.col_offset, constant.end_lineno, constant.end_col_offset)
                found.append(Literal(function.name, *place, text))
    return tuple(found)


def altered(content: bytes, path: str, changes: Iterable[Literal]) -> bytes | None:
    """The file with these constants replaced; None when it is not in UTF-8 or does not parse afterwards."""
    try:
        lines = content.decode("utf-8").replace("\r\n", "\n").encode().split(b"\n")
    except UnicodeDecodeError:
        return None
    # From the end: what comes before keeps its place.
    for one in sorted(changes, key=lambda change: (change.line, change.column), reverse=True):
        before, after = lines[one.line - 1][: one.column], lines[one.end_line - 1][one.end_column :]
        lines[one.line - 1 : one.end_line] = [before + one.text.encode() + after, *([b""] * (one.end_line - one.line))]
    made = b"\n".join(lines)
    return made if ParsedPython(made, path).tree is not None else None


def rounds(found: Mapping[str, tuple[Literal, ...]], most: int, per_test: int) -> Iterator[dict[str, Literal]]:
    """One constant per test and round, the first of every test first; `most` constants altogether."""
    left = most
    for number in range(per_test):
        chosen = {key: constants[number] for key, constants in sorted(found.items()) if len(constants) > number}
        chosen = dict(list(chosen.items())[:left])
        left -= len(chosen)
        if chosen:
            yield chosen


def _reached(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.With | ast.AsyncWith):
            if any(_catches(item.context_expr) for item in statement.items):
                continue
            yield from _reached(statement.body)
        if _may_leave(statement):
            return
        yield statement


def _catches(node: ast.expr) -> bool:
    call = node.func if isinstance(node, ast.Call) else node
    name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
    return name in _CATCHES


def _may_leave(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Raise) for node in ast.walk(statement))


def _compared(statement: ast.stmt) -> Iterator[ast.Constant]:
    if isinstance(statement, ast.Assert):
        for condition in filter(_is_equality, _parts(statement.test)):
            yield from _one_side([condition.left, condition.comparators[0]])
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and last(call.func) in _EQUALITIES and len(call.args) >= 2:
        yield from _one_side(call.args[:2])


def _is_equality(test: ast.expr) -> TypeGuard[ast.Compare]:
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _parts(part)
    else:
        yield test


def _one_side(sides: list[ast.expr]) -> Iterator[ast.Constant]:
    """The constant of a comparison whose other side is none."""
    plain = [_leaf(side) for side in sides]
    if (plain[0] is None) is not (plain[1] is None):
        found = plain[0] or plain[1]
        if found is not None:
            yield found


def _leaf(node: ast.expr) -> ast.Constant | None:
    """A constant, or the first one in a container that is nothing but constants."""
    if isinstance(node, ast.Constant):
        return node
    if isinstance(node, ast.List | ast.Tuple):
        leaves = [_leaf(part) for part in node.elts]
    elif isinstance(node, ast.Dict):
        leaves = [_leaf(part) for part in node.values]
    else:
        return None
    return leaves[0] if leaves and all(leaf is not None for leaf in leaves) else None


def _altered(node: ast.Constant) -> str | None:
    value = node.value
    if isinstance(value, bool):
        return repr(not value)
    if value is None:
        return repr(_STRANGER)
    if isinstance(value, int | float | complex):
        return repr(value + _STRANGER) if abs(value) < 1e9 else "0"
    if isinstance(value, str):
        return repr(value + "~gate")
    return repr(value + b"~gate") if isinstance(value, bytes) else None
