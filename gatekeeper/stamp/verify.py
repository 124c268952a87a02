"""May this commit be believed to be accepted? Seven numbered steps, each said with its reason. Pure.

It is true only when something was asked for and a stamp says all of it: no stamp, no requirement and no answer are
never a yes. What a step finds wrong comes with what to do next.
"""

from collections.abc import Sequence

from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict
from gatekeeper.stamp.answer import Answer, Facts, Question, Step, Verified
from gatekeeper.stamp.newest import newest_problem
from gatekeeper.stamp.seen import FORGET
from gatekeeper.stamp.sift import Observed, Sifted, Stamp, latest

STEPS = ("log", "envelope", "signer", "subject", "freshness", "chain", "verdict")
"""Names of the steps 1 to 7."""
_STRENGTH = (Label.BLOCKED, Label.LOCAL, Label.PROXY, Label.DIRECT)


class _Failed(Exception):
    def __init__(self, said: str, hint: str, answer: Answer = Answer.UNESTABLISHED) -> None:
        super().__init__(said)
        self.said = said
        self.hint = hint
        self.answer = answer


def verify(question: Question, sifted: Sifted, facts: Facts) -> Verified:
    """Go through the steps until one fails. Raises ValueError without requirements: "all of nothing" is no answer."""
    if not question.requires:
        raise ValueError("nothing is required")
    run = _Run(question, sifted, facts)
    steps: list[Step] = []
    answer = Answer.VERIFIED
    checks = (run.log, run.envelope, run.signer, run.subject, run.freshness, run.chain, run.verdict)
    for number, (name, check) in enumerate(zip(STEPS, checks, strict=True), start=1):
        if answer is not Answer.VERIFIED:
            steps.append(Step(number, name, None))
            continue
        try:
            steps.append(Step(number, name, True, check()))
        except _Failed as error:
            answer = error.answer
            steps.append(Step(number, name, False, error.said, error.hint))
    return Verified(answer, tuple(steps), tuple(run.fresh), sifted.refused, tuple(run.notes))


class _Run:
    """The steps share what the ones before have found."""

    def __init__(self, question: Question, sifted: Sifted, facts: Facts) -> None:
        self.question = question
        self.sifted = sifted
        self.facts = facts
        self.newest = latest(sifted.stamps)
        self.fresh: list[Stamp] = []
        self.notes = [*facts.notes]
        self._again = f"judge it: `gate check {question.name}`"

    def log(self) -> str:
        log = self.facts.log
        if log.problem:
            raise _Failed(log.problem, FORGET)
        if log.tip is None:
            raise _Failed(
                "this repository has no log of stamps", f"{self._again}; or `git fetch origin gate-log:gate-log`"
            )
        seen = "seen for the first time" if log.remembered is None else "has only grown since it was seen last"
        return f"gate-log stands at {log.tip[:12]} and {seen}"

    def envelope(self) -> str:
        total = len(self.sifted.refused) + len(self.sifted.attestations) + len(self.sifted.stamps)
        if not total:
            raise _Failed(f"there is no stamp of {self.question.commit[:12]}", self._again)
        if not self.sifted.envelopes:
            raise _Failed(f"none of {_count(total, 'file')} about this commit is an envelope", self._again)
        return f"{self.sifted.envelopes} of {_count(total, 'file')} about this commit"

    def signer(self) -> str:
        if not self.sifted.signed:
            forged = [one for one in self.sifted.refused if one.forged]
            if forged:
                hint = f"find out who wrote {forged[0].name} into the log; then {self._again}"
                raise _Failed(forged[0].reason, hint, Answer.REJECTED)
            raise _Failed(
                "no trusted signer has signed a stamp of this commit",
                "trust the one who did, in the policy of the base: `gate key trust PUBLIC_KEY --name NAME`; "
                "or for once: --trust FILE",
            )
        names = sorted({one.signer.name for one in self.newest}) or ["a signer of attestations or approvals"]
        return f"signed by {', '.join(names)}"

    def subject(self) -> str:
        if not self.newest:
            reasons = [one.reason for one in self.sifted.refused if one.step > 3]
            raise _Failed(
                reasons[0] if reasons else "only attestations and approvals are signed, no stamp", self._again
            )
        return f"about commit {self.question.commit[:12]} and its tree"

    def freshness(self) -> str:
        outdated = {one.digest: reason for one in self.newest if (reason := self._outdated(one))}
        self.fresh = [one for one in self.newest if one.digest not in outdated]
        if not self.fresh:
            one = self.newest[0]
            raise _Failed(
                outdated[one.digest],
                f"{self._again}; what held then: `gate verify {self.question.name} --base {one.base[:12]}`",
            )
        self.notes += [f"{one.name} ({one.signer.name}) does not count: {outdated[one.digest]}"
                       for one in self.newest if one.digest in outdated]  # fmt: skip
        contract = "contract unchanged" if self.facts.contracts is not None else "contracts are not kept here"
        return f"base {self.facts.base_name} at {self.facts.base[:12]}, policy {self.facts.policy[:12]}, {contract}"

    def chain(self) -> str:
        for one in self.fresh:
            known = self.sifted.places.get(one.chain.id, frozenset())
            problem = newest_problem(one.chain, one.digest, one.signer, self.facts.chains.get(one.chain.id), known)
            if problem:
                hint = "find out who edited the log; take the branch gate-log from a place that has it whole"
                raise _Failed(f"{one.name}: {problem}", hint)
        places = ", ".join(f"{one.chain.sequence} of {self._length(one)}" for one in self.fresh)
        return f"the newest of this commit in {_count(len(self.fresh), 'chain')} (place {places})"

    def _accepted(self) -> list[Stamp]:
        """The stamps that say accepted. A newest one that says anything worse outweighs them."""
        for one in self.fresh:
            if one.verdict not in {Verdict.ACCEPTED, Verdict.BLOCKED}:
                hint = f"mend the branch, then {self._again}"
                raise _Failed(f"{one.signer.name} says {one.verdict}: {_why(one)}", hint, Answer.REJECTED)
        accepted = [one for one in self.fresh if one.verdict == Verdict.ACCEPTED]
        if not accepted:
            first = self.fresh[0]
            raise _Failed(
                f"{first.signer.name} says blocked: {_why(first)}", f"provide what was missing, then {self._again}"
            )
        return accepted

    def verdict(self) -> str:
        accepted = self._accepted()
        if all(one.same_user for one in accepted):
            self.notes.append("signed where the worker could have read the key (trust: same-user)")
        for name, label in self.question.requires.items():
            self._must_reach(name, label, [found for one in accepted if (found := one.checks.get(name))])
        return "accepted; " + ", ".join(f"{name} {label.value}" for name, label in self.question.requires.items())

    def _must_reach(self, name: CheckId, label: Label, found: Sequence[Observed]) -> None:
        if any(_reaches(one, label, self.question.asked) for one in found):
            return
        if not found:
            raise _Failed(f"{name}: no stamp says anything about it", f"name one that the policy has; or {self._again}")
        shown = f"{found[0].outcome}, {found[0].label or 'no label'}"
        why = f" ({'; '.join(found[0].reasons)})" if found[0].reasons else ""
        answer = Answer.REJECTED if found[0].outcome == Outcome.FAILED else Answer.UNESTABLISHED
        raise _Failed(
            f"{name} must be {label.value}, and is {shown}{why}",
            f"`gate explain {label.value}` says what it takes",
            answer,
        )

    def _outdated(self, one: Stamp) -> str:
        facts = self.facts
        if one.whole:
            return "the whole tree was judged, not what the branch brings"
        if one.base != facts.base:
            return f"outdated: the base was at {one.base[:12]}, {facts.base_name} is at {facts.base[:12]}"
        if one.merge_base != facts.merge_base:
            return "outdated: the merge base is another one"
        if one.policy != facts.policy:
            return f"outdated: judged by policy {one.policy[:12]}, this gate reads {facts.policy[:12]} from the base"
        if facts.contracts is not None and facts.contracts.get(facts.branch or one.branch, "") != one.contract:
            return "outdated: the contract of the branch has changed"
        return self._approved(one)

    def _approved(self, one: Stamp) -> str:
        """Why an acceptance that people's approvals made possible does not hold any more."""
        if one.verdict != Verdict.ACCEPTED:
            return ""
        for digest, rule in one.approvals:
            problem = self.facts.approvals.get((digest, rule), "it is not in the log")
            if problem:
                return f"outdated: it rests on an approval of {rule} that does not hold: {problem}"
        return ""

    def _length(self, one: Stamp) -> int:
        state = self.facts.chains[one.chain.id].state
        return state.sequence if state is not None else 0


def _why(one: Stamp) -> str:
    return "; ".join(one.reasons) or "no reason is given"


def _reaches(found: Observed, label: Label, asked: bool) -> bool:
    """Does it count for the requirement? A check that does not apply by facts of the base meets the policy's own."""
    if found.outcome == Outcome.NOT_APPLICABLE:
        return not asked
    known = found.label in _STRENGTH
    return found.outcome == Outcome.PASSED and known and _STRENGTH.index(Label(found.label)) >= _STRENGTH.index(label)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
