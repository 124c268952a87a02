"""From facts to an outcome: the executed-work floor, baseline, waivers, tests that fail at base."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.judge import judge
from gatekeeper.decision.waive import uses
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings, Waiver
from gatekeeper.model.vocabulary import CheckId, Ended, Label, Novelty, Outcome, Severity

TODAY = date(2026, 1, 15)
LINT = CheckId("lint")
SETTINGS = CheckSettings(LINT, baseline="new")
RUN = CommandRun(("ruff",), Ended.EXITED, 0, 0.1, 1000, "/log", "00")
ERROR = Finding(check=LINT, rule="F401", message="unused", path="src/a.py", line=3, context="import os")


def seen(*findings: Finding, **more: object) -> Observation:
    return replace(Observation(LINT, "t", commands=(RUN,), findings=findings), **more)


def test_a_command_that_ran_and_found_nothing_passes_as_local() -> None:
    result = judge(seen(), None, SETTINGS, (), TODAY)
    assert (result.outcome, result.label) == (Outcome.PASSED, Label.LOCAL)


@pytest.mark.parametrize(
    "observation",
    [
        seen(commands=()),
        seen(missing=("ruff was not found",)),
        *(seen(commands=(replace(RUN, ended=ended, exit=None),)) for ended in Ended if ended is not Ended.EXITED),
        seen(commands=(replace(RUN, exit=None),)),
        seen(commands=(replace(RUN, problem="zero tests executed"),)),
        seen(commands=(RUN, replace(RUN, problem="the second one crashed"))),
    ],
)
def test_what_did_not_do_its_work_is_blocked_with_a_reason(observation: Observation) -> None:
    result = judge(observation, None, SETTINGS, (), TODAY)
    assert (result.outcome, result.label) == (Outcome.BLOCKED, Label.BLOCKED)
    assert result.reasons


def test_a_failure_stays_a_failure_when_the_tool_broke_off_after_it() -> None:
    result = judge(seen(ERROR, commands=(replace(RUN, problem="crashed"),)), None, SETTINGS, (), TODAY)
    assert (result.outcome, result.label) == (Outcome.FAILED, Label.BLOCKED)


@pytest.mark.parametrize(
    "settings", [SETTINGS, replace(SETTINGS, baseline="all", failing_at_base="report")], ids=["new", "report"]
)
def test_a_check_that_writes_into_the_tree_of_the_base_too_is_no_news(settings: CheckSettings) -> None:
    head, base = seen(tampered=("cov.xml", "src/a.py")), seen(tampered=("cov.xml",))
    novelty = {finding.path: finding.novelty for finding in judge(head, base, settings, (), TODAY).findings}
    assert novelty == {"cov.xml": Novelty.BASELINE, "src/a.py": Novelty.NEW}


def test_an_inapplicable_check_has_no_label() -> None:
    result = judge(seen(inapplicable="no Python at base"), None, SETTINGS, (), TODAY)
    assert (result.outcome, result.label, result.reasons) == (Outcome.NOT_APPLICABLE, None, ("no Python at base",))


def test_an_old_finding_does_not_reject_and_a_new_one_does() -> None:
    assert judge(seen(ERROR), seen(ERROR), SETTINGS, (), TODAY).outcome is Outcome.PASSED
    assert judge(seen(ERROR), seen(), SETTINGS, (), TODAY).outcome is Outcome.FAILED
    assert judge(seen(ERROR), seen(ERROR), replace(SETTINGS, baseline="all"), (), TODAY).outcome is Outcome.FAILED


def test_a_check_that_edits_the_tree_fails() -> None:
    result = judge(seen(tampered=("src/a.py",)), None, SETTINGS, (), TODAY)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == ["tree-changed"]


def test_a_check_declared_as_a_warning_lists_and_passes() -> None:
    result = judge(seen(ERROR), None, replace(SETTINGS, severity=Severity.WARNING), (), TODAY)
    assert result.outcome is Outcome.PASSED
    assert result.findings[0].severity is Severity.WARNING


def test_a_test_that_also_fails_at_base_says_so_and_rejects_unless_the_policy_says_otherwise() -> None:
    failing = Finding(check=LINT, rule="test-failed", message="boom", symbol="tests/test_a.py::test_x")
    settings = CheckSettings(LINT)
    result = judge(seen(failing), seen(failing), settings, (), TODAY)
    assert result.outcome is Outcome.FAILED
    assert result.findings[0].message == "boom (also fails at base)"
    listed = judge(seen(failing), seen(failing), replace(settings, failing_at_base="report"), (), TODAY)
    assert (listed.outcome, listed.findings[0].novelty) == (Outcome.PASSED, Novelty.BASELINE)
    assert judge(seen(failing), seen(), settings, (), TODAY).findings[0].message == "boom"


def waiver(**more: object) -> Waiver:
    return replace(Waiver(LINT, "F401", "src/", "legacy", TODAY), **more)


def test_a_waived_finding_stays_counted_and_does_not_reject() -> None:
    result = judge(seen(ERROR), None, SETTINGS, (waiver(),), TODAY)
    assert result.outcome is Outcome.PASSED
    assert result.findings[0].waiver == "legacy"
    assert [(use.used, use.expired) for use in uses((waiver(),), result.findings, TODAY)] == [(1, False)]


def test_an_expired_waiver_covers_nothing_and_is_itself_a_finding() -> None:
    result = judge(seen(ERROR), None, SETTINGS, (waiver(),), TODAY + timedelta(days=1))
    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == ["F401", "waiver-expired"]
    assert [(use.used, use.expired) for use in uses((waiver(),), result.findings, date.max)] == [(0, True)]


@pytest.mark.parametrize("other", [{"rule": "E501"}, {"path": "docs/"}, {"check": CheckId("types")}])
def test_a_waiver_covers_its_own_item_only(other: dict[str, object]) -> None:
    assert judge(seen(ERROR), None, SETTINGS, (waiver(**other),), TODAY).outcome is Outcome.FAILED


def test_a_finding_without_a_path_needs_a_waiver_for_everything() -> None:
    nowhere = replace(ERROR, path=None, line=None)
    assert judge(seen(nowhere), None, SETTINGS, (waiver(),), TODAY).outcome is Outcome.FAILED
    assert judge(seen(nowhere), None, SETTINGS, (waiver(path="*"),), TODAY).outcome is Outcome.PASSED


runs = st.builds(
    CommandRun,
    argv=st.just(("t",)),
    ended=st.sampled_from(Ended),
    exit=st.sampled_from([None, 0, 1]),
    duration_s=st.just(0.0),
    peak_bytes=st.just(0),
    log=st.just(""),
    log_sha256=st.just(""),
    problem=st.sampled_from(["", "zero tests"]),
)
observations = st.builds(
    Observation,
    check=st.just(LINT),
    tree=st.just("t"),
    commands=st.lists(runs, max_size=3).map(tuple),
    findings=st.lists(st.just(ERROR), max_size=2).map(tuple),
    missing=st.sampled_from([(), ("tool",)]),
    tampered=st.sampled_from([(), ("a",)]),
    counts=st.sampled_from([{}, {"n": 1}]),
)


@given(observations)
def test_passed_only_when_everything_ran_to_its_end(observation: Observation) -> None:
    result = judge(observation, None, SETTINGS, (), TODAY)
    if result.outcome is Outcome.PASSED:
        assert result.label is Label.LOCAL
        assert not (observation.missing or observation.tampered or observation.findings)
        assert all(
            run.ended is Ended.EXITED and run.exit is not None and not run.problem for run in observation.commands
        )
        assert observation.commands or observation.counts


@given(observations)
def test_taking_work_away_never_makes_a_pass(observation: Observation) -> None:
    less = replace(observation, commands=(), counts={})
    assert judge(less, None, SETTINGS, (), TODAY).outcome is not Outcome.PASSED


@given(observations)
def test_nothing_of_the_tree_is_stronger_than_local(observation: Observation) -> None:
    assert judge(observation, None, SETTINGS, (), TODAY).label in {Label.LOCAL, Label.BLOCKED, None}


def test_a_label_below_what_is_required_rejects_and_says_what_would_raise_it() -> None:
    result = judge(seen(), None, replace(SETTINGS, requires=Label.DIRECT), (), TODAY)
    assert (result.outcome, result.label) == (Outcome.FAILED, Label.LOCAL)
    (finding,) = result.findings
    assert (finding.rule, finding.rejects, bool(finding.fingerprint)) == ("evidence-too-weak", True, True)
    assert finding.message.startswith("local was reached, direct is required: ")
    assert "[target.NAME]" in finding.message


def test_neither_a_waiver_nor_a_severity_makes_weak_evidence_enough() -> None:
    settings = replace(SETTINGS, requires=Label.PROXY, severity=Severity.WARNING)
    waived = judge(seen(), None, settings, (waiver(rule="evidence-too-weak", path="*"),), TODAY)
    assert waived.outcome is Outcome.FAILED


def test_what_was_not_observed_is_blocked_whatever_is_required() -> None:
    result = judge(seen(missing=("no tool",)), None, replace(SETTINGS, requires=Label.DIRECT), (), TODAY)
    assert (result.outcome, result.findings) == (Outcome.BLOCKED, ())
    gone = judge(seen(inapplicable="untouched"), None, replace(SETTINGS, requires=Label.DIRECT), (), TODAY)
    assert (gone.outcome, gone.findings) == (Outcome.NOT_APPLICABLE, ())


def test_what_also_fails_at_base_is_named_and_whether_the_base_was_seen() -> None:
    one, two = (Finding(check=LINT, rule="test-failed", message="boom", symbol=f"t::{name}") for name in ("one", "two"))
    noted = replace(one, symbol="t::flaky", severity=Severity.WARNING)
    for mode in ("reject", "report"):
        settings = CheckSettings(LINT, failing_at_base=mode)
        result = judge(seen(one, two, noted), seen(two, noted), settings, (), TODAY)
        assert (result.also_at_base, result.base_judged) == (("t::two",), True)
    alone = judge(seen(one), None, CheckSettings(LINT), (), TODAY)
    assert (alone.also_at_base, alone.base_judged) == ((), False)
    for unseen in (seen(missing=("no tool",)), seen(inapplicable="nothing there"), seen(commands=())):
        assert not judge(seen(one), unseen, CheckSettings(LINT), (), TODAY).base_judged
