"""What a finding does to its check: it rejects, waits for a person, or is settled; nothing settles what was not
seen.
"""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.decide import decide
from gatekeeper.decision.outcome import outcome_of, reasons_of
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Label, Novelty, Outcome, Severity, Verdict

CHECK = CheckId("integrity")
ERROR = Finding(check=CHECK, rule="outcome-hook-added", message="a hook", path="conftest.py", line=3)
TODAY = date(2026, 1, 15)

words = st.none() | st.just("why")
findings = st.builds(
    replace,
    st.just(ERROR),
    rule=st.sampled_from(["a", "b"]),
    severity=st.sampled_from(Severity),
    novelty=st.sampled_from(Novelty),
    waiver=words,
    disclosed=words,
    approval=words,
)
labels = st.none() | st.sampled_from(Label)


@given(findings)
def test_a_finding_rejects_or_waits_or_does_neither(finding: Finding) -> None:
    assert not (finding.rejects and finding.awaits)
    open_ones = finding.severity is Severity.ERROR and finding.novelty is Novelty.NEW
    settled = finding.waiver is not None or finding.approval is not None
    assert (finding.rejects or finding.awaits) == (open_ones and not settled)


@given(st.lists(findings), labels)
def test_passed_means_nothing_rejects_nothing_waits_and_something_was_seen(
    found: list[Finding], label: Label | None
) -> None:
    outcome = outcome_of(found, label)
    clear = not any(one.rejects or one.awaits for one in found)
    assert (outcome is Outcome.PASSED) == (clear and label is not None and label is not Label.BLOCKED)
    assert (outcome is Outcome.NOT_APPLICABLE) == (label is None)


@given(st.lists(findings, min_size=1), st.sampled_from(Label))
def test_disclosing_never_accepts_and_approving_is_never_silent(found: list[Finding], label: Label) -> None:
    disclosed = [replace(one, disclosed="it had to be") for one in found]
    if any(one.rejects or one.awaits for one in found):
        assert outcome_of(disclosed, label) is Outcome.BLOCKED
    approved = [replace(one, approval="Ana: fine") for one in found]
    assert "approved by a person" in " ".join(reasons_of(outcome_of(approved, label), approved, ()))


def test_the_reasons_name_what_decides_first() -> None:
    found = [ERROR, replace(ERROR, rule="x", disclosed="y"), replace(ERROR, rule="z", approval="Ana: fine")]
    assert reasons_of(Outcome.FAILED, found, ("observed",)) == (
        "1 rejecting finding (outcome-hook-added)",
        "1 disclosed finding (x): a person must approve",
        "observed",
        "1 finding approved by a person (z)",
    )
    assert reasons_of(Outcome.NOT_APPLICABLE, found, ("nothing to see",)) == ("nothing to see",)


def test_what_waits_for_a_person_blocks_also_where_its_check_is_not_required() -> None:
    waiting = (replace(ERROR, disclosed="it had to be"),)
    result = CheckResult(CHECK, Outcome.BLOCKED, Label.LOCAL, ("waits",), waiting, Observation(CHECK, "t"), False)
    passed = CheckResult(CheckId("x"), Outcome.PASSED, Label.LOCAL, (), (), Observation(CheckId("x"), "t"))
    decision = decide([result, passed], [], (), TODAY)
    assert (decision.verdict, decision.reasons) == (Verdict.BLOCKED, ("integrity: waits",))
