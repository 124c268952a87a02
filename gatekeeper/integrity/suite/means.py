"""Ways in Python to put something else in the place of what is tested, or to decide how a run is told. Pure.

A wide net: it is only cast over harness code that is new, beside tests that fail on the very same source without it.
"""

import ast
from collections import Counter
from collections.abc import Iterator

from gatekeeper.integrity.parsed import ParsedPython

_PATCHERS = frozenset(
    {"setattr", "setitem", "delattr", "delitem", "syspath_prepend", "patch", "object", "multiple", "dict"}
)
_PATCH_ROOTS = frozenset({"monkeypatch", "mock", "mocker", "patch", "mp", "unittest", "MonkeyPatch"})
_BARE = frozenset({"exec", "eval", "compile", "__import__", "globals", "vars"})
_OF_MODULES = {
    "sys": frozenset({"settrace", "setprofile", "exit", "modules", "meta_path", "path_hooks", "path", "excepthook"}),
    "os": frozenset({"_exit", "abort"}),
    "pytest": frozenset({"exit"}),
    "atexit": frozenset({"register"}),
}
_INSIDES = frozenset({
    "__dict__", "__code__", "__class__", "__globals__", "__bases__", "__defaults__", "__builtins__", "exitstatus",
    "pluginmanager",
})  # fmt: skip
_INNER_MODULES = frozenset({"_pytest", "builtins", "gc", "ctypes", "importlib", "pluggy"})
ALWAYS = ("hook ", "call ", "inside ", "import ", "sys ", "os ", "pytest ", "atexit ")
"""These count whatever they reach; patches and assignments by what they reach."""


def means(*nodes: ast.AST) -> tuple[str, ...]:
    """Each way with what it reaches ("setattr price"), sorted; the same way twice counts twice."""
    return tuple(sorted(found for node in nodes for found in _of(node)))


def _of(root: ast.AST) -> Iterator[str]:
    for node in ast.walk(root):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("pytest_"):
            yield f"hook {node.name}"
        elif isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
            yield from _of_assignment(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from _of_import(node)
        elif isinstance(node, ast.Attribute):
            yield from _of_attribute(node)


def _of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Name) and name in _BARE:
        yield f"call {name}"
    elif name in _PATCHERS and (root_of(node.func) in _PATCH_ROOTS or name in {"setattr", "delattr", "patch"}):
        yield f"patch {reached(node)}".strip()


def reached(node: ast.Call) -> str:
    """The last part of what a call patches: `price` of `monkeypatch.setattr("shop.price", …)`; "" when computed."""
    texts = [text for part in node.args[:2] if (text := _end_of(part))]
    if texts:
        return texts[-1].rpartition(".")[2]
    first = node.args[0] if node.args else None
    return first.attr if isinstance(first, ast.Attribute) else ""


def _end_of(node: ast.expr) -> str:
    """A text, or the end of one that is put together: `f"{__name__}.price"`."""
    node = node.values[-1] if isinstance(node, ast.JoinedStr) and node.values else node
    node = node.right if isinstance(node, ast.BinOp) else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _of_assignment(node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
    for target in targets:
        # What belongs to the object itself (self.x) is nobody else's.
        if isinstance(target, ast.Attribute) and root_of(target) not in {"self", "cls"}:
            yield f"patch {target.attr}"


def _of_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    for name in (module, *(alias.name for alias in node.names)):
        if name.partition(".")[0] in _INNER_MODULES:
            yield f"import {name}"


def _of_attribute(node: ast.Attribute) -> Iterator[str]:
    if node.attr in _INSIDES:
        yield f"inside {node.attr}"
    elif isinstance(node.value, ast.Name) and node.attr in _OF_MODULES.get(node.value.id, ()):
        yield f"{node.value.id} {node.attr}"


def root_of(node: ast.AST) -> str:
    """The name at the beginning of `a.b.c`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def added_means(old: bytes | None, new: bytes | None, path: str) -> tuple[str, ...]:
    """Ways that a file has at head and had not at base; a patch counts whatever it reaches."""
    before = Counter(_in_file(old, path))
    return tuple(sorted((Counter(_in_file(new, path)) - before).elements()))


def _in_file(content: bytes | None, path: str) -> tuple[str, ...]:
    tree = ParsedPython(content, path).tree if content is not None else None
    return means(tree) if tree is not None else ()
