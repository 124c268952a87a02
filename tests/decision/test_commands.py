"""Is the command of a claim the one that the gate ran?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.decision.commands import disagreement, program

PYTEST = ("/env/bin/python", "-m", "pytest", "--junitxml=/tmp/r.xml", "-o", "junit_family=xunit1")


@pytest.mark.parametrize(
    "claimed",
    [
        "pytest",
        "pytest -q --maxfail=1 tests",
        "uv run --frozen --group dev pytest -q",
        "python -m pytest -x",
        "cd app && pytest -q || true",
        "sh -c 'pytest -q'",
        "pytest -c conf/x.ini --junitxml out/r.xml -p no:cacheprovider > out/log.txt",
        "pytest 'unclosed",
        "",
    ],
)
def test_other_options_and_wrappers_are_no_difference(claimed: str) -> None:
    assert disagreement(claimed, [PYTEST]) == ""


@pytest.mark.parametrize(
    ("claimed", "ran", "words"),
    [
        ("make test", PYTEST, "ran pytest"),
        ("npm test", ("npx", "--yes", "vitest"), "ran vitest"),
        ("make lint", ("make", "-s", "test"), "ran make test"),
        ("npm run build", ("npm", "run", "test"), "ran npm test"),
        ("pytest -k quick", PYTEST, "-k quick"),
        ("pytest -q tests/unit/test_a.py", PYTEST, "tests/unit/test_a.py"),
        ("pytest tests/test_a.py::test_x", PYTEST, "test_x"),
        ("sh other.sh", ("sh", "probe.sh"), "ran probe.sh"),
        ("pytest", ("sh", "-c", "ruff check . && echo"), "ran ruff"),
    ],
)
def test_another_program_or_a_smaller_selection_is_one(claimed: str, ran: tuple[str, ...], words: str) -> None:
    assert words in disagreement(claimed, [ran])


def test_the_gate_may_use_a_wrapper_too() -> None:
    assert disagreement("pytest -q", [("uv", "run", "--frozen", "pytest")]) == ""
    assert program(("env", "CI=1", "uv", "run", "python", "-m", "pytest")) == ("pytest",)
    assert program(("npx",)) == ("npx",)


def test_one_agreeing_command_is_enough() -> None:
    assert disagreement("ruff format --check", [("ruff", "check"), ("/x/ruff.exe", "format")]) == ""
    assert disagreement("pytest -k a", [PYTEST, (*PYTEST, "-k a")]) == ""
    assert disagreement("anything", []) == ""


@given(st.text(max_size=60), st.lists(st.text(max_size=10), min_size=1, max_size=5))
def test_any_words_are_compared_without_an_exception(claimed: str, ran: list[str]) -> None:
    assert isinstance(disagreement(claimed, [ran]), str)
    assert program(ran)


@given(st.lists(st.text(alphabet="abc-/.", min_size=1, max_size=6), min_size=1, max_size=5))
def test_the_very_command_always_agrees(argv: list[str]) -> None:
    assert disagreement(" ".join(argv), [argv]) == ""
