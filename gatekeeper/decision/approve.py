"""Findings that a person has approved for this commit: settled, counted, listed. Pure.

An approval says nothing about what was observed. It settles findings of rules that the policy at base lets its signer
approve; a run that failed, evidence that is missing and the contract stay what they are.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gatekeeper.decision.inside import explained
from gatekeeper.decision.outcome import outcome_of, reasons_of
from gatekeeper.evidence.label import label
from gatekeeper.model.approval import Approval, ApprovalUse, allows, unapprovable
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Novelty
from gatekeeper.policy.globs import Globs

Allowed = Mapping[str, Sequence[str]]
"""Key id → what its [[signer]] may approve."""


def settle(
    results: Sequence[CheckResult], approvals: Sequence[Approval], policy: Policy
) -> tuple[tuple[CheckResult, ...], tuple[ApprovalUse, ...]]:
    """The results with approved findings marked and their outcomes drawn anew, and what each approval settled.

    Settling twice is settling once. Approvals with a problem settle nothing and are handed on.
    """
    allowed, holding = allowed_by(policy), [one for one in approvals if not one.problem]
    settled = tuple(
        _settled(result, holding, allowed) if holding and _is_of_the_tree(result, policy) else result
        for result in results
    )
    found = [one for result in results if _is_of_the_tree(result, policy) for one in result.findings]
    return settled, tuple(ApprovalUse(one, _count(one, found, allowed)) for one in approvals)


def allowed_by(policy: Policy) -> Allowed:
    """Who may approve what."""
    return {signer.id: signer.approves for signer in policy.signers}


def _count(approval: Approval, found: Sequence[Finding], allowed: Allowed) -> int:
    return 0 if approval.problem else sum(covers(approval, finding, allowed) for finding in found)


def covers(approval: Approval, finding: Finding, allowed: Allowed) -> bool:
    """Does it settle the finding: the rule, a path, a signer who may, and something that there is to settle?"""
    if finding.novelty is not Novelty.NEW or finding.waiver is not None or unapprovable(finding.check, finding.rule):
        return False
    if approval.rule not in {finding.rule, f"{finding.check}/{finding.rule}"}:
        return False
    if not any(allows(one, finding.check, finding.rule) for one in allowed.get(approval.signer, ())):
        return False
    if not approval.paths:
        return True
    return finding.path is not None and Globs(approval.paths).match(finding.path)


def _is_of_the_tree(result: CheckResult, policy: Policy) -> bool:
    """Evidence about a target is brought (`gate attest`), never approved."""
    settings = policy.checks.get(result.id)
    return settings is not None and settings.target is None


def _settled(result: CheckResult, holding: Sequence[Approval], allowed: Allowed) -> CheckResult:
    findings = tuple(_marked(finding, holding, allowed) for finding in result.findings)
    if findings == result.findings:
        return result
    outcome = outcome_of(findings, result.label)
    why = label(result.observation)[1]
    return explained(replace(result, findings=findings, outcome=outcome, reasons=reasons_of(outcome, findings, why)))


def _marked(finding: Finding, holding: Sequence[Approval], allowed: Allowed) -> Finding:
    by = next((one for one in holding if covers(one, finding, allowed)), None)
    return finding if by is None else replace(finding, approval=f"{by.name}: {by.reason}")
