"""Waivers of the policy against findings: what they cover stays counted, what has expired becomes a finding."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import Waiver
from gatekeeper.model.result import WaiverUse
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.policy.globs import Globs

EXPIRED_RULE = "waiver-expired"


def waive(findings: Sequence[Finding], waivers: Sequence[Waiver], today: date) -> tuple[Finding, ...]:
    """The findings, those covered by a waiver that is still valid on `today` marked with its reason."""
    valid = [waiver for waiver in waivers if not expired(waiver, today)]
    return tuple(_waived(finding, valid) for finding in findings)


def _waived(finding: Finding, valid: Sequence[Waiver]) -> Finding:
    reason = next((waiver.reason for waiver in valid if covers(waiver, finding)), None)
    return finding if finding.waiver == reason else replace(finding, waiver=reason)  # thousands are as they were


def expired(waiver: Waiver, today: date) -> bool:
    """A waiver is valid up to and including its day."""
    return today > waiver.expires


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Same check, same rule, and the path matches the waiver's glob (gitignore semantics)."""
    if waiver.check != finding.check or waiver.rule != finding.rule:
        return False
    if finding.path is None:
        return waiver.path in {"", "*", "**"}
    return Globs([waiver.path or "*"]).match(finding.path)


def expiries(waivers: Sequence[Waiver], check: CheckId, today: date) -> tuple[Finding, ...]:
    """A warning for each expired waiver of the check: it should be renewed or removed."""
    return tuple(
        Finding(
            check=check,
            rule=EXPIRED_RULE,
            message=f"the waiver of {waiver.rule} for {waiver.path} ended on {waiver.expires}: {waiver.reason}",
            severity=Severity.WARNING,
            symbol=f"{waiver.rule} {waiver.path}",
        )
        for waiver in waivers
        if waiver.check == check and expired(waiver, today)
    )


def uses(waivers: Sequence[Waiver], findings: Sequence[Finding], today: date) -> tuple[WaiverUse, ...]:
    """How often each waiver was needed."""
    return tuple(
        WaiverUse(
            waiver,
            0 if (gone := expired(waiver, today)) else sum(covers(waiver, finding) for finding in findings),
            gone,
        )
        for waiver in waivers
    )
