"""Nodes of shell text as commands and words. Pure; nothing is followed here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter


def all_nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The node and everything below it, in order, without recursion."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(here.named_children))


def commands(node: tree_sitter.Node) -> list[tuple[str, ...]]:
    """The words of every simple command in it."""
    return [argv_of(child) for child in all_nodes(node) if child.type == "command"]


def names(node: tree_sitter.Node) -> set[str]:
    """The programs that it runs."""
    return {argv[0] for argv in commands(node) if argv}


def fails(node: tree_sitter.Node) -> bool:
    """Does it end, or let the script end, with a failure somewhere?"""
    return any(ends_badly(argv) for argv in commands(node))


def ends_badly(argv: tuple[str, ...]) -> bool:
    """A command that fails, or ends the script with what may be a failure."""
    leaves = argv[:1] in (("exit",), ("return",)) and argv[1:] != ("0",)
    return argv[:1] == ("false",) or leaves or argv[:2] == ("kill", "$$")


def argv_of(command: tree_sitter.Node) -> tuple[str, ...]:
    """The words of a simple command; quotes are taken away, expansions stay as they are written."""
    return tuple(
        _word(child)
        for child in command.named_children
        if child.type not in ("variable_assignment", "file_redirect", "herestring_redirect")
    )


def _word(node: tree_sitter.Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type == "raw_string" or (node.type == "string" and len(text) > 1):
        return text[1:-1]
    return text.replace("\\ ", " ").replace('"', "").replace("'", "") if node.type == "concatenation" else text
