"""What to do when jobs hold more than there is: suspend, stop, go on again. Pure, and shared with the simulator.

The youngest job that holds more than it was expected to is suspended; when the oldest still cannot grow, the youngest
is stopped as a whole and queued again with a larger estimate. The oldest is never touched, so something always ends.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

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


class Order(Struct, frozen=True):
    """One action for one job."""

    job: LeaseId
    action: Action


def larger_estimate(estimate: int, peak: int) -> int:
    """The estimate of a job that was stopped when it held `peak` bytes."""
    return int(max(_BACK_OFF * estimate, _ROOM * peak))


def relieve(state: State) -> tuple[Order, ...]:
    """What to do next, mostly nothing. All that have to stand still are told so at once, for what that saves is known;
    otherwise it is one thing at a time, and what it frees is seen before the next is decided."""
    running = sorted(
        (job for job in state.running if job.phase is not Phase.WAITING and job.granted is not None),
        key=lambda job: (job.granted or 0.0, job.id),
    )
    stopping = any(job.phase is Phase.STOPPING for job in running)
    if _too_much(running, state):
        return _less(running, state, stopping=stopping)
    return () if stopping else _resume(running, state)


def _too_much(running: Iterable[Job], state: State) -> bool:
    """Do they hold more than there is, or will they before they are looked at again?"""
    used = coming = 0.0
    for job in running:
        used += job.used
        coming += job.slope * AHEAD_S if job.phase is Phase.RUNNING else 0.0
    if used + coming > state.machine.budget:
        return True
    available = state.machine.available
    return available is not None and used > 0 and available - coming < state.machine.floor / 2


def _less(running: list[Job], state: State, *, stopping: bool) -> tuple[Order, ...]:
    """The oldest of all is left out, whatever it holds. While a job is being stopped, no other one is."""
    others = running[1:]
    # Nobody is over its estimate when it is the rest of the machine that grew: then the youngest gives way.
    guilty = [job for job in others if job.over] or others
    active = _in_phase(guilty, Phase.RUNNING)
    if active and not active[-1].suspendable:
        return () if stopping else (Order(active[-1].id, Action.STOP),)
    if active:
        return _stand_still(running, active, state)
    suspended = _in_phase(others, Phase.SUSPENDED)
    return (Order(suspended[-1].id, Action.STOP),) if suspended and not stopping else ()


def _stand_still(running: list[Job], active: list[Job], state: State) -> tuple[Order, ...]:
    """The youngest of `active`, and as many more as it takes: none of them can be left until the next look."""
    after = {job.id: job for job in running}
    orders = list[Order]()
    for job in reversed(active):
        if not job.suspendable or (orders and not _too_much(after.values(), state)):
            break
        orders.append(Order(job.id, Action.SUSPEND))
        after[job.id] = replace(job, phase=Phase.SUSPENDED)
    return tuple(orders)


def _in_phase(jobs: list[Job], phase: Phase) -> list[Job]:
    return [job for job in jobs if job.phase is phase]


def _resume(running: list[Job], state: State) -> tuple[Order, ...]:
    """The oldest suspended job, when what it will need fits, or when nothing else makes progress."""
    suspended = _in_phase(running, Phase.SUSPENDED)
    if not suspended:
        return ()
    first = suspended[0]
    active = [job for job in running if job.phase is not Phase.SUSPENDED]
    others = sum(job.held for job in active) + sum(job.used for job in suspended[1:])
    needed = max(first.estimate, larger_estimate(0, first.used))
    if not active or others + needed <= state.machine.budget:
        return (Order(first.id, Action.RESUME),)
    return ()
