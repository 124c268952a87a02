"""Expressions of product code that are true under a test runner only: its variables, its globals, its arguments.
Pure.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.script.choices import is_test_mode, returns
from gatekeeper.integrity.script.nodes import FUNCTIONS, arguments, chain, plain, string_of, surrounding
from gatekeeper.integrity.script.side import Side

_VARIABLES = frozenset(
    {
        "VITEST",
        "VITEST_WORKER_ID",
        "VITEST_POOL_ID",
        "VITEST_MODE",
        "JEST_WORKER_ID",
        "NODE_TEST_CONTEXT",
        "MOCHA_COLORS",
        "TEST_WORKER_INDEX",
        "PLAYWRIGHT_TEST",
        "TEST_PARALLEL_INDEX",
        "AVA_PATH",
    }
)
_MODES = frozenset({"NODE_ENV", "MODE", "APP_ENV", "BUN_ENV", "npm_lifecycle_event"})
_RUNNER_GLOBALS = frozenset(
    {
        "jest",
        "vi",
        "vitest",
        "describe",
        "it",
        "expect",
        "test",
        "beforeEach",
        "afterEach",
        "mocha",
        "jasmine",
        "__vitest_worker__",
        "__coverage__",
    }
)
_COMPARISONS = frozenset({"==", "===", "!=", "!=="})
_SEARCHES = frozenset(
    {
        "includes",
        "indexOf",
        "test",
        "search",
        "startsWith",
        "endsWith",
        "match",
        "some",
        "exec",
        "matchAll",
        "find",
        "join",
    }
)
_RUNNER_PROGRAMS = re.compile(r"vitest|jest|mocha|--test\b|playwright|\.(?:test|spec)\.|__tests__")
_PLACES = frozenset({"expression_statement", "statement_block", "variable_declarator", "pair", *FUNCTIONS})
"""Beyond these nothing is compared with a mode any more."""


def conditions(side: Side) -> Iterator[Node]:
    """Expressions that are true under a test runner only (or false there only)."""
    for kinds, asks in _FORMS:
        yield from (node for node in side.script.nodes(*kinds) if asks(side, node))


def _reads_environment(side: Side, node: Node) -> bool:
    """`process.env.VITEST`, `import.meta.vitest`."""
    name = _variable(side, node)
    if name in _VARIABLES:
        return True
    if name in _MODES:
        return _compared(side, node)
    return name == "vitest" and side.script.text(node) == "import.meta.vitest" and not _holds_tests(side, node)


def _compares(side: Side, node: Node) -> bool:
    """`"VITEST" in process.env`, `typeof jest !== "undefined"`."""
    operator = node.child_by_field_name("operator")
    left = node.child_by_field_name("left")
    if operator is None or left is None:
        return False
    if operator.type == "in":
        return (string_of(side.script, left) or "") in _VARIABLES
    return operator.type in _COMPARISONS and left.type == "unary_expression" and _runner_global(side, left)


def _is_variable(side: Side, node: Node) -> bool:
    """`const { VITEST } = process.env`."""
    if side.script.text(node) not in _VARIABLES:
        return False
    return node.parent is None or node.parent.type not in ("pair", "pair_pattern")


def _searches(side: Side, node: Node) -> bool:
    return _searches_arguments(side, node) or _searches_environment(side, node)


_FORMS = (
    (("member_expression", "subscript_expression"), _reads_environment),
    (("binary_expression",), _compares),
    (("identifier", "shorthand_property_identifier_pattern"), _is_variable),
    (("call_expression",), _searches),
)


def _variable(side: Side, node: Node) -> str:
    """Name of the environment variable that a member reads; empty for none."""
    names = chain(side.script, node)
    text = side.script.text(node)
    if names[-1:] == ("vitest",):
        return "vitest" if text == "import.meta.vitest" else ""
    of_environment = len(names) > 1 and names[-2] in ("env", "import.meta.env")
    return names[-1] if of_environment or text.startswith("import.meta.env") else ""


def _compared(side: Side, node: Node) -> bool:
    """Is a mode compared with "test", in an expression, a `switch`, or a list?"""
    for found in surrounding(node):
        if found.type in _PLACES:
            return False
        comparison = _COMPARED.get(found.type)
        answer = comparison(side, found) if comparison is not None else None
        if answer is not None:
            return answer
    return False


def _by_operator(side: Side, found: Node) -> bool | None:
    operator = found.child_by_field_name("operator")
    if operator is None or operator.type not in _COMPARISONS:
        return None
    return any(is_test_mode(side, found.child_by_field_name(field)) for field in ("left", "right"))


def _by_switch(side: Side, found: Node) -> bool | None:
    body = found.child_by_field_name("body")
    cases = body.named_children if body is not None else []
    return any(is_test_mode(side, case.child_by_field_name("value")) for case in cases)


def _by_list(side: Side, found: Node) -> bool | None:
    """`["test", "ci"].includes(mode)`."""
    if found.parent is None:
        return None
    callee = found.parent.child_by_field_name("function")
    return chain(side.script, callee)[-1:] == ("includes",) and '"test"' in plain(side.script.text(callee))


_COMPARED = {"binary_expression": _by_operator, "switch_statement": _by_switch, "arguments": _by_list}
"""How a node around a mode compares it; None: it does not, look further out."""


def _holds_tests(side: Side, node: Node) -> bool:
    """`if (import.meta.vitest) { … }` around tests in the source itself, without a `return`."""
    for around in surrounding(node):
        if around.type == "if_statement" and "import.meta.vitest" in side.script.text(
            around.child_by_field_name("condition")
        ):
            return returns(side, around) is None
    return False


def _runner_global(side: Side, node: Node) -> bool:
    """`typeof jest`."""
    argument = node.child_by_field_name("argument")
    text = side.script.text(node)
    return (
        argument is not None
        and text.startswith("typeof")
        and chain(side.script, argument)[-1:] != ()
        and chain(side.script, argument)[-1] in _RUNNER_GLOBALS
    )


def _searches_arguments(side: Side, node: Node) -> bool:
    """`process.argv.some((a) => a.includes("vitest"))`."""
    names = side.names.runtime(node.child_by_field_name("function"))
    if names[:2] != ("process", "argv") or names[-1] not in _SEARCHES:
        return False
    return _RUNNER_PROGRAMS.search(" ".join(side.script.text(part) for part in arguments(node))) is not None


def _searches_environment(side: Side, node: Node) -> bool:
    """`Reflect.has(process.env, "VITEST")`, `Object.keys(process.env).some((key) => key.startsWith("VITEST"))`."""
    given = [string_of(side.script, part) or "" for part in arguments(node)]
    return any(text in _VARIABLES or text.startswith(("VITEST", "JEST_")) for text in given)
