"""Test blocks of JavaScript's runners (vitest, jest, mocha, node:test, ava, playwright and their like) as plain
data. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.assertions import Assertion, assertion, plain_assertion
from gatekeeper.integrity.script.bodies import Bodies
from gatekeeper.integrity.script.functions import asserting_functions, named_functions
from gatekeeper.integrity.script.names import Names
from gatekeeper.integrity.script.nodes import arguments, string_of
from gatekeeper.integrity.script.opened import SKIPPING, Open, function_of, joined, only_of, opened, skipped_of

_FIRST = re.compile(rb"[A-Za-z_$][\w$]*")
OUTSIDE = "outside of tests"
"""Id of the block that holds assertions of hooks such as `afterEach`, and of the file's top level."""
_MODIFIERS = frozenset({
    *SKIPPING, "only", "each", "for", "concurrent", "sequential", "serial", "parallel", "shuffle", "it", "test",
    "extend", "step", "slow", "failsafe", "cb", "before", "if", "todoIf", "serially", "describe",
})  # fmt: skip
_CHECKING = re.compile(
    r"expect|assert|should|verif|check|must|ensure|fail|throw|snapshot|validate|^(?:get|find)(?:All)?By|waitFor|^match|compare|^test[A-Z]|^run[A-Z]|done|"
    r"^is[A-Z].*(?:Same|Equal)|^(?:toBe|toEqual)|property$|^t$|^calledWith"
)
_CHAINED = (b".should.", b"assert.", b".expect(")
_SKIPS = ("this.skip", "ctx.skip", "context.skip")


class Block(Struct, frozen=True):
    """One test, or one function outside of tests that asserts (`helper`). `id` is the path of titles, joined by " >
    ".
    """

    id: str
    title: str
    line: int
    helper: bool = False
    only: str = ""
    """Id of the test or suite that is marked as the only one; empty for none."""
    only_line: int = 0
    skipped: str = ""
    """The word by which it, or a suite around it, is not run or expected to fail; empty when it counts."""
    conditional: bool = False
    """It is skipped under a condition."""
    rows: int | None = 1
    """Cases that it stands for; None when that is computed."""
    digest: str = ""
    """Of its body; empty for the shortest, which are all alike."""
    assertions: tuple[Assertion, ...] = ()
    markers: tuple[Assertion, ...] = ()
    """Assertions that can't fail: people mark with them that a place was reached."""
    planned: bool = False
    """It says how many assertions are to be reached, which gives markers a meaning."""
    checks: frozenset[str] = frozenset()
    """Names of called functions that may assert."""
    zero: bool = False
    """It says that it makes no assertion: `expect.assertions(0)`."""
    leaves: int = 0
    """Bare `return`s before its last assertion."""
    retried: bool = False


def blocks(script: ParsedScript, names: Names) -> tuple[list[Block], list[Assertion]]:
    """The tests of a file in the order of the source, and all its assertions."""
    reader = _Reader(script, names)
    reader.read()
    return reader.made, reader.every


class _Reader:
    def __init__(self, script: ParsedScript, names: Names) -> None:
        self.script = script
        self.names = names
        self.roots = {name.encode(): found for name, found in names.roots.items()}
        self.open: list[Open] = []
        self.made: list[Block] = []
        self.every: list[Assertion] = []
        self.loose: list[Assertion] = []
        self.bodies = Bodies(script)
        self.asserting = asserting_functions(script)
        self.chained = [word for word in _CHAINED if word in script.source]

    def read(self) -> None:
        source, last = self.script.source, -1
        for call in self.script.nodes("call_expression"):
            start = call.start_byte
            while self.open and self.open[-1].end <= start:
                self._close(self.open.pop())
            if start == last:  # an inner part of a chain that was read already
                continue
            first = _FIRST.match(source, start)
            name = first[0] if first else b""
            if self._is_read(call, name):
                last = start
            elif self.open and not self._is_handed(call, name):
                self._note_call(call)
        while self.open:
            self._close(self.open.pop())
        self.made.sort(key=lambda block: block.line)
        self.made += _helpers(self.script, self.loose)

    def _is_read(self, call: Node, name: bytes) -> bool:
        """Is this call, with its whole chain, a test, a marker or an assertion?"""
        if self.open and name == self.open[-1].tester.encode():
            return self._tester(call)
        root = self.roots.get(name) if name else ()
        if root is None:
            return False
        asserts = root[:1] in (("expect",), ("assert",))
        return (not asserts and self._test(call)) or self._assertion(call)

    def _is_handed(self, call: Node, name: bytes) -> bool:
        """Is this a call of something that the runner hands to the test around?"""
        known = not name or name in self.roots or name == self.open[-1].tester.encode()
        return not known and self._taken(call, name.decode())

    def _test(self, call: Node) -> bool:
        """Open a block, or apply a marker such as `test.skip()` to the one around."""
        found = self.names.of(call.child_by_field_name("function"))
        if found[:1] not in (("it",), ("describe",)) or not _MODIFIERS.issuperset(found[1:]):
            return False
        given = arguments(call)
        body = next((inner for node in reversed(given) if (inner := function_of(node)) is not None), None)
        if body is None:
            if not given or string_of(self.script, given[0]) is None:
                return self._marker(found, given)
            if len(given) > 2 or found[0] == "describe":
                return False
        self.open.append(opened(self.script, call, found, given, body))
        return True

    def _marker(self, found: tuple[str, ...], given: list[Node]) -> bool:
        """Playwright's `test.skip()`, `test.fixme(condition)` inside of a test or suite."""
        if self.open and found[-1] in ("skip", "fixme", "fail"):
            self.open[-1].skipped = self.open[-1].skipped or found[-1]
            self.open[-1].conditional = bool(given)
            return True
        return False

    def _tester(self, call: Node) -> bool:
        """`t.skip()`, `t.todo()`, `t.equal(a, b)`, and tests inside of tests: `t.test("…", fn)`."""
        callee = call.child_by_field_name("function")
        last = (
            self.script.text(callee.child_by_field_name("property"))
            if callee is not None and callee.type == "member_expression"
            else ""
        )
        if last in ("skip", "todo") and self.script.text(callee).count(".") == 1:
            here = self.open[-1]
            here.skipped, here.conditional = here.skipped or last, bool(self._guarded(call, here))
            return True
        if last == "test" and len(given := arguments(call)) > 1 and function_of(given[-1]) is not None:
            self.open.append(opened(self.script, call, ("it",), given, function_of(given[-1])))
            return True
        return self._assertion(call)

    def _taken(self, call: Node, name: str) -> bool:
        """`equal(a, b)` after `({ equal }) => …`."""
        if not any(name in block.taken for block in self.open):
            return False
        found = plain_assertion(self.script, call, name)
        if found is not None:
            self._note(found)
        return found is not None

    def _guarded(self, call: Node, here: Open) -> bool:
        """Does the call stand inside of a condition of the test?"""
        node = call.parent
        while node is not None and here.body is not None and node.start_byte > here.body.start_byte:
            if node.type in ("if_statement", "ternary_expression", "binary_expression", "switch_case"):
                return True
            node = node.parent
        return False

    def _assertion(self, call: Node) -> bool:
        tester = next((block.tester for block in reversed(self.open) if block.tester), "")
        found = assertion(self.script, self.names, call, tester)
        if found is None:
            self._plan(call)
            return False
        self._note(found)
        return True

    def _plan(self, call: Node) -> None:
        """`t.plan(3)`, `expect.assertions(1)`, `expect.hasAssertions()`."""
        said = self.script.source[call.start_byte : call.start_byte + 30]
        if self.open and said.startswith(b"expect.assertions(0)"):
            self.open[-1].zero = True
        elif self.open and (said.startswith((b"expect.assertions(", b"expect.hasAssertions(")) or b".plan(" in said):
            self.open[-1].planned = True

    def _note(self, found: Assertion) -> None:
        self.every.append(found)
        inside = next((block for block in reversed(self.open) if not block.suite), None)
        if inside is None:
            if found.matcher not in ("fail", "unreachable"):
                self.loose.append(found)
        elif found.matcher in ("fail", "unreachable"):
            inside.calls.add("fail")
        elif not inside.counted_to or found.start < inside.counted_to:
            inside.found.append(found)

    def _note_call(self, call: Node) -> None:
        callee = call.child_by_field_name("function")
        if callee is None:
            return
        kind, named = callee.type, None
        if kind == "identifier":
            named = callee
        elif kind == "member_expression":
            named = callee.child_by_field_name("property")
        name = self.script.text(named)
        if self._is_setting(call, callee, name):
            return
        if kind == "identifier" and self.names.roots.get(name) == ("expect",):
            return  # `expect(x)` without a matcher
        if self._may_assert(callee, name):
            self.open[-1].calls.add(name)

    def _is_setting(self, call: Node, callee: Node, name: str) -> bool:
        """Apply mocha's `this.skip()` and `this.retries(2)`, and jasmine's `pending()`, to the test around."""
        here = self.open[-1]
        if name == "pending" or (name == "skip" and self.script.text(callee) in _SKIPS):
            here.skipped, here.conditional = here.skipped or name, self._guarded(call, here)
            return True
        if name == "retries" and self.script.text(callee) == "this.retries":
            here.retried = True
            return True
        return False

    def _may_assert(self, callee: Node, name: str) -> bool:
        if name and (name in self.asserting or name == self.open[-1].done or _CHECKING.search(name)):
            return True
        return bool(self.chained) and any(word in self.script.raw(callee) for word in self.chained)

    def _close(self, done: Open) -> None:
        if done.suite:
            return
        if done.found or done.calls:
            for block in self.open:
                if not block.suite:
                    block.calls.add("test")
        if done.body is not None and self.script.source.find(b"throw ", done.body.start_byte, done.body.end_byte) >= 0:
            done.calls.add("throw")
        self.made.append(self._block(done))

    def _leaves(self, done: Open) -> int:
        if done.body is None or not done.found:
            return 0
        return self.bodies.left(done.body, done.found[-1].start)

    def _block(self, done: Open) -> Block:
        """A test that was read to its end, with what the suites around it say."""
        around, path = [block for block in self.open if block.suite], [*self.open, done]
        only, only_line = only_of(path, (done, *around))
        skipped, conditional = skipped_of((done, *reversed(around)))
        return Block(
            id=joined(path),
            title=done.title,
            line=done.call.start_point[0] + 1,
            only=only,
            only_line=only_line,
            skipped=skipped,
            conditional=conditional,
            rows=None if any(block.rows is None for block in path) else done.rows,
            digest=self.bodies.digest(done.body),
            assertions=tuple(found for found in done.found if not found.constant),
            markers=tuple(found for found in done.found if found.constant),
            planned=done.planned,
            checks=frozenset(done.calls),
            zero=done.zero,
            leaves=self._leaves(done),
            retried=any(block.retried for block in (done, *around)),
        )


def _helpers(script: ParsedScript, loose: list[Assertion]) -> Iterator[Block]:
    """Assertions outside of tests, by the outermost function that they stand in."""
    spans: list[tuple[int, int, str, int]] = []
    for node, name in named_functions(script):
        if not spans or node.start_byte >= spans[-1][1]:
            spans.append((node.start_byte, node.end_byte, name, node.start_point[0] + 1))
    by_name: dict[tuple[str, int], list[Assertion]] = {}
    for found in loose:
        index = bisect_left(spans, (found.start + 1,)) - 1
        inside = index >= 0 and found.start < spans[index][1]
        by_name.setdefault(spans[index][2:] if inside else ("", 0), []).append(found)
    for (name, line), assertions in by_name.items():
        title = f"function {name}" if name else OUTSIDE
        yield Block(title, name, line or assertions[0].line, helper=True, assertions=tuple(assertions))
