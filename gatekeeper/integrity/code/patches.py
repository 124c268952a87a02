"""What changes the runner from inside: functions and classes overwritten, methods overridden by nothing. Pure."""

import ast
import unittest
from collections.abc import Iterator

from gatekeeper.integrity.code.bindings import written
from gatekeeper.integrity.code.dotted import Names, last, text_of
from gatekeeper.integrity.parsed import FunctionNode

_RUNNERS = ("pytest", "_pytest", "unittest", "pluggy")
_HARMLESS = (
    "unittest.TestCase.maxDiff", "unittest.TestCase.longMessage", "unittest.TestCase._diffThreshold",
    "unittest.case.TestCase.maxDiff", "unittest.util._MAX_LENGTH",
)  # fmt: skip
_BUILTINS = frozenset(
    {"AssertionError", "isinstance", "all", "any", "bool", "len", "sum", "issubclass", "callable", "sorted"}
)
# People hang things of their own on the module `pytest`; only what it really has counts.
_PYTEST = frozenset({
    "raises", "fail", "skip", "xfail", "approx", "main", "exit", "mark", "fixture", "param", "warns", "deprecated_call",
    "importorskip", "TestReport", "CallInfo", "Item", "Function", "Session", "Module", "Class", "Package", "File",
    "Collector", "ExceptionInfo", "RaisesGroup", "RaisesExc", "ExitCode", "console_main",
})  # fmt: skip
_RESULT_METHODS = ("addFailure", "addError", "addSubTest", "addUnexpectedSuccess", "wasSuccessful")
_CASE_METHODS = frozenset(
    name for name in dir(unittest.TestCase)
    if name.startswith(("assert", "fail")) or name in ("run", "__call__", "debug", "_callTestMethod", "doCleanups")
)  # fmt: skip
_CHECKING = (
    "assert",
    "_assert",
    "fail",
    "check",
    "_check",
    "verify",
    "compare",
    "run",
    "_callTestMethod",
    "doCleanups",
)
_PATCHERS = ("setattr", "patch", "object", "setitem", "delattr", "multiple")


def patched(node: ast.AST, names: Names) -> Iterator[str]:
    """Dotted names of the runner's own parts that this node overwrites."""
    if isinstance(node, ast.Call):
        yield from _by_call(node, names)
        return
    for target in written(node):
        yield from _written(target, names)


def gutted(node: ast.ClassDef, names: Names) -> Iterator[FunctionNode]:
    """Methods that override an assertion or a verdict of unittest and can neither fail nor pass it on."""
    bases = [last(names.of(base)) for base in node.bases]
    is_case = any(map(_is_of_case, bases))
    is_result = any("Result" in base for base in bases)
    for part in node.body:
        if not isinstance(part, FunctionNode):
            continue
        if (is_case and _is_gutted_assertion(part, names)) or (is_result and _is_gutted_verdict(part)):
            yield part


def _is_of_case(base: str) -> bool:
    return "Test" in base and "Result" not in base


def _is_gutted_assertion(function: FunctionNode, names: Names) -> bool:
    return function.name in _CASE_METHODS and not _passes_on(function, names)


def _is_gutted_verdict(function: FunctionNode) -> bool:
    return function.name in _RESULT_METHODS and not _records(function)


def _written(target: ast.expr, names: Names) -> Iterator[str]:
    if not isinstance(target, ast.Attribute | ast.Subscript):
        return
    full = names.of(target)
    if full:
        yield from _counts(full)
    if isinstance(target, ast.Attribute):
        if target.attr.startswith("assert") and target.attr in _CASE_METHODS and not full.startswith("unittest."):
            yield full
    elif names.of(target.value) == "sys.modules":
        module = (text_of(target.slice) or "").partition(".")[0]
        if module in (*_RUNNERS, "builtins", "atexit"):
            yield f"sys.modules[{module!r}]"


def _by_call(node: ast.Call, names: Names) -> Iterator[str]:
    """`setattr(unittest.TestCase, "run", …)`, `monkeypatch.setattr("pytest.fail", …)`, `mock.patch("_pytest…")`."""
    name = names.last_called(node)
    if name not in _PATCHERS or not node.args:
        return
    first = node.args[0]
    direct = text_of(first)
    if direct is not None and "." in direct:
        yield from _counts(direct)
    elif len(node.args) >= 2:
        owner, attribute = names.of(first), text_of(node.args[1])
        if owner and attribute:
            yield from _counts(f"{owner}.{attribute}")


def _counts(full: str) -> Iterator[str]:
    """The dotted name itself, when what it names is the runner's own or a builtin that assertions are made with."""
    root, _, rest = full.partition(".")
    if not rest:
        if root in _BUILTINS:
            yield f"builtins.{root}"
    elif (root == "builtins" and rest in _BUILTINS) or _is_of_runner(full):
        yield full


def _is_of_runner(full: str) -> bool:
    if full in _HARMLESS or full.startswith(("unittest.mock", "pytest.mark.")):
        return False
    root, _, rest = full.partition(".")
    if root == "pytest":
        return rest.partition(".")[0] in _PYTEST
    return root in ("_pytest", "pluggy") or (root == "unittest" and _exists(rest))


def _exists(rest: str) -> bool:
    """Has unittest this already? A name that it has not (an old alias put back) takes nothing away."""
    here: object = unittest
    for part in rest.split("."):
        if not hasattr(here, part):
            return False
        here = getattr(here, part)
    return True


def _passes_on(function: FunctionNode, names: Names) -> bool:
    """Can it still fail, or does it call what it overrides?"""
    for node in ast.walk(function):
        if isinstance(node, ast.Raise | ast.Assert | ast.Yield):
            return True
        if isinstance(node, ast.Call):
            called = names.last_called(node)
            if called == "super" or called.startswith(_CHECKING):
                return True
    return False


def _records(function: FunctionNode) -> bool:
    """Does a method of a result keep what it was told (any call does), or compute its verdict?"""
    if function.name != "wasSuccessful":
        return any(isinstance(node, ast.Call | ast.Assign | ast.AugAssign) for node in ast.walk(function))
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return all(value is not None and not isinstance(value, ast.Constant) for value in returned)
