"""The draft is TOML that says what was observed, whatever text a tool or a branch put into the run."""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper.evidence.plain import refused, visible
from gatekeeper.evidence.review_draft import draft, quote
from gatekeeper.evidence.review_file import parse_file
from gatekeeper.model.claim import GateChange, ReviewFacts
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Ended, Label, Outcome, RunId, TreeId
from tests.support.reports import HOSTILE

TREE = TreeId("ab" * 20)
RUN = CommandRun(("pytest",), Ended.EXITED, 0, 1.0, 1, "/log", "aa" * 32)
ANYTHING = st.text(max_size=60, alphabet=st.characters())


def result(check: str, outcome: Outcome, label: Label | None, why: str = "why", **more: object) -> CheckResult:
    seen = Observation(CheckId(check), TREE, (RUN,), counts={"passed": 0, "failed": 0, "skipped": 2, "collected": 2})
    return CheckResult(CheckId(check), outcome, label, (why,), (), seen, **more)  # type: ignore[arg-type]


def test_each_outcome_has_its_line() -> None:
    results = (
        result("tests", Outcome.PASSED, Label.LOCAL, reproduce="pytest -q", also_at_base=("t.py::x",)),
        result("lint", Outcome.FAILED, Label.LOCAL, "2 rejecting findings"),
        result("shop", Outcome.BLOCKED, Label.BLOCKED, "no credential"),
        result("types", Outcome.NOT_APPLICABLE, None),
    )
    text = draft(results, ReviewFacts(tree=TREE), "work", RunId("0" * 16))
    review = parse_file(text.encode(), "f", TREE)
    assert (review.problems, review.bound) == ((), True)
    said = {claim.subject: (claim.label, claim.command, claim.counts, claim.statement) for claim in review.claims}
    assert said == {
        "tests": (Label.LOCAL, "pytest -q", (("passed", 0), ("skipped", 2)), ""),
        "shop": (Label.BLOCKED, "", (), "no credential"),
    }
    assert "# lint failed, and is not claimed: 2 rejecting findings" in text
    assert review.known_failures == ("t.py::x — it fails at the base, too",)


@given(ANYTHING)
@example(HOSTILE)
@example('"\\\t\u202e\x7f')
def test_any_text_becomes_one_toml_string_without_control_characters(text: str) -> None:
    line = quote(text)
    assert "\n" not in line
    assert refused(line.replace("\t", "")) == ""
    assert tomllib.loads(f"x = {line}")["x"] == visible(text, 4000)


@given(ANYTHING, ANYTHING, ANYTHING)
@example(HOSTILE, HOSTILE, HOSTILE)
def test_no_branch_breaks_the_draft(why: str, name: str, path: str) -> None:
    facts = ReviewFacts(tree=TREE, tests_removed=(path,), gate_changes=(GateChange(path),))
    results = (result("a", Outcome.BLOCKED, Label.BLOCKED, why), result("b", Outcome.FAILED, Label.LOCAL, why))
    review = parse_file(draft(results, facts, name, RunId("0" * 16)).encode(), "f", TREE)
    assert [claim.subject for claim in review.claims] == ["a"]
    assert len(review.gate_changes) == 1
