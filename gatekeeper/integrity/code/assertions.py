"""All assertions of a function, with what each asks and what stands in its way. Pure."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.code.strength import Asked, asked_by, asked_by_method, is_asserting_method
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
_SPAWNING = (
    "Thread", "Timer", "start_new_thread", "Process", "create_task", "ensure_future", "run_coroutine_threadsafe",
    "call_soon", "call_soon_threadsafe", "call_later", "add_done_callback", "register",
)  # fmt: skip
_ENDING = ast.Return | ast.Raise | ast.Continue | ast.Break


class Assertion(Struct, frozen=True, eq=False, dict=True):
    """One assertion; `guards` counts the conditions around it without another side.

    What it asks is found out when somebody wants to know: most assertions of a changed test are as they were.
    """

    node: ast.expr
    ask: Callable[[], Asked]
    line: int
    guards: int = 0
    repeated: bool = False
    """In a loop: one statement that asserts several times."""

    @cached_property
    def text(self) -> str:
        """Canonical source."""
        return unparse(self.node)[:400]

    @cached_property
    def asked(self) -> Asked:
        """What it asks of what."""
        return self.ask()

    def written(self, lines: Sequence[str]) -> str:
        """Its source as it stands in these lines; canonical source where it is not one line of ASCII."""
        line = lines[self.node.lineno - 1] if self.node.lineno == self.node.end_lineno else ""
        return line[self.node.col_offset : self.node.end_col_offset] if line.isascii() and line else self.text


class _Around(Struct, frozen=True):
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
    inside = _Inside(node)
    todo: list[tuple[Sequence[ast.stmt], _Around]] = [(node.body, _Around())]
    while todo:
        body, around = todo.pop()
        inner: list[tuple[Sequence[ast.stmt], _Around]] = []
        for statement in body:
            if isinstance(statement, FunctionNode) and not inside.runs(statement):
                continue
            yield statement, around
            if nested(statement):
                inner += _blocks(statement, inside.around(statement, around))
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


class _Inside:
    """Functions inside of a function: which of them run, and whether anybody sees them fail."""

    def __init__(self, node: FunctionNode) -> None:
        self._node = node

    def runs(self, function: FunctionNode) -> bool:
        """Is it decorated or named anywhere?"""
        return bool(function.decorator_list) or function.name in self._named

    def around(self, statement: ast.stmt, around: _Around) -> _Around:
        """What is around the body of a statement: of a function for a thread, that nobody sees it fail."""
        if not isinstance(statement, FunctionNode) or statement.name not in self._spawned:
            return around
        return replace(around, guards=around.guards + 1)

    @cached_property
    def _named(self) -> frozenset[str]:
        used = (part for part in ast.walk(self._node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
        return frozenset(part.id for part in used)

    @cached_property
    def _spawned(self) -> frozenset[str]:
        """Names of functions that are handed to a thread, a task or the end of the process."""
        given = (part for call in calls(self._node) if called_name(call) in _SPAWNING for part in ast.walk(call))
        return frozenset(part.id for part in given if isinstance(part, ast.Name))


def _blocks(statement: ast.stmt, around: _Around) -> Iterator[tuple[Sequence[ast.stmt], _Around]]:
    """Bodies of a compound statement that a run can come to, with what is around each."""
    if isinstance(statement, ast.If):
        yield from _branches(statement, around)
    elif not _is_empty_loop(statement):
        loop = isinstance(statement, ast.For | ast.AsyncFor | ast.While | FunctionNode)
        for part in ("body", "orelse", "finalbody"):
            yield getattr(statement, part, ()), _Around(around.guards, around.repeated or loop)
        for other in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield other.body, _Around(around.guards + 1, around.repeated)


def _branches(statement: ast.If, around: _Around) -> Iterator[tuple[Sequence[ast.stmt], _Around]]:
    constant = statement.test.value if isinstance(statement.test, ast.Constant) else None
    never, always = constant is not None and not constant, bool(constant)
    # Two branches that both assert are no way around the assertion.
    if not never:
        more = int(not always and not (statement.orelse and _some(statement.orelse)))
        yield statement.body, _Around(around.guards + more, around.repeated)
    if not always:
        less = int(not never and not _some(statement.body))
        yield statement.orelse, _Around(around.guards + less, around.repeated)


def _is_empty_loop(statement: ast.stmt) -> bool:
    """`while False`, `for x in []`."""
    if isinstance(statement, ast.While):
        return isinstance(statement.test, ast.Constant) and not statement.test.value
    return (
        isinstance(statement, ast.For) and isinstance(statement.iter, ast.List | ast.Tuple) and not statement.iter.elts
    )


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
            yield _made(test, partial(asked_by, test, names), statement, around)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        yield from _in_with(statement, around, names)
    elif isinstance(statement, ast.Expr | ast.Return | ast.Assign):
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        ask = _called(value, names) if isinstance(value, ast.Call) else None
        if ask is not None and value is not None:
            yield _made(value, ask, statement, around)


def _in_with(statement: ast.With | ast.AsyncWith, around: _Around, names: Names) -> Iterator[Assertion]:
    for item in statement.items:
        call = item.context_expr
        ask = _entered(call, statement.body, names) if isinstance(call, ast.Call) else None
        if ask is not None:
            yield _made(call, ask, statement, around)


def _entered(call: ast.Call, body: Sequence[ast.stmt], names: Names) -> Callable[[], Asked] | None:
    """How to find out what `with call:` asks; None when that is no assertion."""
    if last(names.call(call)) in RAISES:
        return lambda: _raising(call, names, frozenset(unparse(part)[:200] for part in body))
    return _helper if is_checking(called_name(call)) else None


def _called(call: ast.Call, names: Names) -> Callable[[], Asked] | None:
    """How to find out what a call asks; None when it is no assertion."""
    name = called_name(call)
    if name in RAISES and len(call.args) >= 2:
        return lambda: _raising(call, names, frozenset({unparse(call.args[1])[:200]}))
    if is_asserting_method(name, call):
        return lambda: asked_by_method(name, call, names) or _helper()
    # A method of another name is none; a plain name may be another one for it.
    may_fail = name == "fail" or isinstance(call.func, ast.Name)
    if may_fail and names.of(call.func) in ("pytest.fail", "self.fail", "cls.fail"):
        return partial(Asked, "fail", 5, frozenset())
    return _helper if is_checking(name) else None


def _helper() -> Asked:
    return Asked("helper", 4, frozenset())


def _raising(call: ast.Call, names: Names, looked: frozenset[str]) -> Asked:
    """4 for a particular exception with what it says, 3 without, 2 for any exception at all."""
    first = call.args[0] if call.args else None
    types = first.elts if isinstance(first, ast.Tuple) else [first] if first is not None else []
    if called_name(call) in _WARNING:
        return Asked("warns", 4, looked)
    if called_name(call) == "RaisesGroup":
        return Asked("raises", 5, looked)
    broad = any(last(names.of(one)) in _BROAD for one in types)
    strength = (2 if broad else 4) + _is_matched(call)
    return Asked("raises", strength, looked, float(max(len(types), 1)))


def _is_matched(call: ast.Call) -> bool:
    """Does it ask what the exception says?"""
    if "Regex" in called_name(call) or called_name(call) == "assertRaisesMessage":
        return True
    return any(k.arg in ("match", "expected_regex", "check", "expected_message") for k in call.keywords)


def _made(node: ast.expr, ask: Callable[[], Asked], statement: ast.stmt, around: _Around) -> Assertion:
    return Assertion(node, ask, statement.lineno, around.guards, around.repeated)


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    """`a and b` asserts both."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return test.values
    return [test]
