"""What the gate has said about a head: a run of this machine, or stamps of others that were verified. Pure."""

import shlex
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gatekeeper.model.claim import ReviewFacts, SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import CheckId, CommitId, Label, Outcome, TreeId, Verdict
from gatekeeper.report.summary import short
from gatekeeper.stamp.answer import Answer, Verified
from gatekeeper.stamp.sift import Observed, Stamp

_STRENGTH = (Label.BLOCKED, Label.LOCAL, Label.PROXY, Label.DIRECT)
_WORST_FIRST = (Verdict.REJECTED, Verdict.ACCEPTED, Verdict.BLOCKED)


class Proof(Struct, frozen=True, kw_only=True):
    """`by` in words: "run 0123456789ab", "stamp of ci". `base` is the tip that the head was judged against."""

    by: str
    verdict: Verdict
    reasons: tuple[str, ...]
    base: CommitId | None
    policy: Policy
    results: tuple[CheckResult, ...]
    tree: TreeId
    review: SelfReview | None = None
    facts: ReviewFacts | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for result in self.results for finding in result.findings)


def of_run(report: Report) -> Proof:
    """A run of this machine."""
    base = report.subject.base
    return Proof(
        by=f"run {short(report.run)}",
        verdict=report.decision.verdict,
        reasons=report.decision.reasons,
        base=base.tip if base is not None else None,
        policy=report.policy,
        results=report.results,
        tree=report.subject.head_tree,
        review=report.review,
        facts=report.review_facts,
    )


def of_stamps(answer: Verified, policy: Policy, base: CommitId, tree: TreeId, bound: TreeId) -> Proof | None:
    """What verified stamps tell. None when they establish nothing: `why` says the reason.

    `policy` is that of `base`, `tree` the tree of the head, and `bound` what a self-review of it is bound to. What was
    disclosed on the branch was judged where the stamp was made; a command is known by its words alone.
    """
    if answer.answer is Answer.UNESTABLISHED:
        return None
    accepted = answer.answer is Answer.VERIFIED
    used = [one for one in answer.stamps if one.verdict == Verdict.ACCEPTED] if accepted else answer.stamps
    strongest = _strongest(used, worst=not accepted)
    return Proof(
        by=_named(used),
        verdict=Verdict.ACCEPTED if accepted else Verdict.REJECTED,
        reasons=() if accepted else (why(answer),),
        base=base,
        policy=policy,
        results=tuple(_result(name, one, policy, tree) for name, one in strongest.items()),
        tree=tree,
        facts=ReviewFacts(tree=bound, subjects=_subjects(policy)),
    )


def _named(stamps: Sequence[Stamp]) -> str:
    names = ", ".join(sorted({one.signer.name for one in stamps}))
    trust = " (trust: same-user)" if all(one.same_user for one in stamps) else ""
    return f"stamp of {names}{trust}" if names else "gate verify"


def _subjects(policy: Policy) -> Mapping[str, str]:
    return {str(name): one.target.surface if one.target else "" for name, one in policy.checks.items()}


def why(answer: Verified) -> str:
    """The step that failed, in words; "" when none did."""
    return next((one.said for one in answer.steps if one.ok is False), "")


def best(proofs: Sequence[Proof], base: CommitId | str | None) -> Proof | None:
    """What counts: about the base as it stands first, then one that rejects, as `gate verify` holds it."""
    return min(proofs, key=lambda one: (one.base != base, _WORST_FIRST.index(one.verdict)), default=None)


def _strongest(stamps: Sequence[Stamp], *, worst: bool) -> Mapping[str, Observed]:
    """Of each check the strongest observation; the one that speaks against it where the answer is no."""
    found: dict[str, Observed] = {}
    for one in (observed for stamp in stamps for observed in stamp.checks.items()):
        name, seen = one
        known = found.get(name)
        if known is None or (_rank(seen) < _rank(known) if worst else _rank(seen) > _rank(known)):
            found[name] = seen
    return found


def _rank(seen: Observed) -> tuple[bool, int]:
    label = _label(seen)
    return seen.outcome != Outcome.FAILED, _STRENGTH.index(label) if label is not None else len(_STRENGTH)


def _label(seen: Observed) -> Label | None:
    """A word that nobody knows is no label to rest on."""
    if seen.outcome == Outcome.NOT_APPLICABLE:
        return None
    return Label(seen.label) if seen.label in _STRENGTH else Label.BLOCKED


def _result(name: str, seen: Observed, policy: Policy, tree: TreeId) -> CheckResult:
    settings = policy.checks.get(CheckId(name))
    outcome = Outcome(seen.outcome) if seen.outcome in {*Outcome} else Outcome.BLOCKED
    return CheckResult(
        id=CheckId(name),
        outcome=outcome,
        label=_label(seen),
        reasons=seen.reasons,
        findings=(),
        observation=Observation(CheckId(name), tree, counts=seen.counts),
        required=settings is not None and settings.required,
        reproduce=" && ".join(shlex.join(argv) for argv in seen.ran),
    )
