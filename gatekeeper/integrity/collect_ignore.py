"""`collect_ignore` and `collect_ignore_glob` of conftest.py, read from the syntax tree."""

import ast
import warnings
from collections.abc import Iterator
from posixpath import basename, dirname, join, normpath

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.selection import within

_NAMES = ("collect_ignore", "collect_ignore_glob")


def ignored_tests(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Entries that the branch adds and that leave out a test file which is there before and after."""
    if basename(change.path) != "conftest.py" or change.new is None or b"collect_ignore" not in change.new:
        return
    before = set(_entries(change.old or b""))
    there = diff.head_names & diff.base_names
    for name, entry, line in sorted(set(_entries(change.new)), key=lambda found: found[2]):
        if any((name, entry) == known[:2] for known in before):
            continue
        pattern = normpath(join(dirname(change.path), entry))
        lost = sorted(
            path for path in there if path.endswith(".py") and within(path, pattern) and basename(path) != "setup.py"
        )
        if lost or entry in ("*", "*.py", "test_*.py"):
            yield Hit(
                "tests-deselected",
                change.path,
                f"{name} leaves out {', '.join(lost[:3]) or entry}",
                line=line,
                symbol=name,
                context=entry,
            )


def _entries(raw: bytes) -> Iterator[tuple[str, str, int]]:
    """(name, entry, line) of every string that is assigned to, or added to, one of the names anywhere in the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        name, value = _target(node)
        if value is not None:
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and not _is_conditional(part, value):
                    yield name, part.value, part.lineno


def _target(node: ast.AST) -> tuple[str, ast.AST | None]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        name = next((target.id for target in targets if isinstance(target, ast.Name) and target.id in _NAMES), "")
        return name, node.value if name else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        name = (
            node.func.value.id
            if node.func.value.id in _NAMES and node.func.attr in ("append", "extend", "insert")
            else ""
        )
        return name, ast.Tuple([*node.args], ast.Load()) if name else None
    return "", None


def _is_conditional(part: ast.Constant, value: ast.AST) -> bool:
    """Strings that are compared (`if sys.platform == "win32"`) are no entries."""
    return any(part in ast.walk(node) for node in ast.walk(value) if isinstance(node, ast.Compare))
