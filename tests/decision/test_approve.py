"""What an approval settles: findings of its rules and paths that its signer may approve, never what was observed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.approve import covers, settle
from gatekeeper.decision.decide import decide
from gatekeeper.decision.judge import judge
from gatekeeper.model.approval import Approval
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy, Waiver
from gatekeeper.model.result import CheckResult
from gatekeeper.model.target import Signer, Target
from gatekeeper.model.vocabulary import CheckId, CommitId, Ended, Label, Novelty, Outcome, Severity, Verdict

TODAY = date(2026, 1, 15)
KEY = "aa" * 32
RUN = CommandRun(("tool",), Ended.EXITED, 0, 0.1, 1000, "/log", "00")
IDS = [CheckId(name) for name in ("integrity", "tests", "paths", "shop", "contract")]
TARGETS = {CheckId("shop"): Target(surface="runtime", probe=("true",))}
POLICY = Policy(
    checks={one: CheckSettings(one, target=TARGETS.get(one)) for one in IDS},
    waivers=(),
    environment=EnvironmentSettings(),
    extends=(),
    digest="",
    origin="",
    signers=(Signer("Ana", "ssh-ed25519 A", KEY, approves=("integrity/*", "regression-hidden", "lint/F401")),),
)
ANA = {KEY: POLICY.signers[0].approves}


def approval(rule: str = "outcome-hook", *paths: str, **changes: object) -> Approval:
    made = Approval(
        rule=rule,
        paths=paths,
        reason="agreed",
        name="Ana",
        signer=KEY,
        commit=CommitId("c" * 40),
        made="2026-01-02T03:04:05Z",
        expires="2026-02-01T00:00:00Z",
        digest="dd" * 32,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def finding(rule: str = "outcome-hook", check: str = "integrity", **changes: object) -> Finding:
    made = Finding(check=CheckId(check), rule=rule, message="so", path="tests/conftest.py", line=3)
    return replace(made, **changes)  # type: ignore[arg-type]


def judged(check: str, *findings: Finding, **changes: object) -> CheckResult:
    seen = replace(Observation(CheckId(check), "t", (RUN,), findings), **changes)
    return judge(seen, None, POLICY.checks[CheckId(check)], (), TODAY)


def after(result: CheckResult, *approvals: Approval) -> CheckResult:
    (settled,), _ = settle([result], approvals, POLICY)
    return settled


def test_an_approved_finding_is_settled_counted_and_said() -> None:
    before = judged("integrity", finding(), finding("exit-hook", disclosed="had to"))
    assert before.outcome is Outcome.FAILED
    results, uses = settle([before], [approval(), approval("integrity/exit-hook")], POLICY)
    assert (results[0].outcome, results[0].label) == (Outcome.PASSED, Label.LOCAL)
    assert [one.approval for one in results[0].findings] == ["Ana: agreed", "Ana: agreed"]
    assert results[0].reasons[-1] == "2 findings approved by a person (exit-hook, outcome-hook)"
    assert [use.used for use in uses] == [1, 1]
    decision = decide(results, IDS[:1], (), TODAY, approvals=uses)
    assert (decision.verdict, decision.approvals) == (Verdict.ACCEPTED, uses)
    assert decision.reasons == ("1 checks passed on the committed tree; 2 findings approved by a person",)


def test_what_is_left_still_rejects_and_says_so() -> None:
    result = after(judged("integrity", finding(), finding("exit-hook")), approval())
    assert result.outcome is Outcome.FAILED
    assert result.reasons[0] == "1 rejecting finding (exit-hook)"
    assert "1 finding approved by a person (outcome-hook)" in result.reasons


def test_regression_hidden_is_settled_and_a_red_test_is_not() -> None:
    hidden, red = finding("regression-hidden", "tests"), finding("test-failed", "tests")
    assert after(judged("tests", hidden), approval("regression-hidden")).outcome is Outcome.PASSED
    everything = replace(POLICY, signers=(replace(POLICY.signers[0], approves=("tests/*", "test-failed")),))
    (result,), uses = settle(
        [judged("tests", hidden, red)], [approval("regression-hidden"), approval("test-failed")], everything
    )
    assert result.outcome is Outcome.FAILED
    assert [use.used for use in uses] == [1, 0]


def test_an_approval_makes_nothing_observed() -> None:
    unseen = judged("integrity", finding(), missing=("the tool is not there",))
    assert unseen.outcome is Outcome.FAILED
    settled = after(unseen, approval())
    assert (settled.outcome, settled.label) == (Outcome.BLOCKED, Label.BLOCKED)
    assert "the tool is not there" in settled.reasons


@pytest.mark.parametrize(
    ("found", "given"),
    [
        (finding(), approval("exit-hook")),
        (finding(), approval("tests/outcome-hook")),
        (finding(), approval("integrity/*")),
        (finding(check="paths"), approval()),
        (finding(), approval(signer="bb" * 32)),
        (finding(), approval(signer="")),
        (finding(), approval("outcome-hook", "src/**")),
        (finding(path=None), approval("outcome-hook", "tests/**")),
        (finding(), approval("outcome-hook", "tests/**", "!tests/conftest.py")),
        (finding(novelty=Novelty.BASELINE), approval()),
        (finding(waiver="agreed before"), approval()),
        (finding("F401", "integrity"), approval("lint/F401")),
    ],
)
def test_what_it_does_not_cover(found: Finding, given: Approval) -> None:
    assert not covers(given, found, ANA)


@pytest.mark.parametrize("paths", [(), ("tests/**",), ("conftest.py",), ("/tests/conftest.py", "src/x.py")])
def test_what_it_covers(paths: tuple[str, ...]) -> None:
    assert covers(approval("outcome-hook", *paths), finding(), ANA)
    assert covers(approval("integrity/outcome-hook", *paths), finding(), ANA)


def test_targets_contracts_and_missing_evidence_are_not_for_approval() -> None:
    every = replace(POLICY.signers[0], approves=("shop/*", "contract/*", "integrity/*", "x", "evidence-too-weak"))
    policy = replace(POLICY, signers=(every,))
    for check, rule in (
        ("shop", "x"),
        ("contract", "x"),
        ("integrity", "evidence-too-weak"),
        ("integrity", "tree-changed"),
    ):
        result = CheckResult(
            CheckId(check), Outcome.FAILED, Label.LOCAL, (), (finding(rule, check),), Observation(CheckId(check), "t")
        )
        (settled,), uses = settle([result], [approval(rule)], policy)
        assert settled == result
        assert uses[0].used == 0


def test_one_with_a_problem_settles_nothing_and_stays_listed() -> None:
    before = judged("integrity", finding())
    results, uses = settle([before], [approval(problem="it has expired")], POLICY)
    assert results == (before,)
    assert [(use.approval.problem, use.used) for use in uses] == [("it has expired", 0)]


findings = st.builds(
    finding,
    rule=st.sampled_from(["outcome-hook", "exit-hook", "test-failed", "tree-changed"]),
    check=st.sampled_from(["integrity", "tests"]),
    severity=st.sampled_from(Severity),
    novelty=st.sampled_from(Novelty),
    waiver=st.none() | st.just("waived"),
    disclosed=st.none() | st.just("said"),
    path=st.none() | st.sampled_from(["a.py", "tests/conftest.py"]),
)
approvals = st.builds(
    lambda rule, paths, **changes: approval(rule, *paths, **changes),
    st.sampled_from(["outcome-hook", "integrity/exit-hook", "test-failed", "tests/tree-changed", "regression-hidden"]),
    st.sampled_from([(), ("tests/",), ("a.py",)]),
    signer=st.sampled_from([KEY, "bb" * 32]),
    problem=st.sampled_from(["", "", "it has expired"]),
)
ORDER = {Outcome.FAILED: 0, Outcome.BLOCKED: 1, Outcome.PASSED: 2}


def _holding(given: list[Approval]) -> list[Approval]:
    return [use for use in given if not use.problem and use.signer == KEY]


@given(st.lists(findings, max_size=5), st.lists(approvals, max_size=4), st.booleans())
def test_settling_hides_nothing_observes_nothing_and_is_done_once(
    found: list[Finding], given: list[Approval], seen: bool
) -> None:
    missing = () if seen else ("not seen",)
    before = [
        judged(check, *(one for one in found if one.check == check), missing=missing)
        for check in ("integrity", "tests")
    ]
    results, uses = settle(before, given, POLICY)
    for old, new in zip(before, results, strict=True):
        assert new.label == old.label
        assert len(new.findings) == len(old.findings)
        assert [replace(one, approval=None) for one in new.findings] == list(old.findings)
        assert ORDER[new.outcome] >= ORDER[old.outcome]
        assert seen or new.outcome is not Outcome.PASSED
        for one in (found for found in new.findings if found.approval is not None):
            assert one.rule not in {"test-failed", "tree-changed"}
            assert {use.rule for use in _holding(given)} & {one.rule, f"{one.check}/{one.rule}"}
    assert settle(results, given, POLICY) == (results, uses)
    assert any(use.used for use in uses) or list(results) == before


def test_a_waiver_keeps_what_it_covers() -> None:
    waiver = Waiver(CheckId("integrity"), "outcome-hook", "*", "long agreed", date(2026, 12, 31))
    seen = Observation(CheckId("integrity"), "t", (RUN,), (finding(),))
    result = judge(seen, None, POLICY.checks[CheckId("integrity")], (waiver,), TODAY)
    assert after(result, approval()) == result
