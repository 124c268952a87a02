"""Ends of the test process that look green: `process.exit(0)` and handlers that swallow what went wrong. Pure."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.nodes import (
    FUNCTIONS,
    arguments,
    body_of,
    chain,
    function_around,
    name_of,
    plain,
    statement_around,
    string_of,
    surrounding,
)
from gatekeeper.integrity.script.side import RUN_BY_TESTS, SUPPORT, Finder, Side, is_loaded

EXIT, HANDLER, POSSIBLE = "js-process-exit", "js-exit-hook", "js-exit-possible"
_EXITS = (("process", "exit"), ("process", "reallyExit"), ("process", "abort"), ("Deno", "exit"), ("process", "kill"))
_OTHER_MACHINES = re.compile(
    r"\((?:process\.platform|os\.platform\(\))===?\"(?:win32|darwin|freebsd|aix|sunos|android)\"\)$"
    r"|\(!?semver\.\w+\(process\.versions?\b|\(isWin(?:dows)?\)$"
)
_FAILURES = frozenset({"uncaughtException", "unhandledRejection", "uncaughtExceptionMonitor", "error"})
_ENDS = frozenset({"exit", "beforeExit", *_FAILURES})
_LISTENING = frozenset(
    {"on", "once", "addListener", "prependListener", "prependOnceListener", "setUncaughtExceptionCaptureCallback"}
)
_QUIET = frozenset({"console", "log", "logger", "debug"})
_EACH = frozenset({"afterEach", "beforeEach"})


def _find(side: Side) -> Iterator[Found]:
    if _is_child_program(side):
        return
    for node in side.script.nodes("call_expression"):
        yield from _call(side, node)
    for node in side.script.nodes("assignment_expression"):
        yield from _assignment(side, node)


def _is_child_program(side: Side) -> bool:
    """A new file among the fixtures that nothing of the branch loads: a program for tests to start."""
    if side.role is not Role.HARNESS or side.change.old is not None:
        return False
    return any(part in f"/{side.path}" for part in SUPPORT) and not is_loaded(side.diff, side.path)


def _call(side: Side, node: Node) -> Iterator[Found]:
    names = side.names.runtime(node.child_by_field_name("function"))
    given = arguments(node)
    if names in _EXITS[:-1] and _is_green(side, given, names):
        yield _made(
            side,
            POSSIBLE if _elsewhere(side, node) else EXIT,
            node,
            f"{'.'.join(names)}() ends the run of the tests with status 0, whatever failed",
            ".".join(names),
        )
    elif names == _EXITS[-1] and given and side.script.text(given[0]) == "process.pid":
        yield _made(side, EXIT, node, "the process of the tests ends itself", "process.kill")
    elif names[:1] == ("process",) and names[-1] in _LISTENING:
        yield from _listener(side, node, names[-1], given)


def _listener(side: Side, node: Node, method: str, given: list[Node]) -> Iterator[Found]:
    """`process.on("exit", …)` with a handler that makes the run look green."""
    event = string_of(side.script, given[0]) if given else None
    if method == "setUncaughtExceptionCaptureCallback":
        event, given = "uncaughtException", [node, *given]
    if event in _ENDS and len(given) > 1 and _hides(side, event, given[1]):
        what = "drops what went wrong" if event in _FAILURES else "sets the exit status to 0"
        yield _made(side, HANDLER, node, f"a handler of {event} {what}", f"{method} {event}")


def _elsewhere(side: Side, node: Node) -> bool:
    """`if (process.platform === "win32") process.exit(0)` at the top of a file: it does not apply to this machine."""
    for around in surrounding(node):
        if around.type in FUNCTIONS:
            return False
        if around.type == "if_statement":
            condition = plain(side.script.text(around.child_by_field_name("condition")))
            return _OTHER_MACHINES.match(condition) is not None
    return False


def _is_green(side: Side, given: list[Node], names: tuple[str, ...]) -> bool:
    """No status, or a literal 0; a computed one may be an honest one."""
    if names[-1] == "abort":
        return False
    return not given or _zero(side, given[0])


def _zero(side: Side, node: Node) -> bool:
    text = plain(side.script.text(node))
    return text in ("0", '"0"', "undefined", "null", "false", "-0", "+0", "0x0", "!1", "void0", "Number(0)") or (
        names_zero(text) and node.type in ("member_expression", "identifier")
    )


def names_zero(text: str) -> bool:
    """A constant that is called after success."""
    return text.rpartition(".")[2].upper() in ("SUCCESS", "EXIT_SUCCESS", "OK", "EXIT_OK")


def _assignment(side: Side, node: Node) -> Iterator[Found]:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or b"exitCode" not in side.script.source[left.start_byte : left.end_byte]:
        return
    if side.names.runtime(left) == ("process", "exitCode") and _zero(side, right) and not _is_reset(side, node):
        yield _made(side, EXIT, node, "the exit status of the test process is set to 0", "process.exitCode")


def _is_reset(side: Side, node: Node) -> bool:
    """Set back around single tests of a file that is about exit statuses."""
    about = any("exitCode" in found.subject or "exitCode" in "".join(found.given) for found in side.assertions)
    if not about:
        return False
    for found in surrounding(node):
        if found.type == "call_expression":
            names = side.names.of(found.child_by_field_name("function"))
            if names[:1] == ("process",):
                return False
            if names[-1:] and (names[-1] in _EACH or names[0] == "it"):
                return True
    return False


def _hides(side: Side, event: str, handler: Node) -> bool:
    """Does a handler set the status to 0, or (of failures) do nothing that anybody would notice?"""
    body = _local(side, handler)
    if body is None:
        return side.script.text(handler) in ("noop", "_.noop", "lodash.noop", "Function.prototype")
    if any(_sets_zero(side, node) for node in _inside(body)):
        return True
    return event in _FAILURES and event != "error" and all(_only_talks(side, part) for part in body_of(body))


def _sets_zero(side: Side, node: Node) -> bool:
    """`process.exit()` and `process.exitCode = 0`."""
    if node.type == "call_expression":
        exits = side.names.runtime(node.child_by_field_name("function")) in _EXITS[:2]
        return exits and _is_green(side, arguments(node), ("process", "exit"))
    if node.type != "assignment_expression":
        return False
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return False
    return chain(side.script, left)[-1:] == ("exitCode",) and _zero(side, right)


def _local(side: Side, handler: Node) -> Node | None:
    """The function that a handler is, or that its name stands for in this file."""
    if handler.type in FUNCTIONS:
        return handler
    name = side.script.text(handler)
    for node in side.script.nodes("function_declaration", "variable_declarator"):
        if side.script.text(node.child_by_field_name("name")) == name:
            value = node if node.type == "function_declaration" else node.child_by_field_name("value")
            return value if value is not None and value.type in FUNCTIONS else None
    return None


def _inside(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        found = todo.pop()
        yield found
        todo += found.named_children


def _only_talks(side: Side, part: Node) -> bool:
    if part.type in ("empty_statement", "undefined", "null", "true", "false", "object"):
        return True
    if part.type == "return_statement":
        return all(
            child.type in ("true", "false", "undefined", "null", "comment", "identifier")
            for child in part.named_children
        )
    inner = part.named_children[0] if part.type == "expression_statement" and part.named_children else part
    if inner.type == "unary_expression":  # `void error`
        return True
    return inner.type == "call_expression" and chain(side.script, inner)[0] in _QUIET


def _made(side: Side, rule: str, node: Node, message: str, what: str) -> Found:
    line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
    text = plain(side.script.text(statement_around(node)))[:2000]
    return Found(
        rule,
        f"{rule} {here} {text}",
        line,
        message,
        same=(f"{rule} {what}",),
        symbol=here,
        context=side.script.line_text(line),
    )


FINDERS = (Finder(_find, (b"exit", b"Exit", b"ncaught", b"unhandled", b"abort", b"process.kill"), RUN_BY_TESTS),)
