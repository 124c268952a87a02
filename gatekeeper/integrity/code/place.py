"""Every node of a module together with where it stands: at import time, in which function, under which guard. Pure."""

import ast
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.integrity.code.dotted import Names, every_statement, last
from gatekeeper.integrity.code.words import Lines
from gatekeeper.integrity.parsed import FunctionNode

_FORKS = ("os.fork", "os.forkpty", "pty.fork")
_LEAVING = ("SystemExit", "BaseException")


class Place(Struct, frozen=True):
    """`function` is the innermost function (None at import time), `outer` the one around it."""

    function: FunctionNode | ast.Lambda | None = None
    outer: FunctionNode | ast.Lambda | None = None
    owner: ast.ClassDef | None = None
    """Class in whose body it stands directly, or whose method it stands in."""
    main: bool = False
    """Under `if __name__ == "__main__"`: not reached by an import."""
    conditional: bool = False
    """Under an `if`, a `match` or a handler of the same function."""
    expected: bool = False
    """An end of the process is caught or expected around it (`pytest.raises(SystemExit)`, `except SystemExit`)."""
    child: bool = False
    """Only the child of a fork comes here."""

    @property
    def name(self) -> str:
        """Name of the innermost function; empty at import time and in a lambda."""
        return self.function.name if isinstance(self.function, FunctionNode) else ""


_AS_AROUND: Mapping[str, Place] = {}
"""Most nodes: all of their parts stand where they do themselves."""


class Places:
    """Walks those parts of a module that touch some lines; iterative, because hostile code nests deeply."""

    def __init__(self, tree: ast.Module, names: Names, lines: Lines) -> None:
        self._tree, self._names, self._lines = tree, names, lines
        self._pids = _results(tree, names, _FORKS)
        self._targets = _process_targets(tree, names, "Process" in lines.text)

    def __iter__(self) -> Iterator[tuple[ast.AST, Place]]:
        todo: list[tuple[ast.AST, Place]] = [(node, Place()) for node in reversed(self._tree.body)]
        while todo:
            node, place = todo.pop()
            if self._lines.touch(node):
                yield node, place
                todo += reversed(list(self._children(node, place)))

    def _children(self, node: ast.AST, place: Place) -> Iterator[tuple[ast.AST, Place]]:
        inside = self._inside(node, place)
        for name, value in ast.iter_fields(node):
            around = inside.get(name, place)
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.AST):
                    yield child, around

    def _inside(self, node: ast.AST, place: Place) -> Mapping[str, Place]:
        """Where the parts of a node stand, by field; those that are not named stand where the node does."""
        if isinstance(node, FunctionNode | ast.Lambda):
            return {"body": self._in_function(node, place)}
        if isinstance(node, ast.ClassDef):
            return {"body": replace(place, owner=node)}
        if isinstance(node, ast.If):
            return self._in_if(node, place)
        if isinstance(node, ast.With | ast.AsyncWith):
            return {"body": replace(place, expected=place.expected or any(map(self._expects, node.items)))}
        if isinstance(node, ast.Try | ast.TryStar):
            body = replace(place, expected=place.expected or any(map(self._catches, node.handlers)))
            return {"body": body, "handlers": replace(place, conditional=True)}
        return {"cases": replace(place, conditional=True)} if isinstance(node, ast.Match) else _AS_AROUND

    def _in_function(self, node: FunctionNode | ast.Lambda, place: Place) -> Place:
        owner = place.owner if place.function is None else None
        child = isinstance(node, FunctionNode) and node.name in self._targets
        return Place(node, place.function, owner, place.main, child=child or place.child)

    def _in_if(self, node: ast.If, place: Place) -> dict[str, Place]:
        body = orelse = replace(place, conditional=True)
        test, negated = node.test, False
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, negated = test.operand, not negated
        is_main, is_child = _main_guard(test), self._fork_guard(test)
        if is_main is not None:
            # The other branch of a main guard is what an import runs.
            yes, no = replace(place, main=True), place
            return {"body": yes, "orelse": no} if is_main != negated else {"body": no, "orelse": yes}
        if is_child is not None:
            yes = replace(body, child=True)
            return {"body": yes, "orelse": orelse} if is_child != negated else {"body": body, "orelse": yes}
        return {"body": body, "orelse": orelse}

    def _fork_guard(self, test: ast.expr) -> bool | None:
        """Does a true test mean the child (True), the parent (False), or nothing about a fork (None)?"""
        if self._is_pid(test):
            return False
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            return None
        left, right = test.left, test.comparators[0]
        if not ((self._is_pid(left) and _is_zero(right)) or (self._is_pid(right) and _is_zero(left))):
            return None
        return isinstance(test.ops[0], ast.Eq)

    def _is_pid(self, node: ast.expr) -> bool:
        if isinstance(node, ast.NamedExpr):
            return self._is_pid(node.value)
        return self._names.call(node) in _FORKS or (isinstance(node, ast.Name) and node.id in self._pids)

    def _expects(self, item: ast.withitem) -> bool:
        call = item.context_expr
        if not isinstance(call, ast.Call) or last(self._names.call(call)) not in ("raises", "assertRaises", "suppress",
                                                                                  "assertRaisesRegex"):  # fmt: skip
            return False
        return any(self._leaves(argument) for argument in call.args)

    def _catches(self, handler: ast.ExceptHandler) -> bool:
        return handler.type is None or self._leaves(handler.type)

    def _leaves(self, node: ast.expr) -> bool:
        types = node.elts if isinstance(node, ast.Tuple) else [node]
        return any(last(self._names.of(one)) in _LEAVING for one in types)


def _main_guard(test: ast.expr) -> bool | None:
    """True for `__name__ == "__main__"`, False for `!=`, None for anything else."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return None
    sides = (test.left, test.comparators[0])
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    main = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    if not (named and main) or not isinstance(test.ops[0], ast.Eq | ast.NotEq):
        return None
    return isinstance(test.ops[0], ast.Eq)


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _results(tree: ast.Module, names: Names, calls: tuple[str, ...]) -> frozenset[str]:
    """Variables that hold what one of these calls returned (of a tuple the first)."""
    found = set()
    for statement in every_statement(tree.body):
        if isinstance(statement, ast.Assign) and names.call(statement.value) in calls:
            for target in statement.targets:
                one = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
                found |= {one.id} if isinstance(one, ast.Name) else set()
    return frozenset(found)


def _process_targets(tree: ast.Module, names: Names, in_text: bool) -> frozenset[str]:
    """Functions that run in a process of their own: `Process(target=f)`."""
    found: set[str] = set()
    for node in ast.walk(tree) if in_text else ():
        if isinstance(node, ast.Call) and last(names.call(node)) == "Process":
            found |= {k.value.id for k in node.keywords if k.arg == "target" and isinstance(k.value, ast.Name)}
    return frozenset(found)
