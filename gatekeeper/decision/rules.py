"""The rules of the policy over the judged facts: one more result, which `decide` weighs like every other. Pure.

A rule that cannot be evaluated blocks, whatever its effect: it never silently passes.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

from gatekeeper.decision.facts import Facts, Known, facts
from gatekeeper.decision.judge import judge
from gatekeeper.decision.matchers import Expressions, matches
from gatekeeper.decision.matching import AbsentFact, Match
from gatekeeper.decision.waive import waive
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult
from gatekeeper.model.rule import RULES, Combine, Effect, Rule
from gatekeeper.model.vocabulary import Label, Severity

Evaluate = Callable[[Sequence[str], Facts], Expressions]
"""CEL expressions and facts → their values. The one thing here that a process of its own does (`tools/cel.py`)."""

_MOST = 20
"""Findings of one rule that are listed; the last one says how many there are."""


def ruled(known: Known, policy: Policy, today: date, evaluate: Evaluate) -> CheckResult | None:
    """The result of all rules together; None for a policy without any.

    `evaluate` is only called when some rule has an expression.
    """
    if not policy.rules:
        return None
    document = facts(known)
    wanted = sorted({text for rule in policy.rules for text in expressions_of(rule)})
    values = evaluate(wanted, document) if wanted else {}
    results = {str(result.id): result for result in known.results}
    findings: list[Finding] = []
    missing: list[str] = []
    fired = 0
    for rule in policy.rules:
        try:
            found = fires(rule, document, values)
        except AbsentFact as absent:
            if not _taken_out(absent, known.gone):
                missing.append(f"rule {rule.id} cannot be evaluated: {absent}")
            continue
        fired += found is not None
        if found is not None:
            said = waive(tuple(_findings(rule, found, results)), policy.waivers, today)
            findings += said
            missing += _missing(rule, found, results, said, known.gone)
    observation = Observation(
        check=RULES,
        tree=known.subject.head_tree,
        findings=tuple(findings),
        counts={"rules": len(policy.rules), "fired": fired},
        missing=tuple(missing),
    )
    return judge(observation, None, policy.checks[RULES], policy.waivers, today)


def _taken_out(absent: AbsentFact, gone: Collection[str]) -> bool:
    """Was the fact there once? Why an expression has no value it does not say: the documents that it names count."""
    if absent.fact:
        return any(f"{absent.fact}.".startswith(f"{name}.") for name in gone)
    named = frozenset(re.findall(r"(?<![\w.])[a-z_]+", absent.expression))
    return any(name.partition(".")[0] in named for name in gone)


def expressions_of(rule: Rule) -> tuple[str, ...]:
    """The CEL expressions of a rule."""
    return tuple(one.expression for one in (rule.when, rule.unless) if one is not None and one.expression)


def fires(rule: Rule, document: Facts, values: Expressions) -> tuple[Match, ...] | None:
    """What made the rule fire, None when it does not. Raises AbsentFact when that cannot be told."""
    unknown: AbsentFact | None = None
    found: tuple[Match, ...] | None = ()
    try:
        found = matches(rule.when, rule.match, document, values)
    except AbsentFact as absent:
        unknown = absent
    excused = found is not None and rule.unless is not None and matches(rule.unless, Combine.ANY, document, values)
    if unknown is not None and not excused:
        raise unknown
    return None if excused else found


def _findings(rule: Rule, found: Sequence[Match], results: Mapping[str, CheckResult]) -> Iterator[Finding]:
    match rule.effect:
        case Effect.REJECT:
            yield from _listed(rule, found, Severity.ERROR)
        case Effect.WARN:
            yield from _listed(rule, found, Severity.WARNING)
        case Effect.REQUIRE_LABEL:
            yield from _too_weak(rule, results)
        case _:  # block
            yield from _listed(rule, found, Severity.NOTE)  # the reason is under `missing`


def _listed(rule: Rule, found: Sequence[Match], severity: Severity) -> Iterator[Finding]:
    """One finding for each path, so that a waiver can be for one of them; one for everything that has no path."""
    for match in [one for one in found if one.path is not None][:_MOST]:
        yield _finding(rule, f"{rule.title}: {match.said}", severity, match.path)
    rest = [one.said for one in found if one.path is None]
    if rest or not found:
        more = f", … ({len(rest)})" if len(rest) > 3 else ""
        yield _finding(rule, f"{rule.title}: {'; '.join(rest[:3])}{more}", severity)


def _finding(rule: Rule, message: str, severity: Severity, path: str | None = None) -> Finding:
    said = f"{message}. {rule.remedy}" if rule.remedy else message
    # The symbol makes it the same finding as long as the rule says so of the same path, whatever the numbers are.
    return Finding(check=RULES, rule=rule.id, message=said, severity=severity, path=path, symbol=rule.id)


def _too_weak(rule: Rule, results: Mapping[str, CheckResult]) -> Iterator[Finding]:
    for check, wanted in rule.require.items():
        result = results.get(check)
        seen = result.label if result else None
        if seen is not None and seen is not Label.BLOCKED and STRENGTH[seen] < STRENGTH[wanted]:
            message = f"{rule.title}: {check} reached {seen}, {wanted} is required here"
            yield _finding(rule, message, Severity.ERROR)


def _missing(
    rule: Rule,
    found: Sequence[Match],
    results: Mapping[str, CheckResult],
    findings: Sequence[Finding],
    gone: Collection[str],
) -> Iterator[str]:
    if rule.effect is Effect.BLOCK and any(one.waiver is None for one in findings):
        said = "; ".join(f"{one.path} {one.said}" if one.path else one.said for one in found[:3])
        yield f"rule {rule.id}: {rule.title} ({said})"
    if rule.effect is Effect.REQUIRE_LABEL:
        yield from _unseen(rule, results, gone)


def _unseen(rule: Rule, results: Mapping[str, CheckResult], gone: Collection[str]) -> Iterator[str]:
    for check, wanted in rule.require.items():
        if f"checks.{check}" in gone:
            continue
        result = results.get(check)
        if result is None or result.label is None or result.label is Label.BLOCKED:
            why = "; ".join(result.reasons[:1]) if result else "there is no such check in this run"
            yield f"rule {rule.id}: {rule.title}; {check} must be {wanted}, and was not observed: {why}"
