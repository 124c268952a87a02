"""SARIF 2.1.0 (OASIS, 2020): findings as results, blocked checks as notifications, what is settled as suppressed."""

import hashlib
import json
from urllib.parse import quote

import gatekeeper
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Novelty, Outcome, Verdict
from gatekeeper.report.escape import single_line, terminal

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "gatekeeper/v1"
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_LONGEST = 4000


def render(report: Report) -> str:
    """One SARIF log with one run. Paths are relative to `%SRCROOT%`, percent-encoded (3.10.2)."""
    rules = sorted({_rule_id(finding) for finding in report.findings})
    numbers = {rule: number for number, rule in enumerate(rules)}
    run: dict[str, Json] = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": f"gatekeeper/{single_line(report.subject.branch or 'detached')}/{report.run}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(finding, numbers) for finding in report.findings],
        "properties": _properties(report),
    }
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _driver(rules: list[str]) -> Json:
    return {
        "name": "gatekeeper",
        "version": gatekeeper.__version__,
        "rules": [{"id": rule, "name": rule.rpartition("/")[2] or rule} for rule in rules],
    }


def _invocation(report: Report) -> Json:
    blocked = [result for result in report.results if result.outcome is Outcome.BLOCKED]
    return {
        # A blocked verdict is exactly "the analysis could not be done"; a rejection is a successful analysis.
        "executionSuccessful": report.decision.verdict is not Verdict.BLOCKED,
        "startTimeUtc": report.started,
        "toolExecutionNotifications": [_notification(result) for result in blocked],
    }


def _notification(result: CheckResult) -> Json:
    reasons = "; ".join(result.reasons) or "could not be observed"
    return {
        "level": "error" if result.required else "warning",
        "descriptor": {"id": f"{result.id}/blocked"},
        "message": {"text": _text(f"{result.id} is blocked: {reasons}")},
    }


def _result(finding: Finding, numbers: dict[str, int]) -> Json:
    rule = _rule_id(finding)
    result: dict[str, Json] = {
        "ruleId": rule,
        "ruleIndex": numbers[rule],
        "level": finding.severity.value,
        "message": {"text": _text(finding.message or finding.rule)},
        "partialFingerprints": {FINGERPRINT: finding.fingerprint or _fallback(finding)},
        "baselineState": "new" if finding.novelty is Novelty.NEW else "unchanged",
    }
    if finding.path is not None:
        result["locations"] = [_location(finding, finding.path)]
    if finding.settled:
        approved = f"approved by {finding.approval}" if finding.approval is not None else ""
        result["suppressions"] = [{"kind": "external", "justification": _text(finding.waiver or approved or "waived")}]
    return result


def _location(finding: Finding, path: str) -> Json:
    physical: dict[str, Json] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}}
    if finding.line is not None and finding.line >= 1:
        region: dict[str, Json] = {"startLine": finding.line}
        if finding.column is not None and finding.column >= 1:
            region["startColumn"] = finding.column
        physical["region"] = region
    location: dict[str, Json] = {"physicalLocation": physical}
    if finding.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": _text(finding.symbol)}]
    return location


def _properties(report: Report) -> Json:
    subject = report.subject
    return {
        "verdict": report.decision.verdict.value,
        "counts": not report.policy.trial,
        "head": subject.head,
        "tree": subject.head_tree,
        "base": subject.base.tip if subject.base else None,
        "policyDigest": report.policy.digest,
    }


def _rule_id(finding: Finding) -> str:
    return single_line(f"{finding.check}/{finding.rule}")


def _uri(path: str) -> str:
    # The bytes that git stores, percent-encoded. A colon is encoded too, so that "a:b" does not read as a scheme.
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _text(text: str) -> str:
    # "](" would make a link of the branch's choosing (SARIF 3.11.6).
    return terminal(text)[:_LONGEST].replace("](", "] (")


def _fallback(finding: Finding) -> str:
    parts = (finding.check, finding.rule, finding.path or "", finding.symbol, finding.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()
