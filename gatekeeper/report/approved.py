"""Approvals by people in words: what every renderer says of them. Plain text, not yet escaped."""

from collections.abc import Sequence

from gatekeeper.model.approval import Approval, ApprovalUse
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import Report

_KEY = 12
_PATHS = 5


def sentence(one: Approval) -> str:
    """Which rule, where, who with which key, until when, why. Nobody vouches for any of it when it has a problem."""
    where = f" in {', '.join(one.paths[:_PATHS])}{', …' if len(one.paths) > _PATHS else ''}" if one.paths else ""
    key = f"{one.name or 'nobody whom the policy knows'}{f' (key {one.signer[:_KEY]}…)' if one.signer else ''}"
    return f"{one.rule or 'no rule'}{where} by {key} until {one.expires or 'no day'}: {one.reason or 'no reason'}"


def told(use: ApprovalUse) -> tuple[str, str]:
    """("approved" or "approval refused", what there is to say about it)."""
    if use.approval.problem:
        return "approval refused", f"{sentence(use.approval)} ({use.approval.problem})"
    same = ", signed where workers could read the key" if use.approval.same_user else ""
    settles = f"settles {use.used} finding{'s' if use.used != 1 else ''}"
    return "approved", f"{sentence(use.approval)} ({settles}{same})"


def uses(report: Report) -> Sequence[ApprovalUse]:
    """What settled something first, then what would, then what is refused; each in the order of the log."""
    return sorted(report.decision.approvals, key=lambda use: (bool(use.approval.problem), use.used == 0))


def findings(report: Report) -> Sequence[Finding]:
    """What was approved, in the order of the results."""
    return [finding for finding in report.findings if finding.approval is not None]
