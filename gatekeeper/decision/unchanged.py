"""The claim that tests, configuration and tools are as strict as they were, held against what was found. Pure."""

from collections.abc import Iterator, Mapping

from gatekeeper.decision.claimed import Objection
from gatekeeper.decision.disclose import INTEGRITY, weakens
from gatekeeper.model.claim import Claim
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Label, Novelty, Severity

NO_GATE_CHANGE = "no_gate_change"
"""Subject of the claim; `no-gate-change` is the same."""
_SHOWN = 5


def no_gate_change(claim: Claim, results: Mapping[str, CheckResult]) -> Iterator[Objection]:
    """What speaks against the claim that tests, configuration and tools are as strict as they were."""
    if claim.label is Label.BLOCKED:
        return
    said = f"{claim.subject}={claim.label.value}"
    looked = results.get(INTEGRITY)
    if looked is None or looked.label is not Label.LOCAL:
        yield Objection("unsupported", f"{said} is claimed, and the check integrity observed nothing", said)
        return
    found = [one for result in results.values() for one in result.findings if _speaks_against(one)]
    if found:
        rules = sorted({one.rule for one in found})
        shown = ", ".join(rules[:_SHOWN]) + (", …" if len(rules) > _SHOWN else "")
        yield Objection("overclaim", f"{said} is claimed; observed: {len(found)} findings ({shown})", said)


def _speaks_against(finding: Finding) -> bool:
    """Notes say nothing against anybody, and what the policy waives was foreseen."""
    told = finding.severity is not Severity.NOTE and finding.novelty is Novelty.NEW
    return told and finding.waiver is None and weakens(finding)
