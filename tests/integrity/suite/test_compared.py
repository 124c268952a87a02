"""Base's run and head's by their ids: missing, newly skipped, newly expected to fail, and what nothing explains."""

import pytest

from gatekeeper.integrity.suite.compared import Texts, compare
from tests.integrity.suite.trees import Tree, pair

TEST = """import pytest


@pytest.mark.parametrize('n', [1, 2, 3])
def test_n(n):
    assert n


def test_a():
    assert 1
"""
BASE = {"tests/test_a.py": TEST}
A, N = "tests/test_a.py::test_a", "tests/test_a.py::test_n"
RUN = {**{f"{N}[{n}]": "passed" for n in (1, 2, 3)}, A: "passed"}


def said(new: Tree, head: dict[str, str], *, fixed: bool = True, known: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    before, after, renames = pair(BASE, new)
    return [(one.rule, one.symbol) for one in compare(RUN, head, Texts(before, after, fixed), renames, known)]


def without(run: dict[str, str], *ids: str) -> dict[str, str]:
    return {test: state for test, state in run.items() if test not in ids}


def test_the_same_run_says_nothing_nor_does_a_larger_one() -> None:
    assert said(BASE, RUN) == []
    assert said(BASE, {**RUN, f"{N}[4]": "passed"}) == []


def test_what_is_written_as_it_was_and_did_not_run_is_explained_by_nothing() -> None:
    assert said(BASE, without(RUN, A)) == [("test-missing", A), ("fewer-tests", "number of tests")]
    assert said(BASE, without(RUN, f"{N}[2]")) == [("test-missing", N), ("fewer-tests", "number of tests")]
    assert said(BASE, without(RUN, f"{N}[2]"), fixed=False) == [("test-missing", N)], "cases may come from data"
    more = {**without(RUN, A), "tests/test_a.py::test_new": "passed"}
    assert said(BASE, more) == [("test-missing", A)], "as many as before"


def test_what_the_text_explains_is_only_listed() -> None:
    gone = {"tests/test_a.py": TEST.partition("\n\ndef test_a")[0]}
    assert said(gone, without(RUN, A)) == [("test-missing", A)]
    fewer = {"tests/test_a.py": TEST.replace("[1, 2, 3]", "[1, 3]")}
    assert said(fewer, without(RUN, f"{N}[2]")) == [("test-missing", N)]


@pytest.mark.parametrize(("state", "rule"), [("skipped", "test-newly-skipped"), ("xfailed", "test-newly-xfailed")])
def test_what_was_executed_and_is_not_any_more(state: str, rule: str) -> None:
    assert said(BASE, {**RUN, A: state}) == [(rule, A)]
    assert said(BASE, {**RUN, A: state}, known=(A,)) == [], "it has been spoken of"


def test_cases_are_told_by_their_function_and_not_by_their_ids() -> None:
    other = {f"{N}[{n}]": "passed" for n in ("one/1", "two[2]", "three::3")}
    assert (
        said({"tests/test_a.py": TEST.replace("1, 2, 3", "'one/1', 'two[2]', 'three::3'")}, {**other, A: "passed"})
        == []
    )


def test_thousands_of_cases_are_one_line() -> None:
    many = {f"{N}[{n}]": "passed" for n in range(5000)}
    before, after, renames = pair(BASE, BASE)
    found = list(compare({**many, A: "passed"}, {A: "passed"}, Texts(before, after), renames, ()))
    assert [one.rule for one in found] == ["test-missing", "fewer-tests"]
    assert found[0].message == f"{N} was executed at base, and is still written, and not executed at head"
    assert found[1].message.startswith("1 tests were executed, 5001 at base; 5000 of them are written at head")


def test_no_more_than_fifty_of_a_kind_are_listed() -> None:
    text = "".join(f"def test_{n}():\n    assert {n}\n" for n in range(60))
    before, after, renames = pair({"tests/test_a.py": text}, {"tests/test_b.py": "def test_new():\n    assert new()\n"})
    run = {f"tests/test_a.py::test_{n}": "passed" for n in range(60)}
    found = list(compare(run, {"tests/test_b.py::test_new": "passed"}, Texts(before, after), renames, ()))
    assert (len(found), found[-1].message) == (51, "and 10 more")
