"""Does a script ask how a command ended, so that its failure can end the script? Reading the syntax; nothing is run.

`echo $?` only tells. What counts is `exit $?`, a test of it that guards an `exit`, or a variable that leads to either.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING

from gatekeeper.integrity.commands.syntax import all_nodes, argv_of, commands, fails

if TYPE_CHECKING:
    import tree_sitter

_STATUS = frozenset({"?", "PIPESTATUS", "pipestatus"})
_ENDING = ("exit", "return")
_LEAVES = frozenset({"command", "test_command", "variable_assignment"})
_LOOPS = ("while_statement", "until_statement")
MAX_STEPS = 8
"""Variables that are made of each other, one after the other."""


def is_heard(following: tree_sitter.Node, root: tree_sitter.Node) -> bool:
    """Can the status with which `following` begins end the script `root`?"""
    if not _begins_with_status(following):
        return False
    return _ends(following, _STATUS, root) or _kept_and_used(_kept(following, _STATUS), root)


def _begins_with_status(statement: tree_sitter.Node) -> bool:
    """Is `$?` read before another command has set it anew?"""
    for node in all_nodes(statement):
        if _is_name(node, _STATUS):
            return True
        if node.type in _LEAVES or _is_arithmetic(node):
            return _mentions(node, _STATUS)
    return False


def _kept_and_used(kept: Set[str], root: tree_sitter.Node) -> bool:
    """Does one of the variables, or one that is made of them, end the script?"""
    known: Set[str] = frozenset()
    for _ in range(MAX_STEPS):
        if not kept - known:
            break
        known = known | kept
        kept = _kept(root, known)
    return bool(known) and _ends(root, known, root)


def _ends(part: tree_sitter.Node, named: Set[str], root: tree_sitter.Node) -> bool:
    last = _last(root)
    return any(
        _is_ending(node, named, root) or _guards(node, named, last) or (node == last and _tests(node, named))
        for node in all_nodes(part)
    )


def _is_ending(node: tree_sitter.Node, named: Set[str], root: tree_sitter.Node) -> bool:
    """`exit $rc`, `trap 'exit $rc' EXIT`, and a function of the script that may fail and is given `$rc`."""
    if node.type != "command":
        return False
    argv = argv_of(node)
    if argv[:1] == ("trap",):
        return len(argv) > 1 and "exit" in argv[1] and any(f"${name}" in argv[1] for name in named - _STATUS)
    return _mentions(node, named) and (argv[:1] in ((word,) for word in _ENDING) or _may_fail(argv[:1], root))


def _may_fail(name: tuple[str, ...], root: tree_sitter.Node) -> bool:
    """Is it a function of the script, with an `exit` or `return` that is no success?"""
    return any(
        node.type == "function_definition" and _text(node.child_by_field_name("name")) in name and fails(node)
        for node in all_nodes(root)
    )


def _guards(node: tree_sitter.Node, named: Set[str], last: tree_sitter.Node | None) -> bool:
    """`[ $? -eq 0 ] || exit 1`, `if (( $? )); then exit 1; fi`; also `… && exit 0` before a last `exit 1`."""
    condition = _condition(node)
    if condition is None or not _mentions(condition, named):
        return False
    return fails(node) or (last is not None and fails(last) and any(argv[:1] == ("exit",) for argv in commands(node)))


def _tests(node: tree_sitter.Node, named: Set[str]) -> bool:
    """A test whose own status is that of the script: `[ $? -eq 0 ]`, also with `&& echo passed`."""
    if node.type == "list" and any(child.type == "&&" for child in node.children):
        node = node.named_children[0]
    is_test = node.type == "test_command" or _is_arithmetic(node) or argv_of(node)[:1] == ("test",)
    return is_test and _mentions(node, named)


def _kept(part: tree_sitter.Node, named: Set[str]) -> frozenset[str]:
    """Variables that are given a value made of the named ones, or under a condition about them."""
    return frozenset(name for node in all_nodes(part) for name in _given(node, named)) - {""}


def _given(node: tree_sitter.Node, named: Set[str]) -> Iterator[str]:
    """Variables that one node gives such a value to."""
    condition = _condition(node)
    if condition is not None:
        if _mentions(condition, named):
            yield from (_target(one) for one in all_nodes(node) if one.type == "variable_assignment")
    elif node.type == "variable_assignment" and _mentions(node, named):
        yield _target(node)
    elif _calculates(node) and _mentions(node, named):
        yield from (_text(one) for one in all_nodes(node) if one.type == "variable_name")
        yield from (word.rstrip("+|-=$?") for word in argv_of(node)[1:])


def _calculates(node: tree_sitter.Node) -> bool:
    """`(( total += $? ))`, `let total+=$?`."""
    return _is_arithmetic(node) or (node.type == "command" and argv_of(node)[:1] == ("let",))


def _condition(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What decides about the rest of a statement."""
    if node.type == "case_statement":
        return node.child_by_field_name("value")
    if node.type == "if_statement" or node.type in _LOOPS:
        return node.child_by_field_name("condition")
    return node.named_children[0] if node.type in ("list", "elif_clause") and node.named_children else None


def _mentions(node: tree_sitter.Node, named: Set[str]) -> bool:
    return any(_is_name(one, named) for one in all_nodes(node))


def _is_name(node: tree_sitter.Node, named: Set[str]) -> bool:
    """The name of a variable where it is read: `$rc`, `${rc}`, `(( rc ))`, `[[ rc -ne 0 ]]`."""
    if _text(node) not in named:
        return False
    above = node.parent
    if node.type == "word":
        return above is not None and above.type == "binary_expression"
    if node.type not in ("variable_name", "special_variable_name"):
        return False
    return above is None or above.type != "variable_assignment" or above.child_by_field_name("name") != node


def _is_arithmetic(node: tree_sitter.Node) -> bool:
    return node.type == "compound_statement" and _text(node).startswith("((")


def _target(assignment: tree_sitter.Node) -> str:
    return _text(assignment.child_by_field_name("name"))


def _last(root: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in reversed(root.named_children) if child.type != "comment"), None)


def _text(node: tree_sitter.Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""
