"""The screen of a pre-push hook."""

from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.report.pushed import LINES, STATES, Gated, screen

texts = st.text(max_size=200)


@given(
    st.lists(
        st.builds(Gated, texts, st.just("a" * 40), st.sampled_from(STATES), said=texts, hint=texts, brief=texts),
        max_size=12,
    ),
    st.lists(texts, max_size=2),
)
def test_it_is_never_more_than_a_screen_of_printable_lines(gated: list[Gated], remarks: list[str]) -> None:
    for one in gated:  # a brief comes escaped, and in lines
        one.brief = "\n".join(["line"] * len(one.brief))
    said = screen(gated, remarks)
    assert len(said.splitlines()) <= LINES
    assert all(len(line) <= 160 for line in said.split("\n"))
    assert all(category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in said.replace("\n", ""))


def test_the_worst_is_said_first_and_the_rest_is_counted() -> None:
    gated = [Gated(f"b{n}", "c" * 40, "accepted") for n in range(30)]
    gated += [Gated("late", "d" * 40, "rejected", status=1, run="e" * 16, brief="REJECTED late\n")]
    lines = screen(gated).splitlines()
    assert lines[0] == "gate: 1 of 31 references may not be pushed; nothing is pushed"
    assert lines[1] == "  ✗ late dddddddddddd rejected: run eeeeeeeeeeee"
    assert "    and 23 accepted" in lines
    assert lines[-2:] == ["For the agent (gate show eeeeeeeeeeee --format brief):", "  REJECTED late"]


def test_a_long_brief_is_cut_and_says_how_to_see_the_rest() -> None:
    brief = "".join(f"line {n}\n" for n in range(60))
    lines = screen([Gated("b", "c" * 40, "rejected", status=1, run="e" * 16, brief=brief)]).splitlines()
    assert len(lines) == LINES
    assert lines[2] == "For the agent (39 more lines: gate show eeeeeeeeeeee --format brief):"


def test_nothing_to_say_is_nothing() -> None:
    assert screen([]) == ""
