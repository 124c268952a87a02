"""What a name in a file stands for: imports, simple aliases, `getattr` and `sys.modules` followed. Pure."""

import ast
from collections.abc import Container, Iterator

from gatekeeper.integrity.code.bindings import bindings
from gatekeeper.integrity.parsed import FunctionNode, nested

_DEEP = 40
_SAME = {"posix._exit": "os._exit", "nt._exit": "os._exit", "_signal.signal": "signal.signal", "posix.kill": "os.kill"}
# What a star import brings of interest.
_STARS = {"os": ("_exit", "abort", "kill", "getpid", "fork"), "sys": ("exit", "excepthook", "modules")}


class Names:
    """Dotted names of one module: `Names(tree).of(node)` is "os._exit" for `o._exit` after `import os as o`."""

    def __init__(self, tree: ast.Module) -> None:
        self._unread = tree.body
        self._names: dict[str, str] = {}
        self._defined: set[str] = set()

    @property
    def defined(self) -> set[str]:
        """Functions, classes, parameters and variables that the module itself defines."""
        self._read()
        return self._defined

    @property
    def _known(self) -> dict[str, str]:
        self._read()
        return self._names

    def _read(self) -> None:
        """Every statement once, when the first name is asked for: many modules are never asked."""
        body, self._unread = self._unread, []
        for statement in every_statement(body) if body else ():
            self._learn(statement)

    def of(self, node: ast.AST | None, depth: int = 0) -> str:
        """Dotted name, or empty for what is none."""
        if node is None or depth > _DEEP:
            return ""
        if isinstance(node, ast.Name):
            return self._known.get(node.id, node.id)
        inner, attribute = _step(node)
        base = self.of(inner, depth + 1) if inner is not None else ""
        if not attribute:
            return _module(self, node, depth)
        if not base:
            return ""
        full = f"{base}.{attribute}"
        full = full.removeprefix("builtins.").removeprefix("__builtins__.") if full.count(".") == 1 else full
        return _SAME.get(full, full)

    def call(self, node: ast.AST) -> str:
        """Dotted name of what a call calls; of other nodes empty."""
        return self.of(node.func) if isinstance(node, ast.Call) else ""

    def last_called(self, call: ast.Call) -> str:
        """Last part of the name of what a call calls; of a method of something without a name that of the method."""
        return last(self.of(call.func)) or (call.func.attr if isinstance(call.func, ast.Attribute) else "")

    @property
    def imported(self) -> frozenset[str]:
        """Every part of every dotted name that is imported or aliased."""
        return frozenset(part for full in self._known.values() for part in full.split("."))

    def aliases(self, wanted: Container[str]) -> tuple[str, ...]:
        """Local names that stand for one of the wanted dotted ones."""
        return tuple(name for name, full in self._known.items() if full in wanted and full != name)

    def _learn(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                root = alias.name.partition(".")[0]
                self._names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(statement, ast.ImportFrom):
            self._learn_from(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            for target, value in bindings(statement):
                self._learn_alias(target, value)
        elif isinstance(statement, FunctionNode | ast.ClassDef):
            self._defined.add(statement.name)
            self._defined |= _parameters(statement) if isinstance(statement, FunctionNode) else set()

    def _learn_from(self, statement: ast.ImportFrom) -> None:
        module = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            if alias.name == "*":
                self._names |= {name: f"{module}.{name}" for name in _STARS.get(module, ()) if name not in self._names}
            else:
                full = f"{module}.{alias.name}"
                self._names[alias.asname or alias.name] = _SAME.get(full, full.removeprefix("builtins."))

    def _learn_alias(self, target: ast.expr, value: ast.expr | None) -> None:
        if not isinstance(target, ast.Name):
            return
        self._defined.add(target.id)
        full = self.of(value)
        # `exit = code` is a variable; `leave = exit` is the same function under another name.
        if full and ("." in full or full in ("exit", "quit")):
            self._names[target.id] = full


def text_of(node: ast.AST | None) -> str | None:
    """Text of a literal, also when it is glued together from literals; None for what is computed."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _glued([*_operands(node)])
    return _glued(node.values) if isinstance(node, ast.JoinedStr) else None


def _glued(parts: list[ast.expr]) -> str | None:
    """Text of literals one after another; None when there is none, or one of them is computed."""
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return "".join(texts) if parts and len(texts) == len(parts) else None


def last(name: str) -> str:
    """The part of a dotted name after its last dot."""
    return name.rpartition(".")[2]


def every_statement(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of all scopes, in the order of the source."""
    todo = list(reversed(body))
    while todo:
        statement = todo.pop()
        yield statement
        todo += reversed(nested(statement))


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """Operands of a chain of `+`, left to right, at most a few."""
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and len(found) < _DEEP:
        found.append(node.right)
        node = node.left
    yield node
    yield from reversed(found)


def _parameters(function: FunctionNode) -> set[str]:
    given = function.args
    return {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _step(node: ast.AST) -> tuple[ast.AST | None, str]:
    """What it takes an attribute from, and which: `a.b`, `getattr(a, "b")`, `a.__dict__["b"]`, `vars(a)["b"]`."""
    if isinstance(node, ast.Attribute):
        return node.value, node.attr
    if isinstance(node, ast.Call):
        return _by_getattr(node)
    if isinstance(node, ast.Subscript):
        holder = _namespace(node.value)
        return (holder, text_of(node.slice) or "") if holder is not None else (None, "")
    return None, ""


def _by_getattr(call: ast.Call) -> tuple[ast.AST | None, str]:
    if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) >= 2:
        return call.args[0], text_of(call.args[1]) or ""
    return None, ""


def _namespace(node: ast.expr) -> ast.expr | None:
    """What `a.__dict__`, `vars(a)` and `__builtins__` hold the attributes of."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars" and node.args:
        return node.args[0]
    return node if isinstance(node, ast.Name) and node.id == "__builtins__" else None


def _module(names: Names, node: ast.AST, depth: int) -> str:
    """The module that `__import__("os")`, `importlib.import_module("os")` or `sys.modules["os"]` stands for."""
    if isinstance(node, ast.Call) and node.args:
        called = names.of(node.func, depth + 1)
        return text_of(node.args[0]) or "" if called in ("__import__", "importlib.import_module") else ""
    if isinstance(node, ast.Subscript) and names.of(node.value, depth + 1) == "sys.modules":
        return text_of(node.slice) or ""
    return ""
