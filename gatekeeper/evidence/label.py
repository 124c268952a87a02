"""The label of a check, computed from what was observed. Nothing raises it; every label comes with its reasons.

`label` is the one place where labels are made. It is pure, so that a fixture replays it, and monotone: taking anything
away from what was observed never makes the label stronger.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.target import SURFACES_OF_THE_SLOT, Attestation, Identity, ProbeFacts, Signer, Target
from gatekeeper.model.vocabulary import Ended, Label, Severity

Labelled = tuple[Label | None, tuple[str, ...]]
Trust = Mapping[str, frozenset[str]]
"""Key id of every known signer → the surfaces for which its attestations count as stated."""

NO_TRUST: Trust = MappingProxyType({})
STRENGTH: Mapping[Label, int] = MappingProxyType({Label.BLOCKED: 0, Label.LOCAL: 1, Label.PROXY: 2, Label.DIRECT: 3})
"""For "at least": direct > proxy > local > blocked."""
_STATED: Mapping[str, Label] = {known.value: known for known in Label}


def trust_of(signers: Sequence[Signer]) -> Trust:
    """What the policy believes of whom."""
    return {signer.id: frozenset(signer.surfaces) for signer in signers}


def label(observation: Observation, target: Target | None = None, trust: Trust = NO_TRUST) -> Labelled:
    """Label and reasons for one observation; `None` when the check does not apply.

    Without a target the committed tree was looked at: `local` at most, it proves nothing about a running system. With
    one, the best of what the gate saw itself and what known signers attest.
    """
    if observation.inapplicable:
        return None, (observation.inapplicable,)
    if target is None:
        return _of_tree(observation)
    own, why = _of_target(observation, target)
    if not observation.attestations:
        return own, why
    attested, said = _attested(observation, target, trust)
    if observation.findings and any(finding.severity is Severity.ERROR for finding in observation.findings):
        # The gate saw it fail: nobody's word makes that stronger.
        return own, (*why, *said)
    if STRENGTH[attested] > STRENGTH[own]:
        return attested, (*said, *why)
    return own, (*why, *said)


def _of_tree(observation: Observation) -> tuple[Label, tuple[str, ...]]:
    gaps = _gaps(observation)
    if gaps:
        return Label.BLOCKED, gaps
    if not observation.commands and not observation.counts:
        return Label.BLOCKED, ("nothing was observed",)
    if observation.commands:
        return Label.LOCAL, ("run by the gate on the committed tree, in a checkout of its own",)
    return Label.LOCAL, ("read by the gate from git",)


def _of_target(observation: Observation, target: Target) -> tuple[Label, tuple[str, ...]]:
    """What the gate itself saw at the target."""
    facts = observation.probe
    unseen = _gaps(observation) or _unseen(observation)
    if unseen or facts is None:
        return Label.BLOCKED, unseen
    lowered = _lowered(facts, target)
    if lowered:
        return Label.PROXY, lowered
    if facts.identity is Identity.PROVEN:
        return Label.DIRECT, (f"observed on {target.surface}, and the target named this commit",)
    return Label.DIRECT, (f"observed on {target.surface}, in a process that the gate started from the committed tree",)


def _unseen(observation: Observation) -> tuple[str, ...]:
    """Why what was run is no observation of this commit at the target."""
    facts = observation.probe
    if facts is None or not observation.commands:
        return ("the target was not probed",)
    if facts.identity is Identity.CONTRADICTED:
        return (f"the target runs another commit: it says {facts.identified!r}",)
    if not facts.artefacts:
        return ("the probe left no report and no artefact: an exit status alone is no observation",)
    return ()


def _lowered(facts: ProbeFacts, target: Target) -> tuple[str, ...]:
    """Why the observation is no direct one."""
    reasons = []
    if target.stand_in:
        reasons.append("the policy declares it a stand-in")
    if target.start and target.surface not in SURFACES_OF_THE_SLOT:
        reasons.append(f"what the gate starts on this machine is no {target.surface}")
    elif facts.identity is not Identity.PROVEN and not (facts.started and target.surface in SURFACES_OF_THE_SLOT):
        reasons.append(_unproven(facts, target))
    return tuple(reasons)


def _unproven(facts: ProbeFacts, target: Target) -> str:
    if target.identify:
        said = repr(facts.identified) if facts.identified else "nothing"
        return f"the target did not prove which commit it runs: asked, it said {said}"
    if target.start:
        return "nothing that the gate started listens on $GATE_PORT, and the target was not asked which commit it runs"
    return "the target was not asked which commit it runs"


def _attested(observation: Observation, target: Target, trust: Trust) -> tuple[Label, tuple[str, ...]]:
    """The strongest attestation that counts, and a sentence about each, strongest first in whatever order they came."""
    rows = [(*_worth(one, observation, target, trust), one) for one in observation.attestations]
    if len(rows) > 1:
        rows.sort(key=lambda row: (-STRENGTH[row[0]], row[2].by, row[2].made, row[2].digest, row[1]))
    return rows[0][0], tuple([sentence for _, sentence, _ in rows])


def _worth(one: Attestation, observation: Observation, target: Target, trust: Trust) -> tuple[Label, str]:
    said = f"attested as {one.label} by {one.by} ({one.reason})"
    stated = _STATED.get(one.label)
    problem = one.problem or ("" if one.signer in trust else "its signer is not known to the policy")
    if one.target != observation.check:
        problem = f"it is about {one.target}"
    if problem or stated is None:
        return Label.BLOCKED, f"not counted: {said}: {problem or 'this is no label'}"
    if stated is Label.DIRECT and target.surface not in trust[one.signer]:
        return Label.PROXY, f"{said}; proxy at most: the policy does not name its signer for {target.surface}"
    return stated, said


_ENDINGS = {
    Ended.MISSING: "could not be started (not found or not executable)",
    Ended.TIMEOUT: "did not finish in time",
    Ended.MEMORY: "was ended for memory",
    Ended.INTERRUPTED: "was interrupted",
    Ended.SIGNALLED: "was killed by a signal",
}


def _gaps(observation: Observation) -> tuple[str, ...]:
    """Why something was not observed."""
    return (*observation.missing, *[reason for run in observation.commands if (reason := unreliable(run))])


def unreliable(run: CommandRun) -> str:
    """Why this command proves nothing, or "" when its output can be relied on."""
    if run.ended is not Ended.EXITED:
        name = run.argv[0].rsplit("/", 1)[-1] if run.argv else "the command"
        said = f": {run.problem}" if run.problem else ""
        return f"{name} {_ENDINGS[run.ended]} (after {run.duration_s:.0f} s){said}"
    return run.problem or ("no exit status was recorded" if run.exit is None else "")


def remedy(observation: Observation, target: Target | None) -> str:
    """What would raise the label: the next step, in words."""
    if target is None:
        return "a check of the tree is local at most; a [target.NAME] of the policy looks at a running system"
    attest = (
        f"have it attested by a signer whom the policy names for {target.surface} (gate attest {observation.check})"
    )
    facts = observation.probe
    if facts is None:
        return f"let the gate probe the target, or {attest}"
    if target.stand_in:
        return f"probe the real {target.surface} instead of a stand-in, or {attest}"
    if target.start and target.surface not in SURFACES_OF_THE_SLOT:
        return f"probe the real {target.surface} (without start), or {attest}"
    if not target.identify:
        listen = "let what is started listen on $GATE_PORT, or " if target.start else ""
        return f"{listen}give the target an identify command that prints the commit it runs, or {attest}"
    return f"let the target print the full id of the commit that it runs, and nothing else like it, or {attest}"
