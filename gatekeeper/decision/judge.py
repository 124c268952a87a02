"""From the facts of one check to its outcome. Pure, so that a fixture replays a failure in a millisecond."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from gatekeeper.decision.baseline import classify
from gatekeeper.decision.fingerprint import fingerprint
from gatekeeper.decision.outcome import outcome_of, reasons_of
from gatekeeper.decision.waive import expiries, waive
from gatekeeper.evidence.label import NO_TRUST, STRENGTH, Trust, label, remedy
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings, Waiver
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Label, Severity

TREE_CHANGED_RULE = "tree-changed"
TOO_WEAK_RULE = "evidence-too-weak"


def judge(
    head: Observation,
    base: Observation | None,
    settings: CheckSettings,
    waivers: Sequence[Waiver],
    today: date,
    *,
    reproduce: str = "",
    trust: Trust = NO_TRUST,
) -> CheckResult:
    """The result of one check.

    `base` is the same check on the merge base, or None where every finding counts (or none needed excusing). A base
    that could not be observed excuses nothing. `trust` says whose attestations count for which surfaces.
    """
    findings = _findings(head, base, settings)
    reached, why = label(head, settings.target, trust)
    findings = waive(findings, waivers, today) + expiries(waivers, settings.id, today)
    findings += _too_weak(head, reached, settings)
    outcome = outcome_of(findings, reached)
    return CheckResult(
        id=settings.id,
        outcome=outcome,
        label=reached,
        reasons=reasons_of(outcome, findings, why),
        findings=findings,
        observation=head,
        required=settings.required,
        also_at_base=() if base is None else tuple(sorted(_failing(head) & _failing(base))),
        base_judged=base is not None and label(base)[0] is Label.LOCAL,
        reproduce=reproduce,
        base=base,
    )


def _too_weak(head: Observation, reached: Label | None, settings: CheckSettings) -> tuple[Finding, ...]:
    """A finding when something was observed, and it is weaker than what is required. What was not seen is blocked."""
    if reached in {None, Label.BLOCKED} or STRENGTH[reached] >= STRENGTH[settings.requires]:
        return ()
    message = f"{reached} was reached, {settings.requires} is required: {remedy(head, settings.target)}"
    return fingerprint([Finding(check=settings.id, rule=TOO_WEAK_RULE, message=message)])


def _findings(head: Observation, base: Observation | None, settings: CheckSettings) -> tuple[Finding, ...]:
    lowered = [_lower(finding, settings.severity) for finding in head.findings]
    changed = [_tree_changed(settings, path) for path in head.tampered]
    findings = fingerprint([*lowered, *changed])
    if settings.baseline == "new" and base is not None:
        return classify(findings, _known(base, settings))
    if settings.failing_at_base == "report" and base is not None:
        return classify(_say_also_failing(findings, base), _known(base, settings))
    if base is not None:
        return _say_also_failing(findings, base)
    return findings


def _known(base: Observation, settings: CheckSettings) -> tuple[Finding, ...]:
    """What the base is blamed for already, also that the check writes into the tree there."""
    return (*base.findings, *(_tree_changed(settings, path) for path in base.tampered))


def _say_also_failing(findings: Sequence[Finding], base: Observation) -> tuple[Finding, ...]:
    before = _failing(base)
    return tuple(
        replace(finding, message=f"{finding.message} (also fails at base)") if finding.symbol in before else finding
        for finding in findings
    )


def _failing(base: Observation) -> set[str]:
    return {finding.symbol for finding in base.findings if finding.severity is Severity.ERROR and finding.symbol}


def _lower(finding: Finding, severity: Severity) -> Finding:
    """A check declared as a warning has no errors; nothing is ever raised."""
    if severity is Severity.ERROR or finding.severity is Severity.NOTE:
        return finding
    return replace(finding, severity=severity)


def _tree_changed(settings: CheckSettings, path: str) -> Finding:
    return Finding(
        check=settings.id,
        rule=TREE_CHANGED_RULE,
        message="the check changed a file of the tree that it was to judge",
        severity=Severity.ERROR,
        path=path,
    )
