"""One Python file of the tests, by its names: definitions, imports, fixtures. Pure."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, nested

_COMMON = ("", 0, 1)
_FIXTURES = frozenset({"fixture", "yield_fixture", "asyncio_fixture"})


class Fixture(Struct, frozen=True, eq=False):
    """A fixture as it is asked for: by `name`, or by nobody when it is automatic."""

    name: str
    node: FunctionNode
    automatic: bool


class Imported(Struct, frozen=True):
    """What a name was imported as: `module` with leading dots resolved, `name` "" for a whole module."""

    module: str
    name: str


class Module:
    """Names of one parsed file. `path` is that in the tree."""

    def __init__(self, parsed: ParsedPython, path: str) -> None:
        self.parsed = parsed
        self.path = path

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """At the top level, what stands in `if` and `try` there included; what is in functions and classes is not."""
        return tuple(_top_level(self.parsed.tree.body)) if self.parsed.tree else ()

    @cached_property
    def defined(self) -> Mapping[str, tuple[ast.stmt, ...]]:
        """Name → the statements that define it."""
        found: dict[str, tuple[ast.stmt, ...]] = {}
        for statement in self.statements:
            for name in _names_of(statement):
                found[name] = (*found.get(name, ()), statement)
        return found

    @cached_property
    def imports(self) -> Mapping[str, Imported]:
        """Local name → what it stands for."""
        found: dict[str, Imported] = {}
        for statement in self.statements:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or module] = Imported(module, "")
            elif isinstance(statement, ast.ImportFrom):
                module = self._absolute(statement)
                found.update({alias.asname or alias.name: Imported(module, alias.name) for alias in statement.names})
        return found

    @cached_property
    def fixtures(self) -> tuple[Fixture, ...]:
        """Of the module and of its classes."""
        bodies = [self.statements, *(one.body for one in self.statements if isinstance(one, ast.ClassDef))]
        return tuple(found for body in bodies for one in body if (found := fixture_of(one)) is not None)

    def _absolute(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        package = self.path.split("/")[:-1]
        package = package[: len(package) - statement.level + 1]
        return ".".join([*package, *([statement.module] if statement.module else [])])


def fixture_of(node: ast.stmt) -> Fixture | None:
    """The fixture that a function is, if it is one."""
    decorators = node.decorator_list if isinstance(node, FunctionNode) else []
    for decorator in decorators:
        call = decorator if isinstance(decorator, ast.Call) else None
        if isinstance(node, FunctionNode) and last(call.func if call else decorator) in _FIXTURES:
            return _fixture(node, call)
    return None


def _fixture(node: FunctionNode, call: ast.Call | None) -> Fixture:
    stated = {one.arg: one.value for one in call.keywords if one.arg} if call else {}
    named, automatic = stated.get("name"), stated.get("autouse")
    word = named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else node.name
    return Fixture(word, node, automatic is not None and not _is_false(automatic))


def last(node: ast.AST) -> str:
    """The last part of a name as it is written: `fixture` of `pytest.fixture`; "" of what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    todo = list(reversed(body))
    while todo:
        statement = todo.pop()
        yield statement
        if not isinstance(statement, FunctionNode | ast.ClassDef):
            todo += reversed(list(nested(statement)))


def _names_of(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, FunctionNode | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def names_in(*nodes: ast.AST) -> frozenset[str]:
    """Every plain name that occurs."""
    return frozenset(part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))


def called(*nodes: ast.AST) -> frozenset[str]:
    """The last part of every name that is called."""
    return frozenset(last(part.func) for node in nodes for part in ast.walk(node) if isinstance(part, ast.Call))


def constants(*nodes: ast.AST) -> frozenset[str]:
    """Texts and numbers, as text; without what occurs everywhere."""
    values = (part.value for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant))
    return frozenset(str(value) for value in values if isinstance(value, str | int | float) and value not in _COMMON)


def arguments_of(node: FunctionNode) -> tuple[str, ...]:
    """Names of the arguments, `self` and `cls` left out."""
    stated = node.args
    words = [one.arg for one in (*stated.posonlyargs, *stated.args, *stated.kwonlyargs)]
    return tuple(word for word in words if word not in {"self", "cls"})
