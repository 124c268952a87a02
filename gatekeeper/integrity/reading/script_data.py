"""Literal data in JavaScript, TypeScript and JSON with comments: what a configuration file exports, without running it.

tree-sitter parses; objects, arrays, strings, numbers, booleans, spreads of known constants and `||` are followed;
everything that
is computed is UNKNOWN. JSON, JSONC and JSON5 are expressions of JavaScript.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gatekeeper.integrity.reading.data import MAX_DEPTH, UNKNOWN, Rows, Table, Text, number

if TYPE_CHECKING:
    import tree_sitter

_WRAPPERS = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "function_declaration"})
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": None}


@cache
def _parser(language: str) -> tree_sitter.Parser:
    # Here and not above: most branches change nothing that has to be parsed by it.
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_javascript  # noqa: PLC0415
    import tree_sitter_typescript  # noqa: PLC0415

    if language == "typescript":
        return tree_sitter.Parser(tree_sitter.Language(tree_sitter_typescript.language_typescript()))
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))


def read_json(raw: bytes) -> object:
    """The value of JSON, JSON with comments or JSON5. UNKNOWN when it is none."""
    tree = _parser("javascript").parse(b"(" + raw + b"\n)")
    for child in tree.root_node.named_children:
        if child.type == "expression_statement" and child.named_children:
            return _Reader({}).value(child.named_children[0], 0)
    return UNKNOWN


def read_script(raw: bytes, typescript: bool) -> object:
    """What the module exports by default (`export default`, `module.exports =`, `export =`). UNKNOWN when that is
    computed.
    """
    root = _parser("typescript" if typescript else "javascript").parse(raw).root_node
    reader = _Reader(_constants(root))
    exported = next((found for child in root.named_children if (found := _exported(child)) is not None), None)
    return UNKNOWN if exported is None else reader.value(exported, 0)


def _exported(statement: tree_sitter.Node) -> tree_sitter.Node | None:
    if statement.type == "export_statement":
        kinds = {child.type for child in statement.children}
        return statement.named_children[-1] if kinds & {"default", "="} and statement.named_children else None
    if statement.type != "expression_statement" or not statement.named_children:
        return None
    assignment = statement.named_children[0]
    left = assignment.child_by_field_name("left") if assignment.type == "assignment_expression" else None
    return (
        assignment.child_by_field_name("right")
        if left and left.text in (b"module.exports", b"exports.default")
        else None
    )


def _constants(root: tree_sitter.Node) -> dict[str, tree_sitter.Node]:
    """Names that are bound at the top of the module, and the expressions that they are bound to."""
    found: dict[str, tree_sitter.Node] = {}
    for statement in root.named_children:
        declared = statement.child_by_field_name("declaration") or statement
        for declarator in declared.named_children:
            name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if declarator.type == "variable_declarator" and name is not None and value is not None:
                found[_text(name)] = value
        if declared.type == "function_declaration" and (named := declared.child_by_field_name("name")) is not None:
            found[_text(named)] = declared
    return found


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


class _Reader:
    """Turns expressions into data. `open` guards against a name that stands for itself."""

    def __init__(self, constants: dict[str, tree_sitter.Node]) -> None:
        self.constants = constants
        self.open: list[str] = []

    def value(self, node: tree_sitter.Node, depth: int) -> object:
        if depth > MAX_DEPTH:
            return UNKNOWN
        kind = node.type
        if kind in ("object", "array"):
            return (self._object if kind == "object" else self._array)(node, depth)
        if kind in _WRAPPERS:
            return self._wrapped(node, depth)
        if kind in _FUNCTIONS:
            return self._returned(node, depth)
        if kind == "identifier":
            return self._named(_text(node), depth)
        return self._call(node, depth) if kind == "call_expression" else _scalar(node)

    def _wrapped(self, node: tree_sitter.Node, depth: int) -> object:
        inner = [child for child in node.named_children if child.type != "comment"]
        return self.value(inner[0], depth + 1) if inner else UNKNOWN

    def _object(self, node: tree_sitter.Node, depth: int) -> Table:
        made = Table()
        for child in node.named_children:
            line = child.start_point[0] + 1
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                made.put(_key(key), self.value(value, depth + 1), line)
            elif child.type == "shorthand_property_identifier":
                made.put(_text(child), self._named(_text(child), depth), line)
            elif child.type == "spread_element" and child.named_children:
                spread = self.value(child.named_children[0], depth + 1)
                for name, inherited in spread.items() if isinstance(spread, dict) else ():
                    made.put(name, inherited, line)
        return made

    def _array(self, node: tree_sitter.Node, depth: int) -> Rows:
        made = Rows()
        for child in node.named_children:
            line = child.start_point[0] + 1
            if child.type == "spread_element" and child.named_children:
                spread = self.value(child.named_children[0], depth + 1)
                for item in spread if isinstance(spread, list) else [spread]:
                    made.add(item, line)
            elif child.type != "comment":
                made.add(self.value(child, depth + 1), line)
        return made

    def _call(self, node: tree_sitter.Node, depth: int) -> object:
        """`defineConfig(x)` is x; `tseslint.config(a, b)` and `mergeConfig(a, b)` are lists of what they are given."""
        arguments = node.child_by_field_name("arguments")
        given = [child for child in arguments.named_children if child.type != "comment"] if arguments else []
        if len(given) < 2:
            return self.value(given[0], depth + 1) if given else UNKNOWN
        made = Rows()
        for child in given:
            made.add(self.value(child, depth + 1), child.start_point[0] + 1)
        return made

    def _returned(self, node: tree_sitter.Node, depth: int) -> object:
        body = node.child_by_field_name("body")
        if body is None or body.type != "statement_block":
            return self.value(body, depth + 1) if body is not None else UNKNOWN
        returns = [child for child in body.named_children if child.type == "return_statement" and child.named_children]
        return self.value(returns[-1].named_children[0], depth + 1) if returns else UNKNOWN

    def _named(self, name: str, depth: int) -> object:
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name not in self.constants or name in self.open:
            return UNKNOWN
        self.open.append(name)
        try:
            return self.value(self.constants[name], depth + 1)
        finally:
            self.open.pop()


def _key(node: tree_sitter.Node) -> str:
    return str(_scalar(node)) if node.type in ("string", "number") else _text(node)


def _scalar(node: tree_sitter.Node) -> object:
    text = _text(node)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if node.type == "string":
        return Text("".join(_text(part) for part in node.named_children), node.start_point[0] + 1)
    if node.type == "template_string" and all(part.type == "string_fragment" for part in node.named_children):
        return Text(text[1:-1], node.start_point[0] + 1)
    if node.type == "regex":
        return Text(text, node.start_point[0] + 1)
    if node.type in ("number", "unary_expression"):
        found = number(text.replace("_", "").replace(" ", ""))
        return UNKNOWN if found is None else found
    return UNKNOWN
