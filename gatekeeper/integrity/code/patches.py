"""What changes the runner from inside: functions and classes overwritten, methods overridden by nothing. Pure."""

import ast
import unittest
from collections.abc import Iterator

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
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        for target in targets:
            yield from _written(target, names)
    elif isinstance(node, ast.Call):
        yield from _by_call(node, names)


def gutted(node: ast.ClassDef, names: Names) -> Iterator[FunctionNode]:
    """Methods that override an assertion or a verdict of unittest and can neither fail nor pass it on."""
    bases = [last(names.of(base)) for base in node.bases]
    is_case = any("Test" in base and "Result" not in base for base in bases)
    is_result = any("Result" in base for base in bases)
    for part in node.body:
        if not isinstance(part, FunctionNode):
            continue
        if is_case and part.name in _CASE_METHODS and not _passes_on(part, names):
            yield part
        if is_result and part.name in _RESULT_METHODS and not _records(part):
            yield part


def _written(target: ast.expr, names: Names) -> Iterator[str]:
    full = names.of(target)
    if isinstance(target, ast.Attribute | ast.Subscript) and full:
        yield from _counts(full)
    if isinstance(target, ast.Attribute) and target.attr.startswith("assert") and target.attr in _CASE_METHODS:
        yield from (full for _ in range(not full.startswith("unittest.")))
    if isinstance(target, ast.Subscript) and names.of(target.value) == "sys.modules":
        module = (text_of(target.slice) or "").partition(".")[0]
        if module in (*_RUNNERS, "builtins", "atexit"):
            yield f"sys.modules[{module!r}]"


def _by_call(node: ast.Call, names: Names) -> Iterator[str]:
    """`setattr(unittest.TestCase, "run", …)`, `monkeypatch.setattr("pytest.fail", …)`, `mock.patch("_pytest…")`."""
    name = last(names.of(node.func)) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
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
    root, _, rest = full.partition(".")
    if not rest and root in _BUILTINS:
        yield f"builtins.{root}"
    if root == "builtins" and rest in _BUILTINS:
        yield full
    if not rest or full in _HARMLESS or full.startswith(("unittest.mock", "pytest.mark.")):
        return
    if (root == "pytest" and rest.partition(".")[0] in _PYTEST) or root in ("_pytest", "pluggy"):
        yield full
    if root == "unittest" and _exists(rest):
        yield full


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
            called = last(names.of(node.func)) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
            if called == "super" or called.startswith(_CHECKING):
                return True
    return False


def _records(function: FunctionNode) -> bool:
    """Does a method of a result keep what it was told (any call does), or compute its verdict?"""
    if function.name != "wasSuccessful":
        return any(isinstance(node, ast.Call | ast.Assign | ast.AugAssign) for node in ast.walk(function))
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    return all(value is not None and not isinstance(value, ast.Constant) for value in returned)
