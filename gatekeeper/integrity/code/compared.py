"""One test before and after: skips that were added, assertions that ask for less, cases that are gone. Pure."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from gatekeeper.integrity.code.assertions import Assertion, assertions, asserts, called_name, calls
from gatekeeper.integrity.code.cases import Cases, fewer, looped, newly_left_out, parametrized, tables
from gatekeeper.integrity.code.dotted import Names
from gatekeeper.integrity.code.marks import Mark, Marks, added_marks
from gatekeeper.integrity.code.weakened import Loss, losses
from gatekeeper.integrity.contract import FileChange, Hit
from gatekeeper.integrity.parsed import Function, ParsedPython


class Side:
    """One side of a change of a test file; what is costly is made when it is first asked for."""

    def __init__(self, change: FileChange, parsed: ParsedPython, whole: Callable[[], ParsedPython]) -> None:
        self.change, self.parsed, self._whole = change, parsed, whole

    @cached_property
    def marks(self) -> Marks:
        """Skips and names of the module."""
        return Marks(self.parsed)

    @cached_property
    def asserting(self) -> frozenset[str]:
        """Last names of functions here that assert something."""
        return _asserting(self.parsed, self.marks.names)

    def has_asserting(self, name: str) -> bool:
        """Does a function of this name assert something here, also one that stays as it was?"""
        return name in self.asserting or (self._stays(name) and name in self._asserting_whole)

    def defines(self, name: str) -> bool:
        """Is there a function of this name here?"""
        return any(name == f.node.name for f in self.parsed.functions.values()) or self._stays(name)

    def _stays(self, name: str) -> bool:
        """Is it among what is not read?"""
        return f"def {name}(" in self._whole().text and f"def {name}(" not in self.parsed.text

    @cached_property
    def _asserting_whole(self) -> frozenset[str]:
        side = self._whole()
        return _asserting(side, Marks(side).names)

    def hit(self, rule: str, line: int, message: str, symbol: str, harder: bool = False) -> Hit:
        """A hit in this side's file."""
        side = self.parsed
        return Hit(rule, self.change.path, message, side.place(line), symbol, side.line_text(line), harder)


def _asserting(side: ParsedPython, names: Names) -> frozenset[str]:
    return frozenset(f.node.name for f in side.functions.values() if asserts(f.node, names))


def scopes_compared(old: Side, new: Side) -> Iterator[Hit]:
    """Marks that the module or a class got which had tests before."""
    before, after = old.parsed.tests, new.parsed.tests
    if before and after:
        for mark in added_marks(old.marks.module(), new.marks.module()):
            yield _skipped(new, mark, new.parsed.path, "all tests of the file")
    was = {f.owner.name: f.owner for f in before.values() if f.owner is not None}
    now = {f.owner.name: f.owner for f in after.values() if f.owner is not None}
    for name in was.keys() & now.keys():
        for mark in added_marks(old.marks.of_class(was[name]), new.marks.of_class(now[name])):
            yield _skipped(new, mark, name, "all tests of a class")


def compared(old: Side, was: Function, new: Side, now: Function, moved: bool = False) -> Iterator[Hit]:
    """What a test lost. `moved`: from elsewhere, so that the marks around it count too."""
    before, after = old.marks.of_test(was), new.marks.of_test(now)
    if moved:
        before, after = (*before, *old.marks.around(was)), (*after, *new.marks.around(now))
    for mark in added_marks(before, after):
        yield _skipped(new, mark, now.name, "a test that counted before")
    yield from _assertions_compared(old, was, new, now)
    yield from _cases_compared(old, was, new, now)


def helper_compared(old: Side, was: Function, new: Side, now: Function) -> Iterator[Hit]:
    """What a function lost that tests use to assert."""
    yield from _assertions_compared(old, was, new, now)


def tables_compared(old: Side, new: Side) -> Iterator[Hit]:
    """Rows that tables lost which tests go through."""
    before, after = _sizes(old), _sizes(new)
    if not any(after.get(name, size) < size for name, size in before.items()):
        return
    now = {cases.name: cases for cases in looped(new.parsed, new.marks)}
    for was in looped(old.parsed, old.marks):
        if was.name in now:
            yield from _fewer(new, was, now[was.name], was.name)


def _sizes(side: Side) -> Mapping[str, int]:
    found = tables(side.parsed.tree) if side.parsed.tree else {}
    return {name: len(value.keys if isinstance(value, ast.Dict) else value.elts) for name, value in found.items()}


def _skipped(side: Side, mark: Mark, symbol: str, what: str) -> Hit:
    return side.hit("test-skipped", mark.line, f"adds {mark.text} to {what}", symbol)


def _assertions_compared(old: Side, was: Function, new: Side, now: Function) -> Iterator[Hit]:
    before, after = assertions(was.node, old.marks.names), assertions(now.node, new.marks.names)
    if not before:
        return
    found = losses(before, after, (old.parsed.lines, new.parsed.lines))
    gone = [loss for loss in found if loss.new is None]
    for loss in found:
        if loss.new is not None:
            message = f"an assertion {loss.how}: `{loss.old.text[:120]}` became `{loss.new.text[:120]}`"
            yield new.hit("assertion-weakened", loss.new.line, message, now.name)
    if gone and not _made_elsewhere(old, was, new, now):
        yield _removed(new, now, gone, before, after)


def _removed(new: Side, now: Function, gone: list[Loss], before: list[Assertion], after: list[Assertion]) -> Hit:
    nothing = not after and not asserts(now.node, new.marks.names)
    what = f"`{gone[0].old.text[:120]}`" + (f" and {len(gone) - 1} more" if len(gone) > 1 else "")
    message = f"{len(before)} assertions became {len(after)}: gone is {what}"
    return new.hit(
        "assertion-removed", now.line, message, now.name, harder=nothing and now.node.name.startswith("test")
    )


def _made_elsewhere(old: Side, was: Function, new: Side, now: Function) -> bool:
    """Does it now call something that asserts, or have more cases than before?"""
    fresh = {called_name(call) for call in calls(now.node)} - {called_name(call) for call in calls(was.node)}
    if any(map(new.has_asserting, fresh)):
        return True
    return _count(new, now) > _count(old, was)


def _count(side: Side, function: Function) -> int:
    return sum(len(cases.rows) for cases in _rows(side, function).values())


def _cases_compared(old: Side, was: Function, new: Side, now: Function) -> Iterator[Hit]:
    before, after = _rows(old, was), _rows(new, now)
    for name, cases in before.items():
        if name in after:
            yield from _fewer(new, cases, after[name], now.name)
            for row in newly_left_out(cases, after[name]):
                message = f"marks a case as skipped or expected to fail: {row[:120]}"
                yield new.hit("test-skipped", after[name].line, message, now.name)


def _rows(side: Side, function: Function) -> Mapping[str, Cases]:
    if side.parsed.tree is None or "parametrize" not in function.text:
        return {}
    return {cases.name: cases for cases in parametrized(function, side.marks, tables(side.parsed.tree))}


def _fewer(new: Side, was: Cases, now: Cases, symbol: str) -> Iterator[Hit]:
    rows = fewer(was, now)
    if rows:
        lost = Counter(was.rows).total() - Counter(now.rows).total()
        message = f"{lost} of {len(was.rows)} cases are gone, such as {rows[0][:120]}"
        yield new.hit("test-cases-removed", now.line, message, symbol, harder=not now.rows)
