"""All tests of base against all tests of head: one reading of every changed test file of a diff. Pure."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from gatekeeper.integrity.code.added import Found, settled
from gatekeeper.integrity.code.always import tautologies
from gatekeeper.integrity.code.compared import Side, compared, helper_compared, scopes_compared, tables_compared
from gatekeeper.integrity.code.free import asserts_nothing
from gatekeeper.integrity.code.gone import Test, merged_into, paired, words_of
from gatekeeper.integrity.code.product import removed_names
from gatekeeper.integrity.code.sides import sides_of_tests
from gatekeeper.integrity.code.swallowed import swallowing
from gatekeeper.integrity.code.uncollected import CALLED, overwritten, stand_ins
from gatekeeper.integrity.code.words import has_any
from gatekeeper.integrity.contract import Diff, FileChange, Hit, Role
from gatekeeper.integrity.parsed import Function, FunctionNode, is_python
from gatekeeper.integrity.roles import role_of
from gatekeeper.integrity.trimmed import fresh_text, whole

_MARKS = ("skip", "xfail", "Skip", "expectedFailure", "disabled", "quarantine", "broken", "knownbug")
_SWALLOWING = ("except", "suppress", "finally")
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
        self._deleted: list[FileChange] = []
        # Asked while the trees are there, told when it is known that no other test stands for these.
        self._uncollected: dict[Test, str] = {}
        self._born: dict[Test, Hit] = {}

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
            if test in self._born:
                self._hits[test.path].append(self._born[test])
        self._look_at_deleted()
        for path, hits in settled(self._diff, self._old, self._new).items():
            self._hits[path] += hits
        return {path: tuple(sorted(hits, key=_order)) for path, hits in self._hits.items()}

    def _compare(self, change: FileChange) -> None:
        old, new = self._sides(change)
        if (change.new and new.parsed.tree is None) or (change.old and old.parsed.tree is None):
            return  # the note about it is another detector's
        was, now = old.parsed.functions, new.parsed.functions
        if change.new is None:
            self._deleted.append(change)
        else:
            self._found(change, _found(old, was, now), _found(new, now, was))
        tests, after = _tests(old, True), _tests(new, False)
        self._come_and_gone(change, new, tests, after)
        if change.old is not None and change.new is not None:
            self._hits[change.path] += _both(old, new, tests.keys() & after.keys(), tests.keys())

    def _found(self, change: FileChange, old: Iterator[Found], new: Iterator[Found]) -> None:
        """Base is looked at too: what left it may be what came elsewhere."""
        for found, sides in ((list(old), self._old), (list(new), self._new)):
            if found:
                sides[change.path] = found

    def _look_at_deleted(self) -> None:
        """What is found in files that went excuses the same elsewhere. Most have nothing of the name of what is new."""
        names = {found.symbol.rpartition(".")[2].encode() for several in self._new.values() for found in several}
        for change in self._deleted if names else ():
            if any(name in (change.old or b"") for name in names):
                old = self._sides(change)[0]
                self._found(change, _found(old, old.parsed.functions, {}), iter(()))

    def _come_and_gone(
        self, change: FileChange, new: Side, tests: Mapping[str, Function], after: Mapping[str, Function]
    ) -> None:
        for name, function in tests.items():
            if name not in after:
                self._gone.append(test := _test(change, function, True))
                if stands := stand_ins(test, new.parsed):
                    self._uncollected[test] = stands
        for name, function in after.items():
            if name not in tests:
                self._fresh.append(test := _test(change, function, False))
                if hit := _born(new, function):
                    self._born[test] = hit

    def _moved(self, was: Test, now: Test) -> None:
        if was.unnamed == now.unnamed and not has_any(fresh_text(self._diff, now.change, True), _MARKS):
            return
        old, new = self._sides(was.change)[0], self._sides(now.change)[1]
        before, after = old.parsed.functions.get(was.name), new.parsed.functions.get(now.name)
        if before is not None and after is not None:
            self._hits[now.path] += compared(old, before, new, after, moved=True)

    def _lost(self, gone: Sequence[Test]) -> None:
        if not gone:
            return
        left: dict[str, list[Test]] = defaultdict(list)
        added = {test.change.path: self._words_added(test.change) for test in _one_of_each_file(gone)}
        removed = removed_names(self._diff)
        for test in gone:
            stands = self._uncollected.get(test, "")
            if stands == CALLED:
                continue
            if stands:
                self._tell("test-uncollected", test, stands, harder=True)
            elif merged_into(test, added[test.change.path]):
                self._tell("test-merged", test, "its words are in tests that were changed")
            elif removed and (words_of([test]) | self._sides(test.change)[0].marks.names.imported) & removed:
                self._tell("test-removed-with-code", test, "what it tested is gone too")
            else:
                left[test.change.path].append(test)
        for tests in left.values():
            self._tell_removed(tests)

    def _words_added(self, change: FileChange) -> frozenset[str]:
        """Words of lines that tests of a file got."""
        had = {line.strip() for line in fresh_text(self._diff, change, False).split("\n")}
        lines = fresh_text(self._diff, change, True).split("\n")
        rows = [line for line in lines if line.strip() and line.strip() not in had]
        return words_of([Test(change, "", 0, "def _():\n" + "\n".join(rows), False)])

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

    def _tell(self, rule: str, test: Test, message: str, harder: bool = False) -> None:
        context = test.text.partition("\n")[0][:200]
        hit = Hit(rule, test.change.path, message, None, test.name, context, harder)
        self._hits[test.change.path].append(hit)

    def _sides(self, change: FileChange) -> tuple[Side, Side]:
        """Base's and head's side."""
        diff = self._diff
        old, new = sides_of_tests(diff, change, _is_looked_into(change, True) != _is_looked_into(change, False))
        before = Side(change, old, lambda: whole(diff, change, False))
        return before, Side(change, new, lambda: whole(diff, change, True))


def _one_of_each_file(tests: Sequence[Test]) -> Iterable[Test]:
    return {test.change.path: test for test in tests}.values()


def _both(old: Side, new: Side, tests: Iterable[str], known: Container[str]) -> Iterator[Hit]:
    """Hits in functions that are on both sides, and in what is around them."""
    if _marked(new):
        yield from scopes_compared(old, new)
    if "for " in old.parsed.text and old.parsed.text != new.parsed.text:
        yield from tables_compared(old, new)
    was, now = old.parsed.functions, new.parsed.functions
    for name in was.keys() & now.keys():
        if was[name].text == now[name].text:
            continue
        if name in tests:
            yield from compared(old, was[name], new, now[name])
        elif name not in known and "assert" in was[name].text and _outermost(was[name]):
            yield from helper_compared(old, was[name], new, now[name])


def _born(side: Side, function: Function) -> Hit | None:
    """What there is to say about a new test."""
    if side.change.role is not Role.TEST:
        return None
    marks = (*side.marks.of_test(function), *side.marks.around(function)) if _marked(side) else ()
    if marks:
        message = f"is new and never counted: {marks[0].text}"
        return side.hit("test-born-skipped", function.line, message, function.name)
    if asserts_nothing(function, side):
        return side.hit("test-asserts-nothing", function.line, "asserts nothing", function.name)
    return None


def _is_of_tests(change: FileChange) -> bool:
    if not (is_python(change.path) or is_python(change.before)):
        return False
    return change.role in (Role.TEST, Role.HARNESS) or role_of(change.before) in (Role.TEST, Role.HARNESS)


def _is_looked_into(change: FileChange, old: bool) -> bool:
    """Would a runner collect tests from this side?

    In helpers of tests there are test cases to inherit from; a test file that became one is not looked into.
    """
    before = role_of(change.before) if change.before != change.path else change.role
    if old:
        return before in (Role.TEST, Role.HARNESS)
    return change.role is Role.TEST or (change.role is Role.HARNESS and before is not Role.TEST)


def _tests(side: Side, old: bool) -> Mapping[str, Function]:
    """What a runner collects on this side."""
    if not _is_looked_into(side.change, old):
        return {}
    dropped = overwritten(side.parsed)
    return {name: f for name, f in side.parsed.tests.items() if not dropped or not _within(name, dropped)}


def _found(side: Side, functions: Mapping[str, Function], others: Mapping[str, Function]) -> Iterator[Found]:
    """Swallowed assertions and tautologies in what is not on the other side; a function inside of another is read
    with it.
    """
    texts = {function.text for function in others.values()}
    for function in functions.values():
        if function.text in texts or not _outermost(function):
            continue
        if has_any(function.text, _SWALLOWING):
            yield from swallowing(function, side.marks.names)
        if "assert" in function.text:
            yield from tautologies(function, side.marks.names)


def _outermost(function: Function) -> bool:
    return not any(isinstance(scope, FunctionNode) for scope in function.scopes)


def _test(change: FileChange, function: Function, old: bool) -> Test:
    return Test(change, function.name, function.line, function.text, old)


def _within(name: str, dropped: frozenset[str]) -> bool:
    return name in dropped or any(name.startswith(f"{scope}.") for scope in dropped)


def _marked(side: Side) -> bool:
    return has_any(side.parsed.text, _MARKS)


def _order(hit: Hit) -> tuple[int, str, str]:
    return hit.line or 0, hit.rule, hit.symbol
