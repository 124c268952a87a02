"""What the text of a pull request claims, held against what was observed: as a self-review of the branch is. Pure."""

import re
from datetime import date

from msgspec.structs import replace

from gatekeeper.checks.self_review import observe
from gatekeeper.decision.hold import SELF_REVIEW, hold
from gatekeeper.decision.judge import judge
from gatekeeper.evidence.claims import merge, parse_trailers
from gatekeeper.evidence.prose import unverified
from gatekeeper.forge.proof import Proof
from gatekeeper.model.claim import ReviewFacts, SelfReview, Sentence
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.report.summary import rank

CARRIER = "pull request"
_LINE = re.compile(r"(gate-[a-z-]{1,40})[ \t]*:[ \t]*(.*)", re.IGNORECASE)
_MOST = 1 << 20
"""Characters that are read; GitHub takes 65,536."""


def held(proof: Proof, body: str, today: date) -> tuple[Finding, ...]:
    """What the text of a pull request adds to the findings of `self-review` of the proof, by severity.

    () where the policy asks nothing about claims. `Gate-Claim:` lines and the like count wherever they stand in the
    text. Prose is listed, and decides nothing.
    """
    settings = proof.policy.checks.get(SELF_REVIEW)
    if settings is None or not settings.enabled:
        return ()
    found = _judged(proof, settings, body, today).findings
    # What the run found was judged there, together with what people have approved.
    known = {(one.rule, one.message) for one in proof.findings if one.check == SELF_REVIEW}
    return tuple(sorted((one for one in found if (one.rule, one.message) not in known), key=rank))


def _judged(proof: Proof, settings: CheckSettings, body: str, today: date) -> CheckResult:
    """`self-review` as it would have been, had the branch said what the text says."""
    facts, waivers = proof.facts or ReviewFacts(), proof.policy.waivers
    said = merge([one for one in (proof.review, _review(body, facts)) if one is not None])
    seen = observe(said or SelfReview((), (), bound=True), proof.tree)
    own = judge(seen, None, settings, waivers, today)
    others = [result for result in proof.results if result.id != SELF_REVIEW]
    return hold([own, *others], said, _facts(facts, body), settings, waivers, today)[0]


def _facts(facts: ReviewFacts, body: str) -> ReviewFacts:
    prose = tuple(Sentence(CARRIER, one.line, one.sentence) for one in unverified(body[:_MOST]))
    return replace(facts, prose=(*facts.prose, *prose))


def _review(body: str, facts: ReviewFacts) -> SelfReview | None:
    lines = (_LINE.fullmatch(line.rstrip()) for line in body[:_MOST].split("\n"))
    pairs = [(found[1], found[2]) for found in lines if found]
    review = parse_trailers(pairs, TreeId(facts.tree))
    if review is None:
        return None
    claims = tuple(replace(claim, carrier=CARRIER) for claim in review.claims)
    return replace(review, claims=claims, carriers=(CARRIER,), unbound=(CARRIER,) if review.unbound else ())
