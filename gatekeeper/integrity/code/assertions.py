"""All assertions of a function, with what each asks and what stands in its way. Pure."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.code.strength import Asked, asked_by, asked_by_method
from gatekeeper.integrity.parsed import FunctionNode, nested, unparse

RAISES = (
    "raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "warns", "assertWarns",
    "assertWarnsRegex", "assertLogs", "assertNoLogs", "deprecated_call", "assertRaisesMessage",
    "assert_raises", "RaisesGroup", "assertNumQueries",
)  # fmt: skip
_WARNING = ("warns", "deprecated_call", "assertWarns", "assertWarnsRegex")
_BROAD = ("Exception", "BaseException", "Warning")
# Functions of a project that check something, by their names.
_CHECKING = re.compile(r"(?i)^_*(?:check|verify|expect|validate|should|ensure|must|compare)|assert|match_lines?$")
_ENDING = ast.Return | ast.Raise | ast.Continue | ast.Break


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion: `text` is its canonical source, `guards` counts the conditions around it without another side."""

    asked: Asked
    text: str
    line: int
    guards: int = 0
    repeated: bool = False
    """In a loop: one statement that asserts several times."""


@dataclass(frozen=True, slots=True)
class _Around:
    guards: int = 0
    repeated: bool = False
    dead: bool = False


def assertions(node: FunctionNode, names: Names) -> list[Assertion]:
    """In the order of the source, also in functions inside. What can never be reached is none."""
    return [found for statement, around in _reached(node) for found in _in(statement, around, names)]


def asserts(node: FunctionNode, names: Names) -> bool:
    """Is there any assertion, or anything that may raise on purpose?"""
    for statement, around in _reached(node):
        if isinstance(statement, ast.Raise) or next(_in(statement, around, names), None) is not None:
            return True
    return False


def is_checking(name: str) -> bool:
    """Does a function check something, by its name?"""
    return _CHECKING.search(name) is not None


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """All calls in a node."""
    return (part for part in ast.walk(node) if isinstance(part, ast.Call))


def called_name(call: ast.Call) -> str:
    """The last part of what is called, as it is written."""
    return (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )


def _reached(node: FunctionNode) -> Iterator[tuple[ast.stmt, _Around]]:
    """Statements that a run can come to, with what is around them. A function inside that nobody names is not run."""
    named: frozenset[str] | None = None
    todo: list[tuple[list[ast.stmt], _Around]] = [(node.body, _Around())]
    while todo:
        body, around = todo.pop()
        inner = []
        for statement in body:
            if isinstance(statement, FunctionNode) and not statement.decorator_list:
                named = _named(node) if named is None else named
                if statement.name not in named:
                    continue
            yield statement, around
            inner += list(_blocks(statement, around))
            if isinstance(statement, _ENDING):
                break
            around = _behind(statement, around)
        todo += reversed(inner)


def _behind(statement: ast.stmt, around: _Around) -> _Around:
    """What is around the statements that follow: after `if …: return` they are run under a condition, too."""
    if not isinstance(statement, ast.If) or statement.orelse or _some(statement.body):
        return around
    leaves = isinstance(statement.body[-1], ast.Return | ast.Continue | ast.Break)
    return replace(around, guards=around.guards + 1) if leaves else around


def _named(node: ast.AST) -> frozenset[str]:
    used = (part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
    return frozenset(part.id for part in used)


def _blocks(statement: ast.stmt, around: _Around) -> Iterator[tuple[list[ast.stmt], _Around]]:
    if isinstance(statement, ast.If):
        constant = statement.test.value if isinstance(statement.test, ast.Constant) else None
        never, always = constant is not None and not constant, bool(constant)
        # Two branches that both assert are no way around the assertion.
        more = int(not always and not (statement.orelse and _some(statement.orelse)))
        if not never:
            yield statement.body, replace(around, guards=around.guards + more)
        if not always:
            less = int(not never and not _some(statement.body))
            yield statement.orelse, replace(around, guards=around.guards + less)
        return
    if isinstance(statement, ast.While) and isinstance(statement.test, ast.Constant) and not statement.test.value:
        return
    loop = isinstance(statement, ast.For | ast.AsyncFor | ast.While | FunctionNode)
    if isinstance(statement, ast.For) and isinstance(statement.iter, ast.List | ast.Tuple) and not statement.iter.elts:
        return
    for part in ("body", "orelse", "finalbody"):
        yield getattr(statement, part, []), replace(around, repeated=around.repeated or loop)
    for handler in getattr(statement, "handlers", []):
        yield handler.body, replace(around, guards=around.guards + 1)
    for case in getattr(statement, "cases", []):
        yield case.body, replace(around, guards=around.guards + 1)


def _some(body: list[ast.stmt]) -> bool:
    """Is there something like an assertion in these statements?"""
    todo = list(body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, ast.Assert | ast.Raise):
            return True
        inner = getattr(statement, "value", None)
        inner = inner.value if isinstance(inner, ast.Await) else inner
        if isinstance(statement, ast.Expr) and isinstance(inner, ast.Call) and is_checking(called_name(inner)):
            return True
        todo += nested(statement)
    return False


def _in(statement: ast.stmt, around: _Around, names: Names) -> Iterator[Assertion]:
    """Assertions that a statement itself makes."""
    if isinstance(statement, ast.Assert):
        for test in _conjuncts(statement.test):
            yield _made(asked_by(test, names), unparse(test), statement, around)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if isinstance(item.context_expr, ast.Call) and last(names.call(item.context_expr)) in RAISES:
                looked = frozenset(unparse(part)[:200] for part in statement.body)
                text = unparse(item.context_expr)
                yield _made(_raising(item.context_expr, names, looked), text, statement, around)
            elif isinstance(item.context_expr, ast.Call) and is_checking(called_name(item.context_expr)):
                yield _made(Asked("helper", 4, frozenset()), unparse(item.context_expr), statement, around)
    elif isinstance(statement, ast.Expr | ast.Return | ast.Assign):
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if isinstance(value, ast.Call):
            asked = _called(value, names)
            yield from (_made(asked, unparse(value), statement, around) for _ in range(asked is not None) if asked)


def _called(call: ast.Call, names: Names) -> Asked | None:
    name = called_name(call)
    if name in RAISES and len(call.args) >= 2:
        return _raising(call, names, frozenset({unparse(call.args[1])[:200]}))
    if names.of(call.func) in ("pytest.fail", "self.fail", "cls.fail"):
        return Asked("fail", 5, frozenset())
    asked = asked_by_method(name, call, names)
    return asked or (Asked("helper", 4, frozenset()) if is_checking(name) else None)


def _raising(call: ast.Call, names: Names, looked: frozenset[str]) -> Asked:
    """4 for a particular exception with what it says, 3 without, 2 for any exception at all."""
    first = call.args[0] if call.args else None
    types = first.elts if isinstance(first, ast.Tuple) else [first] if first is not None else []
    if called_name(call) in _WARNING:
        return Asked("warns", 4, looked)
    if called_name(call) == "RaisesGroup":
        return Asked("raises", 5, looked)
    broad = any(last(names.of(one)) in _BROAD for one in types)
    matched = any(k.arg in ("match", "expected_regex", "check", "expected_message") for k in call.keywords)
    matched |= "Regex" in called_name(call) or called_name(call) == "assertRaisesMessage"
    strength = 2 + matched if broad else 4 + matched
    return Asked("raises", strength, looked, float(len(types)) if len(types) > 1 else 1.0)


def _made(asked: Asked, text: str, statement: ast.stmt, around: _Around) -> Assertion:
    return Assertion(asked, text[:400], statement.lineno, around.guards, around.repeated)


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    """`a and b` asserts both."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    return [test]
