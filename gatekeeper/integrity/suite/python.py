"""Python tests of one tree: what each of them consists of and rests on, followed through the harness. Pure.

Followed are names of the file, helpers from other files of the harness, fixtures by their names and the automatic ones,
and what a class does around its tests. What merely stands beside it (hooks, other tests, new automatic fixtures) is
not a part of a test.
"""

import ast
from collections.abc import Iterator, Mapping

from gatekeeper.integrity.parsed import Function, FunctionNode, ParsedPython, shape
from gatekeeper.integrity.suite.asked import asked
from gatekeeper.integrity.suite.means import means
from gatekeeper.integrity.suite.module import (
    Fixture,
    Imported,
    Module,
    arguments_of,
    called,
    constants,
    fixture_of,
    last,
    names_in,
)
from gatekeeper.integrity.suite.written import CASES, Files, Piece, Written

_AROUND = frozenset({
    "setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown", "setup_method",
    "teardown_method", "setup_class", "teardown_class", "setup", "teardown",
})  # fmt: skip
_AROUND_MODULE = frozenset({"setUpModule", "tearDownModule", "setup_module", "teardown_module", "setup_function"})
_OUTCOME_MARKS = frozenset({"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"})
_MOST_PIECES = 400
_MAX_FILE = 2_000_000


class PythonSuite:
    """The tests of one tree."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._modules: dict[str, Module | None] = {}
        self._written: dict[tuple[str, str], Written | None] = {}
        self._owners: dict[str, str | None] = {}

    def written(self, path: str, name: str) -> Written | None:
        """The test `name` ("TestA.test_x") of a file; None when it is not written there."""
        key = (path, name)
        if key not in self._written:
            module = self.module(path)
            function = _function(module, name) if module else None
            self._written[key] = _Follow(self, module, function).result() if module and function else None
        return self._written[key]

    def tests(self, path: str) -> Mapping[str, Function]:
        """Every test that is written in a file."""
        module = self.module(path)
        return module.parsed.tests if module else {}

    def module(self, path: str) -> Module | None:
        """A file of the tree by its names; None when it is not there or not Python."""
        if path not in self._modules:
            content = self.files.read(path) if path in self.files.names and path.endswith(".py") else None
            usable = content is not None and len(content) <= _MAX_FILE
            self._modules[path] = Module(ParsedPython(content, path), path) if usable and content is not None else None
        return self._modules[path]

    def path_of(self, module: str, beside: str = "") -> str | None:
        """The file behind a dotted name; None for what is not in the tree."""
        key = f"{beside}\0{module}"
        if key not in self._owners:
            stem = module.replace(".", "/")
            folder = beside.rpartition("/")[0]
            starts = ("", "src/", f"{folder}/" if folder else "", "tests/", "test/")
            candidates = (f"{start}{stem}{end}" for start in starts for end in (".py", "/__init__.py"))
            self._owners[key] = next((path for path in candidates if path in self.files.names), None)
        return self._owners[key]

    def conftests(self, path: str) -> Iterator[str]:
        """The conftest files that are in force for a file, nearest first."""
        folder = path.rpartition("/")[0]
        while True:
            name = f"{folder}/conftest.py" if folder else "conftest.py"
            if name in self.files.names:
                yield name
            if not folder:
                return
            folder = folder.rpartition("/")[0]


def _function(module: Module, name: str) -> Function | None:
    found = module.parsed.functions.get(name)
    if found is not None:
        return found
    # Inherited, or made by a factory: a method of that name anywhere in the file.
    last = name.rpartition(".")[2]
    same = [one for one in module.parsed.functions.values() if one.node.name == last]
    return same[0] if len(same) == 1 else None


class _Follow:
    """From one test to everything that it rests on."""

    def __init__(self, suite: PythonSuite, module: Module, function: Function) -> None:
        self.suite = suite
        self.home = module
        self.function = function
        self.pieces: dict[tuple[str, str], Piece] = {}
        self.todo: list[tuple[Module, str]] = []
        self.nodes: list[ast.AST] = [function.node]
        self.subjects: set[str] = set()
        self.product: set[str] = set()

    def result(self) -> Written:
        node = self.function.node
        self._add("body", "", shape(node.args, *self.function.body), node)
        self._rows(node)
        self._decorators(node)
        self._names(self.home, node)
        self._fixtures(node)
        self._class()
        self._module_level()
        while self.todo and len(self.pieces) < _MOST_PIECES:
            self._resolve(*self.todo.pop())
        return Written(
            path=self.home.path,
            name=self.function.name,
            body=self.function.body_hash,
            pieces=tuple(self.pieces.values()),
            words=frozenset(_words(self.nodes)),
            subjects=frozenset(self.subjects),
            modules=frozenset(self.product),
            trivial=len(self.function.body) < 2 and not asked(node),
        )

    def _add(self, kind: str, name: str, form: str, *nodes: ast.AST) -> bool:
        if (kind, name) in self.pieces:
            return False
        self.pieces[kind, name] = Piece(
            kind=kind,
            name=name,
            shape=f"{kind} {form}",
            means=means(*nodes),
            asked=asked(*nodes),
            calls=called(*nodes),
            constants=constants(*nodes) if kind in CASES else frozenset(),
        )
        return True

    def _names(self, module: Module, *nodes: ast.AST) -> None:
        self.todo += [(module, name) for name in sorted(names_in(*nodes))]
        for node in nodes:
            for part in ast.walk(node):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                    self._attribute(module, part.value.id, part.attr)

    def _attribute(self, module: Module, name: str, attribute: str) -> None:
        """`app.price` after `import app` uses the product's price; `helpers.check` the harness's check."""
        imported = module.imports.get(name)
        if imported is None:
            return
        whole = f"{imported.module}.{imported.name}".rstrip(".")
        path = self.suite.path_of(whole, module.path)
        if path is not None and self.suite.files.is_harness(path):
            inner = self.suite.module(path)
            self.todo += [(inner, attribute)] if inner else []
        elif path is not None:
            self.subjects.add(attribute)
            self.product.add(path)

    def _decorators(self, node: FunctionNode) -> None:
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = last(call.func if call else decorator)
            if name == "parametrize" and call:
                self._parameters(call)
            elif name == "usefixtures" and call:
                self._wanted(self.home, sorted(constants(call)))
            elif name not in _OUTCOME_MARKS:
                self._add("parameters", shape(decorator), shape(decorator), decorator)

    def _parameters(self, call: ast.Call) -> None:
        """Each case is a piece of its own: a new one beside it changes nothing about the others."""
        rows = call.args[1] if len(call.args) > 1 else None
        single = rows.elts if isinstance(rows, ast.List | ast.Tuple) else [rows] if rows is not None else []
        for row in (*call.args[:1], *single):
            self._add("parameters", shape(row), shape(row), row)

    def _rows(self, node: FunctionNode) -> None:
        """What a test goes through in a loop that is written down in it: each is a case of its own."""
        for part in ast.walk(node):
            if isinstance(part, ast.For | ast.comprehension) and isinstance(part.iter, ast.List | ast.Tuple | ast.Set):
                for row in part.iter.elts:
                    self._add("row", shape(row), shape(row), row)

    def _fixtures(self, node: FunctionNode) -> None:
        self._wanted(self.home, arguments_of(node))
        for path in (self.home.path, *self.suite.conftests(self.home.path)):
            module = self.suite.module(path)
            for fixture in module.fixtures if module else ():
                if fixture.automatic and module is not None:
                    self._fixture(module, fixture)

    def _wanted(self, module: Module, names: object) -> None:
        for name in names if isinstance(names, list | tuple) else ():
            found = self._find_fixture(module, str(name))
            if found is not None:
                self._fixture(*found)

    def _find_fixture(self, module: Module, name: str) -> tuple[Module, Fixture] | None:
        for path in (module.path, *self.suite.conftests(module.path), *self._imported_files(module)):
            other = self.suite.module(path)
            for fixture in other.fixtures if other else ():
                if fixture.name == name and other is not None:
                    return other, fixture
        return None

    def _imported_files(self, module: Module) -> Iterator[str]:
        """Files from which fixtures are imported, and those of `pytest_plugins`."""
        for path in (module.path, *self.suite.conftests(module.path)):
            other = self.suite.module(path)
            for dotted in _named_modules(other) if other else ():
                found = self.suite.path_of(dotted, path)
                if found is not None and self.suite.files.is_harness(found):
                    yield found

    def _fixture(self, module: Module, fixture: Fixture) -> None:
        node = fixture.node
        form = shape(node.args, *node.decorator_list, *node.body)
        if self._add("fixture", f"{module.path}:{node.name}", form, node):
            self.nodes.append(node)
            self._names(module, node)
            self._wanted(module, [name for name in arguments_of(node) if name != fixture.name])

    def _class(self) -> None:
        for scope in self.function.scopes:
            if not isinstance(scope, ast.ClassDef):
                continue
            for part in scope.body:
                if isinstance(part, FunctionNode):
                    if part.name in _AROUND or (not part.name.startswith("test") and fixture_of(part) is None):
                        self._add("class", f"{scope.name}.{part.name}", shape(part.args, *part.body), part)
                        self._names(self.home, part)
                elif isinstance(part, ast.Assign | ast.AnnAssign):
                    self._add("class", f"{scope.name}:{shape(part)}", shape(part), part)
            for base in scope.bases:
                self._names(self.home, base)

    def _module_level(self) -> None:
        for name in _AROUND_MODULE & set(self.home.defined):
            self.todo.append((self.home, name))

    def _resolve(self, module: Module, name: str) -> None:
        for number, statement in enumerate(module.defined.get(name, ())):
            if isinstance(statement, FunctionNode) and statement.name.startswith("test"):
                continue
            if self._add("helper", f"{module.path}:{name}:{number}", _form(statement), statement):
                self.nodes.append(statement)
                self._names(module, statement)
        imported = module.imports.get(name)
        if imported is not None:
            self._import(module, name, imported)

    def _import(self, module: Module, name: str, imported: Imported) -> None:
        dotted = f"{imported.module}.{imported.name}".rstrip(".")
        whole = self.suite.path_of(dotted, module.path)
        path = whole or self.suite.path_of(imported.module, module.path)
        if path is None or not self.suite.files.is_harness(path):
            self._add("import", f"{module.path}:{name}", dotted)
            if path is not None:
                self.subjects.add(imported.name or name)
                self.product.add(path)
        elif whole is None:
            inner = self.suite.module(path)
            self.todo += [(inner, imported.name)] if inner else []


def _named_modules(module: Module) -> Iterator[str]:
    """Of `pytest_plugins`, and those from which something is imported."""
    stated = [part for one in module.defined.get("pytest_plugins", ()) for part in ast.walk(one)]
    yield from (part.value for part in stated if isinstance(part, ast.Constant) and isinstance(part.value, str))
    yield from (one.module for one in module.imports.values() if one.name)


def _form(statement: ast.stmt) -> str:
    if isinstance(statement, FunctionNode):
        return shape(statement.args, *statement.decorator_list, *statement.body)
    return shape(statement)


def _words(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                yield part.id
            elif isinstance(part, ast.Attribute):
                yield part.attr
            elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
                yield part.value
