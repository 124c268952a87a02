"""`collect_ignore` and `collect_ignore_glob` of conftest.py, read from the syntax tree."""

import ast
import warnings
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.selection import within

_NAMES = ("collect_ignore", "collect_ignore_glob")
_EVERYTHING = ("*", "*.py", "test_*.py", "**")


def ignored_tests(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Entries that the branch adds and that leave out a test file which is there before and after.

    Under a condition (a version, a platform, a missing import) it is a warning: that is what the list is for.
    """
    if basename(change.path) != "conftest.py" or change.new is None or b"collect_ignore" not in change.new:
        return
    before = {(entry.name, basename(entry.text)) for entry in _entries(change.old or b"")}
    for entry in _entries(change.new):
        lost = _left_out(entry.text, change.path, diff)
        if lost and (entry.name, basename(entry.text)) not in before:
            yield _hit(entry, lost, change.path)


def _hit(entry: "_Entry", lost: str, path: str) -> Hit:
    rule = "test-runner-loosened" if entry.conditional else "tests-deselected"
    says = f"{entry.name} leaves out {lost}" + (" under a condition" if entry.conditional else "")
    return Hit(rule, path, says, line=entry.line, symbol=entry.name, context=entry.text)


def _left_out(text: str, path: str, diff: Diff) -> str:
    """At most three of the files that an entry leaves out."""
    if text in _EVERYTHING:
        return text
    pattern = normpath(join(dirname(path), text))
    there = (name for name in diff.head_names & diff.base_names if name.endswith(".py") and within(name, pattern))
    return ", ".join(sorted(name for name in there if basename(name) != "setup.py")[:3])


class _Entry(Struct, frozen=True):
    """One string that is assigned to, or added to, one of the names."""

    name: str
    text: str
    line: int
    conditional: bool


def _entries(raw: bytes) -> Iterator[_Entry]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, conditional = waiting.pop()
        name, value = _target(node)
        for part, under in _strings(value, conditional) if value is not None else ():
            yield _Entry(name, str(part.value), part.lineno, under)
        depends = isinstance(node, ast.Try) or (isinstance(node, ast.If) and not _is_constant(node.test))
        waiting.extend((child, conditional or depends) for child in ast.iter_child_nodes(node))


def _strings(value: ast.AST, conditional: bool) -> Iterator[tuple[ast.Constant, bool]]:
    """Strings of a value; what is compared (`sys.platform == "win32"`) is no entry."""
    waiting = [(value, conditional)]
    while waiting:
        node, under = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, under
        elif not isinstance(node, ast.Compare):
            depends = isinstance(node, ast.IfExp) and not _is_constant(node.test)
            waiting.extend((child, under or depends) for child in ast.iter_child_nodes(node))


def _is_constant(test: ast.expr) -> bool:
    return not any(isinstance(part, (ast.Name, ast.Attribute, ast.Call)) for part in ast.walk(test))


def _target(node: ast.AST) -> tuple[str, ast.AST | None]:
    """Which of the names a node adds to, and what; ("", None) for others."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        return _assigned(node)
    return _called(node) if isinstance(node, ast.Call) else ("", None)


def _assigned(node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr) -> tuple[str, ast.AST | None]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    name = next((name for target in targets if (name := _listed(target)) in _NAMES), "")
    return name, node.value if name else None


def _listed(target: ast.expr) -> str:
    """The list that is assigned to, as a whole or a part of it (`collect_ignore[:0] = …`); "" for others."""
    inner = target.value if isinstance(target, ast.Subscript) else target
    return inner.id if isinstance(inner, ast.Name) else ""


def _called(node: ast.Call) -> tuple[str, ast.AST | None]:
    """`collect_ignore.append(x)` and its like."""
    match node.func:
        case ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert") if name in _NAMES:
            return name, ast.Tuple([*node.args], ast.Load())
        case _:
            return "", None
