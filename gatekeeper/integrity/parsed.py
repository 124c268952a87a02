"""Python files read once: text, tree, comments, functions and tests of one side of a change. Pure; nothing raises.

`parsed(diff, change.new, change.path)` is the door. What does not parse (Python 2, a template, a syntax error) has no
tree, and everything that needs one is empty; comments are there all the same.
"""

import ast
import hashlib
import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from gatekeeper.integrity.contract import Diff
from gatekeeper.integrity.scan import Comment, comments
from gatekeeper.integrity.source import Source, is_python, read

__all__ = ["Function", "FunctionNode", "ParsedPython", "Scope", "is_python", "parsed", "shape"]

GENERATED_CHARACTERS = 2_000_000
"""Larger files are generated: only their comments are looked at."""
KEPT_CHARACTERS = 1_000_000
"""Of source whose trees are kept at the same time; a tree takes about forty times as much."""
_LANGUAGE_PARTS = ("ctx", "type_comment", "kind", "type_params")
_BLOCKS: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("body",), ast.AsyncFunctionDef: ("body",), ast.ClassDef: ("body",),
    ast.If: ("body", "orelse"), ast.For: ("body", "orelse"), ast.AsyncFor: ("body", "orelse"),
    ast.While: ("body", "orelse"), ast.With: ("body",), ast.AsyncWith: ("body",), ast.Match: ("cases",),
    ast.Try: ("body", "handlers", "orelse", "finalbody"), ast.TryStar: ("body", "handlers", "orelse", "finalbody"),
}  # fmt: skip
"""Of compound statements the parts with statements in them, in the order of the source."""
_TEST_CLASS_BASE = re.compile(r"Test|Case|Spec")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Scope = FunctionNode | ast.ClassDef


class Function(Struct, frozen=True, eq=False, dict=True):
    """One function, wherever it stands.

    `name` is qualified as Python does it (`Class.method`, `outer.<locals>.inner`); `scopes` are the classes and
    functions around it, outermost first; `line` is that of its first decorator, else of its `def`.
    """

    name: str
    node: FunctionNode
    scopes: tuple[Scope, ...]
    line: int
    text: str
    """Source from decorators to end, dedented, without empty and comment-only lines."""

    @property
    def owner(self) -> ast.ClassDef | None:
        """The class whose method it is."""
        last = self.scopes[-1] if self.scopes else None
        return last if isinstance(last, ast.ClassDef) else None

    @cached_property
    def decorators(self) -> tuple[str, ...]:
        """Decorators as canonical source, without `@`."""
        return tuple(unparse(decorator) for decorator in self.node.decorator_list)

    @cached_property
    def body(self) -> list[ast.stmt]:
        """Statements without the docstring."""
        first = self.node.body[0]
        is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        return self.node.body[1:] if is_doc and isinstance(first.value.value, str) else self.node.body  # type: ignore[attr-defined]

    @cached_property
    def body_hash(self) -> str:
        """The same for two functions with the same arguments and statements, whatever their names, decorators,
        docstrings, comments and formatting."""
        return shape(self.node.args, *self.body)


class ParsedPython:
    """One side of a changed Python file; every part is made when it is first asked for."""

    def __init__(self, contents: bytes | Source, path: str) -> None:
        source = contents if isinstance(contents, Source) else read(contents, path)
        self.path = path
        self.text = source.text
        """With "\\n" line ends; empty when it could not be read."""
        self.notebook = source.notebook
        self.generated = len(source.text) > GENERATED_CHARACTERS
        self._problem = source.problem

    @property
    def problem(self) -> str:
        """Why there is no tree, as in "it is …"; empty when there is one."""
        if self._problem or self.tree is not None:
            return self._problem
        return "larger than 2 MB, only its comments were looked at" if self.generated else "not valid Python"

    @cached_property
    def tree(self) -> ast.Module | None:
        """Syntax tree; None for what does not parse and for generated files."""
        if self._problem or self.generated:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the linter's business
            try:
                return ast.parse(self.text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the text; line 1 is `lines[0]`."""
        return self.text.split("\n")

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments, in order."""
        return tuple(comments(self.text))

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """By qualified name; of several with one name the last, as at run time."""
        if self.tree is None:
            return {}
        return {found.name: found for found in self._functions(self.tree.body)}

    @cached_property
    def tests(self) -> Mapping[str, Function]:
        """What pytest or unittest would collect here, if they look into this file: by qualified name.

        Functions `test…` at the top, methods `test…` of classes `Test…` without `__init__` and of classes with a
        base that looks like a test case. Without those that a `__test__ = False` takes out.
        """
        if self.tree is None or _says_no_test(self.tree.body):
            return {}
        return {name: found for name, found in self.functions.items() if is_test(found)}

    def place(self, line: int | None) -> int | None:
        """Line for a hit: None in notebooks, whose cells have no line of their own in the file."""
        return None if self.notebook else line

    def line_text(self, line: int | None) -> str:
        """A line, stripped; empty when there is none."""
        return self.lines[line - 1].strip()[:200] if line and 0 < line <= len(self.lines) else ""

    def _functions(self, body: list[ast.stmt]) -> Iterator[Function]:
        """In the order of the source; iterative, because hostile code nests deeply."""
        todo: list[tuple[ast.stmt, tuple[Scope, ...]]] = [(statement, ()) for statement in reversed(body)]
        while todo:
            statement, scopes = todo.pop()
            inside = scopes
            if isinstance(statement, FunctionNode):
                yield self._function(statement, scopes)
            if isinstance(statement, Scope):
                inside = (*scopes, statement)
            todo += [(child, inside) for child in reversed(nested(statement))]

    def _function(self, node: FunctionNode, scopes: tuple[Scope, ...]) -> Function:
        first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
        name = "".join(f"{s.name}." if isinstance(s, ast.ClassDef) else f"{s.name}.<locals>." for s in scopes)
        text = _plain(self.lines[first - 1 : node.end_lineno], node.col_offset)
        return Function(name + node.name, node, scopes, first, text)


def parsed(diff: Diff, contents: bytes | None, path: str) -> ParsedPython:
    """The parsed side of a change, from the cache of the diff. No contents, or no Python: an empty file."""
    contents = contents if contents is not None and is_python(path) else b""
    return shelf(diff).get((path.endswith(".ipynb"), contents), lambda: ParsedPython(contents, path))


class Shelf:
    """Sides with their trees, those that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, ParsedPython] = OrderedDict()
        self._characters = 0

    def get(self, key: Hashable, make: Callable[[], ParsedPython]) -> ParsedPython:
        """What is kept under this key, or made and kept."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        self._kept[key] = found = make()
        self._characters += len(found.text)
        # The last few always stay: a change has two sides, and each may be read in part and as a whole.
        while self._characters > KEPT_CHARACTERS and len(self._kept) > 4:
            _, dropped = self._kept.popitem(last=False)
            self._characters -= len(dropped.text)
        return found

    def __iter__(self) -> Iterator[ParsedPython]:
        return iter(self._kept.values())


def shelf(diff: Diff) -> Shelf:
    """The one of a diff."""
    return diff.cache.setdefault(Shelf, Shelf())  # type: ignore[return-value]


def nested(node: ast.stmt) -> Sequence[ast.stmt]:
    """Statements directly inside of a compound statement, in order; of a simple one none."""
    parts = _BLOCKS.get(type(node))
    if parts is None:
        return ()
    found: list[ast.stmt] = []
    for part in parts:
        for child in getattr(node, part):
            if isinstance(child, ast.stmt):
                found.append(child)
            else:
                found += child.body
    return found


def is_test(function: Function) -> bool:
    """Would a runner that looks into the file collect this function?"""
    if not function.node.name.startswith("test") or not all(isinstance(s, ast.ClassDef) for s in function.scopes):
        return False
    if any(_is_fixture(decorator) for decorator in function.node.decorator_list):
        return False
    return all(is_test_class(scope) for scope in function.scopes if isinstance(scope, ast.ClassDef))


def is_test_class(node: ast.ClassDef) -> bool:
    """Would the methods `test…` of this class be collected, as far as it says itself?"""
    if _says_no_test(node.body):
        return False
    if any(_TEST_CLASS_BASE.search(_last_name(base)) for base in node.bases):
        return True
    has_init = any(isinstance(part, FunctionNode) and part.name in ("__init__", "__new__") for part in node.body)
    return node.name.startswith("Test") and not has_init


def shape(*nodes: ast.AST | Iterable[ast.AST]) -> str:
    """Digest of what nodes say, whatever their formatting, comments and positions."""
    digest = hashlib.blake2b(digest_size=16)
    todo: list[object] = list(reversed(nodes))
    parts: list[str] = []
    while todo:
        item = todo.pop()
        if isinstance(item, ast.AST):
            parts.append(type(item).__name__)
            todo += [getattr(item, name, None) for name in item._fields if name not in _LANGUAGE_PARTS]
        elif isinstance(item, list | tuple):
            parts.append(f"[{len(item)}")
            todo += reversed(item)
        else:
            parts.append(f"{type(item).__name__}:{item!r}")
    digest.update("\0".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def unparse(node: ast.AST) -> str:
    """Canonical source of a node; its shape where it is nested too deeply to be written."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return f"<{shape(node)}>"


def _plain(lines: list[str], indent: int) -> str:
    cut = (line[indent:] if line[:indent].isspace() or not indent else line for line in lines)
    return "\n".join(line.rstrip() for line in cut if line.strip() and not line.lstrip().startswith("#"))


def _says_no_test(body: list[ast.stmt]) -> bool:
    """Is there a `__test__ = False` directly in this body?"""
    return any(
        isinstance(part, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__test__" for target in part.targets)
        and isinstance(part.value, ast.Constant)
        and not part.value.value
        for part in body
    )


def _is_fixture(decorator: ast.expr) -> bool:
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _last_name(inner) in ("fixture", "yield_fixture", "property")


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
