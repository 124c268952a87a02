"""A recording is judged as the run was: numbers of the merge base are there for rules that compare with them."""

from datetime import date

import pytest

from gatekeeper.decision.replay import replay
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy
from gatekeeper.model.recording import RecordedSubject, Recording
from gatekeeper.model.rule import RULES, CountTest, Effect, Rule, When
from gatekeeper.model.vocabulary import CheckId, Ended, Verdict

TODAY = date(2026, 11, 21)
TREE = "ab" * 20
TESTS = CheckId("tests")
RUN = CommandRun(("pytest",), Ended.EXITED, 0, 1.0, 1, "/log", "aa" * 32)
FEWER = Rule(
    "no-fewer", "Fewer tests passed", "Because.", Effect.REJECT, "Bring them back.",
    When(counts=(CountTest("tests", "passed", below_base=1),)),
)  # fmt: skip


def seen(passed: int) -> Observation:
    return Observation(TESTS, TREE, (RUN,), counts={"passed": passed})


@pytest.mark.parametrize(
    ("head", "base", "verdict", "fired"),
    [
        (7, 9, Verdict.REJECTED, ("rules/no-fewer",)),
        (9, 9, Verdict.ACCEPTED, ()),
        (9, None, Verdict.BLOCKED, ()),
    ],
)
def test_counts_of_the_base_are_compared_though_the_head_passed(
    head: int, base: int | None, verdict: Verdict, fired: tuple[str, ...]
) -> None:
    checks = {TESTS: CheckSettings(id=TESTS, required=True, counts_at_base=True), RULES: CheckSettings(id=RULES)}
    policy = Policy(checks, (), EnvironmentSettings(), (), "", "a test", rules=(FEWER,))
    bases = {} if base is None else {TESTS: seen(base)}
    recording = Recording(subject=RecordedSubject(head=TREE, head_tree=TREE), heads={TESTS: seen(head)}, bases=bases)
    found = replay(recording, policy, TODAY)
    assert (found.decision.verdict, found.fired) == (verdict, fired)


@pytest.mark.parametrize(("required", "verdict"), [(False, Verdict.ACCEPTED), (True, Verdict.REJECTED)])
def test_a_self_review_that_was_not_required_then_is_missing_now(*, required: bool, verdict: Verdict) -> None:
    review = CheckId("self-review")
    checks = {TESTS: CheckSettings(id=TESTS), review: CheckSettings(id=review, required=required)}
    policy = Policy(checks, (), EnvironmentSettings(), (), "", "a test")
    none = Observation(review, TREE, inapplicable="there is none, and the policy does not require one")
    recording = Recording(subject=RecordedSubject(head=TREE, head_tree=TREE), heads={TESTS: seen(1), review: none})
    found = replay(recording, policy, TODAY)
    assert found.decision.verdict is verdict
    assert ("self-review/self-review-missing" in found.fired) is required
