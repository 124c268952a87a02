"""Who may start: the rules one by one, and what holds for every state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.dispatch.admission import AGE_S, DEPTH, GATHER_S, PATIENCE_S, Decision, admit, obstacle_of, ranked
from gatekeeper.dispatch.job import Job, LeaseId, Machine, Obstacle, Phase, State, Totals

MACHINE = Machine(budget=100, cores=4)


def waits(number: int, estimate: int = 10, **more: object) -> Job:
    return Job(LeaseId(number), float(more.pop("asked", 0.0)), estimate, **more)  # type: ignore[arg-type]


def runs(number: int, reserved: int, used: int = 0, **more: object) -> Job:
    values = {"asked": 0.0, "estimate": reserved, "phase": Phase.RUNNING, "granted": 0.0, **more}
    return Job(LeaseId(number), reserved=reserved, used=used, **values)  # type: ignore[arg-type]


def state(running: tuple[Job, ...] = (), waiting: tuple[Job, ...] = (), **more: object) -> State:
    return State(more.pop("machine", MACHINE), float(more.pop("now", 0.0)), running, waiting, **more)  # type: ignore[arg-type]


def test_what_fits_starts_and_what_does_not_fit_waits_for_the_budget() -> None:
    decision = admit(state((runs(1, 60),), (waits(2, 30), waits(3, 30))))
    assert decision.grants == (2,)
    assert decision.waits[LeaseId(3)].obstacle is Obstacle.BUDGET


def test_memory_in_use_above_the_reservation_counts() -> None:
    assert admit(state((runs(1, 20, used=80),), (waits(2, 30),))).grants == ()
    assert admit(state((runs(1, 20, used=70),), (waits(2, 30),))).grants == (2,)


def test_what_is_reserved_and_not_yet_used_is_not_free_though_the_machine_says_so() -> None:
    machine = replace(MACHINE, available=100, floor=10)
    assert admit(state((runs(1, 60, used=0),), (waits(2, 31),), machine=machine)).grants == ()
    assert admit(state((runs(1, 60, used=60),), (waits(2, 31),), machine=machine)).grants == (2,)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"memory_pressure": 10.1}, id="memory"),
        pytest.param({"io_pressure": 60.1}, id="io"),
    ],
)
def test_nobody_starts_under_pressure_unless_nothing_runs(facts: dict[str, float]) -> None:
    machine = replace(MACHINE, **facts)  # type: ignore[arg-type]
    pressed = admit(state((runs(1, 10),), (waits(2),), machine=machine))
    assert pressed.waits[LeaseId(2)].obstacle is Obstacle.PRESSURE
    assert admit(state((), (waits(2), waits(3)), machine=machine)).grants == (2,)


def test_nobody_starts_while_somebody_is_suspended() -> None:
    suspended = replace(runs(1, 10), phase=Phase.SUSPENDED)
    assert admit(state((suspended,), (waits(2),))).waits[LeaseId(2)].obstacle is Obstacle.SUSPENDED


def test_cores_and_exclusive_locks_are_granted_with_the_memory_or_not_at_all() -> None:
    one = runs(1, 10, cores=3, locks=frozenset({"db"}))
    decision = admit(state((one,), (waits(2, cores=2), waits(3, locks=frozenset({"db"})), waits(4, cores=1))))
    assert decision.waits[LeaseId(2)].obstacle is Obstacle.CORES
    assert decision.waits[LeaseId(3)].obstacle is Obstacle.LOCK
    assert decision.grants == (4,)


def test_more_cores_than_there_are_means_all_of_them() -> None:
    assert obstacle_of(waits(1, cores=64), Totals(), MACHINE) is None
    assert obstacle_of(waits(1, cores=64), Totals.of([runs(2, 5)]), MACHINE) is None
    assert obstacle_of(waits(1, cores=64), Totals.of([runs(2, 5, cores=1)]), MACHINE) is Obstacle.CORES


def test_a_job_that_must_be_alone_is_alone() -> None:
    alone = waits(2, 500, alone=True)
    assert admit(state((runs(1, 1),), (alone,))).waits[LeaseId(2)].obstacle is Obstacle.ALONE
    assert admit(state((), (alone, waits(3, 1)))).grants == (2,)


def test_a_repository_keeps_to_its_share_and_may_always_run_one() -> None:
    mine = {"group": "repo", "group_limit": 20}
    assert admit(state((runs(1, 15, group="repo"),), (waits(2, 10, **mine),))).grants == ()
    assert admit(state((runs(1, 15, group="other"),), (waits(2, 30, **mine),))).grants == (2,)


def test_nobody_starts_while_leases_are_held_that_the_book_does_not_know() -> None:
    assert admit(state((), (waits(1),), unknown=True)).waits[LeaseId(1)].obstacle is Obstacle.UNKNOWN


def test_the_order_is_priority_then_who_used_least_then_arrival() -> None:
    queue = (
        waits(1, asked=0.0, share="greedy"), waits(2, asked=5.0, share="modest"), waits(3, asked=9.0, priority=2),
        waits(4, asked=20.0, share="modest"),
    )  # fmt: skip
    order = ranked(state((), queue, now=21.0, used_before={"greedy": 100.0}))
    assert [job.id for job in order] == [3, 2, 4, 1]


def test_age_beats_priority() -> None:
    old, new = waits(1, priority=-2, asked=0.0), waits(2, priority=0, asked=3 * AGE_S)
    assert [job.id for job in ranked(state((), (new, old), now=3 * AGE_S))] == [1, 2]
    assert [job.id for job in ranked(state((), (new, replace(old, asked=2 * AGE_S)), now=3 * AGE_S))] == [2, 1]


def test_of_those_that_came_together_the_larger_goes_first() -> None:
    small, large = waits(1, 10, asked=0.0), waits(2, 40, asked=GATHER_S / 2)
    assert [job.id for job in ranked(state((), (small, large)))] == [2, 1]
    late = replace(large, asked=GATHER_S * 1.5)
    assert [job.id for job in ranked(state((), (small, late)))] == [1, 2]


def test_a_small_job_passes_when_it_ends_before_the_head_can_start() -> None:
    running = (runs(1, 60, expected_s=100.0),)
    head = waits(2, 90, asked=0.0)
    short, long = waits(3, 30, asked=50.0, expected_s=40.0), waits(4, 30, asked=50.0, expected_s=60.0)
    decision = admit(state(running, (head, short, long), now=50.0))
    assert decision.grants == (3,)
    assert decision.waits[LeaseId(2)].start == 100.0
    assert decision.waits[LeaseId(4)].obstacle is Obstacle.BUDGET


def test_a_small_job_passes_when_there_is_room_beside_the_head() -> None:
    running = (runs(1, 60),)
    head = waits(2, 70)
    beside, beyond = waits(3, 30, asked=40.0), waits(4, 40, asked=40.0)
    assert admit(state(running, (head, beside), now=40.0)).grants == (3,)
    assert admit(state(running, (head, beyond), now=40.0)).waits[LeaseId(4)].obstacle is Obstacle.BEHIND


def test_room_beside_the_head_is_given_away_once() -> None:
    decision = admit(
        state((runs(1, 60),), (waits(2, 70), waits(3, 20, asked=40.0), waits(4, 20, asked=40.0)), now=40.0)
    )
    assert decision.grants == (3,)


def test_the_head_is_delayed_no_longer_than_its_bound() -> None:
    running, head = (runs(1, 60),), waits(2, 90, asked=0.0)
    quick = waits(3, 40, asked=1.0, expected_s=PATIENCE_S / 2)
    assert admit(state(running, (head, quick), now=1.0)).grants == (3,)
    assert admit(state(running, (head, quick), now=PATIENCE_S * 0.6)).grants == ()


def test_a_queue_is_looked_at_to_a_certain_depth() -> None:
    queue = tuple(waits(number, 200, asked=float(number)) for number in range(2, DEPTH + 10))
    decision = admit(state((runs(1, 10),), queue))
    assert len(decision.waits) == len(queue)


jobs = st.builds(
    lambda number, estimate, cores, priority, asked, expected, alone: waits(
        number, estimate, cores=cores, priority=priority, asked=asked, expected_s=expected, alone=alone
    ),
    st.integers(1, 10**6), st.integers(1, 120), st.integers(0, 5), st.integers(-2, 2), st.floats(0, 100),
    st.one_of(st.none(), st.floats(0.1, 200)), st.booleans(),
)  # fmt: skip
running_jobs = st.builds(
    lambda number, reserved, used, granted, expected: runs(
        number + 10**7, reserved, used, granted=granted, expected_s=expected
    ),
    st.integers(1, 10**6), st.integers(1, 40), st.integers(0, 40), st.floats(0, 100),
    st.one_of(st.none(), st.floats(0.1, 200)),
)  # fmt: skip
states = st.builds(
    lambda running, waiting, now: state(tuple(running), tuple(waiting), now=now),
    st.lists(running_jobs, max_size=4, unique_by=lambda job: job.id),
    st.lists(jobs, max_size=8, unique_by=lambda job: job.id),
    st.floats(100, 200),
)


@given(states)
def test_the_budget_is_kept_whenever_more_than_one_runs(given_state: State) -> None:
    decision = admit(given_state)
    granted = [job for job in given_state.waiting if job.id in decision.grants]
    if not granted:
        return
    totals = Totals.of([*given_state.running, *granted])
    assert totals.count == 1 or totals.held <= MACHINE.budget
    assert totals.count == 1 or not totals.alone


@given(states)
def test_everybody_is_granted_or_told_why_not(given_state: State) -> None:
    decision = admit(given_state)
    assert set(decision.grants).isdisjoint(decision.waits)
    assert {*decision.grants, *decision.waits} == {job.id for job in given_state.waiting}


@given(states)
def test_when_nothing_runs_the_head_starts(given_state: State) -> None:
    idle = replace(given_state, running=(), machine=replace(MACHINE, memory_pressure=99.0, available=0, floor=50))
    if idle.waiting:
        assert admit(idle).grants == (ranked(idle)[0].id,)


def _beside(state: State, decision: Decision, head: Job, start: float) -> tuple[list[Job], list[Job]]:
    """At the moment `start`: who passed the head and still runs, and who else runs."""
    granted = [job for job in state.waiting if job.id in decision.grants]
    passed = _passed(state, granted, head)
    beside = [job for job in (*state.running, *granted) if _ends(state, job) > start]
    return [job for job in beside if job in passed], [job for job in beside if job not in passed]


def _passed(state: State, granted: list[Job], head: Job) -> list[Job]:
    order = [job.id for job in ranked(state)]
    return [job for job in granted if order.index(job.id) > order.index(head.id)]


def _ends(state: State, job: Job) -> float:
    return job.ends if job in state.running else state.now + (job.expected_s or 1e9)


@given(states)
def test_backfill_leaves_the_head_its_place(given_state: State) -> None:
    """Of those that passed, none holds memory that the head needs when it is expected to start, or at its bound."""
    decision = admit(given_state)
    head = next((job for job in ranked(given_state) if job.id in decision.waits), None)
    if head is None or decision.waits[head.id].start is None:
        return
    start = max(decision.waits[head.id].start or 0.0, head.asked + PATIENCE_S)
    late, still = _beside(given_state, decision, head, start)
    if head.alone or not late:
        assert not (head.alone and late)
        return
    assert Totals.of([*still, *late]).held + head.estimate <= MACHINE.budget
