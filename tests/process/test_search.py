"""Regular expressions with a real limit of time."""

import time

import pytest

from gatekeeper.process.search import BadPatternError, matching


def test_each_text_is_searched() -> None:
    texts = ["feat: a", "oops", "x feat: ", "größe\udcff feat: ", ""]
    assert matching("feat: ", texts, 20) == (True, False, True, True, False)
    assert matching("^$", [""], 20) == (True,)
    assert matching("a", [], 20) == ()


def test_a_pattern_that_never_ends_is_stopped() -> None:
    begun = time.monotonic()
    assert matching("^(a+)+$", ["a" * 100 + "!"], 1.0) is None
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?P<x", "\\"])
def test_no_regular_expression(pattern: str) -> None:
    with pytest.raises(BadPatternError, match=r"position|escape"):
        matching(pattern, ["a"], 20)


def test_a_very_long_line_is_no_trouble() -> None:
    assert matching("^fix: ", ["fix: " + "x" * 5_000_000], 20) == (True,)
