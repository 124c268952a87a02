"""From findings and label to the outcome of a check, and its reasons in words. Pure."""

from collections.abc import Sequence

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import Label, Outcome

_SHOWN = 5


def outcome_of(findings: Sequence[Finding], reached: Label | None) -> Outcome:
    """One finding that rejects fails the check; one that waits for a person keeps it from passing."""
    if reached is None:
        return Outcome.NOT_APPLICABLE
    if any(finding.rejects for finding in findings):
        return Outcome.FAILED
    waiting = any(finding.awaits for finding in findings)
    return Outcome.BLOCKED if waiting or reached is Label.BLOCKED else Outcome.PASSED


def reasons_of(outcome: Outcome, findings: Sequence[Finding], why: tuple[str, ...]) -> tuple[str, ...]:
    """What was found and decides, then `why` the label is what it is, then who approved what."""
    if outcome is Outcome.NOT_APPLICABLE:
        return why
    rejecting = [finding for finding in findings if finding.rejects]
    waiting = [finding for finding in findings if finding.awaits]
    told = [f"{_count(rejecting, 'rejecting finding')} ({_rules(rejecting)})"] if rejecting else []
    told += [f"{_count(waiting, 'disclosed finding')} ({_rules(waiting)}): a person must approve"] if waiting else []
    return (*told, *why, *_approved(findings))


def _approved(findings: Sequence[Finding]) -> list[str]:
    approved = [finding for finding in findings if finding.approval is not None]
    return [f"{_count(approved, 'finding')} approved by a person ({_rules(approved)})"] if approved else []


def _rules(findings: Sequence[Finding]) -> str:
    rules = sorted({finding.rule for finding in findings})
    return ", ".join(rules[:_SHOWN]) + (", …" if len(rules) > _SHOWN else "")


def _count(findings: Sequence[Finding], noun: str) -> str:
    return f"{len(findings)} {noun}{'s' if len(findings) != 1 else ''}"
