"""When a target is asked at all, with whose values, and which attestations go with it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from gatekeeper.checks.contract import Context, Inapplicable, TargetPlan, Unavailable
from gatekeeper.checks.registry import checks_of
from gatekeeper.checks.reproduce import reproduce
from gatekeeper.checks.target import TargetCheck
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.target import Attestation, Target
from gatekeeper.model.vocabulary import CheckId, CommitId, Label
from tests.support.reports import HEAD, TREE, a_report

SHOP = CheckId("shop")
TARGET = Target(surface="preprod", probe=("probe",), paths=("src/**", "!src/docs/**"), pass_env=("URL", "TOKEN"))
ATTESTED = Attestation("shop", "direct", "ran", "Ana", "key", HEAD, "2026-01-01T00:00:00Z")
CONTRACT = Contract("work", 1, "2026-01-01T00:00:00Z", "lead", "d", requires={SHOP: Label.PROXY})


def context(target: Target | None = TARGET, touched: tuple[str, ...] = ("src/a.py",), **more: Any) -> Context:
    """A context of the head of the usual report."""
    made = Context(
        subject=a_report().subject,
        policy=a_report().policy,
        settings=CheckSettings(SHOP, target=target),
        seen=cast(Any, SimpleNamespace(touched=touched)),
        store=cast(Any, None),
        home=cast(Any, None),
        caller_env={"URL": "https://x", "TOKEN": "", "OTHER": "1"},
    )
    return replace(made, **more)


def plan(**more: Any) -> Any:
    return TargetCheck(SHOP).plan(context(**more))


def test_a_plan_takes_the_probe_from_the_base_and_the_subject_from_the_head() -> None:
    made = plan(attestations=(ATTESTED,))
    assert made == TargetPlan(
        target=TARGET,
        commit=HEAD,
        base_commit=CommitId("b" * 40),
        variables={"URL": "https://x"},
        attestations=(ATTESTED,),
    )
    assert "https://x" not in repr(made)
    assert reproduce(made, Observation(SHOP, TREE)) == "gate check --only shop"


@pytest.mark.parametrize(
    ("touched", "paths", "asked"),
    [
        (("src/a.py",), TARGET.paths, True),
        (("src/docs/a.md",), TARGET.paths, False),
        (("README.md",), TARGET.paths, False),
        ((), TARGET.paths, False),
        (("README.md",), (), True),
    ],
)
def test_a_branch_is_asked_for_what_it_touches(touched: tuple[str, ...], paths: tuple[str, ...], asked: bool) -> None:
    made = plan(target=replace(TARGET, paths=paths), touched=touched)
    assert isinstance(made, TargetPlan if asked else Inapplicable)


def test_the_whole_tree_and_a_contract_are_always_asked() -> None:
    whole = replace(a_report().subject, whole=True, base=None)
    assert plan(touched=(), subject=whole).base_commit == HEAD, "without a base the head brings its own probe"
    assert isinstance(plan(touched=(), contract=CONTRACT), TargetPlan)
    assert isinstance(plan(touched=(), contract=replace(CONTRACT, requires=None)), Inapplicable)


def test_attestations_about_other_targets_stay_away_and_about_other_commits_do_not_count() -> None:
    others = (replace(ATTESTED, target="lab"), replace(ATTESTED, commit=CommitId("e" * 40)))
    (left,) = plan(attestations=others).attestations
    assert left.problem == "it is about another commit (eeeeeeeeeeee)"


def test_the_registry_knows_targets() -> None:
    policy = replace(a_report().policy, checks={SHOP: CheckSettings(SHOP, target=TARGET, own=True)})
    (check,) = checks_of(policy)
    assert isinstance(check, TargetCheck)
    assert isinstance(check.plan(context(target=None)), Unavailable)
