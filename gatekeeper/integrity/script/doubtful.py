"""Things in test files that make a green result mean less: `.only`, swallowed failures, tautologies, retries, mocks.
Pure.
"""

from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script.assertions import assertion
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import (
    FUNCTIONS,
    arguments,
    body_of,
    chain,
    plain,
    string_of,
    surrounding,
    unwrap,
)
from gatekeeper.integrity.script.side import SUPPORT, TESTS, Finder, Side

ONLY, SWALLOWED, CONSTANT, RETRY, MOCK = (
    "js-test-only",
    "js-assertion-swallowed",
    "js-assertion-constant",
    "js-retry-added",
    "js-subject-mocked",
)
_LOOPS = frozenset({"while_statement", "do_statement", "for_statement", "for_in_statement"})
_MOCKERS = frozenset({"mock", "doMock", "unstable_mockModule", "setMock", "module"})
_MOCKED = (b"vi.", b"vitest.", b"jest.", b"mock.", b"t.mock.")
_CONTINUING = frozenset({"done", "resolve", "next", "cb", "callback"})
_QUIET = frozenset({"console", "log", "logger", "debug"})


def _only(side: Side) -> Iterator[Found]:
    if side.role is Role.HARNESS and any(part in f"/{side.path}" for part in SUPPORT):
        return
    for name, line in dict.fromkeys((block.only, block.only_line) for block in side.blocks if block.only):
        yield Found(
            ONLY,
            f"only {name}",
            line,
            "with .only all other tests of the file are left out, silently",
            symbol=name,
            context=side.script.line_text(line),
        )


def _constant(side: Side) -> Iterator[Found]:
    """Tests that only mark that a place was reached, and do not say how often that is to happen."""
    for block in side.blocks:
        if block.assertions or block.checks or block.planned or block.helper:
            continue
        for found in block.markers:
            yield Found(
                CONSTANT,
                f"constant {block.id} {found.text}",
                found.line,
                "the only assertion of this test can't fail: what it compares is the same whatever the code does",
                symbol=block.id,
                context=side.script.line_text(found.line),
            )


def _swallowed(side: Side) -> Iterator[Found]:
    """`try { expect(…) } catch {}`, and `.catch(() => {})` behind an assertion."""
    for node in side.script.nodes("try_statement"):
        handler = node.child_by_field_name("handler")
        if handler is not None and _is_quiet(side, handler) and _asserts_directly(side, node) and not _polls(node):
            yield _silent(side, node, "a failing assertion ends in an empty catch")
    for node in side.script.nodes("call_expression"):
        if _is_dropped(side, node):
            yield _silent(side, node, "the rejection of an assertion is caught and dropped")


def _is_dropped(side: Side, node: Node) -> bool:
    """`expect(…).rejects.toThrow().catch(() => {})`."""
    callee = node.child_by_field_name("function")
    if callee is None or callee.type != "member_expression":
        return False
    if side.script.text(callee.child_by_field_name("property")) != "catch":
        return False
    given, inner = arguments(node), callee.child_by_field_name("object")
    if not given or given[0].type not in FUNCTIONS or not _is_quiet(side, given[0]):
        return False
    return inner is not None and _is_assertion(side, inner)


def _silent(side: Side, node: Node, message: str) -> Found:
    line = node.start_point[0] + 1
    return Found(
        SWALLOWED,
        f"swallowed {plain(side.script.text(node))[:2000]}",
        line,
        message,
        symbol=side.test_at(line),
        context=side.script.line_text(line),
        harder=True,
    )


def _is_quiet(side: Side, handler: Node) -> bool:
    """A catch clause or callback that does nothing, or only talks."""
    return all(_says_nothing(side, part) for part in body_of(handler))


def _says_nothing(side: Side, part: Node) -> bool:
    if part.type in ("empty_statement", "undefined", "null", "true", "false", "object", "identifier"):
        return True
    if part.type == "return_statement":
        return all(child.type in ("true", "undefined", "null", "false", "comment") for child in part.named_children)
    inner = part.named_children[0] if part.type == "expression_statement" and part.named_children else part
    inner = unwrap(inner)
    if inner.type != "call_expression":
        return False
    root = chain(side.script, inner)[0]
    return root in _QUIET or (root in _CONTINUING and not arguments(inner))


def _asserts_directly(side: Side, node: Node) -> bool:
    """Is there an assertion in the body of this try, not in a function or an inner try of it?"""
    body = node.child_by_field_name("body")
    todo = list(body.named_children) if body is not None else []
    while todo:
        found = todo.pop()
        if found.type == "call_expression" and _is_assertion(side, found):
            return True
        if found.type not in FUNCTIONS and found.type != "try_statement":
            todo += found.named_children
    return False


def _polls(node: Node) -> bool:
    """In a loop a failure is tried again."""
    for found in surrounding(node):
        if found.type in _LOOPS:
            return True
        if found.type in FUNCTIONS:
            return False
    return False


def _is_assertion(side: Side, node: Node) -> bool:
    node = unwrap(node)
    return node.type == "call_expression" and assertion(side.script, side.names, node, "t") is not None


def _retries(side: Side) -> Iterator[Found]:
    for block in side.blocks:
        if block.retried:
            yield Found(
                RETRY,
                f"retried {block.id}",
                block.line,
                "a test that is run again until it passes hides what makes it fail",
                symbol=block.id,
                context=side.script.line_text(block.line),
            )
    for node in side.script.nodes("call_expression"):
        names = chain(side.script, node.child_by_field_name("function"))
        if names[-1:] == ("retryTimes",) or (
            names[-1:] == ("configure",) and b"retries" in side.script.source[node.start_byte : node.end_byte]
        ):
            given = arguments(node)
            if given and side.script.text(given[0]) == "0":
                continue
            line = node.start_point[0] + 1
            yield Found(
                RETRY,
                f"retried {plain(side.script.text(node))}",
                line,
                "tests that are run again until they pass hide what makes them fail",
                same=(f"{RETRY} {'.'.join(names)}",),
                context=side.script.line_text(line),
            )


def _mocks(side: Side) -> Iterator[Found]:
    """Every module that is mocked by its path; whether it is the one under test is decided with the whole diff in
    view.
    """
    spaces = {name: module for name, module in side.names.namespaces.items() if module.startswith(".")}
    for node in side.script.nodes("call_expression"):
        if not side.script.source.startswith(_MOCKED, node.start_byte):
            continue
        module, part = _mocked(side, node, spaces)
        if module is not None and module.startswith("."):
            line = node.start_point[0] + 1
            yield Found(
                MOCK,
                f"{MOCK} {side.path} {module} {part}",
                line,
                "the module under test, which this branch changes, is replaced",
                symbol=module,
                context=side.script.line_text(line),
            )


def _mocked(side: Side, node: Node, spaces: dict[str, str]) -> tuple[str | None, str]:
    """Module that a call replaces, and the part of it where that is only one; (None, "") for other calls."""
    names, given = chain(side.script, node.child_by_field_name("function")), arguments(node)
    if len(names) < 2 or not given:
        return None, ""
    if names[-1] in _MOCKERS:
        first = arguments(given[0]) if given[0].type == "call_expression" else given[:1]
        return (string_of(side.script, first[0]) if first else None), ""
    if "spyOn" in names and names[-1].startswith("mock"):
        return _spied(side, node, spaces)
    return None, ""


def _spied(side: Side, node: Node, spaces: dict[str, str]) -> tuple[str | None, str]:
    """Module and name of `vi.spyOn(namespace, "name").mock…`."""
    for _ in range(20):
        callee = node.child_by_field_name("function")
        inner = callee.child_by_field_name("object") if callee is not None else None
        if inner is None:
            return None, ""
        node = unwrap(inner)
        if node.type == "call_expression" and chain(side.script, node)[-1:] == ("spyOn",):
            given = arguments(node)
            return (
                (spaces.get(side.script.text(given[0])), string_of(side.script, given[1]) or "")
                if len(given) > 1
                else (None, "")
            )
    return None, ""


FINDERS = (
    Finder(_only, (b"only", b"fit", b"fdescribe", b"ftest", b"fspecify", b"fcontext"), TESTS),
    Finder(_constant, (), TESTS),
    Finder(_swallowed, (b"catch",), TESTS),
    Finder(_retries, (b"retry", b"retries"), TESTS),
    Finder(_mocks, (b"mock", b"Mock"), TESTS),
)
