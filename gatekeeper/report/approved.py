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
    until = "" if one.withdrawn else f" until {one.expires or 'no day'}"
    return f"{one.rule or 'no rule'}{where} by {who(one)}{until}: {one.reason or 'no reason'}"


def who(one: Approval) -> str:
    """What the policy calls the signer, and the key that decides it."""
    return f"{one.name or 'nobody whom the policy knows'}{f' (key {one.signer[:_KEY]}…)' if one.signer else ''}"


def word_of(one: Approval) -> str:
    """What it is, before its sentence."""
    return "approval withdrawn" if one.withdrawn else "approval refused" if one.problem else "approved"


def told(use: ApprovalUse) -> tuple[str, str]:
    """What it is, and what there is to say about it."""
    word = word_of(use.approval)
    if use.approval.problem:
        return word, f"{sentence(use.approval)} ({use.approval.problem})"
    same = ", signed where workers could read the key" if use.approval.same_user else ""
    settles = f"settles {use.used} finding{'s' if use.used != 1 else ''}"
    return word, f"{sentence(use.approval)} ({settles}{same})"


def uses(report: Report) -> Sequence[ApprovalUse]:
    """What settled something first, then what would, then what is refused; each in the order of the log."""
    return sorted(report.decision.approvals, key=lambda use: (bool(use.approval.problem), use.used == 0))


def next_step(report: Report) -> str:
    """What a person types who lets what was disclosed stand; empty when nothing waits for one."""
    rules = dict.fromkeys(f"{one.check}/{one.rule}" for one in report.findings if one.awaits)
    subject = report.subject
    return f"gate approve {subject.branch or subject.head[:_KEY]} --rule {','.join(rules)} --reason …" if rules else ""


def findings(report: Report) -> Sequence[Finding]:
    """What was approved, in the order of the results."""
    return [finding for finding in report.findings if finding.approval is not None]
