"""The rules of a policy in words: for `gate policy show`, and for `gate explain RULE`."""

import contextlib
import os
from collections.abc import Iterator, Mapping

from msgspec.structs import fields

from gatekeeper.errors import GateError
from gatekeeper.model.policy import Policy
from gatekeeper.model.rule import Rule, When
from gatekeeper.policy.toml_text import toml
from gatekeeper.report.explanations import Explanation


def rules_text(policy: Policy) -> Iterator[str]:
    """[[rule]] tables that can be written into a gate.toml as they are."""
    for rule in policy.rules:
        yield from ("", f"[[rule]]  # {policy.origins.get(f'rule {rule.id}', policy.origin)}")
        yield from (f"{name} = {toml(value)}" for name, value in rule_values(rule).items())


def rule_values(rule: Rule) -> Mapping[str, object]:
    """Keys and values as they are written; what says nothing is left out."""
    values: dict[str, object] = {
        "id": rule.id,
        "title": rule.title,
        "why": rule.why,
        "effect": rule.effect.value,
        "require": dict(rule.require),
        "remedy": rule.remedy,
        "docs": rule.docs,
        "match": "" if rule.match == "all" else rule.match.value,
        "when": conditions(rule.when),
        "unless": conditions(rule.unless) if rule.unless else {},
    }
    return {name: value for name, value in values.items() if value not in ("", {}, None)}


def conditions(when: When) -> Mapping[str, object]:
    """The conditions that ask something."""
    found = {one.name: getattr(when, one.name) for one in fields(when)}
    tests = [{one.name: getattr(test, one.name) for one in fields(test)} for test in when.counts]
    found["counts"] = [{name: value for name, value in test.items() if value is not None} for test in tests]
    return {name: value for name, value in found.items() if value not in ("", (), {}, [], None)}


def explained(word: str) -> tuple[Explanation, ...]:
    """The rule of that id in the policy that holds here (or in a shipped one), as an explanation; empty without one."""
    wanted = word.strip().removeprefix("rules/")
    rule = next((one for policy in _policies() for one in policy.rules if one.id == wanted), None)
    if rule is None:
        return ()
    holds = f"Fires when {toml(conditions(rule.when))}" + (
        f", unless {toml(conditions(rule.unless))}" if rule.unless else ""
    )
    fix = " ".join(part for part in (rule.remedy, rule.docs) if part) or "See why it fires."
    meaning = f"{rule.title}. {holds}. Effect: {rule.effect.value}."
    return (Explanation("rule", rule.id, meaning, rule.why, fix),)


def _policies() -> Iterator[Policy]:
    """That of the base, then the shipped ones. Without a repository only these."""
    from gatekeeper.cli.policy import base_policy  # lazy: it imports this module
    from gatekeeper.policy.load import load_policy

    with contextlib.suppress(GateError):  # no repository here, or a policy with a mistake: `gate check` says which
        yield base_policy(os.curdir, None)
    yield load_policy(lambda _: b'extends = ["fleet"]\n', names=tuple, where="the shipped policies")
