"""Ends of the process that can leave a red run green: calls, raises, and what is registered to run at the end. Pure.

An end with a constant status other than 0 leaves the run red, whoever does it, and is none.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import inv, neg, not_, pos
from posixpath import basename

from msgspec import Struct

from gatekeeper.integrity.code.bindings import bindings
from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.code.place import Place
from gatekeeper.integrity.contract import FileChange, Role
from gatekeeper.integrity.parsed import FunctionNode

HARD = (
    "os._exit",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
)
"""Nothing of Python runs after them: no report, no finalizer."""
SOFT = ("sys.exit", "exit", "quit", "SystemExit")
"""They raise; the last one is raised itself, and a mere instance of it (for a mock to raise) does nothing."""
SIGNALS = ("os.kill", "os.killpg", "os.abort", "signal.raise_signal")
RUNNER = "pytest.exit"
_WITH_STATUS = (*SOFT[:3], *HARD, RUNNER)
"""They are given the status with which the process ends."""
_HOOKS = ("sys.excepthook", "threading.excepthook", "sys.unraisablehook")
_REGISTER = ("atexit.register", "weakref.finalize", "threading.Timer", "signal.signal", "multiprocessing.util.Finalize")
_KEPT = 0xFF
"""What the system keeps of a status: 256 is 0 to the one who waits."""
_SIGNS: Mapping[type[ast.unaryop], Callable[[int], int]] = {
    ast.USub: neg, ast.UAdd: pos, ast.Invert: inv, ast.Not: not_,
}  # fmt: skip
NAMES = frozenset({*HARD, *SOFT, *SIGNALS, RUNNER, *_HOOKS, *_REGISTER})
"""Everything that is looked for; a file may have other names for it."""
_CLEANUPS = ("addfinalizer", "addCleanup", "addModuleCleanup", "addClassCleanup", "callback", "push")
_LOADED = ("conftest.py", "__init__.py", "sitecustomize.py", "usercustomize.py")
_SETUP = (
    "setUp", "tearDown", "setUpClass", "tearDownClass", "setUpModule", "tearDownModule", "setup_module",
    "teardown_module", "setup_class", "teardown_class", "setup_method", "teardown_method", "setup_function",
    "teardown_function", "__del__",
)  # fmt: skip


class End(Struct, frozen=True):
    """One way out: `certain` when it is in code that a run of the tests executes by itself."""

    node: ast.AST
    what: str
    where: str
    registered: bool
    certain: bool


def loaded(change: FileChange) -> bool:
    """Does the runner import this file by itself, when it is in a folder of tests?"""
    return change.role is Role.TEST or basename(change.path) in _LOADED


def of_tests(change: FileChange) -> bool:
    """Is it code that runs inside of the test run by design?"""
    if change.role in (Role.TEST, Role.HARNESS):
        return True
    return basename(change.path) in ("conftest.py", "sitecustomize.py", "usercustomize.py")


class Exits:
    """All ends among the nodes of one module."""

    def __init__(self, places: Sequence[tuple[ast.AST, Place]], names: Names, change: FileChange) -> None:
        self._names, self._change, self._tests = names, change, of_tests(change)
        self._all = places
        self._leaving = self._leaving_functions()

    def __iter__(self) -> Iterator[End]:
        for node, place in self._all:
            if place.main or place.child:
                continue
            registrar = self._registrar(node, place)
            if registrar:
                yield End(node, registrar, place.name or "import time", True, True)
            end = self._end(node)
            if end and not (place.expected and end in (*SOFT, RUNNER)):
                yield from self._placed(node, end, place)

    def _placed(self, node: ast.AST, end: str, place: Place) -> Iterator[End]:
        if not self._is_reached(end, place):
            return
        where = place.name or ("a lambda" if place.function else "import time")
        if self._tests:
            yield End(node, end, where, False, loaded(self._change))
        elif end in (*HARD, RUNNER):
            at_import = place.function is None and not place.conditional
            script = basename(self._change.path) == "__main__.py"
            yield End(node, end, where, False, at_import and not script)

    def _is_reached(self, end: str, place: Place) -> bool:
        """Does the run come to where this end stands? Where only a test calls it, most ends are meant for that test."""
        if end in SOFT:
            return place.function is None or self._runs_by_itself(place)
        if end in SIGNALS:
            return self._tests and (place.function is None or place.name.startswith("pytest_"))
        return True

    def _runs_by_itself(self, place: Place) -> bool:
        """Tests, fixtures, hooks and set-ups; of product code nothing. A nested function is a double."""
        function = place.function
        if not self._tests or not isinstance(function, FunctionNode) or place.outer is not None:
            return False
        is_fixture = any("fixture" in last(self._names.of(_called(d))) for d in function.decorator_list)
        known = function.name in _SETUP or function.name.startswith("pytest_")
        return is_fixture or known or function.name.startswith("test")

    def _end(self, node: ast.AST) -> str:
        """Name of the way out that a node takes when it is reached; empty for none."""
        if isinstance(node, ast.Raise):
            return self._raised(node.exc)
        return self._ended(node) if isinstance(node, ast.Call) else ""

    def _raised(self, exception: ast.expr | None) -> str:
        if exception is None:
            return ""
        raised = _called(exception)
        green = raised is exception or _may_be_zero(exception, "SystemExit")
        return "SystemExit" if green and self._names.of(raised) == "SystemExit" else ""

    def _ended(self, call: ast.Call) -> str:
        name = self._names.of(call.func)
        if name in ("exit", "quit") and name in self._names.defined:
            return ""
        if name in _WITH_STATUS:
            return name if _may_be_zero(call, name) else ""
        if name in ("os.kill", "os.killpg") and not self._own_pid(call):
            return ""
        return name if name in SIGNALS else ""

    def _own_pid(self, call: ast.Call) -> bool:
        first = call.args[0] if call.args else None
        return self._names.call(first) in ("os.getpid", "os.getpgid", "os.getpgrp") if first is not None else False

    def _registrar(self, node: ast.AST, place: Place) -> str:
        """By what a node makes something end the process that runs at its end or when something goes wrong; empty when
        it does nothing of the kind.
        """
        if isinstance(node, ast.Call):
            return self._given_to(node)
        if isinstance(node, FunctionNode):
            return "atexit.register" if node.name in self._leaving and self._decorated(node) else ""
        return "sys.excepthook" if self._replaces_hook(node, place) else ""

    def _given_to(self, call: ast.Call) -> str:
        """Name of what a call gives a way out to; empty for none."""
        name = self._names.of(call.func)
        if name not in _REGISTER and last(name) not in _CLEANUPS:
            return ""
        if name == "signal.signal" and not self._tests:
            return ""
        given = (*call.args, *(keyword.value for keyword in call.keywords))
        return name if any(map(self._leaves, given)) else ""

    def _replaces_hook(self, node: ast.AST, place: Place) -> bool:
        for target, value in bindings(node):
            if self._names.of(target) in _HOOKS:
                return self._counts_as_hook(place) or (value is not None and self._leaves(value))
        return False

    def _counts_as_hook(self, place: Place) -> bool:
        """Does an exception hook that is set here, whatever it does, stand in the way of the run?"""
        at_import = place.function is None or place.name.startswith("pytest_")
        return self._tests and at_import and loaded(self._change)

    def _decorated(self, node: FunctionNode) -> bool:
        return any(self._names.of(_called(decorator)) in _REGISTER for decorator in node.decorator_list)

    def _leaves(self, node: ast.expr) -> bool:
        """Is this callable one that ends the process, possibly with 0?"""
        if isinstance(node, ast.Lambda):
            return any(self._end(part) for part in ast.walk(node.body))
        if isinstance(node, ast.Call):
            return last(self._names.of(node.func)) == "partial" and any(map(self._leaves, node.args))
        name = self._names.of(node)
        return (name in (*HARD, *SOFT[:3]) and name not in self._names.defined) or name in self._leaving

    def _leaving_functions(self) -> frozenset[str]:
        """Functions of this module in which the process is ended, possibly with 0."""
        ends = (
            (place.name, node) for node, place in self._all if place.name and not place.expected and not place.child
        )
        return frozenset(name for name, node in ends if self._end(node))


def _may_be_zero(call: ast.expr, name: str) -> bool:
    """Can the status be 0? `pytest.exit` without a status is an interruption, which is red."""
    if name.startswith("os.exec") or not isinstance(call, ast.Call):
        return True
    if name != RUNNER:
        return not call.args or _may_say_zero(call.args[0])
    given = [k.value for k in call.keywords if k.arg == "returncode"] or call.args[1:2]
    return _may_say_zero(given[0]) if given else any(k.arg is None for k in call.keywords)


def _may_say_zero(status: ast.expr) -> bool:
    """Can this status be 0? What is computed can."""
    number = _whole(status)
    if number is not None:
        return number & _KEPT == 0
    # Text is printed and the status is 1.
    if isinstance(status, ast.JoinedStr):
        return False
    return not isinstance(status, ast.Constant) or (not isinstance(status.value, str) and not status.value)


def _whole(status: ast.expr) -> int | None:
    """The whole number that a literal with its signs stands for; None for everything else."""
    signs: list[ast.unaryop] = []
    while isinstance(status, ast.UnaryOp):
        signs.append(status.op)
        status = status.operand
    if not isinstance(status, ast.Constant) or not isinstance(status.value, int):
        return None
    number = int(status.value)
    for sign in reversed(signs):
        number = _SIGNS[type(sign)](number)
    return number


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node
