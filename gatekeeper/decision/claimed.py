"""One claim against what was observed of its subject. Pure."""

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from gatekeeper.decision.commands import disagreement, split
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.claim import Claim
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Label, Outcome

TOO_WEAK_RULE = "evidence-too-weak"
"""Of `decision/judge.py`: what was seen went well, and is weaker than the policy requires."""


class Objection(Struct, frozen=True):
    """What speaks against a self-review: rule, message, and what it is about (the same thing gives the same words)."""

    rule: str
    message: str
    about: str
    path: str | None = None


def objections(
    claim: Claim, result: CheckResult | None, known: Collection[str], admitted: Collection[str] = ()
) -> Iterator[Objection]:
    """Everything that is wrong with one claim.

    `result` is that of its subject, None when there is none; `known` are the checks and targets of the policy;
    `admitted` are the subjects that the review itself says to fail. A claim that is weaker than the evidence is fine.
    """
    said = f"{claim.subject}={claim.label.value}"
    if claim.label is Label.BLOCKED and not claim.statement:
        yield Objection("blocked-without-reason", f"{said} is claimed without a reason: say what was missing", said)
    if result is None:
        if claim.subject not in known:
            yield Objection("claim-unknown", f"{said} is claimed, and the policy knows no such check or target", said)
        elif claim.label is not Label.BLOCKED:
            yield Objection("unsupported", f"{said} is claimed, and {claim.subject} is switched off", said)
        return
    yield from _strength(claim, result, said, admits=claim.subject in admitted or _counts_failures(claim))
    if result.label is not None and result.label is not Label.BLOCKED:
        yield from _numbers(claim, result, said)
        yield from _artefact(claim, result.observation, said)
        yield from _command(claim, result, said)


def _strength(claim: Claim, result: CheckResult, said: str, *, admits: bool) -> Iterator[Objection]:
    """Is the label above the observed one, or was nothing observed at all?"""
    if claim.label is Label.BLOCKED:
        return
    why = result.reasons[0] if result.reasons else ""
    if result.label is None:
        yield Objection("unsupported", f"{said} is claimed, and it does not apply: {why}", said)
    elif result.label is Label.BLOCKED and result.outcome is not Outcome.FAILED:
        yield Objection("unsupported", f"{said} is claimed, and nothing was observed: {why}", said)
    elif STRENGTH[claim.label] > STRENGTH[result.label]:
        yield Objection("overclaim", f"{said} is claimed; observed: {result.label.value} ({why})", said)
    elif failed(result) and not admits:
        yield Objection("overclaim", f"{said} is claimed, and {claim.subject} failed: {why}", said)


def failed(result: CheckResult) -> bool:
    """Did the question get the answer no? (Evidence that is only too weak for the policy is no such answer.)"""
    rejecting = {finding.rule for finding in result.findings if finding.rejects}
    return result.outcome is Outcome.FAILED and rejecting != {TOO_WEAK_RULE}


def _counts_failures(claim: Claim) -> bool:
    return any(number for name, number in claim.counts if name in {"failed", "errors"})


def _numbers(claim: Claim, result: CheckResult, said: str) -> Iterator[Objection]:
    observed = result.observation.counts
    for name, number in claim.counts:
        seen = _seen(name, claim, observed)
        about = f"{claim.subject} {number} {name}"
        if seen is None:
            yield Objection("unsupported", f"{said} claims {number} {name}, and no such number was observed", about)
        elif seen != number:
            yield Objection("count-mismatch", f"{said} claims {number} {name}; observed: {seen}", about)


def _seen(name: str, claim: Claim, observed: Mapping[str, int]) -> int | None:
    """The observed number. A report counts a test that passed against expectation (xpassed) as passed."""
    unexpected = dict(claim.counts).get("xpassed", 0) if "xpassed" not in observed else 0
    if name == "xpassed" and name not in observed:
        return unexpected if "passed" in observed else None
    if name == "passed" and name in observed:
        return max(observed[name] - unexpected, 0)
    return observed.get(name)


def _artefact(claim: Claim, observation: Observation, said: str) -> Iterator[Objection]:
    known = {run.log_sha256 for run in observation.commands}
    known |= {artefact.sha256 for artefact in observation.probe.artefacts} if observation.probe else set()
    known |= {attestation.digest for attestation in observation.attestations}
    if claim.artefact and claim.artefact not in known:
        message = f"{said} rests on sha256:{claim.artefact[:12]}…, and nothing that was observed has this digest"
        yield Objection("unsupported", message, f"{claim.subject} {claim.artefact}")


def _command(claim: Claim, result: CheckResult, said: str) -> Iterator[Objection]:
    ran = [run.argv for run in result.observation.commands]
    ran += [split(command) for command in result.reproduce.split(" && ")]
    different = disagreement(claim.command, ran) if claim.command else ""
    if different:
        message = f"{said} names the command `{claim.command}`; {different}"
        yield Objection("command-mismatch", message, f"{claim.subject} {claim.command}")
