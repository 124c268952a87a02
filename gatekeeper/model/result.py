"""What was concluded: per check, and about the subject."""

from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.change import ChangeFacts, Repeat
from gatekeeper.model.claim import Claim, ReviewFacts, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import Policy, Waiver
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, RunId, Verdict


class CheckResult(Struct, frozen=True):
    """Outcome and label of one check, each with its reasons in words. A not-applicable check has no label."""

    id: CheckId
    outcome: Outcome
    label: Label | None
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    observation: Observation
    required: bool = True
    also_at_base: tuple[str, ...] = ()
    """Symbols (test ids) of errors that the merge base has as well, whether or not they reject."""
    base_judged: bool = False
    """Was the merge base observed? Only then does absence from `also_at_base` mean that it is new."""
    reproduce: str = ""
    """The command that a person types in a checkout of the branch to see the same."""
    base: Observation | None = None
    """The same check on the merge base, where it was looked at: what the findings were compared with."""


class WaiverUse(Struct, frozen=True):
    """A waiver of the policy, how many findings it covered, and whether it has expired."""

    waiver: Waiver
    used: int
    expired: bool


class Decision(Struct, frozen=True):
    """The verdict and, in words, why."""

    verdict: Verdict
    reasons: tuple[str, ...]
    waivers: tuple[WaiverUse, ...] = ()
    approvals: tuple[ApprovalUse, ...] = ()
    """Every approval of the commit, also those that settle nothing, with the reason."""


class Report(Struct, frozen=True):
    """One run, complete: what every renderer and the ledger get. `started` is ISO 8601 UTC."""

    run: RunId
    started: str
    duration_s: float
    subject: Subject
    policy: Policy
    decision: Decision
    results: tuple[CheckResult, ...]
    claims: tuple[Claim, ...] = ()
    review: SelfReview | None = None
    review_facts: ReviewFacts | None = None
    """What git says about the things that a self-review speaks of."""
    contract: Contract | None = None
    change: ChangeFacts | None = None
    repeats: tuple[Repeat, ...] = ()
    """Rejecting findings that earlier heads of the branch had without a break."""
    notes: tuple[str, ...] = ()
    """What the reader must know beside the verdict: which base, which environment, trial policy …"""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds by step of the way of the data."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for result in self.results for finding in result.findings)
