"""All tests of base against all tests of head: one reading of every changed test file of a diff. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from gatekeeper.integrity.code.added import Found, settled
from gatekeeper.integrity.code.always import tautologies
from gatekeeper.integrity.code.compared import Side, compared, helper_compared, scopes_compared, tables_compared
from gatekeeper.integrity.code.free import asserts_nothing
from gatekeeper.integrity.code.gone import Test, merged_into, paired, words_of
from gatekeeper.integrity.code.product import removed_names
from gatekeeper.integrity.code.swallowed import swallowing
from gatekeeper.integrity.code.uncollected import CALLED, overwritten, stand_ins
from gatekeeper.integrity.code.words import has_any
from gatekeeper.integrity.contract import Diff, FileChange, Hit, Role
from gatekeeper.integrity.parsed import Function, FunctionNode, ParsedPython, is_python, parsed
from gatekeeper.integrity.roles import role_of

_MARKS = (b"skip", b"xfail", b"Skip", b"expectedFailure", b"disabled", b"quarantine", b"broken", b"knownbug")
_TOLD = 20
"""Tests of one file that are told one by one; more are told as one."""


class Comparison:
    """`Comparison(diff).hits()` is made once for a diff."""

    def __init__(self, diff: Diff) -> None:
        self._diff = diff
        self._hits: defaultdict[str, list[Hit]] = defaultdict(list)
        self._gone: list[Test] = []
        self._fresh: list[Test] = []
        self._old: dict[str, list[Found]] = {}
        self._new: dict[str, list[Found]] = {}

    def hits(self) -> dict[str, tuple[Hit, ...]]:
        """By path, in the order of lines."""
        for change in self._diff.changes:
            if _is_of_tests(change):
                self._compare(change)
        pairs, gone, fresh = paired(self._gone, self._fresh)
        for was, now in pairs:
            self._moved(was, now)
        self._lost(gone)
        for test in fresh:
            self._born(test)
        for path, hits in settled(self._diff, self._old, self._new).items():
            self._hits[path] += hits
        return {path: tuple(sorted(hits, key=_order)) for path, hits in self._hits.items()}

    def _compare(self, change: FileChange) -> None:
        old, new = self._side(change, True), self._side(change, False)
        if (change.new and new.parsed.tree is None) or (change.old and old.parsed.tree is None):
            return  # the note about it is another detector's
        was, now = old.parsed.functions, new.parsed.functions
        old_texts, new_texts = {f.text for f in was.values()}, {f.text for f in now.values()}
        self._old[change.path] = list(_found(old, [f for f in was.values() if f.text not in new_texts]))
        self._new[change.path] = list(_found(new, [f for f in now.values() if f.text not in old_texts]))
        tests, after = self._tests(old, True), self._tests(new, False)
        self._gone += [_test(change, f, True) for name, f in tests.items() if name not in after]
        self._fresh += [_test(change, f, False) for name, f in after.items() if name not in tests]
        if change.old is None or change.new is None:
            return
        marked = has_any(change.new, _MARKS)
        if marked:
            self._hits[change.path] += scopes_compared(old, new)
        if b"for " in change.old and change.old != change.new:
            self._hits[change.path] += tables_compared(old, new)
        for name in was.keys() & now.keys():
            if was[name].text == now[name].text:
                continue
            if name in tests and name in after:
                self._hits[change.path] += compared(old, was[name], new, now[name])
            elif name not in tests and "assert" in was[name].text and _outermost(was[name]):
                self._hits[change.path] += helper_compared(old, was[name], new, now[name])

    def _tests(self, side: Side, old: bool) -> Mapping[str, Function]:
        """What a runner collects on this side; nothing where it does not look into the file."""
        change = side.change
        before = role_of(change.before) if change.before != change.path else change.role
        role = before if old else change.role
        # In helpers of tests there are test cases to inherit from; a test file that became one is not looked into.
        if role not in (Role.TEST, Role.HARNESS) or (not old and before is Role.TEST and role is Role.HARNESS):
            return {}
        dropped = overwritten(side.parsed)
        return {name: f for name, f in side.parsed.tests.items() if not dropped or not _within(name, dropped)}

    def _moved(self, was: Test, now: Test) -> None:
        old, new = was.function(self._diff), now.function(self._diff)
        if old is None or new is None:
            return
        marked = "skip" in new.text or has_any(now.change.new or b"", _MARKS)
        if was.text != now.text or marked:
            sides = self._side(was.change, True), self._side(now.change, False)
            self._hits[now.path] += compared(sides[0], old, sides[1], new, moved=True)

    def _lost(self, gone: Sequence[Test]) -> None:
        if not gone:
            return
        left: dict[str, list[Test]] = defaultdict(list)
        added = self._words_added({test.change.path for test in gone})
        removed = removed_names(self._diff)
        for test in gone:
            stands = stand_ins(test, self._parsed(test.change, False))
            if stands == CALLED:
                continue
            if stands:
                self._tell("test-uncollected", test, stands, harder=True)
            elif merged_into(test, added[test.change.path]):
                self._tell("test-merged", test, "its words are in tests that were changed")
            elif words_of([test]) & removed or _imports(self._side(test.change, True)) & removed:
                self._tell("test-removed-with-code", test, "what it tested is gone too")
            else:
                left[test.change.path].append(test)
        for tests in left.values():
            self._tell_removed(tests)

    def _words_added(self, paths: set[str]) -> Mapping[str, frozenset[str]]:
        """By path: words of lines that tests of this file got."""
        found = {}
        for change in self._diff.changes:
            if change.path in paths:
                old, new = self._parsed(change, True), self._parsed(change, False)
                had = {line.strip() for line in old.lines}
                rows = [line for line in new.lines if line.strip() and line.strip() not in had]
                found[change.path] = words_of([Test(change, "", 0, "def _():\n" + "\n".join(rows), False)])
        return found

    def _tell_removed(self, tests: list[Test]) -> None:
        change = tests[0].change
        if change.new is None or len(tests) > _TOLD:
            how = "with the file" if change.new is None else "from the file"
            named = ", ".join(test.name for test in tests[:3])
            message = f"{len(tests)} tests are gone {how}: {named}" + (" …" if len(tests) > 3 else "")
            self._hits[change.path].append(Hit("test-removed", change.path, message, None, change.before))
            return
        for test in tests:
            self._tell("test-removed", test, "is gone, and no other took its place")

    def _born(self, test: Test) -> None:
        function = test.function(self._diff)
        side = self._side(test.change, False)
        if function is None or test.change.role is not Role.TEST:
            return
        marks = (*side.marks.of_test(function), *side.marks.around(function)) if _marked(test.change) else ()
        if marks:
            message = f"is new and never counted: {marks[0].text}"
            self._hits[test.path].append(side.hit("test-born-skipped", test.line, message, test.name))
        elif asserts_nothing(function, side):
            self._hits[test.path].append(side.hit("test-asserts-nothing", test.line, "asserts nothing", test.name))

    def _tell(self, rule: str, test: Test, message: str, harder: bool = False) -> None:
        context = test.text.partition("\n")[0][:200]
        hit = Hit(rule, test.change.path, message, None, test.name, context, harder)
        self._hits[test.change.path].append(hit)

    def _parsed(self, change: FileChange, old: bool) -> ParsedPython:
        return parsed(self._diff, change.old, change.before) if old else parsed(self._diff, change.new, change.path)

    def _side(self, change: FileChange, old: bool) -> Side:
        return Side(change, self._parsed(change, old))


def _is_of_tests(change: FileChange) -> bool:
    if not (is_python(change.path) or is_python(change.before)):
        return False
    roles = {change.role, role_of(change.before)}
    return bool(roles & {Role.TEST, Role.HARNESS})


def _found(side: Side, functions: Sequence[Function]) -> Iterator[Found]:
    """Swallowed assertions and tautologies; a function inside of another is read with it."""
    for function in functions:
        if _outermost(function) and (
            "except" in function.text or "suppress" in function.text or "finally" in function.text
        ):
            yield from swallowing(function, side.marks.names)
        if _outermost(function) and "assert" in function.text:
            yield from tautologies(function, side.marks.names)


def _outermost(function: Function) -> bool:
    return not any(isinstance(scope, FunctionNode) for scope in function.scopes)


def _test(change: FileChange, function: Function, old: bool) -> Test:
    return Test(change, function.name, function.line, function.text, old)


def _within(name: str, dropped: frozenset[str]) -> bool:
    return name in dropped or any(name.startswith(f"{scope}.") for scope in dropped)


def _marked(change: FileChange) -> bool:
    return has_any(change.new or b"", _MARKS)


def _imports(side: Side) -> frozenset[str]:
    return side.marks.names.imported


def _order(hit: Hit) -> tuple[int, str, str]:
    return hit.line or 0, hit.rule, hit.symbol
