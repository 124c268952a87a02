"""Labels: what each kind of evidence comes to, and the laws that hold for whatever was observed."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.judge import judge
from gatekeeper.evidence.label import NO_TRUST, STRENGTH, Trust, label, remedy, trust_of
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.target import (
    SURFACES_OF_THE_SLOT,
    Artefact,
    Attestation,
    Identity,
    ProbeFacts,
    Signer,
    Target,
)
from gatekeeper.model.vocabulary import CheckId, CommitId, Ended, Label, Outcome, ReportState

SHOP = CheckId("shop")
RUN = CommandRun(("probe",), Ended.EXITED, 0, 0.1, 1000, "/log", "00", report=ReportState.READ)
BODY = Artefact("body.json", "ab" * 32, 12)
PROVEN = ProbeFacts(started=False, identity=Identity.PROVEN, identified="c0ffee", artefacts=(BODY,))
UNPROVEN = replace(PROVEN, identity=Identity.UNPROVEN, identified="hello")
STARTED = replace(UNPROVEN, started=True)
SEEN = Observation(SHOP, "t", commands=(RUN,), probe=PROVEN)
ERROR = Finding(check=SHOP, rule="exit-status", message="the command exited with 1")
RUNTIME = Target(surface="runtime", probe=("probe",), identify=("identify",))
PREPROD = replace(RUNTIME, surface="preprod")
SERVED = replace(RUNTIME, start=("serve",), ready=("true",))
TRUST: Trust = {"lab": frozenset({"preprod", "device"}), "colleague": frozenset()}
ATTESTED = Attestation(
    target="shop", label="direct", reason="ran the suite", by="Device lab", signer="lab",
    commit=CommitId("c" * 40), made="2026-01-01T00:00:00Z",
)  # fmt: skip


@pytest.mark.parametrize(
    ("observation", "target", "expected", "reason"),
    [
        (SEEN, RUNTIME, Label.DIRECT, "named this commit"),
        (SEEN, PREPROD, Label.DIRECT, "named this commit"),
        (SEEN, replace(PREPROD, stand_in=True), Label.PROXY, "stand-in"),
        (replace(SEEN, probe=UNPROVEN), PREPROD, Label.PROXY, "'hello'"),
        (replace(SEEN, probe=UNPROVEN), replace(PREPROD, identify=()), Label.PROXY, "was not asked"),
        (replace(SEEN, probe=STARTED), SERVED, Label.DIRECT, "the gate started"),
        (replace(SEEN, probe=STARTED), replace(SERVED, surface="browser", identify=()), Label.DIRECT, "browser"),
        (replace(SEEN, probe=STARTED), replace(SERVED, stand_in=True), Label.PROXY, "stand-in"),
        (replace(SEEN, probe=UNPROVEN), replace(SERVED, identify=()), Label.PROXY, "listens on $GATE_PORT"),
        *((replace(SEEN, probe=replace(STARTED, identity=Identity.PROVEN)), replace(SERVED, surface=remote),
           Label.PROXY, f"is no {remote}") for remote in ("preprod", "production", "device", "ci", "database")),
        (replace(SEEN, probe=replace(STARTED, identity=Identity.CONTRADICTED, identified="dead")), SERVED,
         Label.BLOCKED, "another commit: it says 'dead'"),
        (replace(SEEN, probe=replace(PROVEN, artefacts=())), PREPROD, Label.BLOCKED, "no report and no artefact"),
        (replace(SEEN, missing=("TARGET_URL is not set",)), PREPROD, Label.BLOCKED, "TARGET_URL is not set"),
        (replace(SEEN, commands=(replace(RUN, ended=Ended.TIMEOUT, exit=None),)), PREPROD, Label.BLOCKED, "in time"),
        (replace(SEEN, commands=()), PREPROD, Label.BLOCKED, "was not probed"),
        (replace(SEEN, probe=None), PREPROD, Label.BLOCKED, "was not probed"),
    ],
)  # fmt: skip
def test_what_was_seen_at_a_target(observation: Observation, target: Target, expected: Label, reason: str) -> None:
    reached, reasons = label(observation, target)
    assert reached is expected
    assert reason in "; ".join(reasons)


def test_without_a_target_the_tree_is_local_and_a_target_out_of_reach_of_the_branch_has_no_label() -> None:
    assert label(replace(SEEN, probe=None))[0] is Label.LOCAL
    assert label(SEEN)[0] is Label.LOCAL, "facts about a target mean nothing to a check of the tree"
    assert label(replace(SEEN, inapplicable="untouched"), PREPROD) == (None, ("untouched",))


@pytest.mark.parametrize(
    ("attestation", "expected", "reason"),
    [
        (ATTESTED, Label.DIRECT, "attested as direct by Device lab (ran the suite)"),
        (replace(ATTESTED, label="proxy"), Label.PROXY, "attested as proxy"),
        (replace(ATTESTED, label="local"), Label.LOCAL, "attested as local"),
        (replace(ATTESTED, label="blocked"), Label.BLOCKED, "attested as blocked"),
        (replace(ATTESTED, signer="colleague"), Label.PROXY, "proxy at most"),
        (replace(ATTESTED, signer="stranger"), Label.BLOCKED, "not known to the policy"),
        (replace(ATTESTED, problem="it has expired"), Label.BLOCKED, "not counted: attested as direct by Device lab"),
        (replace(ATTESTED, label="superb"), Label.BLOCKED, "this is no label"),
        (replace(ATTESTED, target="other"), Label.BLOCKED, "it is about other"),
    ],
)
def test_what_others_bring(attestation: Attestation, expected: Label, reason: str) -> None:
    unreachable = Observation(SHOP, "t", missing=("it is not reachable",), attestations=(attestation,))
    reached, reasons = label(unreachable, PREPROD, TRUST)
    assert reached is expected
    assert reason in "; ".join(reasons)
    assert "it is not reachable" in reasons, "what the gate could not see is said all the same"


def test_a_signer_counts_as_stated_for_the_surfaces_that_the_policy_names_only() -> None:
    attested = replace(SEEN, missing=("not reachable",), attestations=(ATTESTED,))
    assert label(attested, replace(PREPROD, surface="device"), TRUST)[0] is Label.DIRECT
    assert label(attested, replace(PREPROD, surface="production"), TRUST)[0] is Label.PROXY
    assert label(attested, PREPROD, NO_TRUST)[0] is Label.BLOCKED
    signer = Signer(name="Lab", key="", id="lab", surfaces=("preprod",))
    assert trust_of([signer]) == {"lab": frozenset({"preprod"})}


def test_what_the_gate_saw_fail_is_made_no_stronger_by_anybody() -> None:
    failed = replace(SEEN, findings=(ERROR,), probe=UNPROVEN, attestations=(ATTESTED,))
    assert label(failed, PREPROD, TRUST)[0] is Label.PROXY
    result = judge(failed, None, CheckSettings(SHOP, target=PREPROD), (), date.max, trust=TRUST)
    assert result.outcome is Outcome.FAILED
    assert any("attested as direct" in reason for reason in result.reasons)


def test_a_blocked_attestation_lowers_nothing() -> None:
    said = replace(SEEN, attestations=(replace(ATTESTED, label="blocked"),))
    assert label(said, PREPROD, TRUST)[0] is Label.DIRECT


targets = st.builds(
    Target,
    surface=st.sampled_from(["runtime", "browser", "preprod", "device"]),
    probe=st.just(("probe",)),
    identify=st.sampled_from([(), ("identify",)]),
    start=st.sampled_from([(), ("serve",)]),
    stand_in=st.booleans(),
)
runs = st.sampled_from(
    [RUN, RUN, replace(RUN, exit=1), replace(RUN, ended=Ended.TIMEOUT, exit=None), replace(RUN, problem="crashed")]
)
facts = st.builds(
    ProbeFacts,
    started=st.booleans(),
    identity=st.sampled_from(Identity),
    identified=st.sampled_from(["", "c0ffee"]),
    artefacts=st.sampled_from([(), (BODY,), (BODY, replace(BODY, name="b"))]),
)
attestations = st.builds(
    Attestation,
    target=st.sampled_from(["shop", "shop", "other"]),
    label=st.sampled_from([*Label, "superb"]),
    reason=st.just("r"),
    by=st.sampled_from(["a", "b"]),
    signer=st.sampled_from(["lab", "colleague", "stranger"]),
    commit=st.just(CommitId("c" * 40)),
    made=st.just("2026-01-01T00:00:00Z"),
    digest=st.sampled_from(["1", "2", "3"]),
    problem=st.sampled_from(["", "", "it has expired"]),
)
observations = st.builds(
    Observation,
    check=st.just(SHOP),
    tree=st.just("t"),
    commands=st.lists(runs, max_size=3).map(tuple),
    findings=st.sampled_from([(), (), (ERROR,)]),
    missing=st.sampled_from([(), (), ("gone",)]),
    probe=st.none() | facts,
    attestations=st.lists(attestations, max_size=3).map(tuple),
)
trusts = st.dictionaries(
    st.sampled_from(["lab", "colleague"]), st.frozensets(st.sampled_from(["runtime", "preprod", "device"]))
)


def strength(observation: Observation, target: Target, trust: Trust) -> int:
    reached, reasons = label(observation, target, trust)
    assert reached is not None
    assert reasons
    return STRENGTH[reached]


def counting(observation: Observation, trust: Trust) -> list[Attestation]:
    return [
        one for one in observation.attestations if one.target == SHOP and not one.problem and one.signer in trust
    ]  # fmt: skip


def was_observed(observation: Observation) -> bool:
    ran = observation.commands and all(run.ended is Ended.EXITED and not run.problem for run in observation.commands)
    seen = observation.probe and observation.probe.artefacts
    return bool(ran and seen and not observation.missing) and observation.probe.identity is not Identity.CONTRADICTED  # type: ignore[union-attr]


def shown_directly(observation: Observation, target: Target) -> bool:
    """The rule for `direct` said another way."""
    seen = observation.probe
    if seen is None or target.stand_in or not was_observed(observation):
        return False
    here = target.surface in SURFACES_OF_THE_SLOT
    known = seen.identity is Identity.PROVEN or (seen.started and here)
    return known and (here or not target.start)


@given(observations, targets, trusts)
def test_never_above_what_was_observed_or_attested(observation: Observation, target: Target, trust: Trust) -> None:
    reached = strength(observation, target, trust)
    said = [one for one in counting(observation, trust) if not observation.findings]
    if reached == STRENGTH[Label.DIRECT]:
        by_others = any(one.label == "direct" and target.surface in trust[one.signer] for one in said)
        assert by_others or shown_directly(observation, target)
    elif reached == STRENGTH[Label.PROXY]:
        assert was_observed(observation) or any(one.label in {"direct", "proxy"} for one in said)
    elif reached == STRENGTH[Label.LOCAL]:
        assert any(one.label == "local" for one in said)


WEAKER = {"direct": "proxy", "proxy": "local", "local": "blocked", "superb": "superb", "blocked": "blocked"}
LESS_SURE = {
    Identity.PROVEN: Identity.UNPROVEN,
    Identity.UNPROVEN: Identity.CONTRADICTED,
    Identity.CONTRADICTED: Identity.CONTRADICTED,
}


def of_facts(change: Callable[[ProbeFacts], ProbeFacts]) -> Callable[[Observation], Observation]:
    return lambda one: replace(one, probe=change(one.probe)) if one.probe else one


def of_attested(change: Callable[[Attestation], Attestation]) -> Callable[[Observation], Observation]:
    return lambda one: replace(one, attestations=tuple(map(change, one.attestations)))


LOWERED: list[Callable[[Observation], Observation]] = [
    lambda one: replace(one, missing=(*one.missing, "gone")),
    lambda one: replace(one, commands=()),
    lambda one: replace(one, commands=(*one.commands, replace(RUN, ended=Ended.MEMORY, exit=None))),
    lambda one: replace(one, commands=tuple(replace(run, problem="crashed") for run in one.commands)),
    lambda one: replace(one, commands=tuple(replace(run, exit=1) for run in one.commands)),
    lambda one: replace(one, probe=None),
    lambda one: replace(one, findings=(*one.findings, ERROR)),
    lambda one: replace(one, attestations=one.attestations[1:]),
    of_facts(lambda seen: replace(seen, artefacts=())),
    of_facts(lambda seen: replace(seen, started=False)),
    of_facts(lambda seen: replace(seen, identity=LESS_SURE[seen.identity])),
    of_attested(lambda said: replace(said, problem="it has expired")),
    of_attested(lambda said: replace(said, label=WEAKER[said.label])),
    of_attested(lambda said: replace(said, signer="colleague" if said.signer == "lab" else "stranger")),
]


@given(observations, targets, st.frozensets(st.sampled_from(["runtime", "preprod"])))
def test_lowering_what_was_observed_never_raises_the_label(
    observation: Observation, target: Target, surfaces: frozenset[str]
) -> None:
    trust = {"lab": surfaces, "colleague": frozenset[str]()}
    before = strength(observation, target, trust)
    for lower in LOWERED:
        assert strength(lower(observation), target, trust) <= before


@given(observations, targets, trusts)
def test_lowering_target_or_trust_never_raises_the_label(
    observation: Observation, target: Target, trust: Trust
) -> None:
    before = strength(observation, target, trust)
    assert strength(observation, replace(target, stand_in=True), trust) <= before
    assert strength(observation, target, NO_TRUST) <= before
    assert strength(observation, target, dict.fromkeys(trust, frozenset[str]())) <= before
    if target.surface not in SURFACES_OF_THE_SLOT:
        assert strength(observation, replace(target, start=("serve",)), trust) <= before


@given(observations, targets, trusts, st.randoms())
def test_the_order_of_what_was_observed_does_not_matter(
    observation: Observation, target: Target, trust: Trust, random: object
) -> None:
    def mixed(items: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(random.sample(items, len(items)))  # type: ignore[attr-defined]

    other = replace(
        observation,
        commands=mixed(observation.commands),
        attestations=mixed(observation.attestations),
        probe=observation.probe and replace(observation.probe, artefacts=mixed(observation.probe.artefacts)),
    )
    reached, reasons = label(observation, target, trust)
    again, told = label(other, target, trust)
    assert (reached, sorted(reasons)) == (again, sorted(told))


@given(observations, targets, trusts, st.sampled_from([Label.LOCAL, Label.PROXY, Label.DIRECT, Label.BLOCKED]))
def test_a_pass_means_that_the_requirement_was_reached_and_blocked_reaches_none(
    observation: Observation, target: Target, trust: Trust, required: Label
) -> None:
    settings = CheckSettings(SHOP, requires=required, target=target)
    result = judge(observation, None, settings, (), date.max, trust=trust)
    if result.outcome is Outcome.PASSED:
        assert result.label is not None
        assert STRENGTH[result.label] >= max(1, STRENGTH[required])
        assert not observation.findings
    if result.label is Label.BLOCKED:
        assert result.outcome in {Outcome.BLOCKED, Outcome.FAILED}
        assert result.outcome is Outcome.BLOCKED or observation.findings


@pytest.mark.parametrize(
    ("observation", "target", "said"),
    [
        (SEEN, None, "[target.NAME]"),
        (replace(SEEN, probe=None), PREPROD, "let the gate probe"),
        (SEEN, replace(PREPROD, stand_in=True), "the real preprod"),
        (SEEN, replace(PREPROD, start=("serve",)), "without start"),
        (replace(SEEN, probe=UNPROVEN), replace(PREPROD, identify=()), "an identify command"),
        (replace(SEEN, probe=UNPROVEN), replace(SERVED, identify=()), "listen on $GATE_PORT, or"),
        (replace(SEEN, probe=UNPROVEN), PREPROD, "print the full id"),
    ],
)
def test_what_would_raise_it_is_said(observation: Observation, target: Target | None, said: str) -> None:
    assert said in remedy(observation, target)
    assert target is None or "gate attest shop" in remedy(observation, target)
