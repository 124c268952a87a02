"""Who may start now: one pure function, used by the broker on this machine and by the simulator on a virtual clock.

A job starts when (1) what is reserved or in use and its estimate fit the budget, (2) the memory that the machine has
left, less what others have reserved and not yet grown into, stays above the floor, (3) there is no pressure and nothing
is suspended, and cores and exclusive locks are free. When nothing runs, the head of the queue starts anyway.

The head of the queue keeps a promise: those behind it may pass only where they do not delay it beyond its bound
(backfill; Mu'alem and Feitelson, "Utilization, Predictability, Workloads, and User Runtime Estimates in Scheduling the
IBM SP2 with Backfilling", IEEE TPDS 2001).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf

from msgspec import Struct, field

from gatekeeper.dispatch.job import GIB, Job, LeaseId, Machine, Obstacle, State, Totals

AGE_S = 60.0
"""A waiting job gains one step of priority in this time."""
GATHER_S = 2.0
"""Jobs that were asked for within this time arrived together: the larger goes first, which packs better."""
PATIENCE_S = 30.0
"""So long after it was asked for, the head may be delayed by jobs that will have ended by then."""
SHARE_STEP = 10.0
"""GiB·seconds: smaller differences between branches do not change the order."""
DEPTH = 64
"""So many places of the queue are looked at: a queue of thousands costs no more than a short one."""


class Waits(Struct, frozen=True):
    """Why a job waits, and when it may expect to start (None: not known)."""

    obstacle: Obstacle
    start: float | None = None


class Decision(Struct, frozen=True, eq=False):
    """Who starts, in order, and why the others do not."""

    grants: tuple[LeaseId, ...] = ()
    waits: Mapping[LeaseId, Waits] = field(default_factory=dict)


class _Opening(Struct, frozen=True, eq=False):
    """When the head is expected to start, and what is left beside it then."""

    at: float
    memory: int
    cores: int

    @property
    def start(self) -> float | None:
        return None if self.at == inf else self.at


def admit(state: State) -> Decision:
    """The decision for one state. Pure: the same state gives the same decision."""
    queue = ranked(state)
    if state.unknown:
        return Decision(waits={job.id: Waits(Obstacle.UNKNOWN) for job in queue})
    running, grants, waits = list(state.running), list[LeaseId](), dict[LeaseId, Waits]()
    totals, held = Totals.of(running), _held_by_group(running)
    head: Job | None = None
    opening = _Opening(inf, 0, 0)
    for job in queue[:DEPTH]:
        obstacle = obstacle_of(job, totals, state.machine, held.get(job.group, 0))
        if obstacle is None and (head is None or _may_pass(job, head, opening, state.now)):
            grants.append(job.id)
            running.append(job)
            totals = totals.plus(job)
            held[job.group] = held.get(job.group, 0) + job.estimate
            opening = _left_beside(opening, job, state.now)
            continue
        waits[job.id] = Waits(obstacle or Obstacle.BEHIND)
        if head is None:
            head, opening = job, _opening(job, running, state)
            waits[job.id] = Waits(waits[job.id].obstacle, opening.start)
    waits.update({job.id: Waits(Obstacle.BEHIND) for job in queue[DEPTH:]})
    return Decision(tuple(grants), waits)


def obstacle_of(job: Job, totals: Totals, machine: Machine, group_held: int = 0) -> Obstacle | None:
    """What keeps a job from starting beside `totals`; None when nothing does."""
    if totals.count == 0:
        return None  # whatever is short, it will not become more by waiting for nobody
    return _taken(job, totals, machine, group_held) or _short(job, totals, machine)


def _taken(job: Job, totals: Totals, machine: Machine, group_held: int) -> Obstacle | None:
    """What other jobs hold and will give back."""
    if totals.alone or job.alone:
        return Obstacle.OTHER_ALONE if totals.alone else Obstacle.ALONE
    if job.locks & totals.locks:
        return Obstacle.LOCK
    if totals.held + job.estimate > machine.budget:
        return Obstacle.BUDGET
    if group_held and group_held + job.estimate > (job.group_limit or machine.budget):
        return Obstacle.SHARE
    return Obstacle.CORES if _too_many_cores(job, totals, machine) else None


def _too_many_cores(job: Job, totals: Totals, machine: Machine) -> bool:
    """A job that wants more than there are gets them all to itself; one that wants none is not counted."""
    return bool(job.cores and totals.cores) and totals.cores + job.cores > machine.cores


def _short(job: Job, totals: Totals, machine: Machine) -> Obstacle | None:
    """What the machine itself is short of."""
    if machine.available is not None and machine.available - totals.ungrown - job.estimate < machine.floor:
        return Obstacle.AVAILABLE
    pressed = (machine.memory_pressure or 0.0) > machine.memory_limit or (machine.io_pressure or 0.0) > machine.io_limit
    if pressed:
        return Obstacle.PRESSURE
    return Obstacle.SUSPENDED if totals.suspended else None


def ranked(state: State) -> list[Job]:
    """The queue in its order: priority with age, then the branch that used least, then arrival, the larger first."""
    used = dict(state.used_before)
    for job in state.running:
        since = state.now - (job.granted if job.granted is not None else state.now)
        used[job.share] = used.get(job.share, 0.0) + job.held / GIB * max(0.0, since)

    def rank(job: Job) -> tuple[float, float, float, float, float, int]:
        aged = job.priority + int(max(0.0, state.now - job.asked) / AGE_S)
        share = used.get(job.share, 0.0) // SHARE_STEP
        return (-aged, share, job.asked // GATHER_S, -job.estimate, job.asked, job.id)

    return sorted(state.waiting, key=rank)


def _held_by_group(running: Iterable[Job]) -> dict[str, int]:
    held: dict[str, int] = {}
    for job in running:
        held[job.group] = held.get(job.group, 0) + job.held
    return held


def _opening(head: Job, running: Sequence[Job], state: State) -> _Opening:
    """When enough of those that run will have ended. Those of unknown length are taken to end in the order of start."""
    order = sorted(running, key=lambda job: (job.ends, job.granted if job.granted is not None else state.now, job.id))
    for count in range(len(order) + 1):
        left = Totals.of(order[count:])
        group = _held_by_group(order[count:]).get(head.group, 0)
        if left.count == 0 or _taken(head, left, state.machine, group) is None:
            at = max(state.now, order[count - 1].ends) if count else state.now
            spare = 0 if head.alone else state.machine.budget - left.held - head.estimate
            cores = state.machine.cores - left.cores - head.cores
            # What the machine itself is short of comes back nobody knows when: nothing may be built on that.
            return _Opening(at, spare, cores) if count else _Opening(inf, 0, 0)
    return _Opening(inf, 0, 0)


def _may_pass(job: Job, head: Job, opening: _Opening, now: float) -> bool:
    if job.locks & head.locks:
        return False
    if job.expected_s is not None and now + job.expected_s <= max(_finite(opening.at), head.asked + PATIENCE_S):
        return True
    return job.estimate <= opening.memory and job.cores <= max(0, opening.cores)


def _finite(at: float) -> float:
    return -inf if at == inf else at


def _left_beside(opening: _Opening, job: Job, now: float) -> _Opening:
    """What a job that passed the head leaves for the next: nothing is promised twice."""
    if job.expected_s is not None and now + job.expected_s <= _finite(opening.at):
        return opening
    return _Opening(opening.at, opening.memory - job.estimate, opening.cores - job.cores)
