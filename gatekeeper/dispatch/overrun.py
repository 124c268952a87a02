"""What to do when jobs hold more than there is: suspend, stop, go on again. Pure, and shared with the simulator.

The youngest job that holds more than it was expected to is suspended; when the oldest still cannot grow, the youngest
is stopped as a whole and queued again with a larger estimate. The oldest is never touched, so something always ends.
"""

from dataclasses import dataclass
from enum import StrEnum

from gatekeeper.dispatch.job import Job, LeaseId, Phase, State

AHEAD_S = 0.35
"""Growth is looked ahead so far: the time from one look at a job to the next, and to its end."""
KILLS = 4
"""How often one job is stopped for memory and queued again."""
_BACK_OFF = 1.5
_ROOM = 1.25


class Action(StrEnum):
    """What the holder of a job is told."""

    SUSPEND = "suspend"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Order:
    """One action for one job."""

    job: LeaseId
    action: Action


def larger_estimate(estimate: int, peak: int) -> int:
    """The estimate of a job that was stopped when it held `peak` bytes."""
    return int(max(_BACK_OFF * estimate, _ROOM * peak))


def relieve(state: State) -> Order | None:
    """The next thing to do, or None. At most one at a time: what it frees is seen before the next is decided."""
    running = sorted(
        (job for job in state.running if job.phase is not Phase.WAITING and job.granted is not None),
        key=lambda job: (job.granted or 0.0, job.id),
    )
    if any(job.phase is Phase.STOPPING for job in running):
        return None
    if _too_much(running, state):
        return _less(running)
    return _resume(running, state)


def _too_much(running: list[Job], state: State) -> bool:
    used = sum(job.used for job in running)
    coming = sum(job.slope * AHEAD_S for job in running if job.phase is Phase.RUNNING)
    if used + coming > state.machine.budget:
        return True
    available = state.machine.available
    return available is not None and used > 0 and available - coming < state.machine.floor / 2


def _less(running: list[Job]) -> Order | None:
    """The oldest of all is left out, whatever it holds."""
    others = running[1:]
    # Nobody is over its estimate when it is the rest of the machine that grew: then the youngest gives way.
    guilty = [job for job in others if job.over] or others
    active = _in_phase(guilty, Phase.RUNNING)
    if active:
        return Order(active[-1].id, Action.SUSPEND if active[-1].suspendable else Action.STOP)
    suspended = _in_phase(others, Phase.SUSPENDED)
    return Order(suspended[-1].id, Action.STOP) if suspended else None


def _in_phase(jobs: list[Job], phase: Phase) -> list[Job]:
    return [job for job in jobs if job.phase is phase]


def _resume(running: list[Job], state: State) -> Order | None:
    """The oldest suspended job, when what it will need fits, or when nothing else makes progress."""
    suspended = _in_phase(running, Phase.SUSPENDED)
    if not suspended:
        return None
    first = suspended[0]
    active = [job for job in running if job.phase is not Phase.SUSPENDED]
    others = sum(job.held for job in active) + sum(job.used for job in suspended[1:])
    needed = max(first.estimate, larger_estimate(0, first.used))
    if not active or others + needed <= state.machine.budget:
        return Order(first.id, Action.RESUME)
    return None
