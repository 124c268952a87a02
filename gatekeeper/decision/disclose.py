"""What weakens the gate, held against what the worker says of it: disclosed errors go to a person. Pure.

Disclosing makes nothing pass: what would have rejected waits for an approval instead. In the open a change weighs less
than in silence, and that is all.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from gatekeeper.decision.inside import explained
from gatekeeper.decision.outcome import outcome_of, reasons_of
from gatekeeper.evidence.disclosed import begins_with, covers, same_test, split_reason
from gatekeeper.evidence.label import label
from gatekeeper.model.claim import SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Novelty, Severity

INTEGRITY, TESTS = CheckId("integrity"), CheckId("tests")
REJECT = "reject"
COMPARED_RULES = frozenset({
    "regression-hidden", "behaviour-rewritten", "test-missing", "test-newly-skipped", "test-newly-xfailed",
    "fewer-tests", "equality-always-true", "observer-disagrees",
})  # fmt: skip
"""Of `tests`: what the branch did to the tests. (That a test fails is no matter of disclosure.)"""
_ADVICE = frozenset({"answers-in-code"})
"""Warnings that are never more, unless the policy gives the rule another effect."""


def weakens(finding: Finding) -> bool:
    """May this be disclosed, and approved by a person: is it about the tests, the configuration or the tools?"""
    return finding.check == INTEGRITY or (finding.check.startswith(TESTS) and finding.rule in COMPARED_RULES)


def disclose(
    results: Sequence[CheckResult], review: SelfReview | None, checks: Mapping[CheckId, CheckSettings]
) -> tuple[CheckResult, ...]:
    """The results, with what the review names marked as disclosed and their outcomes drawn anew.

    `checks` are those of the policy. Where its `integrity` says that undisclosed warnings reject, warnings become
    errors, which reject or, disclosed, wait for a person; not so in checks that the policy has only advise.
    """
    entries = _entries(review)
    strict = INTEGRITY in checks and checks[INTEGRITY].enabled and checks[INTEGRITY].undisclosed == REJECT
    advising = {name for name, settings in checks.items() if settings.severity is not Severity.ERROR}
    return tuple(_weighed(result, entries, strict=strict and result.id not in advising) for result in results)


def _entries(review: SelfReview | None) -> tuple[str, ...]:
    """What was disclosed with a reason."""
    said = (*review.gate_changes, *review.tests_removed) if review else ()
    return tuple(entry for entry in said if split_reason(entry)[1])


def _weighed(result: CheckResult, entries: Iterable[str], *, strict: bool) -> CheckResult:
    findings = tuple(_of(finding, entries, strict=strict) for finding in result.findings)
    if findings == result.findings:
        return result
    outcome = outcome_of(findings, result.label)
    why = label(result.observation)[1]
    return explained(replace(result, findings=findings, outcome=outcome, reasons=reasons_of(outcome, findings, why)))


def _of(finding: Finding, entries: Iterable[str], *, strict: bool) -> Finding:
    if not weakens(finding):
        return finding
    said = next((entry for entry in entries if names(entry, finding)), None)
    listed = finding.severity is Severity.WARNING and finding.novelty is Novelty.NEW and finding.rule not in _ADVICE
    raised = strict and listed
    severity = Severity.ERROR if raised else finding.severity
    return replace(finding, disclosed=said, severity=severity)


def names(entry: str, finding: Finding) -> bool:
    """Does an entry name this finding: by rule, by path, file name or glob, by `rule path`, or by what it is about?"""
    what, path = split_reason(entry)[0], finding.path or ""
    places = {path, path.rpartition("/")[2]} - {""}
    rule, _, rest = what.partition(" ")
    if rule == finding.rule:
        return not rest or covers(rest.strip(), places)
    about = finding.symbol if "::" in finding.symbol else f"{path}::{finding.symbol.replace('.', '::')}"
    return begins_with(entry, path) or covers(what, places) or (bool(finding.symbol) and same_test(entry, about))
