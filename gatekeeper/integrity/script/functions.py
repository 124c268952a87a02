"""Named functions of a script: where they stand, and which of them seem to assert. Pure."""

from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.nodes import FUNCTIONS


def function_names(script: ParsedScript) -> frozenset[str]:
    """Names of all functions and methods of a file that have one."""
    return frozenset(name for _, name in named_functions(script))


def named_functions(script: ParsedScript) -> Iterator[tuple[Node, str]]:
    """Functions and methods with a name of their own, with that name, in the order of the source."""
    for node in script.nodes("function_declaration", "variable_declarator", "method_definition"):
        value = node if node.type != "variable_declarator" else node.child_by_field_name("value")
        if value is not None and value.type in FUNCTIONS:
            yield node, script.text(node.child_by_field_name("name"))


def asserting_functions(script: ParsedScript) -> frozenset[str]:
    """Names of functions of the file that hold something that looks like an assertion."""
    words = (b"expect", b"assert", b"throw", b"should")
    return frozenset(
        name
        for node, name in named_functions(script)
        if any(script.source.find(word, node.start_byte, node.end_byte) >= 0 for word in words)
    )
