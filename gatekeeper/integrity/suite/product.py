"""What the branch did to the code that is tested: which names it changed, and which it took away. Pure."""

import ast
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, shape
from gatekeeper.integrity.suite.written import Files

_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")


class Product:
    """The product at base and at head, and the paths in which they differ."""

    def __init__(self, old: Files, new: Files, touched: Iterable[str]) -> None:
        self.old = old
        self.new = new
        self.paths = tuple(path for path in touched if _is_code(path) and not old.is_harness(path))

    @cached_property
    def changed_names(self) -> frozenset[str]:
        """Functions and classes that are new, changed or gone."""
        before, after = dict[str, set[str]](), dict[str, set[str]]()
        for path in self.paths:
            for files, into in ((self.old, before), (self.new, after)):
                for name, form in _definitions(path, _content(files, path)):
                    into.setdefault(name, set()).add(form)
        return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))

    @cached_property
    def _taken_away(self) -> frozenset[str]:
        """Names that changed files defined at base and no changed file defines at head."""
        before = {name for path in self.paths for name, _ in _definitions(path, _content(self.old, path))}
        after = {name for path in self.paths for name, _ in _definitions(path, _content(self.new, path))}
        return frozenset(before - after)

    def gone(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that the product had at base and has nowhere any more."""
        wanted = self._taken_away & set(names)
        return wanted - self._defined(self.new, wanted)

    def had(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that the product defined at base."""
        return self._defined(self.old, frozenset(names))

    def has_target(self, dotted: str, *, defined: bool = False) -> bool:
        """Does `shop.price.total` still lead to something in the product at head? `defined`: is it written there?"""
        module, _, name = dotted.rpartition(".")
        for start in ("", "src/"):
            for stem, attribute in ((dotted, ""), (module, name)):
                for end in (".py", "/__init__.py"):
                    path = f"{start}{stem.replace('.', '/')}{end}"
                    if stem and path in self.new.names:
                        return not attribute or _offers(_content(self.new, path), attribute, forwarded=not defined)
        return False

    def _defined(self, files: Files, names: frozenset[str]) -> frozenset[str]:
        found = set[str]()
        paths = [path for path in files.product() if _is_code(path)] if names else []
        files.load(paths)
        for path in paths:
            content = _content(files, path)
            left = {name for name in names - found if name.encode() in content}
            if left:
                found |= left & {name for name, _ in _definitions(path, content)}
        return frozenset(found)


def _content(files: Files, path: str) -> bytes:
    return (files.read(path) if path in files.names else None) or b""


def _is_code(path: str) -> bool:
    return path.endswith((".py", *_SCRIPT))


def _definitions(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """(name, form) of every function, class and top-level variable."""
    if not path.endswith(".py"):
        # Lazy: only those who test TypeScript pay for its parser.
        from gatekeeper.integrity.suite.script import declarations  # noqa: PLC0415

        yield from declarations(path, content)
        return
    tree = ParsedPython(content, path).tree
    if tree is not None:
        yield from _functions_and_classes(tree)
        yield from _variables(tree)


def _functions_and_classes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, FunctionNode):
            yield node.name, shape(node.args, *node.decorator_list, *node.body)
        elif isinstance(node, ast.ClassDef):
            yield node.name, shape(*node.bases, *node.decorator_list, *node.body)


def _variables(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from ((target.id, shape(statement)) for target in targets if isinstance(target, ast.Name))


def _offers(content: bytes, name: str, *, forwarded: bool = True) -> bool:
    """Is a name there in a module: defined, or `forwarded`: imported, or by a way that cannot be read off?"""
    tree = ParsedPython(content, "module.py").tree
    if tree is None:
        return name.encode() in content
    defined = (_defines(node, {name, "__getattr__"} if forwarded else {name}) for node in ast.walk(tree))
    return any(defined) or (forwarded and any(_brings(node, name) for node in ast.walk(tree)))


def _defines(node: ast.AST, names: Collection[str]) -> bool:
    if isinstance(node, FunctionNode | ast.ClassDef):
        return node.name in names
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in names


def _brings(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.alias) and (node.asname or node.name.partition(".")[0]) in {name, "*"}
