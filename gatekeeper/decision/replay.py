"""Judge a recording again: the same steps as a run, in the same order, from what was observed then. Pure.

No second opinion is formed here: every step is the function that judged the run itself.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.decision.approve import settle
from gatekeeper.decision.decide import decide
from gatekeeper.decision.disclose import disclose
from gatekeeper.decision.facts import Facts, Known, surfaces_of
from gatekeeper.decision.hold import SELF_REVIEW, hold
from gatekeeper.decision.judge import judge
from gatekeeper.decision.matchers import Expressions
from gatekeeper.decision.refit import refit
from gatekeeper.decision.rules import Evaluate, ruled
from gatekeeper.evidence.label import label, trust_of
from gatekeeper.model.claim import ReviewFacts
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.recording import Recording
from gatekeeper.model.result import CheckResult, Decision
from gatekeeper.model.rule import RULES
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Severity
from gatekeeper.policy.agreed import agreed


class Replayed(Struct, frozen=True):
    """What the policy says of the recording."""

    results: tuple[CheckResult, ...]
    decision: Decision

    @property
    def fired(self) -> tuple[str, ...]:
        """ "check/rule" of every new finding that is not waived and more than a note, and of every rule that fired."""
        found = {
            f"{one.check}/{one.rule}"
            for result in self.results
            for one in result.findings
            if one.waiver is None and (one.rejects or one.check == RULES or one.severity is Severity.WARNING)
        }
        return tuple(sorted(found))


def no_expressions(expressions: Sequence[str], _: Facts) -> Expressions:
    """For policies without CEL: what is asked all the same has no value, and so blocks."""
    return dict.fromkeys(expressions, "it was not evaluated")


def replay(
    recording: Recording,
    policy: Policy,
    today: date,
    evaluate: Evaluate = no_expressions,
    gone: frozenset[str] = frozenset(),
) -> Replayed:
    """Judge the recording under `policy` as of `today`. Raises what `policy.agreed` raises for a contract.

    `gone`: facts that were taken out of the recording because its verdict did not need them. A rule that looks at one
    of them is not asked, as a check is not asked that is no part of the case.
    """
    policy = agreed(policy, recording.contract)
    subject = recording.subject.restored()
    judged = [
        _judged(recording, policy.checks[name], policy, today)
        for name in policy.checks
        if name in recording.heads and policy.checks[name].enabled
    ]
    results, _ = settle(judged, recording.approvals, policy)
    results, _ = settle(_held(results, recording, policy, today), recording.approvals, policy)
    known = Known(
        subject, recording.change, results, recording.review, recording.contract, recording.repeats,
        surfaces_of(policy), gone,
    )  # fmt: skip
    ruling = ruled(known, policy, today, evaluate)
    results = results if ruling is None else (*results, ruling)
    results, uses = settle(results, recording.approvals, policy)
    required = _required(policy, recording.heads)
    return Replayed(results, decide(results, required, policy.waivers, today, approvals=uses))


def _required(policy: Policy, heads: Mapping[CheckId, object]) -> list[CheckId]:
    """Of the checks that are part of the case; the rules always are."""
    wanted = (one for one in policy.checks.values() if one.enabled and one.required)
    return [one.id for one in wanted if one.id in heads or one.id == RULES]


def _judged(recording: Recording, settings: CheckSettings, policy: Policy, today: date) -> CheckResult:
    """As `round.py` does it: the merge base is asked when the head fails, or when its numbers are compared."""
    branch = "" if recording.subject.detached else recording.subject.branch
    head = refit(recording.heads[settings.id], settings, recording.change, branch)
    base = recording.bases.get(settings.id)
    result = judge(head, None, settings, policy.waivers, today, trust=trust_of(policy.signers))
    if base is None:
        return result
    if result.outcome is Outcome.FAILED:
        return judge(head, refit(base, settings, None, ""), settings, policy.waivers, today)
    if settings.counts_at_base:
        return replace(result, base=base, base_judged=label(base)[0] is Label.LOCAL)
    return result


def _held(
    results: tuple[CheckResult, ...], recording: Recording, policy: Policy, today: date
) -> tuple[CheckResult, ...]:
    settings = policy.checks.get(SELF_REVIEW)
    if settings is None or not settings.enabled or SELF_REVIEW not in recording.heads:
        return disclose(results, None, policy.checks)
    results = disclose(results, recording.review, policy.checks)
    facts = recording.review_facts or ReviewFacts(subjects=dict.fromkeys(policy.checks, ""))
    return hold(results, recording.review, facts, settings, policy.waivers, today)
