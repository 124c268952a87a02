"""Small questions about syntax nodes: what a callee is called, what it is given, which function surrounds it. Pure."""

from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript

FUNCTIONS = frozenset({
    "arrow_function", "function_expression", "function_declaration", "method_definition", "generator_function",
    "generator_function_declaration",
})  # fmt: skip
INLINE = frozenset({"arrow_function", "function_expression", "generator_function"})
"""Functions that are expressions."""
LITERALS = frozenset({"string", "number", "true", "false", "null", "undefined", "regex"})
_WRAPPERS = frozenset({
    "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression",
    "type_assertion", "sequence_expression", "instantiation_expression",
})  # fmt: skip
_LAST_COUNTS = frozenset({"type_assertion", "sequence_expression"})
_GLOBALS = frozenset({"globalThis", "global", "window", "self"})
_MAX_CHAIN = 60
_QUOTES = bytes.maketrans(b"'`", b'""')


def unwrap(node: Node) -> Node:
    """The expression inside of parentheses, casts, `!` and `await`; of a sequence its last part."""
    for _ in range(_MAX_CHAIN):
        inner = [child for child in node.named_children if child.type != "comment"] if node.type in _WRAPPERS else []
        if not inner:
            break
        node = inner[-1] if node.type in _LAST_COUNTS else inner[0]
    return node


def chain(script: ParsedScript, node: Node | None) -> tuple[str, ...]:
    """Names of a callee or a member, root first: `expect(x).not["toBe"]` is ("expect", "not", "toBe").

    Calls in between are passed over, `globalThis.` and its like are left out, a root without a name is "".
    """
    if node is None:
        return ()
    known = script.chains.get(node.id)
    if known is None:
        known = script.chains[node.id] = _chain(script, node)
    return known


def _chain(script: ParsedScript, node: Node | None) -> tuple[str, ...]:
    names: list[str] = []
    for _ in range(_MAX_CHAIN):
        if node is None:
            break
        kind = node.type
        if kind in _WRAPPERS:
            node = unwrap(node)
            kind = node.type
        if kind == "member_expression":
            names.append(script.text(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        elif kind == "subscript_expression":
            names.append(string_of(script, node.child_by_field_name("index")) or "[]")
            node = node.child_by_field_name("object")
        elif kind == "call_expression":
            node = node.child_by_field_name("function")
        else:
            names.append(_root(script, node))
            break
    names.reverse()
    return tuple(names[1:] if len(names) > 1 and names[0] in _GLOBALS else names)


def _root(script: ParsedScript, node: Node) -> str:
    """What a chain begins with; empty for what has no name."""
    return script.text(node) if node.type in ("identifier", "this", "super", "import") else ""


def arguments(call: Node) -> list[Node]:
    """What a call or `new` is given, without comments; of a tagged template nothing."""
    given = call.child_by_field_name("arguments")
    if given is None or given.type != "arguments":
        return []
    return [child for child in given.named_children if child.type != "comment"]


def string_of(script: ParsedScript, node: Node | None) -> str | None:
    """Text of a string literal, or of a template as it is written; None for anything else."""
    if node is None or node.type not in ("string", "template_string"):
        return None
    return script.text(node)[1:-1]


def option(script: ParsedScript, node: Node, name: str) -> Node | None:
    """Value of a key of an object literal."""
    for pair in node.named_children:
        if pair.type == "pair" and key_of(script, pair.child_by_field_name("key")) == name:
            return pair.child_by_field_name("value")
        if pair.type == "shorthand_property_identifier" and script.text(pair) == name:
            return pair
    return None


def key_of(script: ParsedScript, node: Node | None) -> str:
    """A key of an object or class as a plain name; `[Symbol.x]` is "Symbol.x"."""
    if node is not None and node.type == "computed_property_name":
        inner = node.named_children[0] if node.named_children else None
        return string_of(script, inner) or script.text(inner)
    return string_of(script, node) or script.text(node)


def plain(text: bytes | str) -> str:
    """Source for comparing: without white space and semicolons, with one kind of quotes and no trailing commas."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    squeezed = b"".join(raw.translate(_QUOTES, b";").split())
    if b"," in squeezed:
        squeezed = squeezed.replace(b",)", b")").replace(b",]", b"]").replace(b",}", b"}")
    return squeezed.decode("utf-8", "replace")


def surrounding(node: Node) -> Iterator[Node]:
    """Nodes around a node, from the inside out."""
    found = node.parent
    while found is not None:
        yield found
        found = found.parent


def function_around(node: Node) -> Node | None:
    """The innermost function around a node."""
    return next((found for found in surrounding(node) if found.type in FUNCTIONS), None)


def name_of(script: ParsedScript, function: Node | None) -> str:
    """Name of a function: its own, or that of the variable, key or call that it is given to; empty at the top."""
    if function is None:
        return ""
    own = function.child_by_field_name("name")
    if own is not None:
        return key_of(script, own)
    parent = function.parent
    if parent is None:
        return ""
    if parent.type == "arguments" and parent.parent is not None:
        given = arguments(parent.parent)
        title = string_of(script, given[0]) if given else None
        return f"{'.'.join(chain(script, parent.parent))} {title or ''}".strip()
    named = next(
        (
            parent.child_by_field_name(field)
            for field in ("name", "property", "key", "left")
            if parent.child_by_field_name(field)
        ),
        None,
    )
    return key_of(script, named)


def statement_around(node: Node) -> Node:
    """The innermost statement that holds a node, or the node itself."""
    for found in (node, *surrounding(node)):
        if found.type.endswith(("_statement", "_declaration", "_definition")) or found.type == "statement_block":
            return found
    return node


def body_of(function: Node) -> list[Node]:
    """Statements of a function, without comments; of an arrow without braces its expression."""
    body = function.child_by_field_name("body")
    if body is None:
        return []
    if body.type != "statement_block":
        return [body]
    return [child for child in body.named_children if child.type != "comment"]
