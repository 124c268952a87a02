"""Which sentences claim proof, where they stand, and what of them is shown. Figures: prose/test_figures.py."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.evidence.prose import Prose, unverified


def lines(text: str) -> list[int]:
    return [found.line for found in unverified(text)]


@pytest.mark.parametrize(
    "text",
    [
        "verified in production",
        "All tests pass.",
        "Works end to end.",
        "confirmed on the device",
        "0 failures",
        "CI is green",
        "manually tested",
        "Ran the suite, everything passes.",
        "smoke-tested on staging",
        "no regressions",
        "- [x] tests pass",
        "Not only unit tested but also verified in production.",
        "Tests that failed before this change now pass.",
        "I couldn't test on Windows, but all tests pass on Linux.",
        "I did not touch the docs, all tests pass.",
        "All tests (not the slow ones) pass.",
        "- [x] Tested locally?",
        "- [x] Verify the upgrade on staging",
    ],
)
def test_a_claim_is_found(text: str) -> None:
    assert lines(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "not verified in production",
        "Could not run the tests.",
        "Tests don't pass yet.",
        "Tests don\u2019t pass yet.",
        "The ticket says 'all tests pass'.",
        "The ticket says \u2018all tests pass\u2019.",
        "The ticket says “all tests pass”.",
        'The ticket says "all tests pass".',
        "> All tests pass.",
        "```\nAll tests pass.\n```",
        "~~~~\nAll tests pass.\n~~~\nAll tests pass.\n~~~~",
        "Output:\n\n    All tests pass.\n\tAll tests pass.",
        "The line `all tests pass` ends the log.",
        "The line ``all `tests` pass`` ends the log.",
        "![all tests pass](https://ci.example.org/all-tests-pass.svg)",
        "See https://ci.example.org/?verified=true for the log.",
        "~~All tests pass.~~",
        "<!-- all tests pass -->",
        "TODO: verify",
        "Will verify.",
        "All tests should pass.",
        "Merge once CI is green.",
        "If all tests pass, we ship.",
        "Please verify.",
        "Needs to be tested.",
        "- [ ] tests pass",
        "- [ ] Release\n  - tests pass\n\n  CI is green",
        "Adds a test that verifies that checkout works end to end.",
        "Make all tests pass on Windows",
        "Verify the signature before parsing.",
        "All tests passed before this change.",
        "Previously verified in production.",
        "Do all tests pass?",
        "Gate-Claim: tests=local; pytest -q; 214 passed",
        "## Next steps\n\nCI green\n\n- tests pass",
        "Next steps:\n- CI is green",
        "",
    ],
)
def test_what_is_no_claim_is_not_found(text: str) -> None:
    assert lines(text) == []


def documented(first: str, last: str) -> list[tuple[str, str]]:
    """The examples that stand in quotation marks between two lines of the page, and the boxes in backticks."""
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "prose.md").read_text(encoding="utf-8")
    section = page[page.index(first) : page.index(last)]
    return re.findall(r'"([^"]+)"|`(- \[.\] [^`]+)`', section)


@pytest.mark.parametrize("example", documented("| kind | examples |", "None of these is one"))
def test_the_page_is_right_about_what_is_listed(example: tuple[str, str]) -> None:
    assert lines("".join(example)) == [1]


@pytest.mark.parametrize("example", documented("None of these is one", "`Gate-Claim:` and"))
def test_the_page_is_right_about_what_is_not(example: tuple[str, str]) -> None:
    assert lines("".join(example)) == []


def test_lines_are_those_of_the_message() -> None:
    text = (
        "Retry uploads\n\nThey died on the first 503. I verified in\nproduction that they no longer do. CI is green.\n"
        "\n> All tests pass.\n\n```\nAll tests pass.\n```\n- [ ] all tests pass\n- [x] all tests pass\r\n* CI is green"
    )
    assert lines(text) == [3, 4, 12, 13]


def test_a_heading_of_plans_ends_with_the_next_heading_and_a_list_of_plans_with_the_list() -> None:
    assert lines("## Next steps\n- CI is green\n## Testing\n- CI is green") == [4]
    assert lines("Next steps:\n- CI is green\n\nCI is green.") == [4]


def test_lines_that_were_not_wrapped_are_sentences_of_their_own() -> None:
    assert unverified("Rename the helper\nAll tests pass\nReady to merge") == (Prose(2, "All tests pass"),)


def test_code_goes_on_until_its_fence_and_a_list_is_no_code() -> None:
    assert lines("- step\n\n    All tests pass.") == [3]
    assert lines("```\nx") == []
    assert lines("```\n``\n``` x\nAll tests pass.\n```\nAll tests pass.") == [6]


def test_a_comment_that_is_never_closed_hides_nothing() -> None:
    assert lines("<!-- all tests pass\nCI is green.") == [1, 2]
    assert lines("<!-- a --> CI is green. <!--\nAll tests pass.\n--> Verified in production.") == [1, 3]


def test_an_apostrophe_quotes_nothing() -> None:
    assert lines("The clients' tests pass; that's it.") == [1]


def test_what_is_shown_is_one_short_line_without_control_characters() -> None:
    (found,) = unverified("All\ttests \x1bpass\x00, see\u202e " + "the log " * 100)
    assert found.sentence.startswith("All tests pass , see the log")
    assert len(found.sentence) == 160
    assert found.sentence.endswith("…")


def test_a_sentence_without_end_is_judged_in_pieces() -> None:
    text = "word " * 500 + "all tests pass"
    assert len(unverified(text)) == 1


WORDS = [
    "all",
    "tests",
    "pass",
    "not",
    "if",
    "verified",
    "in",
    "production",
    "will",
    "(",
    ")",
    "`",
    "``",
    "'",
    '"',
    "“",
    "”",
]
WORDS += ["~~", "<!--", "-->", "![", "]", ".", "?", ",", ";", ":", "—", "|", "✅", "❌"]
PIECES = st.sampled_from(
    [*WORDS, "\n", "\n\n", "- [x] ", "- [ ] ", "> ", "```", "    ", "\t", "# ", "\r", "\x00", "\ud800"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
@example("- [X]\n0")
@example("\u0130" * 70 + ".")
@example("ß's n't 's. --- _ ___ # #. '' \\")
def test_nothing_raises_and_every_line_is_one_of_the_message(text: str) -> None:
    found = unverified(text)
    numbers = [each.line for each in found]
    assert numbers == sorted(numbers)
    message = text.split("\n")
    for each in found:
        assert 1 <= each.line <= len(message)
        assert 0 < len(each.sentence) <= 160
        assert each.sentence.isprintable() or unicodedata.category(each.sentence[0]) == "Zs"


INERT = st.sampled_from(
    ["Rename the helper.", "", "- a list\n- of things", "> quoted", "```\ncode\n```", "# Heading", "a | b"]
)


@given(st.lists(INERT, max_size=6), st.lists(INERT, max_size=6))
def test_a_paragraph_is_found_where_it_stands(before: list[str], after: list[str]) -> None:
    start = "".join(f"{part}\n\n" for part in before)
    text = f"{start}Verified in production.\n\n" + "\n\n".join(after)
    assert unverified(text) == (Prose(start.count("\n") + 1, "Verified in production."),)


@given(st.text(alphabet="abcdefgh \n.,"), st.text(alphabet="abcdefgh \n.,"))
def test_every_sentence_begins_on_its_line(before: str, after: str) -> None:
    text = f"{before}\nCI is green and all tests pass {after}"
    for found in unverified(text):
        assert found.sentence.split()[0] in text.split("\n")[found.line - 1]
