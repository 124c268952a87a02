"""Prose is hostile: the work is bounded by a count of operations, not by a clock."""

import re
import sys
from collections.abc import Callable, Iterator
from re import _constants, _parser
from types import FrameType, ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.evidence import prose
from gatekeeper.evidence.wording import sentence, spans, text

SIZE = 3_000  # characters of the smaller text
PER_CHARACTER = 60  # lines of Python, for the worst text below
FIXED = 20_000

HOSTILE = [
    "a ",
    "a",
    "pass ",
    "all tests pass ",
    "All tests pass. ",
    "all ) pass ",
    "( ",
    "not verified ",
    "no errors ",
    "without ",
    "to get ",
    "✅",
    "✅ |",
    "| ",
    ". ",
    "! ",
    "![",
    "![] ",
    "`",
    "` `` ",
    "' \" ",
    " 'a",
    "“",
    "~~ ",
    "<!--",
    "<!-- -->",
    "-->",
    "\n",
    "\n\n    x",
    "```\n",
    "> \n",
    "- [x] tests pass\n",
    "- [ ] x\n",
    "# todo\n",
    "todo:\n",
    "n't ",
    "48/48 ",
    "a-tested ",
    "https://",
    "\\_",
    "\x01\x02\x03",
    "\ud800",
    "\t",
]


def operations(work: Callable[[], object]) -> int:
    """Lines of Python that are run by it."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grown(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def assert_linear(piece: str) -> None:
    sentence._words_of.cache_clear()
    small = operations(lambda: prose.unverified(grown(piece, SIZE)))
    large = operations(lambda: prose.unverified(grown(piece, 4 * SIZE)))
    assert small <= PER_CHARACTER * SIZE + FIXED
    assert large <= 4.5 * small + FIXED


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_hostile_text_costs_time_in_proportion_to_its_length(piece: str) -> None:
    assert_linear(piece)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6).map("".join))
def test_generated_hostile_text_costs_time_in_proportion_to_its_length(piece: str) -> None:
    assert_linear(piece)


def test_one_bracket_closes_one_picture() -> None:
    """Otherwise each `![` would look for the same bracket again, inside of `str.find`, where no line is counted."""
    assert len(spans._pictures("![" * 1000 + "]")) == 1


def test_a_megabyte_of_claims_is_listed_to_the_last() -> None:
    assert len(prose.unverified("All tests pass.\n" * 62_500)) == 62_500


def patterns(module: ModuleType) -> Iterator[re.Pattern[str]]:
    return (value for value in vars(module).values() if isinstance(value, re.Pattern))


@pytest.mark.parametrize("module", [sentence, spans, text], ids=lambda module: module.__name__)
def test_no_pattern_can_backtrack(module: ModuleType) -> None:
    """Nothing follows a repeat without bound, so that it never gives back what it took, and no repeat holds another."""
    found = list(patterns(module))
    assert found
    for pattern in found:
        assert_ends_with_repeats(_parser.parse(pattern.pattern, pattern.flags))


def assert_ends_with_repeats(parsed: object) -> None:
    items = list(parsed)
    for place, (kind, argument) in enumerate(items):
        if kind in {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}:
            _least, most, inner = argument
            if most is _constants.MAXREPEAT:
                assert place == len(items) - 1, "something follows a repeat without bound"
                assert all(held in {_constants.IN, _constants.LITERAL, _constants.ANY} for held, _ in inner)
        elif kind is _constants.BRANCH:
            for branch in argument[1]:
                assert_ends_with_repeats(branch)
        elif kind is _constants.SUBPATTERN:
            inner = argument[-1]
            last = place == len(items) - 1
            assert last or not any(has_no_bound(each) for each in inner), "something follows a repeat without bound"
            assert_ends_with_repeats(inner)


def has_no_bound(item: tuple[object, object]) -> bool:
    return item[0] is _constants.MAX_REPEAT and item[1][1] is _constants.MAXREPEAT
