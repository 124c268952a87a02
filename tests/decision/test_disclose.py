"""Disclosing: what an entry names, what it does to an outcome, and what it never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.disclose import COMPARED_RULES, disclose, names
from gatekeeper.decision.outcome import outcome_of
from gatekeeper.decision.unchanged import no_gate_change
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Label, Novelty, Outcome, Severity

INTEGRITY, TESTS, LINT = CheckId("integrity"), CheckId("tests"), CheckId("lint")
LOWERED = Finding(
    INTEGRITY, "threshold-weakened", "90 became 40", path="cfg/pyproject.toml", symbol="coverage fail_under"
)
REMOVED = Finding(INTEGRITY, "test-removed", "gone", Severity.WARNING, path="tests/test_a.py", symbol="TestA.test_b")
HIDDEN = Finding(TESTS, "regression-hidden", "hidden", path="tests/test_a.py", symbol="tests/test_a.py::test_c")
FAILED = Finding(TESTS, "test-failed", "boom", path="tests/test_a.py", symbol="tests/test_a.py::test_d")
UNUSED = Finding(LINT, "F401", "unused", path="a.py")
SAID = "threshold-weakened — agreed"


def review(*entries: str, removed: tuple[str, ...] = ()) -> SelfReview:
    return SelfReview((), ("trailer",), bound=True, gate_changes=entries, tests_removed=removed)


def result(*findings: Finding, **more: object) -> CheckResult:
    check = findings[0].check if findings else INTEGRITY
    seen = Observation(check, "ab" * 20, counts={"files": 1})
    made = CheckResult(check, outcome_of(findings, Label.LOCAL), Label.LOCAL, ("why",), findings, seen)
    return replace(made, **more)  # type: ignore[arg-type]


def checks(**more: object) -> dict[CheckId, CheckSettings]:
    return {one: replace(CheckSettings(one), **more) for one in (INTEGRITY, TESTS, LINT)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "finding", "named"),
    [
        ("cfg/pyproject.toml — why", LOWERED, True),
        ("pyproject.toml: why", LOWERED, True),
        ("cfg/ — why", LOWERED, True),
        ("cfg/*.toml — why", LOWERED, True),
        ("threshold-weakened — why", LOWERED, True),
        ("threshold-weakened cfg/pyproject.toml — why", LOWERED, True),
        ("threshold-weakened pyproject.toml — why", LOWERED, True),
        ("threshold-weakened setup.cfg — why", LOWERED, False),
        ("threshold-removed — why", LOWERED, False),
        ("py — why", LOWERED, False),
        ("project.toml — why", LOWERED, False),
        ("setup.cfg — why", LOWERED, False),
        ("tests/test_a.py::TestA::test_b — why", REMOVED, True),
        ("test_b — why", REMOVED, True),
        ("tests/test_a.py::test_b — why", REMOVED, False),
        ("tests/test_a.py::TestA::test_bb — why", REMOVED, False),
        ("tests/test_a.py — why", REMOVED, True),
        ("tests/test_a.py::test_c — why", HIDDEN, True),
        ("regression-hidden — why", HIDDEN, True),
        ("more — why", Finding(INTEGRITY, "test-removed", "and 3 more", symbol=""), False),
        ("test-removed — why", Finding(INTEGRITY, "test-removed", "and 3 more", symbol="3 more"), True),
    ],
)
def test_what_an_entry_names(entry: str, finding: Finding, named: bool) -> None:
    assert names(entry, finding) is named


def test_a_disclosed_error_waits_and_an_undisclosed_one_rejects() -> None:
    (waits,) = disclose((result(LOWERED),), review(SAID), checks())
    assert (waits.outcome, waits.findings[0].disclosed) == (Outcome.BLOCKED, SAID)
    assert waits.reasons[0] == "1 disclosed finding (threshold-weakened): a person must approve"
    (rejects,) = disclose((result(LOWERED),), review("README.md — why"), checks())
    assert rejects == result(LOWERED)
    (mixed,) = disclose((result(LOWERED, replace(LOWERED, rule="ratchet-weakened")),), review(SAID), checks())
    assert mixed.outcome is Outcome.FAILED


def test_without_a_reason_or_without_a_review_nothing_is_disclosed() -> None:
    assert disclose((result(LOWERED),), review("threshold-weakened"), checks()) == (result(LOWERED),)
    assert disclose((result(LOWERED),), None, checks()) == (result(LOWERED),)


def test_only_what_weakens_can_be_disclosed() -> None:
    entries = ("a.py — why", "F401 — why", "test-failed — why", "tests/test_a.py — why")
    before = (result(UNUSED), result(FAILED))
    assert disclose(before, review(*entries), checks()) == before


@pytest.mark.parametrize("rule", sorted(COMPARED_RULES))
def test_what_base_s_tests_say_is_disclosed_likewise(rule: str) -> None:
    finding = replace(HIDDEN, rule=rule)
    (waits,) = disclose((result(finding),), review(f"{rule} — why"), checks())
    assert waits.outcome is Outcome.BLOCKED


def test_removed_tests_are_disclosed_as_such() -> None:
    said = review(removed=("tests/test_a.py::TestA::test_b — twice",))
    (listed,) = disclose((result(REMOVED),), said, checks())
    assert (listed.outcome, listed.findings[0].disclosed) == (Outcome.PASSED, said.tests_removed[0])


def test_where_silence_weighs_more_warnings_reject_or_wait() -> None:
    strict = checks(undisclosed="reject")
    (silent,) = disclose((result(REMOVED),), None, strict)
    assert silent.outcome is Outcome.FAILED
    (open_,) = disclose((result(REMOVED),), review("test-removed — twice"), strict)
    assert open_.outcome is Outcome.BLOCKED
    for calm in (
        replace(REMOVED, severity=Severity.NOTE),
        replace(REMOVED, novelty=Novelty.BASELINE),
        replace(REMOVED, waiver="known"),
        replace(REMOVED, approval="Ana: fine"),
        replace(REMOVED, rule="answers-in-code"),
        replace(HIDDEN, rule="proves-nothing", severity=Severity.WARNING),
        replace(UNUSED, severity=Severity.WARNING),
    ):
        assert disclose((result(calm),), None, strict)[0].outcome is Outcome.PASSED


def test_a_check_that_only_advises_stays_so_and_a_check_that_is_off_says_nothing() -> None:
    advising = checks(undisclosed="reject", severity=Severity.WARNING)
    assert disclose((result(REMOVED),), None, advising)[0].outcome is Outcome.PASSED
    off = {INTEGRITY: replace(CheckSettings(INTEGRITY), undisclosed="reject", enabled=False)}
    rewritten = replace(HIDDEN, rule="behaviour-rewritten", severity=Severity.WARNING)
    assert disclose((result(rewritten),), None, off)[0].outcome is Outcome.PASSED


ORDER = {Outcome.PASSED: 0, Outcome.BLOCKED: 1, Outcome.FAILED: 2}


@given(
    st.lists(st.sampled_from([LOWERED, REMOVED, HIDDEN, FAILED, UNUSED]), max_size=4, unique=True),
    st.lists(st.sampled_from([SAID, "*: all", "tests/ — all", "test-failed — all", "F401 — all"]), max_size=5),
    st.sampled_from(["warn", "reject"]),
)
def test_disclosing_never_makes_anything_pass(found: list[Finding], entries: list[str], undisclosed: str) -> None:
    results = tuple(result(one) for one in found)
    silent = disclose(results, None, checks(undisclosed=undisclosed))
    said = disclose(results, review(*entries), checks(undisclosed=undisclosed))
    for before, after in zip(silent, said, strict=True):
        assert (before.outcome is Outcome.PASSED) == (after.outcome is Outcome.PASSED)
        assert ORDER[after.outcome] <= ORDER[before.outcome]


@pytest.mark.parametrize(
    ("label", "findings", "rules"),
    [
        (Label.LOCAL, (), []),
        (Label.LOCAL, (REMOVED,), ["overclaim"]),
        (Label.LOCAL, (replace(LOWERED, disclosed=SAID),), ["overclaim"]),
        (Label.LOCAL, (replace(LOWERED, approval="Ana: fine"),), ["overclaim"]),
        (Label.LOCAL, (replace(LOWERED, waiver="known"),), []),
        (Label.LOCAL, (replace(REMOVED, severity=Severity.NOTE),), []),
        (Label.BLOCKED, (REMOVED,), []),
    ],
)
def test_the_claim_that_nothing_was_weakened(label: Label, findings: tuple[Finding, ...], rules: list[str]) -> None:
    claim = Claim("no_gate_change", label)
    assert [one.rule for one in no_gate_change(claim, {"integrity": result(*findings)})] == rules


def test_that_claim_counts_what_base_s_tests_say_and_needs_somebody_to_have_looked() -> None:
    claim = Claim("no_gate_change", Label.LOCAL)
    assert [one.rule for one in no_gate_change(claim, {"integrity": result(), "tests": result(HIDDEN)})] == [
        "overclaim"
    ]
    assert not list(no_gate_change(claim, {"integrity": result(), "tests": result(FAILED)}))
    assert [one.rule for one in no_gate_change(claim, {})] == ["unsupported"]
    for label in set(STRENGTH) - {Label.LOCAL}:
        unseen = {"integrity": result(label=label)}
        assert [one.rule for one in no_gate_change(claim, unseen)] == ["unsupported"]
