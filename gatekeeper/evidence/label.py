"""The label of a check, computed from what was observed. Nothing raises it; every label comes with its reasons."""

from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.vocabulary import Ended, Label

Labelled = tuple[Label | None, tuple[str, ...]]


def label_check(observation: Observation) -> Labelled:
    """Label and reasons for one observation.

    `None` when the check does not apply. Every check of the committed tree is `local` at most: it proves nothing about
    a running system.
    """
    if observation.inapplicable:
        return None, (observation.inapplicable,)
    gaps = (*observation.missing, *(reason for run in observation.commands if (reason := unreliable(run))))
    if gaps:
        return Label.BLOCKED, gaps
    if not observation.commands and not observation.counts:
        return Label.BLOCKED, ("nothing was observed",)
    if observation.commands:
        return Label.LOCAL, ("run by the gate on the committed tree, in a checkout of its own",)
    return Label.LOCAL, ("read by the gate from git",)


_ENDINGS = {
    Ended.MISSING: "could not be started (not found or not executable)",
    Ended.TIMEOUT: "did not finish in time",
    Ended.MEMORY: "was ended for memory",
    Ended.INTERRUPTED: "was interrupted",
    Ended.SIGNALLED: "was killed by a signal",
}


def unreliable(run: CommandRun) -> str:
    """Why this command proves nothing, or "" when its output can be relied on."""
    if run.ended is not Ended.EXITED:
        name = run.argv[0].rsplit("/", 1)[-1] if run.argv else "the command"
        said = f": {run.problem}" if run.problem else ""
        return f"{name} {_ENDINGS[run.ended]} (after {run.duration_s:.0f} s){said}"
    return run.problem or ("no exit status was recorded" if run.exit is None else "")
