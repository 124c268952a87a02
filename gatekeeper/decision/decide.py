"""The verdict: accepted, rejected or blocked, and why. Pure."""

from collections.abc import Collection, Sequence
from datetime import date

from gatekeeper.decision.waive import uses as waivers_used
from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.policy import Waiver
from gatekeeper.model.result import CheckResult, Decision
from gatekeeper.model.rule import RULES
from gatekeeper.model.vocabulary import CheckId, Outcome, Verdict


def decide(
    results: Sequence[CheckResult],
    required: Collection[CheckId],
    waivers: Sequence[Waiver],
    today: date,
    *,
    approvals: Sequence[ApprovalUse] = (),
    trial: bool = False,
) -> Decision:
    """Rejected beats blocked beats accepted.

    A rejecting finding rejects whether or not its check is required; `required` means that the check must be
    established. (A check that should only advise has `severity = "warning"`.)

    A required check that is absent from the results is blocked: silence is never consent. Nothing required and nothing
    judged is blocked as well. A trial policy (`--policy`) never accepts. `approvals` are listed; what they settled the
    results say already (`approve.py`).
    """
    findings = [finding for result in results for finding in result.findings]
    uses = waivers_used(waivers, findings, today), tuple(approvals)
    rejections = [_why(result) for result in results if result.outcome is Outcome.FAILED]
    blockers = _blockers(results, required)
    if rejections:
        return Decision(Verdict.REJECTED, tuple(rejections + blockers), *uses)
    if trial and not blockers:
        blockers = ["the policy was given by --policy: this verdict does not count"]
    if blockers:
        return Decision(Verdict.BLOCKED, tuple(blockers), *uses)
    return Decision(Verdict.ACCEPTED, (_what_passed(results),), *uses)


def _what_passed(results: Sequence[CheckResult]) -> str:
    passed = [result for result in results if result.outcome is Outcome.PASSED and result.id != RULES]
    targets = [result for result in passed if result.observation.probe or result.observation.attestations]
    said = f"{len(passed) - len(targets)} checks passed on the committed tree"
    said += f"; shown at {', '.join(result.id for result in targets)}" if targets else ""
    approved = _approved(results)
    return f"{said}; {approved} finding{'s' * (approved != 1)} approved by a person" if approved else said


def _approved(results: Sequence[CheckResult]) -> int:
    return sum(finding.approval is not None for result in results for finding in result.findings)


def _blockers(results: Sequence[CheckResult], required: Collection[CheckId]) -> list[str]:
    """What keeps the verdict from being established."""
    known = {result.id for result in results}
    blockers = [f"{check}: required, and absent from the results" for check in required if check not in known]
    blockers += [_why(result) for result in results if _blocks(result, required)]
    # Rules look at what others observed: by themselves they establish nothing.
    if not any(result.outcome in {Outcome.PASSED, Outcome.FAILED} for result in results if result.id != RULES):
        blockers.append("no check established anything")
    return blockers


def _blocks(result: CheckResult, required: Collection[CheckId]) -> bool:
    """A finding rejects whether or not its check is required; one that waits for a person blocks likewise."""
    waiting = any(finding.awaits for finding in result.findings)
    return result.outcome is Outcome.BLOCKED and (waiting or result.id in required)


def _why(result: CheckResult) -> str:
    return f"{result.id}: {'; '.join(result.reasons) or result.outcome}"
