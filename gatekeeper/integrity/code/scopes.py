"""A module by its scopes: what stands outside of functions, and each outermost function with all in it. Pure."""

import ast
from collections.abc import Iterator

from gatekeeper.integrity.code.words import Lines
from gatekeeper.integrity.parsed import FunctionNode

MODULE = "import time"


def scopes(tree: ast.Module, lines: Lines) -> Iterator[tuple[str, list[ast.AST]]]:
    """Qualified name and all nodes of each scope that touches the lines; the rest of the module comes last."""
    outside: list[ast.AST] = []
    todo: list[tuple[ast.AST, str]] = [(node, "") for node in reversed(tree.body)]
    while todo:
        node, prefix = todo.pop()
        if not lines.touch(node):
            continue
        if isinstance(node, FunctionNode):
            yield prefix + node.name, list(ast.walk(node))
            continue
        outside.append(node)
        inside = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
        todo += [(child, inside) for child in reversed(list(ast.iter_child_nodes(node)))]
    yield MODULE, outside
