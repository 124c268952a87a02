"""The draft is TOML that says what was observed, whatever text a tool or a branch put into the run."""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.evidence.plain import refused, visible
from gatekeeper.evidence.review_draft import draft, quote
from gatekeeper.evidence.review_file import parse_file
from gatekeeper.model.claim import GateChange, ReviewFacts
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Ended, Label, Outcome, RunId, Severity, TreeId
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


def test_what_weakens_the_gate_waits_for_its_reason_and_a_check_that_waits_for_a_person_is_claimed_by_nobody() -> None:
    def found(rule: str, path: str | None, severity: Severity = Severity.WARNING) -> Finding:
        return Finding(CheckId("integrity"), rule, "m", severity, path=path)

    findings = (
        found("threshold-weakened", "pyproject.toml", Severity.ERROR),
        found("test-removed", "tests/a.py"), found("test-removed", "tests/a.py"), found("test-removed", None),
        found("unreadable-source", "b.py", Severity.NOTE),
    )  # fmt: skip
    waiting = replace(result("integrity", Outcome.BLOCKED, Label.LOCAL, "1 disclosed finding"), findings=findings)
    facts = ReviewFacts(tree=TREE, gate_changes=(GateChange("pyproject.toml"),))
    text = draft((waiting,), facts, "work", RunId("0" * 16))
    review = parse_file(text.encode(), "f", TREE)
    assert review.gate_changes == ("pyproject.toml —", "test-removed tests/a.py —", "test-removed —")
    assert review.claims == ()
    assert "# integrity waits for a person, and is not claimed: 1 disclosed finding" in text


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
