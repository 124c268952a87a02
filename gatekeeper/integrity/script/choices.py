"""What a condition chooses: the `return`, or the value, that depends on it. Pure."""

from tree_sitter import Node

from gatekeeper.integrity.script.nodes import FUNCTIONS, chain, plain, string_of, surrounding, unwrap
from gatekeeper.integrity.script.side import Side

_MODE_VALUES = frozenset({"test", "testing"})
_HARMLESS_RESULTS = frozenset({"undefined", "null", "void0"})
_PASSING_ON = frozenset({"next", "done", "callback", "cb", "resolve"})
_BARRIERS = frozenset({"statement_block", "program", "arguments", "switch_case", *FUNCTIONS})
"""Beyond these a value is no longer that of the expression."""
_VALUES = frozenset({"number", "string", "template_string", "object", "array", "new_expression", "true"})
_PARTS = {"if_statement": "condition", "switch_statement": "value", "ternary_expression": "condition"}
"""Nodes that choose, with the field that they choose by."""
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "**"})
_HANDED_ON = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "await_expression",
        "satisfies_expression",
        "ternary_expression",
    }
)


def is_test_mode(side: Side, node: Node | None) -> bool:
    """Is this the string "test", as modes are called?"""
    return (string_of(side.script, node) or "") in _MODE_VALUES


def decided(side: Side, node: Node) -> Node | None:
    """The `return`, or the expression of an arrow, whose value this condition chooses; None when it chooses none."""
    child = node
    for around in surrounding(node):
        kind = around.type
        if kind == "binary_expression":
            if _is_choice(around, child):
                return _returned(around)
        elif kind in _PARTS and around.child_by_field_name(_PARTS[kind]) == child:
            return _chosen(side, around)
        if kind in _BARRIERS or kind.endswith("_statement"):
            return None
        child = around
    return None


def _chosen(side: Side, around: Node) -> Node | None:
    if around.type == "ternary_expression":
        return _returned(around)
    return returns(side, around, test_case=around.type == "switch_statement")


def _is_choice(around: Node, child: Node) -> bool:
    """`isTest && 42`: a value behind a condition, that is no condition itself."""
    operator, right = around.child_by_field_name("operator"), around.child_by_field_name("right")
    if operator is None or operator.type not in ("&&", "||") or right is None:
        return False
    return around.child_by_field_name("left") == child and unwrap(right).type in _VALUES


def returns(side: Side, around: Node, test_case: bool = False) -> Node | None:
    """A `return` with a value in what a condition guards; not one in a function inside of it."""
    todo = _test_cases(side, around) if test_case else _branches(around)
    while todo:
        found = todo.pop()
        if found.type == "return_statement" and _says_something(side, found):
            return around
        if found.type not in FUNCTIONS:
            todo += found.named_children
    return None


def _branches(around: Node) -> list[Node]:
    return [part for field in ("consequence", "alternative") if (part := around.child_by_field_name(field)) is not None]


def _test_cases(side: Side, switch: Node) -> list[Node]:
    body = switch.child_by_field_name("body")
    cases = body.named_children if body is not None else []
    return [case for case in cases if is_test_mode(side, case.child_by_field_name("value"))]


def _says_something(side: Side, statement: Node) -> bool:
    value = next((child for child in statement.named_children if child.type != "comment"), None)
    if value is None or plain(side.script.text(value)) in _HARMLESS_RESULTS:
        return False
    value = unwrap(value)
    return not (value.type == "call_expression" and chain(side.script, value)[0] in _PASSING_ON)


def _returned(choice: Node) -> Node | None:
    """The `return` or arrow whose value a choice is; a condition that is only handed on chooses nothing."""
    child = choice
    for around in surrounding(choice):
        if around.type == "return_statement":
            return around
        if around.type == "arrow_function":
            return around if around.child_by_field_name("body") == child else None
        if around.type not in _HANDED_ON and not _reckons(around):
            return None
        child = around
    return None


def _reckons(node: Node) -> bool:
    """Arithmetic: what goes in comes out changed, and is no option that is handed on."""
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        return operator is not None and operator.type in _ARITHMETIC
    call = node.parent if node.type == "arguments" else node
    callee = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    return callee is not None and (callee.text or b"").startswith(b"Math.")
