"""What keeps a test from counting: skips and expected failures, by decorator, by scope and in the body. Pure."""

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence

from msgspec import Struct

from gatekeeper.integrity.code.dotted import Names, every_statement, last
from gatekeeper.integrity.code.words import has_any
from gatekeeper.integrity.parsed import Function, FunctionNode, ParsedPython, nested, unparse

_KINDS = {
    "pytest.mark.skip": "skip", "pytest.mark.skipif": "skipif", "pytest.mark.xfail": "xfail",
    "pytest.skip": "skip", "pytest.xfail": "xfail", "pytest.importorskip": "importorskip",
    "unittest.skip": "skip", "unittest.skipIf": "skipif", "unittest.skipUnless": "skipif",
    "unittest.expectedFailure": "xfail", "unittest.SkipTest": "skip", "unittest.case.SkipTest": "skip",
    "pytest.skip.Exception": "skip", "nose.SkipTest": "skip",
}  # fmt: skip
# Names of decorators of a project's own that say what they do.
_SPEAKING = (
    "skip",
    "xfail",
    "expectedfailure",
    "expected_failure",
    "disabled",
    "quarantine",
    "broken",
    "known_bug",
    "knownbug",
)
_NAMES = ("skip", "xfail", "expected", "disabled", "quarantine", "broken", "known")
"""In small letters, part of every name of a mark."""
_NEVER = "never"
_NO_CONDITION = ("reason", "msg", "allow_module_level")


class Mark(Struct, frozen=True):
    """One reason for a test not to count. `condition` is canonical source; empty when it always holds."""

    kind: str
    condition: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """What makes two marks the same, whatever reason they give."""
        return self.kind, self.condition

    @property
    def text(self) -> str:
        """As in "skipif(sys.platform == 'win32')"."""
        return f"{self.kind}({self.condition[:80]})" if self.condition else self.kind


class Marks:
    """Marks of one module; `names` are those of the module."""

    def __init__(self, side: ParsedPython) -> None:
        tree = side.tree or ast.Module([], [])
        self.names = Names(tree)
        self._tree = tree
        self._held: dict[str, Mark] = {}
        # Nearly no module has one, and this looks at every statement.
        if has_any(side.text.lower(), _NAMES):
            self._held = self._variables()

    def module(self) -> tuple[Mark, ...]:
        """`pytestmark` of the module, and what skips it when it is imported."""
        return (*self._scope(self._tree.body), *self._called(self._tree.body))

    def of_class(self, node: ast.ClassDef) -> tuple[Mark, ...]:
        """Decorators of a class and its `pytestmark`."""
        return (*self._decorators(node.decorator_list), *self._scope(node.body))

    def of_test(self, function: Function) -> tuple[Mark, ...]:
        """Decorators of a test and skips in its body."""
        if not self._held and not has_any(function.text.lower(), _NAMES):
            return ()
        return (*self._decorators(function.node.decorator_list), *self._called(function.node.body))

    def around(self, function: Function) -> tuple[Mark, ...]:
        """Marks of everything that the test stands in."""
        classes = (scope for scope in function.scopes if isinstance(scope, ast.ClassDef))
        return (*self.module(), *(mark for scope in classes for mark in self.of_class(scope)))

    def of_value(self, node: ast.expr) -> tuple[Mark, ...]:
        """Marks in the value of `marks=` or `pytestmark`: one, or a list of them."""
        inner = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
        return self._decorators(inner)

    def _decorators(self, decorators: Sequence[ast.expr]) -> tuple[Mark, ...]:
        return tuple(mark for decorator in decorators for mark in self._mark(decorator))

    def _mark(self, node: ast.expr) -> Iterator[Mark]:
        called = node.func if isinstance(node, ast.Call) else node
        name = self.names.of(called)
        if isinstance(called, ast.Name) and called.id in self._held:
            held = self._held[called.id]
            yield Mark(held.kind, held.condition, node.lineno)
        elif name in _KINDS:
            condition = _condition(node, _KINDS[name], name.endswith("Unless"))
            yield from (Mark(_KINDS[name], condition, node.lineno) for _ in range(condition != _NEVER))
        elif any(word in last(name).lower() for word in _SPEAKING):
            yield Mark(last(name), unparse(node)[:200], node.lineno)

    def _scope(self, body: list[ast.stmt]) -> Iterator[Mark]:
        for statement in body:
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            value = getattr(statement, "value", None)
            if value is not None and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in targets):
                yield from self.of_value(value)

    def _called(self, body: list[ast.stmt]) -> Iterator[Mark]:
        """`pytest.skip()`, `self.skipTest()`, `raise SkipTest`, `importorskip` in this scope, and what they ask."""
        todo = [(statement, "") for statement in reversed(body)]
        while todo:
            statement, asked = todo.pop()
            if isinstance(statement, FunctionNode | ast.ClassDef):
                continue
            yield from self._leaving(statement, asked)
            inside = asked
            if isinstance(statement, ast.If | ast.While):
                inside = f"{asked} and {unparse(statement.test)}".removeprefix(" and ")
            elif isinstance(statement, ast.Try | ast.TryStar):
                inside = f"{asked} and error".removeprefix(" and ") if _only_in_handlers(statement, self) else asked
            todo += [(child, inside) for child in reversed(nested(statement))]

    def _leaving(self, statement: ast.stmt, asked: str) -> Iterator[Mark]:
        said = _said(statement)
        if said is None:
            return
        name = self.names.of(said.func if isinstance(said, ast.Call) else said)
        if name in ("self.skipTest", "cls.skipTest"):
            yield Mark("skip", asked, statement.lineno)
        elif name in _KINDS and not name.startswith("pytest.mark."):
            needs = unparse(said)[:100] if _KINDS[name] == "importorskip" else ""
            yield Mark(_KINDS[name], asked or needs, statement.lineno)

    def _variables(self) -> dict[str, Mark]:
        """Variables that hold a mark: `needs_docker = pytest.mark.skipif(…)`."""
        held: dict[str, Mark] = {}
        for statement in every_statement(self._tree.body):
            if isinstance(statement, ast.Assign) and self._is_mark(statement.value):
                marks = self._decorators([statement.value])
                variables = [t.id for t in statement.targets if isinstance(t, ast.Name) and t.id != "pytestmark"]
                held |= {variable: mark for variable in variables for mark in marks}
        return held

    def _is_mark(self, node: ast.expr) -> bool:
        """Is it a mark of a test library itself?"""
        if not isinstance(node, ast.Call | ast.Attribute):
            return False
        return self.names.of(node.func if isinstance(node, ast.Call) else node) in _KINDS


def added_marks(old: Sequence[Mark], new: Sequence[Mark]) -> list[Mark]:
    """Marks of `new` beyond those of `old`. What was skipped whatever happens cannot be skipped more."""
    if ("skip", "") in [mark.key for mark in old]:
        return []
    left, found = _without(old, new, lambda mark: mark.key)
    # Another condition in the place of one (a constant was renamed, a version dropped) is no new mark.
    conditional = [mark for mark in found if mark.condition]
    changed = _without(left, conditional, lambda mark: mark.kind)[1]
    return [mark for mark in found if not mark.condition or mark in changed]


def _without(
    old: Sequence[Mark], new: Sequence[Mark], key: Callable[[Mark], Hashable]
) -> tuple[list[Mark], list[Mark]]:
    """What is left of both when those with one key are paired."""
    left, found = list(old), []
    for mark in new:
        twin = next((other for other in left if key(other) == key(mark)), None)
        if twin is None:
            found.append(mark)
        else:
            left.remove(twin)
    return left, found


def _condition(node: ast.expr, kind: str, negated: bool) -> str:
    """What a mark asks, without its reason. Constants that are true ask nothing."""
    if not isinstance(node, ast.Call) or kind == "skip":
        return ""
    asked = _conditions(node, kind)
    if asked and all(isinstance(one, ast.Constant) and not isinstance(one.value, str) for one in asked):
        return "" if any(bool(ast.literal_eval(one)) is not negated for one in asked) else _NEVER
    return ", ".join(["not"] * negated + [unparse(one) for one in asked])[:300]


def _conditions(call: ast.Call, kind: str) -> list[ast.expr]:
    """What a mark is given to decide by."""
    if kind == "xfail":
        # `strict=True` makes an unexpected pass a failure: that asks more, not less.
        return [*call.args[:1], *(k.value for k in call.keywords if k.arg == "condition")]
    return [*call.args[:1], *(k.value for k in call.keywords if k.arg not in _NO_CONDITION)]


def _said(statement: ast.stmt) -> ast.expr | None:
    """The call that a statement consists of or keeps the result of, or the exception that it raises."""
    if isinstance(statement, ast.Raise):
        return statement.exc
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign | ast.Return) else None
    return value if isinstance(value, ast.Call) else None


def _only_in_handlers(statement: ast.Try | ast.TryStar, marks: Marks) -> bool:
    """Is there no skip in the body of a try itself?"""
    return not any(list(marks._leaving(part, "")) for part in statement.body)
