"""Code that type checkers do not look into, or are shown something else of. Pure."""

import ast
from collections.abc import Iterator

from gatekeeper.integrity.code.added import Found
from gatekeeper.integrity.code.dotted import Names, every_statement, last
from gatekeeper.integrity.parsed import FunctionNode, shape


def may_be_untyped(text: str) -> bool:
    """A cheap look: can there be anything to find?"""
    return "no_type_check" in text or ("TYPE_CHECKING" in text and "else:" in text)


def untyped(tree: ast.Module) -> Iterator[Found]:
    """`@no_type_check`, and functions that are written twice: for the checker, and to be run."""
    names = Names(tree)
    for statement in every_statement(tree.body):
        if isinstance(statement, FunctionNode | ast.ClassDef):
            yield from _unchecked(statement, names)
        elif isinstance(statement, ast.If) and last(names.of(statement.test)) == "TYPE_CHECKING":
            yield from _written_twice(statement)


def _unchecked(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, names: Names) -> Iterator[Found]:
    for decorator in node.decorator_list:
        if last(names.of(decorator)) == "no_type_check":
            message = f"keeps the type checker out of {node.name}"
            key = f"no_type_check {node.name}"
            yield Found("suppression-blanket", key, decorator.lineno, message, key, "no_type_check")


def _written_twice(statement: ast.If) -> Iterator[Found]:
    """Aliases and imports may differ; of a function the checker is shown one, and another is run."""
    run = {one.name: one for one in statement.orelse if isinstance(one, FunctionNode)}
    for shown in statement.body:
        if isinstance(shown, FunctionNode) and shown.name in run:
            other = run[shown.name]
            message = f"shows the type checker another {shown.name} than the one that is run"
            key = f"TYPE_CHECKING {shown.name}"
            yield Found("suppression-blanket", f"{key} {shape(other)}", other.lineno, message, key, "TYPE_CHECKING")
