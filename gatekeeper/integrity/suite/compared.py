"""Base's tests and head's by their ids: what is missing, newly skipped, newly expected to fail, fewer. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from gatekeeper.integrity.suite.renames import Renames
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import cases, split_id

MISSING, SKIPPED, XFAILED, FEWER = "test-missing", "test-newly-skipped", "test-newly-xfailed", "fewer-tests"
NOT_COUNTED = frozenset({"skipped", "xfailed"})
SHOWN = 50
"""Of one rule; the rest is one finding with their number."""


class Said(Struct, frozen=True):
    """One finding to be: rule, message, and the test that it is about."""

    rule: str
    message: str
    path: str | None
    symbol: str


class Texts(Struct, frozen=True):
    """The tests of both trees; `fixed`: nothing that tests read was changed, from which cases could be made."""

    old: Suites
    new: Suites
    fixed: bool = True

    def says_the_same(self, before: str, after: str) -> bool:
        """Is a test written at head as it was at base, with everything that it rests on?"""
        was, now = self.old.written(before), self.new.written(after)
        return self.fixed and was is not None and now is not None and was.shapes == now.shapes


def compare(
    base: Mapping[str, str], head: Mapping[str, str], texts: Texts, renames: Renames, known: Collection[str]
) -> Iterator[Said]:
    """Findings in the order of base's run. `known` functions have been spoken of already."""
    said, unexplained = list[Said](), 0
    after = cases(head)
    for function, ids in cases(base).items():
        wanted = [one for one in ids if base[one] not in NOT_COUNTED]
        there = renames.id_at_head(function)
        one = _look(function, wanted, {case: head[case] for case in after.get(there, after.get(function, []))})
        if one is None:
            continue
        unexplained += one.fewer if one.rule == MISSING and texts.says_the_same(function, there) else 0
        if function not in known:
            is_written = texts.new.written(there) is not None
            said.append(
                Said(one.rule, one.message(is_written), _path(split_id(there)[0], texts.new, function), function)
            )
    yield from _limited(said)
    yield from _fewer(base, head, unexplained)


class _Look(Struct, frozen=True):
    """What became of one function."""

    rule: str
    function: str
    wanted: Sequence[str]
    now: Mapping[str, str]

    @property
    def fewer(self) -> int:
        """How many cases less than at base were executed."""
        return len(self.wanted) - sum(state not in NOT_COUNTED for state in self.now.values())

    def message(self, written: bool) -> str:
        if self.rule == MISSING and self.now:
            return f"{self.function}: {len(self.now)} cases instead of {len(self.wanted)}"
        if self.rule == MISSING:
            word = "still written, and not executed" if written else "gone"
            return f"{self.function} was executed at base, and is {word} at head"
        word = "skipped" if self.rule == SKIPPED else "expected to fail"
        return f"{self.function} was executed at base, and is {word} at head"


def _look(function: str, wanted: Sequence[str], now: Mapping[str, str]) -> _Look | None:
    """None when as many cases as before were executed at head, and where there were none."""
    states = list(now.values())
    executed = sum(state not in NOT_COUNTED for state in states)
    if executed >= len(wanted):
        return None
    if len(states) < len(wanted):
        return _Look(MISSING, function, wanted, now)
    return _Look(SKIPPED if "skipped" in states else XFAILED, function, wanted, now)


def _path(path: str, new: Suites, function: str) -> str | None:
    before = split_id(function)[0]
    return path if path in new.files.names else before if "/" in before or "." in before else None


def _limited(said: Sequence[Said]) -> Iterator[Said]:
    for rule in (MISSING, SKIPPED, XFAILED):
        of_rule = [one for one in said if one.rule == rule]
        yield from of_rule[:SHOWN]
        if len(of_rule) > SHOWN:
            yield Said(rule, f"and {len(of_rule) - SHOWN} more", None, f"more {rule}")


def _fewer(base: Mapping[str, str], head: Mapping[str, str], unexplained: int) -> Iterator[Said]:
    before, after = executed(base), executed(head)
    if after < before and unexplained:
        message = (
            f"{after} tests were executed, {before} at base; {unexplained} of them are written at head as they were, "
            "and nothing in them says why they were not executed"
        )
        yield Said(FEWER, message, None, "number of tests")


def executed(tests: Mapping[str, str]) -> int:
    """How many tests ran, and were expected to pass."""
    return sum(state not in NOT_COUNTED for state in tests.values())
