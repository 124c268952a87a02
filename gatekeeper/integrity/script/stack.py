"""Product code that searches its own call stack, and decides by what it finds. Pure."""

import re
from collections.abc import Iterator, Set

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import (
    arguments,
    chain,
    function_around,
    name_of,
    plain,
    statement_around,
    surrounding,
    unwrap,
)
from gatekeeper.integrity.script.side import Finder, Side

STACK = "js-stack-inspected"
_SEARCHES = frozenset(
    {"includes", "indexOf", "test", "search", "startsWith", "endsWith", "match", "some", "exec", "matchAll"}
)
_TESTERS = re.compile(
    r"vitest|jest|mocha|jasmine|\btest|spec\b|node:internal|test_runner|chai|expect|tinypool|__tests__|ava\b",
    re.IGNORECASE,
)
_ANSWERS = frozenset({"match", "exec", "matchAll", "indexOf", "search"})
"""Searches that pick a part out: to return that is no decision."""
_DECIDING = frozenset({"if_statement", "ternary_expression", "while_statement", "switch_statement"})
_BARRIERS = frozenset(
    {
        "arguments",
        "statement_block",
        "arrow_function",
        "subscript_expression",
        "member_expression",
        "program",
    }
)
_INNER = {
    "member_expression": "object",
    "subscript_expression": "object",
    "call_expression": "function",
    "binary_expression": "left",  # `new Error().stack ?? ""`
}
"""Where a chain goes on that may begin with a stack."""


def _stack(side: Side) -> Iterator[Found]:
    """The text of the own call stack is searched, and something depends on the answer."""
    holders = _stack_holders(side)
    for node in side.script.nodes("call_expression"):
        callee = node.child_by_field_name("function")
        if callee is None or not _is_search(side, callee):
            continue
        receiver, given = callee.child_by_field_name("object"), arguments(node)
        asked = [part for part in (receiver, *given) if part is not None]
        if any(_is_stack(side, part, holders) for part in asked) and _branches(side, node):
            yield _made(side, node)


def _is_search(side: Side, callee: Node) -> bool:
    names = chain(side.script, callee)
    return bool(names) and names[-1] in _SEARCHES and callee.type == "member_expression"


def _made(side: Side, node: Node) -> Found:
    line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
    return Found(
        STACK,
        f"{STACK} {here} {plain(side.script.text(statement_around(node)))[:2000]}",
        line,
        "the product looks at who called it, and decides by that",
        symbol=here,
        context=side.script.line_text(line),
    )


def _stack_holders(side: Side) -> frozenset[str]:
    """Variables that hold an error made on the spot, its stack, or what was cut out of it."""
    found: set[str] = set()
    for node in side.script.nodes("call_expression"):
        if side.names.runtime(node.child_by_field_name("function"))[:2] == ("Error", "captureStackTrace"):
            found.update(side.script.text(part) for part in arguments(node)[:1])
    for node in side.script.nodes("variable_declarator", "assignment_expression"):
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if value is not None and (_makes_error(side, unwrap(value)) or _is_stack(side, value, found)):
            found.update(_bound(side, node.child_by_field_name("name") or node.child_by_field_name("left")))
    return frozenset(found)


def _bound(side: Side, name: Node | None) -> Iterator[str]:
    """A name, or the names of a pattern."""
    if name is not None:
        yield side.script.text(name)
        yield from (side.script.text(part) for part in name.named_children if name.type == "object_pattern")


def _makes_error(side: Side, node: Node) -> bool:
    return node.type in ("new_expression", "call_expression") and side.script.text(
        node.child_by_field_name("constructor") or node.child_by_field_name("function")
    ) in ("Error", "globalThis.Error")


def _is_stack(side: Side, node: Node, holders: Set[str]) -> bool:
    """`new Error().stack`, a variable that holds one, or a part of it: a chain that begins there."""
    reads = b"stack" in side.script.source[node.start_byte : node.end_byte]
    for _ in range(30):
        node = unwrap(node)
        if _makes_error(side, node):
            return reads
        if node.type not in _INNER and node.type != "template_string":
            return node.type == "identifier" and side.script.text(node) in holders
        inner = _begins(node)
        if inner is None:
            return False
        node = inner
    return False


def _begins(node: Node) -> Node | None:
    """What a member, call or template begins with."""
    if node.type in _INNER:
        return node.child_by_field_name(_INNER[node.type])
    filled = (part for part in node.named_children if part.type == "template_substitution" and part.named_children)
    return next((part.named_children[0] for part in filled), None)


def _branches(side: Side, node: Node) -> bool:
    """Does a branch or a result depend on this search? One for a test runner always does; one that picks a line does
    not.
    """
    if _TESTERS.search(" ".join(side.script.text(part) for part in arguments(node))) or _TESTERS.search(
        side.script.text(node).rpartition(")")[0][-80:]
    ):
        return True
    child = node
    for around in surrounding(node):
        if around.type in _DECIDING:
            return around.child_by_field_name("condition") == child or around.child_by_field_name("value") == child
        if around.type in _BARRIERS:
            return False
        if around.type == "return_statement":
            return chain(side.script, node)[-1] not in _ANSWERS
        child = around
    return False


FINDERS = (Finder(_stack, (b".stack", b"captureStackTrace", b"prepareStackTrace", b"stack }"), (Role.PRODUCT,)),)
