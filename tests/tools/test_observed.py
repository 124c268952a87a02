"""What came over the pipe, held against the report: it takes away, and gives nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading
from gatekeeper.tools.observed import ENDED_EARLY, hold, read

TESTS = CheckId("tests")
ID = "tests/test_a.py::test_x"


def said(*words: object, end: int | None = 0) -> bytes:
    last = [] if end is None else [{"e": end}]
    return b"".join(json.dumps(word).encode() + b"\n" for word in (*words, *last))


def call(**more: object) -> dict[str, object]:
    return {"t": ID, "f": "tests/test_a.py", "p": "call", **more}


def held(state: str, *words: object, end: int | None = 0, status: int = 0) -> tuple[list[str], str]:
    """Messages of the findings, and the problem."""
    reading = hold(TESTS, Reading(tests={ID: state}), read(said(*words, end=end), "/slot"), status)
    return [one.message for one in reading.findings], reading.problem


def test_a_report_that_tells_what_was_seen_is_left_alone() -> None:
    assert held("passed", call()) == ([], "")
    assert held("failed", call(x="builtins.AssertionError", k="error")) == ([], "")
    assert held("skipped", call(x="_pytest.outcomes.Skipped", k="skip", w="tests/test_a.py")) == ([], "")
    assert held("xfailed", call(x="builtins.AssertionError", k="error")) == ([], "")
    assert held("passed", call(b=2)) == ([], "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "it was not seen to be executed"),
        ([call(x="builtins.AssertionError", k="error")], "it raised builtins.AssertionError"),
        ([call(k="skip")], "it was skipped"),
        ([call(b=0)], "its code was never entered"),
        ([call(b=1)], "its code did not come to its end"),
        ([call(z=1)], "its code was exchanged for another while the tests ran"),
        (
            [call(), {"t": ID, "f": "tests/test_a.py", "p": "teardown", "x": "builtins.OSError"}],
            "it raised builtins.OSError",
        ),
        (
            [{"t": ID, "f": "tests/test_a.py", "p": "setup", "x": "builtins.OSError", "k": "error"}],
            "it raised builtins.OSError",
        ),
    ],
)
def test_a_report_that_says_more_than_was_seen_is_contradicted(words: list[object], why: str) -> None:
    assert held("passed", *words) == ([f"{ID}: reported as passed, and {why}"], "")


def test_a_test_that_was_tried_again_counts_by_its_last_try() -> None:
    failed = call(x="builtins.AssertionError", k="error")
    assert held("passed", failed, call()) == ([], "")
    assert held("passed", call(), failed)[0] == [f"{ID}: reported as passed, and it raised builtins.AssertionError"]


def test_without_a_last_word_the_report_proves_nothing() -> None:
    assert held("passed", call(), end=None) == ([], ENDED_EARLY)
    assert held("passed", call(x="E", k="error"), end=None)[0] != [], "what was seen until then stays"
    assert hold(TESTS, Reading(problem="timeout"), read(b"", "/slot"), 0).problem == "timeout"


def test_an_exit_status_that_was_made_is_told() -> None:
    assert held("passed", call(), end=1, status=0)[0] == [
        "pytest ended with 1, and its process was made to exit with 0"
    ]


def test_what_the_report_leaves_out_and_what_was_replaced_is_told() -> None:
    other = {"t": "tests/test_a.py::test_y", "f": "tests/test_a.py", "p": "call", "x": "E", "k": "error"}
    assert held("passed", call(), other)[0] == ["tests/test_a.py::test_y: it failed, and the report does not list it"]
    assert held("passed", call(), {"m": ["_pytest.reports.TestReport.__init__"]})[0] == [
        "_pytest.reports.TestReport.__init__ was replaced by code of the tree while the tests ran"
    ]
    assert hold(TESTS, Reading(), read(said({"r": ["liar"]}), "/slot"), 0).notes == (
        "plugin 'liar' of the branch was not loaded: base offers none",
    )


def test_skips_by_something_else_than_the_test_are_kept_with_their_place() -> None:
    skip = call(x="unittest.case.SkipTest", k="skip", w="src/shop.py")
    reading = hold(TESTS, Reading(tests={ID: "skipped"}), read(said(skip), "/slot"), 0)
    assert reading.skipped_by == {ID: "src/shop.py"}
    own = hold(TESTS, Reading(tests={ID: "skipped"}), read(said(call(k="skip", w="tests/test_a.py")), "/slot"), 0)
    assert own.skipped_by == {}


def test_only_the_first_fifty_are_told_one_by_one() -> None:
    reading = Reading(tests={f"tests/test_a.py::test_{n}": "passed" for n in range(60)})
    found = hold(TESTS, reading, read(said(), "/slot"), 0).findings
    assert (len(found), found[-1].message[:17]) == (51, "and 10 more tests")


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_whatever_comes_over_the_pipe_is_read(channel: bytes) -> None:
    read(channel, "/slot")


@given(st.dictionaries(st.sampled_from("ecrmtfpxkwbuz"), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_words_of_any_shape_are_held_against_the_report(words: dict[str, object]) -> None:
    hold(TESTS, Reading(tests={ID: "passed"}), read(said(words), "/slot"), 0)
