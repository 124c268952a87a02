"""Claims against observations: the findings of a self-review, and what they make of its check. Pure.

Nothing here makes anything pass: a claim raises no label, and a problem that is disclosed stays one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from gatekeeper.decision.backed import Evidence, backed
from gatekeeper.decision.claimed import Objection, objections
from gatekeeper.decision.fingerprint import order
from gatekeeper.decision.judge import judge
from gatekeeper.decision.unchanged import NO_GATE_CHANGE, no_gate_change
from gatekeeper.evidence.disclosed import discloses_test, missing_disclosure, same_test, split_reason
from gatekeeper.model.claim import Claim, ReviewFacts, SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import CheckSettings, Waiver
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Label, Severity

SELF_REVIEW = CheckId("self-review")
PROSE = "unverified-prose"


def hold(
    results: Sequence[CheckResult],
    review: SelfReview | None,
    facts: ReviewFacts,
    settings: CheckSettings,
    waivers: Sequence[Waiver],
    today: date,
) -> tuple[CheckResult, ...]:
    """The results, that of `self-review` with the findings of its claims and judged anew; the others as they are.

    `results` are those of this run, cached observations included; `settings` are those of the check `self-review`.
    Where that check was switched off or not asked for, nothing is held. The order of claims does not matter.
    """
    by_id = {str(result.id): result for result in results}
    own = by_id.get(SELF_REVIEW)
    if own is None or own.label is Label.BLOCKED:
        return tuple(results)
    spoken = None if own.observation.inapplicable else review
    # Once each and in an order of their own: two claims may be wrong in the same way.
    found = sorted({_finding(one, settings) for one in _all(by_id, spoken, facts)}, key=order)
    if not found:
        return tuple(results)
    # Not applicable means that nobody had to review; what is listed beside that leaves it so.
    seen = replace(own.observation, findings=(*own.observation.findings, *found))
    held = judge(seen, None, settings, waivers, today, reproduce=own.reproduce)
    return tuple(held if result.id == SELF_REVIEW else result for result in results)


def _finding(one: Objection, settings: CheckSettings) -> Finding:
    rejects = one.rule in settings.rejects and one.rule != PROSE  # prose never decides, whatever a policy says
    warns = one.rule in settings.warns or one.rule in settings.rejects
    severity = Severity.ERROR if rejects else Severity.WARNING if warns else Severity.NOTE
    return Finding(
        check=SELF_REVIEW,
        rule=one.rule,
        message=one.message,
        severity=severity,
        path=one.path,
        symbol=one.about,
    )


def _all(results: Mapping[str, CheckResult], review: SelfReview | None, facts: ReviewFacts) -> Iterator[Objection]:
    sound: set[str] = set()
    if review is not None:
        admitted = {split_reason(entry)[0] for entry in review.known_failures}
        objected: set[str] = set()
        for claim in review.claims:
            spoken = list(_objections(claim, results, facts, admitted))
            objected |= {claim.subject} if spoken else set()
            yield from (replace(one, path=_path(claim)) for one in spoken)
        sound = {claim.subject for claim in review.claims} - objected
        yield from _form(review, facts)
        yield from _known_failures(review, results)
        yield from _changes(review, facts)
        yield from _disclosures(review)
    evidence = Evidence(results, facts.subjects, sound)
    for sentence in facts.prose:
        if not backed(sentence.text, evidence):
            message = (
                f"{sentence.where}, line {sentence.line}: {sentence.text!r}: no claim and no observation covers it"
            )
            yield Objection(PROSE, message, sentence.text, sentence.path)
    for unread in facts.unread:
        yield Objection(PROSE, f"{unread} is too long: only its beginning was looked at", unread)


def _objections(
    claim: Claim, results: Mapping[str, CheckResult], facts: ReviewFacts, admitted: Collection[str]
) -> Iterator[Objection]:
    if claim.subject.replace("-", "_") == NO_GATE_CHANGE:
        return no_gate_change(claim, results)
    return objections(claim, results.get(claim.subject), facts.subjects, admitted)


def _path(claim: Claim) -> str | None:
    """A claim in a file of the repository is found there."""
    return claim.carrier if claim.carrier.startswith(".gate/") else None


def _form(review: SelfReview, facts: ReviewFacts) -> Iterator[Objection]:
    """What is wrong with the review as a whole."""
    for carrier in review.unbound:
        message = f"the self-review ({carrier}) is bound to another tree or to none; this head is {facts.tree}. Review "
        yield Objection("stale", f"{message}again, or after a mere rebase: gate self-review rebind", carrier)
    said = (*review.claims, *_disclosed(review))
    if not said and not review.problems:
        yield Objection("empty-review", "the self-review claims nothing and discloses nothing", "empty")
    for subject in review.repeated:
        yield Objection("claim-repeated", f"{subject} is claimed more than once in the same words", subject)
    for entry in review.not_done:
        if not split_reason(entry)[1]:
            message = f"not done, and no reason is given: {entry!r} (write: what — why)"
            yield Objection("blocked-without-reason", message, entry)


def _known_failures(review: SelfReview, results: Mapping[str, CheckResult]) -> Iterator[Objection]:
    """Tests that are said to fail at the base. Where the base was not observed, nothing can be said."""
    for result in results.values():
        if not result.base_judged:
            continue
        failing = {one.symbol for one in result.findings if one.symbol and one.severity is Severity.ERROR}
        for symbol in sorted(failing - set(result.also_at_base)):
            if any(same_test(entry, symbol) for entry in review.known_failures):
                message = f"{symbol} is called a known failure, and it does not fail at the base"
                yield Objection("false-known-failure", message, symbol)


def _changes(review: SelfReview, facts: ReviewFacts) -> Iterator[Objection]:
    """Removed tests and changed rules that the review does not speak of."""
    for removed in facts.tests_removed:
        if not discloses_test(review.tests_removed, removed):
            path = removed.partition("::")[0]
            yield Objection("undisclosed-change", f"the test {removed} is gone, and not disclosed", removed, path)
    for change in facts.gate_changes:
        missing = missing_disclosure(review.gate_changes, change.path, change.words)
        if missing:
            message = f"{change.path} decides what is asked of a branch; its change {missing}"
            yield Objection("undisclosed-change", message, change.path, change.path)


def _disclosures(review: SelfReview) -> Iterator[Objection]:
    """What a person should look at; it makes nothing pass."""
    for kind, entry in _disclosed(review):
        yield Objection("disclosed", f"{kind}: {entry}", f"{kind} {entry}")


def _disclosed(review: SelfReview) -> Iterator[tuple[str, str]]:
    kinds = {
        "not done": review.not_done,
        "known failure": review.known_failures,
        "test removed": review.tests_removed,
        "gate change": review.gate_changes,
    }
    return ((kind, entry) for kind, entries in kinds.items() for entry in entries)
