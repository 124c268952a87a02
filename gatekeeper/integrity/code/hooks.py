"""Hooks of pytest that decide which tests run, how their outcome reads and how the session ends. Pure."""

import ast
from collections.abc import Iterator

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
    if isinstance(node, ast.Assign):
        for target in node.targets:
            name = target.id if isinstance(target, ast.Name) else ""
            if isinstance(target, ast.Subscript):
                name = text_of(target.slice) or ""
            yield from (name for _ in range(name in DECIDING or name == SELECTING))
    elif isinstance(node, ast.ImportFrom):
        yield from (a.asname or a.name for a in node.names if (a.asname or a.name) in (*DECIDING, SELECTING))
    elif isinstance(node, ast.Call) and len(node.args) >= 2:
        named = text_of(node.args[1])
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        yield from (named for _ in range(called == "setattr" and named in (*DECIDING, SELECTING)) if named)


def rewritten(node: ast.AST, place: Place, names: Names, harness: bool) -> Iterator[str]:
    """Attributes of reports, items and sessions that are overwritten: by what they are written, as in `report.outcome`.

    `harness`: in conftest.py and plugins; in test files only inside of hooks or on a receiver that is one of pytest's.
    """
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PYTEST_ENDS and _in_hook(place):
            yield f"{unparse(node.func)[:60]}()"
        if names.of(node.func) in ("setattr", "object.__setattr__") and len(node.args) >= 2:
            yield from _target(node.args[0], text_of(node.args[1]) or "", place, harness)
        return
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        if isinstance(target, ast.Attribute):
            yield from _target(target.value, target.attr, place, harness)


def _target(receiver: ast.expr, attribute: str, place: Place, harness: bool) -> Iterator[str]:
    name = _name(receiver)
    if (
        (attribute in _OUTCOMES and name != "self" and (_in_hook(place) or (harness and name in _RECEIVERS)))
        or (attribute in _OUTCOMES and name in ("report", "session") and isinstance(receiver, ast.Attribute))
        or (((name == "option" and attribute in _OPTIONS) or (name == "config" and attribute == "args")) and harness)
    ):
        yield f"{name}.{attribute}"


def _in_hook(place: Place) -> bool:
    return place.name.startswith("pytest_")


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
