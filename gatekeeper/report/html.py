"""One self-contained page: no network, no script, works from disk. Every value is escaped by the template engine."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Novelty
from gatekeeper.report import approved, details, evidence, summary
from gatekeeper.report.escape import single_line

_MOST_FINDINGS = 500


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("gatekeeper.report", ""), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    # Control and bidirectional characters are made visible before they are escaped as markup.
    environment.finalize = _plain
    return environment.get_template("page.html.j2")


def _plain(value: object) -> object:
    return single_line(value, 2000) if isinstance(value, str) else value


def render(report: Report) -> str:
    """The page as HTML 5; at most 500 findings, those that reject first."""
    decision = report.decision
    findings = sorted(report.findings, key=summary.rank)
    return _template().render(
        verdict=decision.verdict.value.upper(),
        state=decision.verdict.value,
        subject=summary.subject_line(report),
        trial=summary.TRIAL if report.policy.trial else "",
        reasons=decision.reasons,
        evidence=evidence.rows(report),
        findings=[_finding(finding) for finding in findings[:_MOST_FINDINGS]],
        more=len(findings) if len(findings) > _MOST_FINDINGS else 0,
        approvals=[_approval(use) for use in approved.uses(report)],
        approve=approved.next_step(report),
        observations=[_observation(result) for result in report.results],
        facts=[line for line in details.facts(report) if line[1]],
        notes=summary.notes(report),
    )


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "place": summary.place(finding),
        "rule": f"{finding.check}/{finding.rule}",
        "effect": _effect(finding),
        "message": finding.message,
    }


def _effect(finding: Finding) -> str:
    if finding.waiver is not None:
        return f"waived: {finding.waiver}"
    if finding.approval is not None:
        return f"approved by {finding.approval}"
    if finding.awaits:
        return f"waits for a person; disclosed: {finding.disclosed}"
    if finding.novelty is Novelty.BASELINE:
        return "as at base"
    return "rejects" if finding.rejects else finding.severity.value


def _approval(use: ApprovalUse) -> dict[str, str]:
    one = use.approval
    effect = f"{approved.word_of(one)}: {one.problem}" if one.problem else f"settles {use.used}"
    return {
        "rule": one.rule,
        "where": ", ".join(one.paths) or "wherever",
        "who": approved.who(one),
        "until": "" if one.withdrawn else one.expires,
        "effect": f"{effect}; signed where workers could read the key" if one.same_user and not one.problem else effect,
        "reason": one.reason,
        "state": "not-applicable" if one.withdrawn else "rejected" if one.problem else "passed",
    }


def _observation(result: CheckResult) -> dict[str, object]:
    seen = result.observation
    measured = f"{summary.duration(seen.duration_s)}, peak {summary.size(seen.peak_bytes)}" if seen.commands else ""
    counted = summary.counted(result)
    return {
        "id": result.id,
        "state": result.outcome.value,
        "measured": ", ".join(part for part in (measured, counted) if part),
        "reproduce": result.reproduce,
        "lines": [line.strip() for line in details.observation(result)],
    }
