"""The verdict: blocked is never accepted, silence is never consent, and more failures never help."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.decision.decide import decide
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.target import Identity, ProbeFacts
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict

TODAY = date(2026, 1, 15)
IDS = [CheckId(name) for name in ("types", "lint", "tests")]


def result(check: CheckId, outcome: Outcome, *, required: bool = True) -> CheckResult:
    label = {Outcome.NOT_APPLICABLE: None, Outcome.BLOCKED: Label.BLOCKED}.get(outcome, Label.LOCAL)
    return CheckResult(check, outcome, label, (f"because of {check}",), (), Observation(check, "t"), required)


def verdict(outcomes: dict[CheckId, Outcome], required: list[CheckId], **more: bool) -> Verdict:
    results = [result(check, outcome, required=check in required) for check, outcome in outcomes.items()]
    return decide(results, required, (), TODAY, **more).verdict


outcomes = st.dictionaries(st.sampled_from(IDS), st.sampled_from(list(Outcome)))
required_ids = st.lists(st.sampled_from(IDS), unique=True)


def test_all_required_passed_is_accepted() -> None:
    assert verdict(dict.fromkeys(IDS, Outcome.PASSED), IDS) is Verdict.ACCEPTED


def test_a_required_check_that_is_absent_blocks() -> None:
    decision = decide([result(IDS[0], Outcome.PASSED)], IDS[:2], (), TODAY)
    assert decision.verdict is Verdict.BLOCKED
    assert decision.reasons == ("lint: required, and absent from the results",)


def test_a_blocked_check_that_is_not_required_does_not_block() -> None:
    assert verdict({IDS[0]: Outcome.PASSED, IDS[1]: Outcome.BLOCKED}, [IDS[0]]) is Verdict.ACCEPTED


def test_nothing_established_is_never_accepted() -> None:
    assert verdict({}, []) is Verdict.BLOCKED
    assert verdict(dict.fromkeys(IDS, Outcome.NOT_APPLICABLE), IDS) is Verdict.BLOCKED


def test_a_policy_on_trial_never_accepts() -> None:
    assert verdict(dict.fromkeys(IDS, Outcome.PASSED), IDS, trial=True) is Verdict.BLOCKED
    assert verdict(dict.fromkeys(IDS, Outcome.FAILED), IDS, trial=True) is Verdict.REJECTED


@given(outcomes, required_ids)
def test_accepted_means_nothing_failed_and_every_required_check_answered(
    given_outcomes: dict[CheckId, Outcome], required: list[CheckId]
) -> None:
    if verdict(given_outcomes, required) is Verdict.ACCEPTED:
        assert Outcome.FAILED not in given_outcomes.values()
        assert all(given_outcomes.get(check) in {Outcome.PASSED, Outcome.NOT_APPLICABLE} for check in required)
        assert Outcome.PASSED in given_outcomes.values()


@given(outcomes, required_ids, st.sampled_from(IDS))
def test_a_failure_always_rejects(
    given_outcomes: dict[CheckId, Outcome], required: list[CheckId], bad: CheckId
) -> None:
    assert verdict({**given_outcomes, bad: Outcome.FAILED}, required) is Verdict.REJECTED


@given(outcomes, required_ids, st.sampled_from(IDS))
def test_blocking_a_required_check_never_accepts(
    given_outcomes: dict[CheckId, Outcome], required: list[CheckId], gone: CheckId
) -> None:
    assert verdict({**given_outcomes, gone: Outcome.BLOCKED}, [*required, gone]) is not Verdict.ACCEPTED


@given(outcomes, required_ids)
def test_the_order_of_results_does_not_change_the_verdict(
    given_outcomes: dict[CheckId, Outcome], required: list[CheckId]
) -> None:
    backwards = dict(reversed(given_outcomes.items()))
    assert verdict(backwards, required) is verdict(given_outcomes, required)


@given(outcomes, required_ids)
def test_every_verdict_says_why(given_outcomes: dict[CheckId, Outcome], required: list[CheckId]) -> None:
    results = [result(check, outcome) for check, outcome in given_outcomes.items()]
    assert decide(results, required, (), TODAY).reasons


def test_targets_are_not_said_to_be_checks_of_the_tree() -> None:
    tree = result(IDS[0], Outcome.PASSED)
    seen = Observation(CheckId("shop"), "t", probe=ProbeFacts(started=True, identity=Identity.PROVEN))
    shop = CheckResult(CheckId("shop"), Outcome.PASSED, Label.DIRECT, (), (), seen)
    assert decide([tree, shop], [], (), TODAY).reasons == ("1 checks passed on the committed tree; shown at shop",)
