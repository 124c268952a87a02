"""The verdict: accepted, rejected or blocked, and why. Pure."""

from collections.abc import Collection, Sequence
from datetime import date

from gatekeeper.decision.waive import uses
from gatekeeper.model.policy import Waiver
from gatekeeper.model.result import CheckResult, Decision
from gatekeeper.model.vocabulary import CheckId, Outcome, Verdict


def decide(
    results: Sequence[CheckResult],
    required: Collection[CheckId],
    waivers: Sequence[Waiver],
    today: date,
    *,
    trial: bool = False,
) -> Decision:
    """Rejected beats blocked beats accepted.

    A rejecting finding rejects whether or not its check is required; `required` means that the check must be
    established. (A check that should only advise has `severity = "warning"`.)

    A required check that is absent from the results is blocked: silence is never consent. Nothing required and nothing
    judged is blocked as well. A trial policy (`--policy`) never accepts.
    """
    by_id = {result.id: result for result in results}
    rejections = [_why(result) for result in results if result.outcome is Outcome.FAILED]
    blockers = [f"{check}: required, and absent from the results" for check in required if check not in by_id]
    blockers += [
        _why(result)
        for result in results
        if result.outcome is Outcome.BLOCKED and (result.required or result.id in required)
    ]
    if not any(result.outcome in {Outcome.PASSED, Outcome.FAILED} for result in results):
        blockers.append("no check established anything")
    findings = [finding for result in results for finding in result.findings]
    waiver_uses = uses(waivers, findings, today)
    if rejections:
        return Decision(Verdict.REJECTED, tuple(rejections + blockers), waiver_uses)
    if blockers:
        return Decision(Verdict.BLOCKED, tuple(blockers), waiver_uses)
    if trial:
        return Decision(
            Verdict.BLOCKED, ("the policy was given by --policy: this verdict does not count",), waiver_uses
        )
    passed = sum(result.outcome is Outcome.PASSED for result in results)
    return Decision(Verdict.ACCEPTED, (f"{passed} checks passed on the committed tree",), waiver_uses)


def _why(result: CheckResult) -> str:
    return f"{result.id}: {'; '.join(result.reasons) or result.outcome}"
