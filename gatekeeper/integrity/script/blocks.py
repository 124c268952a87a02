"""Test blocks of JavaScript's runners (vitest, jest, mocha, node:test, ava, playwright and their like) as plain
data. Pure.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.assertions import Assertion, assertion, plain_assertion
from gatekeeper.integrity.script.names import Names
from gatekeeper.integrity.script.nodes import (
    FUNCTIONS,
    INLINE,
    arguments,
    body_of,
    function_around,
    option,
    plain,
    string_of,
)

_FIRST = re.compile(rb"[A-Za-z_$][\w$]*")
OUTSIDE = "outside of tests"
"""Id of the block that holds assertions of hooks such as `afterEach`, and of the file's top level."""
SKIPPING = ("skip", "todo", "fixme", "fails", "failing", "fail", "skipIf", "runIf")
_MODIFIERS = frozenset(
    {
        *SKIPPING,
        "only",
        "each",
        "for",
        "concurrent",
        "sequential",
        "serial",
        "parallel",
        "shuffle",
        "it",
        "test",
        "extend",
        "step",
        "slow",
        "failsafe",
        "cb",
        "before",
        "if",
        "todoIf",
        "serially",
        "describe",
    }
)
_CONDITIONAL = ("skipIf", "runIf")
_CHECKING = re.compile(
    r"expect|assert|should|verif|check|must|ensure|fail|throw|snapshot|validate|^(?:get|find)(?:All)?By|waitFor|^match|compare|^test[A-Z]|^run[A-Z]|done|"
    r"^is[A-Z].*(?:Same|Equal)|^(?:toBe|toEqual)|property$|^t$|^calledWith"
)
_CHAINED = (b".should.", b"assert.", b".expect(")
_SHORTEST_BODY = 12
_TESTERS = frozenset({"t", "tt", "st", "ctx", "context", "tap", "test", "assert"})
"""Names that people give to what node:test, ava, tape and vitest hand to a test."""


@dataclass(frozen=True, slots=True)
class Block:
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


@dataclass(slots=True, eq=False)
class _Open:
    """A block while its calls are read."""

    call: Node
    body: Node | None
    end: int
    title: str
    suite: bool
    words: tuple[str, ...]
    tester: str = ""
    """Its first parameter, when that is the runner's context."""
    done: str = ""
    """Its first parameter, when that may be the callback which ends it."""
    taken: frozenset[str] = frozenset()
    """What it takes out of the runner's context: `({ equal, end }) => …`."""
    planned: bool = False
    counted_to: int = 0
    """Offset after which nothing of the body is reached: the end of a `return` at its top level."""
    rows: int | None = 1
    found: list[Assertion] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    skipped: str = ""
    conditional: bool = False
    zero: bool = False
    retried: bool = False


def function_names(script: ParsedScript) -> frozenset[str]:
    """Names of all functions and methods of a file that have one."""
    return frozenset(name for _, name in _named_functions(script))


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
        self.open: list[_Open] = []
        self.made: list[Block] = []
        self.every: list[Assertion] = []
        self.loose: list[Assertion] = []
        self.leaves = [node for node in script.nodes("return_statement") if not node.named_child_count]
        self.leave_starts = [node.start_byte for node in self.leaves]
        self.comments = [(comment.start, comment.end) for comment in script.comments]
        self.asserting = _asserting_helpers(script)
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
        body = next((inner for node in reversed(given) if (inner := _function(node)) is not None), None)
        title = string_of(self.script, given[0]) if given else None
        if body is None and title is None:
            return self._marker(found, given)
        if body is None and (len(given) > 2 or found[0] == "describe"):
            return False
        self.open.append(self._opened(call, found, given, body))
        return True

    def _opened(self, call: Node, found: tuple[str, ...], given: list[Node], body: Node | None) -> _Open:
        title = string_of(self.script, given[0])
        if title is None:
            title = plain(self.script.text(given[0]))[:200] if given[0] is not body else ""
        made = _Open(call, body, call.end_byte, title, found[0] == "describe", found[1:])
        made.rows = _rows(self.script, call) if {"each", "for"}.intersection(found) else _loop_rows(given[0])
        marked = [word for word in found[1:] if word in SKIPPING]
        made.conditional = bool(marked) and all(word in _CONDITIONAL for word in marked)
        made.skipped = ".".join(marked) or ("todo" if body is None else "")
        for options in (node for node in given if node.type == "object"):
            self._options(made, options)
        if body is not None:
            first = _first_parameter(self.script, body)
            made.tester = first if first in _TESTERS and not {"each", "for"}.intersection(found) else ""
            made.done = first if not made.tester and not made.suite and not {"each", "for"}.intersection(found) else ""
            made.taken = _pattern(self.script, body)
            made.counted_to = _reached(body)
        return made

    def _options(self, made: _Open, options: Node) -> None:
        """`{ skip: true, todo: "later", only: true, retry: 3 }` of vitest and node:test."""
        for word in ("skip", "todo", "fails", "only"):
            value = option(self.script, options, word)
            if value is None or value.type in ("false", "undefined", "null"):
                continue
            if word == "only":
                made.words = (*made.words, "only")
            else:
                made.skipped = made.skipped or word
                made.conditional = value.type not in ("true", "string", "template_string")
        retry = option(self.script, options, "retry") or option(self.script, options, "retries")
        made.retried = retry is not None and self.script.text(retry) not in ("0", "false", "undefined")

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
        if last == "test" and len(given := arguments(call)) > 1 and _function(given[-1]) is not None:
            self.open.append(self._opened(call, ("it",), given, _function(given[-1])))
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

    def _guarded(self, call: Node, here: _Open) -> bool:
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
        kind = callee.type
        named = (
            callee
            if kind == "identifier"
            else callee.child_by_field_name("property")
            if kind == "member_expression"
            else None
        )
        name = self.script.text(named)
        if name in ("skip", "pending") and (
            name == "pending" or self.script.text(callee) in ("this.skip", "ctx.skip", "context.skip")
        ):
            here = self.open[-1]
            here.skipped, here.conditional = here.skipped or name, self._guarded(call, here)
        elif name == "retries" and self.script.text(callee) == "this.retries":
            self.open[-1].retried = True
        elif kind == "identifier" and self.names.roots.get(name) == ("expect",):
            return  # `expect(x)` without a matcher
        elif (name and (name in self.asserting or name == self.open[-1].done or _CHECKING.search(name))) or (
            self.chained and any(word in self.script.raw(callee) for word in self.chained)
        ):
            self.open[-1].calls.add(name)

    def _close(self, done: _Open) -> None:
        if done.suite:
            return
        for block in self.open:
            if (done.found or done.calls) and not block.suite:
                block.calls.add("test")
        around = [block for block in self.open if block.suite]
        if done.body is not None and self.script.source.find(b"throw ", done.body.start_byte, done.body.end_byte) >= 0:
            done.calls.add("throw")
        chosen = next((block for block in (done, *around) if "only" in block.words), None)
        titles = [*(block.title for block in self.open), done.title]
        holder = next((block for block in (done, *reversed(around)) if block.skipped), None)
        self.made.append(
            Block(
                id=" > ".join(titles),
                title=done.title,
                line=done.call.start_point[0] + 1,
                only=" > ".join(titles[: [*self.open, done].index(chosen) + 1]) if chosen else "",
                only_line=chosen.call.start_point[0] + 1 if chosen else 0,
                skipped=holder.skipped if holder else "",
                conditional=bool(holder and holder.conditional),
                rows=None if any(block.rows is None for block in (done, *self.open)) else done.rows,
                digest=self._digest(done.body),
                assertions=tuple(found for found in done.found if not found.constant),
                markers=tuple(found for found in done.found if found.constant),
                planned=done.planned,
                checks=frozenset(done.calls),
                zero=done.zero,
                leaves=self._leaves(done),
                retried=any(block.retried for block in (done, *around)),
            )
        )

    def _leaves(self, done: _Open) -> int:
        """Bare `return`s of the test's own function before its last assertion."""
        if done.body is None or not done.found:
            return 0
        low, high = (bisect_left(self.leave_starts, at) for at in (done.body.start_byte, done.found[-1].start))
        return sum(function_around(node) == done.body for node in self.leaves[low:high])

    def _digest(self, body: Node | None) -> str:
        inner = body.child_by_field_name("body") if body is not None else None
        if inner is None:
            return ""
        at, end, parts = inner.start_byte, inner.end_byte, []
        for index in range(bisect_left(self.comments, (at, 0)), len(self.comments)):
            start, stop = self.comments[index]
            if start >= end:
                break
            parts.append(self.script.source[at:start])
            at = stop
        text = plain(b"".join((*parts, self.script.source[at:end])))
        return "" if len(text) < _SHORTEST_BODY else hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _function(node: Node) -> Node | None:
    """The function that an argument is, or that it wraps: `fakeAsync(() => …)`."""
    for _ in range(3):
        if node.type in INLINE:
            return node
        inner = (
            [child for child in arguments(node) if child.type in (*INLINE, "call_expression")]
            if node.type == "call_expression"
            else []
        )
        if not inner:
            return None
        node = inner[-1]
    return None


def _first_parameter(script: ParsedScript, body: Node) -> str:
    """Name of the first parameter, which the runner's own context is given to; of a pattern nothing."""
    single = body.child_by_field_name("parameter")
    many = body.child_by_field_name("parameters")
    first = single or (many.named_children[0] if many is not None and many.named_children else None)
    if first is not None and first.type == "required_parameter":
        first = first.child_by_field_name("pattern")
    return script.text(first) if first is not None and first.type == "identifier" else ""


def _pattern(script: ParsedScript, body: Node) -> frozenset[str]:
    """Names that a function takes out of its first parameter."""
    many = body.child_by_field_name("parameters")
    first = many.named_children[0] if many is not None and many.named_children else None
    if first is not None and first.type == "required_parameter":
        first = first.child_by_field_name("pattern")
    if first is None or first.type != "object_pattern":
        return frozenset()
    return frozenset(
        script.text(part) for part in first.named_children if part.type == "shorthand_property_identifier_pattern"
    )


def _reached(body: Node) -> int:
    """End of the first `return` or `throw` that stands directly in a body; 0 when its end is reached."""
    return next((part.end_byte for part in body_of(body) if part.type in ("return_statement", "throw_statement")), 0)


def _rows(script: ParsedScript, call: Node) -> int | None:
    """Cases of `it.each(table)("…", fn)`: items of a literal array, lines of a template."""
    table = call.child_by_field_name("function")
    given = table.child_by_field_name("arguments") if table is not None and table.type == "call_expression" else None
    if given is None:
        return None
    if given.type == "template_string":
        columns = script.text(given).partition("\n")[0].count("|") + 1
        values = sum(child.type == "template_substitution" for child in given.named_children)
        return values // columns or None
    rows = next((child for child in given.named_children if child.type != "comment"), None)
    while rows is not None and rows.type in ("as_expression", "satisfies_expression") and rows.named_children:
        rows = rows.named_children[0]
    if rows is None or rows.type != "array":
        return None
    items = [child for child in rows.named_children if child.type != "comment"]
    return None if any(child.type == "spread_element" for child in items) else len(items)


def _loop_rows(title: Node) -> int | None:
    """A title with something in it stands in a loop."""
    computed = title.type == "template_string" and any(
        child.type == "template_substitution" for child in title.named_children
    )
    return None if computed or title.type == "binary_expression" else 1


def _named_functions(script: ParsedScript) -> Iterator[tuple[Node, str]]:
    """Functions and methods with a name of their own, with that name, in the order of the source."""
    for node in script.nodes("function_declaration", "variable_declarator", "method_definition"):
        value = node if node.type != "variable_declarator" else node.child_by_field_name("value")
        if value is not None and value.type in FUNCTIONS:
            yield node, script.text(node.child_by_field_name("name"))


def _asserting_helpers(script: ParsedScript) -> frozenset[str]:
    """Names of functions of the file that hold something that looks like an assertion."""
    words = (b"expect", b"assert", b"throw", b"should")
    return frozenset(
        name
        for node, name in _named_functions(script)
        if any(script.source.find(word, node.start_byte, node.end_byte) >= 0 for word in words)
    )


def _helpers(script: ParsedScript, loose: list[Assertion]) -> Iterator[Block]:
    """Assertions outside of tests, by the outermost function that they stand in."""
    spans: list[tuple[int, int, str, int]] = []
    for node, name in _named_functions(script):
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
