"""Methods by which test libraries compare, and which say true to everything. Pure."""

from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import FUNCTIONS, body_of, chain, key_of, plain, unwrap
from gatekeeper.integrity.script.side import RUN_BY_TESTS, TESTS, Finder, Side, found_at

EQUAL = "js-always-equal"
_COMPARING = frozenset({"equals", "valueOf", "asymmetricMatch", "Symbol.toPrimitive"})


def _equal(side: Side) -> Iterator[Found]:
    for node in side.script.nodes("method_definition", "public_field_definition", "field_definition", "pair"):
        key = key_of(side.script, _key(node))
        if key not in _COMPARING or _is_stand_in(side, node, key):
            continue
        function = node if node.type == "method_definition" else node.child_by_field_name("value")
        if function is not None and always_true(side, function):
            yield found_at(side, EQUAL, node, f"{key} says true to everything", key)
    yield from _assigned(side)


def _assigned(side: Side) -> Iterator[Found]:
    """`Money.prototype.equals = () => true`."""
    for node in side.script.nodes("assignment_expression"):
        names, right = chain(side.script, node.child_by_field_name("left")), node.child_by_field_name("right")
        if len(names) < 2 or names[-1] not in _COMPARING or right is None:
            continue
        if always_true(side, right):
            yield found_at(side, EQUAL, node, f"{names[-1]} says true to everything", names[-1])


def _key(node: Node) -> Node | None:
    found = (node.child_by_field_name(field) for field in ("name", "property", "key"))
    return next((key for key in found if key is not None), None)


def _is_stand_in(side: Side, node: Node, key: str) -> bool:
    """An object that a test makes to stand in for something; what runners themselves ask for is none."""
    literal = node.type == "pair" or (node.parent is not None and node.parent.type == "object")
    return literal and side.role in TESTS and key not in ("asymmetricMatch", "Symbol.toPrimitive")


def always_true(side: Side, function: Node) -> bool:
    """Has it no other way than to return `true`?"""
    if function.type not in FUNCTIONS:
        return False
    body = body_of(function)
    if len(body) != 1:
        return False
    value: Node | None = body[0]
    if body[0].type == "return_statement":
        value = next((child for child in body[0].named_children if child.type != "comment"), None)
    return value is not None and plain(side.script.text(unwrap(value))) in ("true", "!0", "!!1", "1")


_CODE = (Role.PRODUCT, *RUN_BY_TESTS)
FINDERS = (Finder(_equal, (b"equals", b"valueOf", b"asymmetricMatch", b"toPrimitive"), _CODE),)
