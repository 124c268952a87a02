"""Product code that asks whether it is being tested: environment variables of runners, globals of runners, its own
stack. Pure.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import (
    FUNCTIONS,
    arguments,
    chain,
    function_around,
    name_of,
    plain,
    statement_around,
    string_of,
    surrounding,
    unwrap,
)
from gatekeeper.integrity.script.side import Finder, Side

DETECTED, DECIDES, STACK = "js-runner-detected", "js-runner-decides", "js-stack-inspected"
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
_MODE_VALUES = frozenset({"test", "testing"})
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
    {"includes", "indexOf", "test", "search", "startsWith", "endsWith", "match", "some", "exec", "matchAll"}
)
_TESTERS = re.compile(
    r"vitest|jest|mocha|jasmine|\btest|spec\b|node:internal|test_runner|chai|expect|tinypool|__tests__|ava\b",
    re.IGNORECASE,
)
_RUNNER_PROGRAMS = re.compile(r"vitest|jest|mocha|--test\b|playwright")
_HARMLESS_RESULTS = frozenset({"undefined", "null", "void0"})
_PASSING_ON = frozenset({"next", "done", "callback", "cb", "resolve"})


def _find(side: Side) -> Iterator[Found]:
    conditions = list(_conditions(side))
    flags = _flags(side, conditions)
    uses = conditions + [
        node for node in side.script.nodes("identifier", "call_expression") if _uses(side, node, flags)
    ]
    seen: set[int] = set()
    for node in uses:
        decided = _decided(side, node)
        if decided is not None and decided.start_byte not in seen:
            seen.add(decided.start_byte)
            yield _made(side, DECIDES, node, decided, "what is returned depends on whether a test runner is there")
    for node in conditions:
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


def _conditions(side: Side) -> Iterator[Node]:
    """Expressions that are true under a test runner only (or false there only)."""
    for node in side.script.nodes("member_expression", "subscript_expression"):
        name = _variable(side, node)
        if (
            name in _VARIABLES
            or (name in _MODES and _compared(side, node))
            or (name == "vitest" and side.script.text(node) == "import.meta.vitest" and not _holds_tests(side, node))
        ):
            yield node
    for node in side.script.nodes("binary_expression"):
        operator = node.child_by_field_name("operator")
        left = node.child_by_field_name("left")
        if operator is None or left is None:
            continue
        if (operator.type == "in" and (string_of(side.script, left) or "") in _VARIABLES) or (
            operator.type in _COMPARISONS and left.type == "unary_expression" and _runner_global(side, left)
        ):
            yield node
    for node in side.script.nodes("identifier", "shorthand_property_identifier_pattern"):
        if side.script.text(node) in _VARIABLES and (
            node.parent is None or node.parent.type not in ("pair", "pair_pattern")
        ):
            yield node
    for node in side.script.nodes("call_expression"):
        if _searches_arguments(side, node) or _searches_environment(side, node):
            yield node


def _variable(side: Side, node: Node) -> str:
    """Name of the environment variable that a member reads; empty for none."""
    names = chain(side.script, node)
    text = side.script.text(node)
    if names[-1:] == ("vitest",):
        return "vitest" if text == "import.meta.vitest" else ""
    return (
        names[-1]
        if (len(names) > 1 and names[-2:-1] in (("env",), ("import.meta.env",))) or text.startswith("import.meta.env")
        else ""
    )


def _compared(side: Side, node: Node) -> bool:
    """Is a mode compared with "test", in an expression, a `switch`, or a list?"""
    for found in surrounding(node):
        if found.type == "binary_expression":
            operator = found.child_by_field_name("operator")
            sides = (found.child_by_field_name("left"), found.child_by_field_name("right"))
            if operator is not None and operator.type in _COMPARISONS:
                return any((string_of(side.script, part) or "") in _MODE_VALUES for part in sides)
        elif found.type == "switch_statement":
            body = found.child_by_field_name("body")
            cases = body.named_children if body is not None else []
            return any(
                (string_of(side.script, case.child_by_field_name("value")) or "") in _MODE_VALUES for case in cases
            )
        elif found.type == "arguments" and found.parent is not None:
            callee = found.parent.child_by_field_name("function")
            return chain(side.script, callee)[-1:] == ("includes",) and '"test"' in plain(side.script.text(callee))
        elif found.type in ("expression_statement", "statement_block", "variable_declarator", "pair", *FUNCTIONS):
            return False
    return False


def _holds_tests(side: Side, node: Node) -> bool:
    """`if (import.meta.vitest) { … }` around tests in the source itself, without a `return`."""
    for around in surrounding(node):
        if around.type == "if_statement" and "import.meta.vitest" in side.script.text(
            around.child_by_field_name("condition")
        ):
            return _returns(side, around) is None
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
    if names[:2] != ("process", "argv") or names[-1] not in _SEARCHES | {"find", "join"}:
        return False
    return _RUNNER_PROGRAMS.search(" ".join(side.script.text(part) for part in arguments(node))) is not None


def _searches_environment(side: Side, node: Node) -> bool:
    """`Reflect.has(process.env, "VITEST")`, `Object.keys(process.env).some((key) => key.startsWith("VITEST"))`."""
    given = [string_of(side.script, part) or "" for part in arguments(node)]
    return any(text in _VARIABLES or text.startswith(("VITEST", "JEST_")) for text in given)


def _flags(side: Side, conditions: list[Node]) -> frozenset[str]:
    """Variables and functions of the file that stand for such a condition: `const isTest = …`."""
    found = set()
    for node in conditions:
        for around in surrounding(node):
            if around.type == "variable_declarator":
                found.add(side.script.text(around.child_by_field_name("name")))
                break
            if around.type == "function_declaration":
                if len(side.script.text(around)) < 200:
                    found.add(side.script.text(around.child_by_field_name("name")))
                break
            if (
                around.type in ("statement_block", "if_statement")
                and around.parent is not None
                and around.parent.type not in FUNCTIONS
            ):
                break
    return frozenset(name for name in found if name.isidentifier())


def _uses(side: Side, node: Node, flags: frozenset[str]) -> bool:
    if not flags or node.type != "identifier" or side.script.text(node) not in flags:
        return False
    return node.parent is not None and node.parent.type not in (
        "variable_declarator",
        "function_declaration",
        "import_specifier",
        "export_specifier",
    )


def _decided(side: Side, node: Node) -> Node | None:
    """The `return`, or the expression of an arrow, whose value this condition chooses; None when it chooses none."""
    child = node
    for around in surrounding(node):
        if around.type == "if_statement" and _is_part(around, "condition", child):
            return _returns(side, around)
        if around.type == "switch_statement" and _is_part(around, "value", child):
            return _returns(side, around, test_case=True)
        if around.type == "ternary_expression" and _is_part(around, "condition", child):
            return _returned(around)
        if around.type == "binary_expression" and _is_choice(around, child):
            return _returned(around)
        if around.type in (
            "statement_block",
            "program",
            "arguments",
            "switch_case",
            *FUNCTIONS,
        ) or around.type.endswith("_statement"):
            return None
        child = around
    return None


def _is_part(around: Node, field: str, child: Node) -> bool:
    return around.child_by_field_name(field) == child


def _is_choice(around: Node, child: Node) -> bool:
    """`isTest && 42`: a value behind a condition, that is no condition itself."""
    operator, right = around.child_by_field_name("operator"), around.child_by_field_name("right")
    if (
        operator is None
        or operator.type not in ("&&", "||")
        or around.child_by_field_name("left") != child
        or right is None
    ):
        return False
    return unwrap(right).type in ("number", "string", "template_string", "object", "array", "new_expression", "true")


def _returns(side: Side, around: Node, test_case: bool = False) -> Node | None:
    """A `return` with a value in what a condition guards; not one in a function inside of it."""
    todo = [part for field in ("consequence", "alternative") if (part := around.child_by_field_name(field)) is not None]
    if test_case:
        body = around.child_by_field_name("body")
        cases = body.named_children if body is not None else []
        todo = [
            case for case in cases if (string_of(side.script, case.child_by_field_name("value")) or "") in _MODE_VALUES
        ]
    while todo:
        found = todo.pop()
        if found.type == "return_statement" and _says_something(side, found):
            return around
        if found.type not in FUNCTIONS:
            todo += found.named_children
    return None


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
        if around.type not in (
            "parenthesized_expression",
            "as_expression",
            "await_expression",
            "satisfies_expression",
            "ternary_expression",
        ):
            return None
        child = around
    return None


def _made(side: Side, rule: str, node: Node, decided: Node, message: str) -> Found:
    line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
    text = plain(side.script.text(decided))[:2000]
    return Found(rule, f"{rule} {here} {text}", line, message, symbol=here, context=side.script.line_text(line))


def _stack(side: Side) -> Iterator[Found]:
    """The text of the own call stack is searched, and something depends on the answer."""
    holders = _stack_holders(side)
    for node in side.script.nodes("call_expression"):
        callee = node.child_by_field_name("function")
        names = chain(side.script, callee)
        if callee is None or names[-1:] == () or names[-1] not in _SEARCHES or callee.type != "member_expression":
            continue
        receiver, given = callee.child_by_field_name("object"), arguments(node)
        asked = [part for part in (receiver, *given) if part is not None]
        if any(_is_stack(side, part, holders) for part in asked) and _branches(side, node):
            line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
            yield Found(
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
        name = node.child_by_field_name("name") or node.child_by_field_name("left")
        if (
            value is not None
            and name is not None
            and (_makes_error(side, unwrap(value)) or _is_stack(side, value, frozenset(found)))
        ):
            found.update(
                side.script.text(part)
                for part in ((name, *name.named_children) if name.type == "object_pattern" else (name,))
            )
    return frozenset(found)


def _makes_error(side: Side, node: Node) -> bool:
    return node.type in ("new_expression", "call_expression") and side.script.text(
        node.child_by_field_name("constructor") or node.child_by_field_name("function")
    ) in ("Error", "globalThis.Error")


def _is_stack(side: Side, node: Node, holders: frozenset[str]) -> bool:
    """`new Error().stack`, a variable that holds one, or a part of it: a chain that begins there."""
    reads = b"stack" in side.script.source[node.start_byte : node.end_byte]
    for _ in range(30):
        node = unwrap(node)
        if node.type in ("member_expression", "subscript_expression"):
            inner = node.child_by_field_name("object")
        elif node.type == "call_expression" and not _makes_error(side, node):
            inner = node.child_by_field_name("function")
        elif node.type == "binary_expression":  # `new Error().stack ?? ""`
            inner = node.child_by_field_name("left")
        elif node.type == "template_string":
            inner = next(
                (
                    part.named_children[0]
                    for part in node.named_children
                    if part.type == "template_substitution" and part.named_children
                ),
                None,
            )
        else:
            return (_makes_error(side, node) and reads) or (
                node.type == "identifier" and side.script.text(node) in holders
            )
        if inner is None:
            return False
        node = inner
    return False


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
        if around.type in ("if_statement", "ternary_expression", "while_statement", "switch_statement"):
            return around.child_by_field_name("condition") == child or around.child_by_field_name("value") == child
        if around.type in (
            "arguments",
            "statement_block",
            "arrow_function",
            "subscript_expression",
            "member_expression",
            "program",
        ):
            return False
        if around.type == "return_statement":
            return chain(side.script, node)[-1] not in ("match", "exec", "matchAll", "indexOf", "search")
        child = around
    return False


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
FINDERS = (
    Finder(_find, _WORDS, (Role.PRODUCT,)),
    Finder(_stack, (b".stack", b"captureStackTrace", b"prepareStackTrace", b"stack }"), (Role.PRODUCT,)),
)
