"""New tests that cannot fail but by an exception that nobody expects. Pure."""

import ast
import re

from gatekeeper.integrity.code.assertions import asserts, called_name, calls, is_checking
from gatekeeper.integrity.code.compared import Side
from gatekeeper.integrity.parsed import Function

# Fixtures that compare by themselves, and decorators that do.
_COMPARING = re.compile(
    r"(?i)snapshot|regression|approv|golden|benchmark|compar|check|assert|cassette|mypy|verify|expect"
)
_RUNNING = ("raise_for_status", "testmod", "inline_run")
_SHARED = re.compile(
    r"(?:^|[._])(?:tests?|testing|helpers?|utils?|conftest|support|common|base|fixtures?)(?:[._]|$)|^\."
)


def asserts_nothing(function: Function, side: Side) -> bool:
    """Is there no assertion, and nothing called that may hold one?

    What is called from a module of test helpers, or inherited, gets the benefit of the doubt.
    """
    node, names = function.node, side.marks.names
    if asserts(node, names) or any(_COMPARING.search(a.arg) for a in (*node.args.args, *node.args.kwonlyargs)):
        return False
    if any(_COMPARING.search(decorator) for decorator in function.decorators):
        return False
    return not any(_may_assert(call, side) for call in calls(node))


def _is_check(keyword: ast.keyword) -> bool:
    """`subprocess.run(…, check=True)` raises."""
    return keyword.arg == "check" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True


def _may_assert(call: ast.Call, side: Side) -> bool:
    name = called_name(call)
    if is_checking(name) or side.has_asserting(name) or name in _RUNNING:
        return True
    if any(map(_is_check, call.keywords)):
        return True
    full = side.marks.names.of(call.func)
    if full.startswith(("self.", "cls.")):
        # A method that this file does not define is inherited.
        return full.count(".") == 1 and not side.defines(name)
    shared = _SHARED.search(full.rpartition(".")[0]) is not None
    return "." in full and shared and not full.startswith(("unittest.", "pytest."))
