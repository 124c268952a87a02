"""When jobs hold more than there is: who gives way, and who never does."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.dispatch.job import Job, LeaseId, Machine, Phase, State
from gatekeeper.dispatch.overrun import Action, Order, larger_estimate, relieve

MACHINE = Machine(budget=100, cores=4)


def job(number: int, used: int, estimate: int = 10, *, phase: Phase = Phase.RUNNING, **more: object) -> Job:
    values = {"asked": 0.0, "granted": float(number), "reserved": estimate, **more}
    return Job(LeaseId(number), estimate=estimate, used=used, phase=phase, **values)  # type: ignore[arg-type]


def reliefs(*running: Job, machine: Machine = MACHINE) -> tuple[Order, ...]:
    return relieve(State(machine, 100.0, running))


def relief(*running: Job, machine: Machine = MACHINE) -> Order | None:
    """The only order, if there is one."""
    orders = reliefs(*running, machine=machine)
    assert len(orders) <= 1
    return orders[0] if orders else None


def test_within_the_budget_nothing_happens_even_above_an_estimate() -> None:
    assert relief(job(1, 40), job(2, 50)) is None


def test_the_youngest_above_its_estimate_is_suspended() -> None:
    assert relief(job(1, 40), job(2, 40), job(3, 15, slope=20.0)) == Order(LeaseId(3), Action.SUSPEND)
    assert relief(job(1, 40), job(2, 50), job(3, 30, estimate=30)) == Order(LeaseId(2), Action.SUSPEND)


def test_growth_is_looked_ahead() -> None:
    assert relief(job(1, 40), job(2, 40)) is None
    assert relief(job(1, 40, slope=100.0), job(2, 40)) == Order(LeaseId(2), Action.SUSPEND)


def test_all_that_grow_too_fast_are_suspended_at_once() -> None:
    growing = [job(number, 15, slope=40.0) for number in (1, 2, 3, 4)]
    assert reliefs(*growing) == (Order(LeaseId(4), Action.SUSPEND), Order(LeaseId(3), Action.SUSPEND))


def test_while_one_is_being_stopped_the_growth_of_others_is_halted_and_no_second_one_is_stopped() -> None:
    stopping, still = job(4, 60, phase=Phase.STOPPING), job(3, 20, phase=Phase.SUSPENDED)
    assert relief(job(1, 10), job(2, 20), still, stopping) == Order(LeaseId(2), Action.SUSPEND)
    assert relief(job(1, 10), still, stopping, job(5, 20, suspendable=False)) is None
    assert relief(job(1, 60), still, stopping) is None
    assert relief(job(1, 10), still, stopping) is None, "nothing goes on before the room is there"


def test_when_the_oldest_still_cannot_grow_the_youngest_suspended_is_stopped() -> None:
    still = Phase.SUSPENDED
    assert relief(job(1, 60), job(2, 30, phase=still), job(3, 30, phase=still)) == Order(LeaseId(3), Action.STOP)


def test_what_must_not_be_suspended_is_stopped() -> None:
    assert relief(job(1, 60), job(2, 60, suspendable=False)) == Order(LeaseId(2), Action.STOP)


def test_the_oldest_is_never_touched() -> None:
    assert relief(job(1, 500)) is None
    assert relief(job(1, 500), job(2, 5, phase=Phase.STOPPING)) is None


def test_one_thing_at_a_time() -> None:
    stopping = job(3, 60, phase=Phase.STOPPING)
    assert relief(job(1, 60), job(2, 60, phase=Phase.SUSPENDED), stopping) is None


def test_when_the_rest_of_the_machine_takes_the_memory_the_youngest_stands_still() -> None:
    short = replace(MACHINE, available=4, floor=10)
    assert relief(job(1, 5), job(2, 5), machine=short) == Order(LeaseId(2), Action.SUSPEND)


def test_a_suspended_job_goes_on_when_what_it_needs_fits() -> None:
    suspended = job(2, 30, estimate=20, phase=Phase.SUSPENDED)
    assert relief(job(1, 60), suspended) == Order(LeaseId(2), Action.RESUME)  # 37 of 30 beside 60
    assert relief(job(1, 65), suspended) is None


def test_a_suspended_job_goes_on_when_nothing_else_makes_progress() -> None:
    large = job(2, 95, phase=Phase.SUSPENDED)
    assert relief(large) == Order(LeaseId(2), Action.RESUME)


def test_the_next_estimate_is_larger_by_half_or_a_quarter_above_what_was_seen() -> None:
    assert larger_estimate(100, 90) == 150
    assert larger_estimate(100, 200) == 250


jobs = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 40), st.sampled_from([Phase.RUNNING, Phase.SUSPENDED]), st.booleans()),
    max_size=6,
)


@given(jobs)
def test_for_every_state_the_oldest_is_neither_suspended_nor_stopped(rows: list[tuple[int, int, Phase, bool]]) -> None:
    running = [job(n, used, est, phase=phase, suspendable=can) for n, (used, est, phase, can) in enumerate(rows, 1)]
    for order in reliefs(*running):
        assert order.job != 1 or order.action is Action.RESUME


@given(jobs)
def test_relief_comes_to_an_end(rows: list[tuple[int, int, Phase, bool]]) -> None:
    """Following the orders reaches a state that needs none, or one in which only the oldest is left running."""
    running = {n: job(n, used, est, phase=phase, suspendable=can) for n, (used, est, phase, can) in enumerate(rows, 1)}
    for _ in range(3 * len(rows) + 1):
        orders = reliefs(*running.values())
        if not orders:
            return
        for order in orders:
            if order.action is Action.STOP:
                del running[order.job]
            else:
                phase = Phase.SUSPENDED if order.action is Action.SUSPEND else Phase.RUNNING
                running[order.job] = replace(running[order.job], phase=phase)
    raise AssertionError("no end of orders")
