"""Hooks of pytest that decide which tests run, how their outcome reads and how the session ends. Pure."""

import ast
from collections.abc import Iterator

from gatekeeper.integrity.code.bindings import bindings, written
from gatekeeper.integrity.code.dotted import Names, last, text_of
from gatekeeper.integrity.code.place import Place
from gatekeeper.integrity.parsed import FunctionNode, unparse

DECIDING = frozenset({
    "pytest_runtest_makereport", "pytest_sessionfinish", "pytest_runtest_protocol", "pytest_runtest_call",
    "pytest_report_teststatus", "pytest_exception_interact", "pytest_pyfunc_call", "pytest_ignore_collect",
    "pytest_runtestloop", "pytest_cmdline_main", "pytest_cmdline_parse", "pytest_collection",
    "pytest_pycollect_makeitem", "pytest_pycollect_makemodule", "pytest_make_collect_report",
    "pytest_report_from_serializable",
})  # fmt: skip
COLLECTING = "pytest_collect_directory"
SELECTING = "pytest_collection_modifyitems"
"""Judged by what it does: many projects put markers on tests here."""
_JUDGED = DECIDING | {SELECTING}
_OUTCOMES = frozenset({
    "outcome", "longrepr", "wasxfail", "excinfo", "exitstatus", "testsfailed", "testscollected", "_excinfo", "_result",
    "runtest", "obj", "_obj", "_testfunction", "own_markers",
})  # fmt: skip
_RECEIVERS = ("report", "rep", "session", "item", "call", "outcome", "result")
_OPTIONS = frozenset({
    "collectonly", "keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "last_failed", "args", "runxfail",
    "setuponly", "setupplan", "file_or_dir",
})  # fmt: skip
_PYTEST_ENDS = ("force_result", "force_exception")


def hook_of(node: FunctionNode, names: Names) -> str:
    """The hook that a function implements: by its name, or by `hookimpl(specname=…)`."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and last(names.of(decorator.func)) == "hookimpl":
            for keyword in decorator.keywords:
                if keyword.arg == "specname":
                    return text_of(keyword.value) or node.name
    return node.name


def bound_hooks(node: ast.AST) -> Iterator[str]:
    """Deciding hooks that come by assignment, import or `globals()[…]` rather than by `def`."""
    if isinstance(node, ast.ImportFrom):
        bound = [alias.asname or alias.name for alias in node.names]
    elif isinstance(node, ast.Call):
        bound = [_bound_by_setattr(node)]
    elif isinstance(node, ast.MatchAs | ast.MatchStar):
        bound = [node.name or ""]
    else:
        bound = [_bound_by(target) for target, _ in bindings(node)]
    yield from (name for name in bound if name in _JUDGED)


def _bound_by(target: ast.expr) -> str:
    """The name that `x = …` or `globals()["x"] = …` binds; empty for other targets."""
    if isinstance(target, ast.Subscript):
        return text_of(target.slice) or ""
    return target.id if isinstance(target, ast.Name) else ""


def _bound_by_setattr(call: ast.Call) -> str:
    called = call.func.id if isinstance(call.func, ast.Name) else ""
    return text_of(call.args[1]) or "" if called == "setattr" and len(call.args) >= 2 else ""


def rewritten(node: ast.AST, place: Place, names: Names, harness: bool) -> Iterator[str]:
    """Attributes of reports, items and sessions that are overwritten: by what they are written, as in `report.outcome`.

    `harness`: in conftest.py and plugins; in test files only inside of hooks or on a receiver that is one of pytest's.
    """
    if isinstance(node, ast.Call):
        yield from _rewritten_by_call(node, place, names, harness)
        return
    for target in written(node):
        if isinstance(target, ast.Attribute):
            yield from _target(target.value, target.attr, place, harness)


def _rewritten_by_call(call: ast.Call, place: Place, names: Names, harness: bool) -> Iterator[str]:
    """`outcome.force_result(…)` in a hook, and `setattr(report, "outcome", …)`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _PYTEST_ENDS and _in_hook(place):
        yield f"{unparse(call.func)[:60]}()"
    if names.of(call.func) in ("setattr", "object.__setattr__") and len(call.args) >= 2:
        yield from _target(call.args[0], text_of(call.args[1]) or "", place, harness)


def _target(receiver: ast.expr, attribute: str, place: Place, harness: bool) -> Iterator[str]:
    name = _name(receiver)
    rewrites = attribute in _OUTCOMES and _has_outcome(receiver, place, harness)
    if rewrites or (harness and _chooses_tests(name, attribute)):
        yield f"{name}.{attribute}"


def _has_outcome(receiver: ast.expr, place: Place, harness: bool) -> bool:
    """Is this a report, an item or a session of pytest's, by where it stands or by what it is called?"""
    name = _name(receiver)
    if isinstance(receiver, ast.Attribute) and name in ("report", "session"):
        return True
    return name != "self" and (_in_hook(place) or (harness and name in _RECEIVERS))


def _chooses_tests(name: str, attribute: str) -> bool:
    """Is it an option, or the arguments, by which the command line chooses tests?"""
    return (name == "option" and attribute in _OPTIONS) or (name == "config" and attribute == "args")


def _in_hook(place: Place) -> bool:
    return place.name.startswith("pytest_")


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
