"""Policy and contract as one: never looser than the policy, and every mistake is named."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.contract import Contract
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy
from gatekeeper.model.target import Target
from gatekeeper.model.vocabulary import CheckId, Label, Severity
from gatekeeper.policy.agreed import CONTRACT, PATHS, agreed

STRENGTH = [Label.BLOCKED, Label.LOCAL, Label.PROXY, Label.DIRECT]
LOUDNESS = [Severity.NOTE, Severity.WARNING, Severity.ERROR]
TARGET = Target(surface="runtime", probe=("sh", "probe.sh"))


def policy(*checks: CheckSettings) -> Policy:
    return Policy({one.id: one for one in checks}, (), EnvironmentSettings(), (), "p" * 64, "gate.toml at main")


def contract(**terms: object) -> Contract:
    made = {"branch": "work", "version": 1, "made": "2026-01-02T03:04:05+00:00", "by": "Kim", "digest": "c" * 64}
    return Contract(**{**made, **terms})  # type: ignore[arg-type]


def check(name: str, **settings: object) -> CheckSettings:
    return CheckSettings(CheckId(name), **settings)  # type: ignore[arg-type]


settings = st.builds(
    lambda name, target, **rest: CheckSettings(name, target=TARGET if target else None, **rest),
    st.sampled_from([CheckId(name) for name in ("tests", "lint", "paths", "shop", "spelling")]),
    st.booleans(),
    enabled=st.booleans(),
    required=st.booleans(),
    severity=st.sampled_from(LOUDNESS),
    requires=st.sampled_from([Label.LOCAL, Label.PROXY, Label.DIRECT]),
    forbidden=st.sampled_from([(), ("/gate.toml",)]),
    allowed=st.sampled_from([(), ("src/**",)]),
)
policies = st.lists(settings, min_size=1, unique_by=lambda one: one.id).map(lambda checks: policy(*checks))
globs = st.lists(st.sampled_from(["src/**", "/a", "*.md", "!b"]), max_size=3).map(tuple)


@st.composite
def with_contracts(draw: st.DrawFn) -> tuple[Policy, Contract]:
    law = draw(policies)
    labels = [Label.LOCAL, Label.PROXY, Label.DIRECT]
    wanted = draw(st.dictionaries(st.sampled_from(sorted(law.checks)), st.sampled_from(labels)))
    possible = {name: label if law.checks[name].target else Label.LOCAL for name, label in wanted.items()}
    return law, contract(requires=possible or None, allow=draw(globs), forbid=draw(globs))


@given(with_contracts())
def test_nothing_of_the_policy_becomes_looser(given_both: tuple[Policy, Contract]) -> None:
    law, terms = given_both
    both = agreed(law, terms)
    for name, before in law.checks.items():
        after = both.checks[name]
        assert after.enabled >= before.enabled
        assert after.required >= before.required
        assert STRENGTH.index(after.requires) >= STRENGTH.index(before.requires)
        own = after.policy_severity or after.severity
        if before.enabled:
            assert LOUDNESS.index(own) >= LOUDNESS.index(before.severity)
        assert (after.forbidden, after.allowed, after.target) == (before.forbidden, before.allowed, before.target)
    assert set(both.checks) - set(law.checks) <= {CONTRACT, PATHS}
    assert (both.digest, both.waivers) == (law.digest, law.waivers)


@given(with_contracts())
def test_every_term_of_the_contract_is_in_force(given_both: tuple[Policy, Contract]) -> None:
    law, terms = given_both
    both = agreed(law, terms)
    for name, label in (terms.requires or {}).items():
        wanted = both.checks[name]
        assert wanted.enabled
        assert wanted.required
        assert wanted.severity is Severity.ERROR
        assert STRENGTH.index(wanted.requires) >= STRENGTH.index(label)
    if terms.allow or terms.forbid:
        paths = both.checks[PATHS]
        assert (paths.contract_allowed, paths.contract_forbidden) == (terms.allow, terms.forbid)
        assert (paths.enabled, paths.required, paths.severity) == (True, True, Severity.ERROR)
    assert both.checks[CONTRACT] == check("contract")


@given(policies)
def test_without_a_contract_it_is_the_policy(law: Policy) -> None:
    assert agreed(law, None) is law


def test_a_contract_that_asks_for_nothing_adds_the_check_alone() -> None:
    law = policy(check("paths", enabled=False), check("lint", severity=Severity.WARNING))
    assert dict(agreed(law, contract()).checks) == {**law.checks, CONTRACT: check("contract")}


@pytest.mark.parametrize(
    ("before", "own"),
    [
        ({}, None),
        ({"severity": Severity.WARNING}, Severity.WARNING),
        ({"enabled": False}, Severity.NOTE),
        ({"enabled": False, "severity": Severity.WARNING}, Severity.NOTE),
    ],
)
def test_paths_of_the_policy_reject_no_more_than_before(before: Mapping[str, object], own: Severity | None) -> None:
    both = agreed(policy(check("paths", **before)), contract(allow=("src/**",)))
    assert both.checks[PATHS].policy_severity is own


def test_paths_are_judged_by_a_contract_where_the_policy_does_not_know_the_check() -> None:
    both = agreed(policy(check("lint")), contract(forbid=("docs/**",)))
    assert both.checks[PATHS].policy_severity is Severity.NOTE


def test_paths_that_the_contract_requires_reject_as_a_whole() -> None:
    both = agreed(policy(check("paths", enabled=False)), contract(allow=("a",), requires={PATHS: Label.LOCAL}))
    assert both.checks[PATHS].policy_severity is None


def test_an_unknown_requirement_names_the_known_ones() -> None:
    law = policy(check("tests"), check("shop", target=TARGET))
    with pytest.raises(ConfigurationError, match="requires evidence of 'tset'") as raised:
        agreed(law, contract(requires={CheckId("tset"): Label.LOCAL}))
    assert "known: tests, shop" in raised.value.hint
    with pytest.raises(ConfigurationError, match="'contract'"):
        agreed(law, contract(requires={CONTRACT: Label.LOCAL}))


def test_a_check_of_the_tree_cannot_be_asked_for_more_than_local() -> None:
    law = policy(check("tests"), check("shop", target=TARGET))
    with pytest.raises(ConfigurationError, match="direct evidence of tests") as raised:
        agreed(law, contract(requires={CheckId("tests"): Label.DIRECT}))
    assert "tests=local" in raised.value.hint
    assert agreed(law, contract(requires={CheckId("shop"): Label.DIRECT})).checks[CheckId("shop")].requires == "direct"
