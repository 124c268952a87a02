"""Product code that asks whether it is being tested: environment variables of runners, globals of runners, its own
stack. Pure.
"""

from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script import stack
from gatekeeper.integrity.script.choices import decided
from gatekeeper.integrity.script.conditions import conditions
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import FUNCTIONS, function_around, name_of, plain, surrounding
from gatekeeper.integrity.script.side import Finder, Side

DETECTED, DECIDES, STACK = "js-runner-detected", "js-runner-decides", stack.STACK
_NAMING = frozenset({"variable_declarator", "function_declaration", "import_specifier", "export_specifier"})
"""What stands around a name where it is only declared."""
_SHORT_FUNCTION = 200


def _find(side: Side) -> Iterator[Found]:
    asked = list(conditions(side))
    flags = _flags(side, asked)
    uses = asked + [node for node in side.script.nodes("identifier", "call_expression") if _uses(side, node, flags)]
    seen: set[int] = set()
    for node in uses:
        chosen = decided(side, node)
        if chosen is not None and chosen.start_byte not in seen:
            seen.add(chosen.start_byte)
            yield _made(side, DECIDES, node, chosen, "what is returned depends on whether a test runner is there")
    for node in asked:
        line = node.start_point[0] + 1
        here = name_of(side.script, function_around(node))
        text = plain(side.script.text(node))[:300]
        yield Found(
            DETECTED,
            f"{DETECTED} {here} {text}",
            line,
            "the product asks whether it is being tested",
            same=(f"{DETECTED} {text}",),
            symbol=here,
            context=side.script.line_text(line),
        )


def _flags(side: Side, asked: list[Node]) -> frozenset[str]:
    """Variables and functions of the file that stand for such a condition: `const isTest = …`."""
    named = (_named(side, node) for node in asked)
    found = {side.script.text(around.child_by_field_name("name")) for around in named if around is not None}
    return frozenset(name for name in found if name.isidentifier())


def _named(side: Side, node: Node) -> Node | None:
    """The variable that is set to a condition, or the short function that only asks it."""
    for around in surrounding(node):
        if around.type == "variable_declarator":
            return around
        if around.type == "function_declaration":
            return around if len(side.script.text(around)) < _SHORT_FUNCTION else None
        if around.type in ("statement_block", "if_statement") and not _is_body(around):
            return None
    return None


def _is_body(node: Node) -> bool:
    """Does a function stand directly around?"""
    return node.parent is None or node.parent.type in FUNCTIONS


def _uses(side: Side, node: Node, flags: frozenset[str]) -> bool:
    if not flags or node.type != "identifier" or side.script.text(node) not in flags:
        return False
    return node.parent is not None and node.parent.type not in _NAMING


def _made(side: Side, rule: str, node: Node, decided: Node, message: str) -> Found:
    line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
    text = plain(side.script.text(decided))[:2000]
    return Found(rule, f"{rule} {here} {text}", line, message, symbol=here, context=side.script.line_text(line))


_WORDS = (
    b"VITEST",
    b"JEST_WORKER",
    b"NODE_ENV",
    b"NODE_TEST",
    b"MOCHA",
    b"import.meta.vitest",
    b"import.meta.env",
    b"TEST_WORKER",
    b"PLAYWRIGHT",
    b"APP_ENV",
    b"BUN_ENV",
    b"AVA_PATH",
    b"npm_lifecycle_event",
    b"typeof jest",
    b"typeof vi",
    b"typeof describe",
    b"typeof it",
    b"typeof expect",
    b"typeof globalThis",
    b"typeof test",
    b"typeof mocha",
    b"typeof beforeEach",
    b"typeof (",
    b"argv",
)
FINDERS = (Finder(_find, _WORDS, (Role.PRODUCT,)), *stack.FINDERS)
