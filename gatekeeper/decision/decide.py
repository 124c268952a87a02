"""The verdict: accepted, rejected or blocked, and why. Pure."""

from collections.abc import Collection, Sequence
from datetime import date

from gatekeeper.decision.waive import uses
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
    trial: bool = False,
) -> Decision:
    """Rejected beats blocked beats accepted.

    A rejecting finding rejects whether or not its check is required; `required` means that the check must be
    established. (A check that should only advise has `severity = "warning"`.)

    A required check that is absent from the results is blocked: silence is never consent. Nothing required and nothing
    judged is blocked as well. A trial policy (`--policy`) never accepts.
    """
    findings = [finding for result in results for finding in result.findings]
    waiver_uses = uses(waivers, findings, today)
    rejections = [_why(result) for result in results if result.outcome is Outcome.FAILED]
    blockers = _blockers(results, required)
    if rejections:
        return Decision(Verdict.REJECTED, tuple(rejections + blockers), waiver_uses)
    if trial and not blockers:
        blockers = ["the policy was given by --policy: this verdict does not count"]
    if blockers:
        return Decision(Verdict.BLOCKED, tuple(blockers), waiver_uses)
    return Decision(Verdict.ACCEPTED, (_what_passed(results),), waiver_uses)


def _what_passed(results: Sequence[CheckResult]) -> str:
    passed = [result for result in results if result.outcome is Outcome.PASSED and result.id != RULES]
    targets = [result for result in passed if result.observation.probe or result.observation.attestations]
    said = f"{len(passed) - len(targets)} checks passed on the committed tree"
    return f"{said}; shown at {', '.join(result.id for result in targets)}" if targets else said


def _blockers(results: Sequence[CheckResult], required: Collection[CheckId]) -> list[str]:
    """What keeps the verdict from being established."""
    known = {result.id for result in results}
    blockers = [f"{check}: required, and absent from the results" for check in required if check not in known]
    blockers += [_why(result) for result in results if result.outcome is Outcome.BLOCKED and result.id in required]
    # Rules look at what others observed: by themselves they establish nothing.
    if not any(result.outcome in {Outcome.PASSED, Outcome.FAILED} for result in results if result.id != RULES):
        blockers.append("no check established anything")
    return blockers


def _why(result: CheckResult) -> str:
    return f"{result.id}: {'; '.join(result.reasons) or result.outcome}"
