"""Fleets on a virtual clock: the figures of known ones, and what holds for all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.dispatch.admission import admit
from gatekeeper.dispatch.fleet import Task, lower_bound, made_up, read_trace
from gatekeeper.dispatch.job import MIB, Machine
from gatekeeper.dispatch.simulate import Outcome, Policy, Simulation, at_most, fifo
from gatekeeper.errors import UsageError

GIB4 = 4096 * MIB


def task(peak: int, duration: float, **more: object) -> Task:
    values = {"name": "x", "branch": "", "arrival": 0.0, "estimate": peak * MIB, **more}
    return Task(duration=duration, peak=peak * MIB, **values)  # type: ignore[arg-type]


def play(tasks: list[Task], nodes: int = 1, memory: int = GIB4, policy: Policy = admit, cores: int = 64) -> Outcome:
    return Simulation(tasks, nodes=nodes, machine=Machine(budget=memory, cores=cores), policy=policy).run()


WORKLOAD_A = [task(1500, 8.0)] * 6 + [task(300, 3.0)] * 10


def test_a_known_fleet_takes_as_long_as_its_lower_bound() -> None:
    bound = lower_bound(WORKLOAD_A, 1, GIB4, 64)
    assert bound == 24.0
    outcome = play(WORKLOAD_A)
    assert outcome.makespan == 24.0
    assert outcome.peak <= GIB4
    assert outcome.kills == 0


def test_estimates_that_are_half_the_truth_cost_some_time_and_never_the_budget() -> None:
    low = [task(1500, 8.0, estimate=750 * MIB)] * 6 + [task(300, 3.0, estimate=150 * MIB)] * 10
    outcome = play(low)
    assert len([span for span in outcome.spans if span.done]) == 16
    assert outcome.makespan <= 24.0 * 1.35


def test_other_policies_on_the_same_fleet() -> None:
    assert play(WORKLOAD_A, policy=fifo).makespan >= 24.0
    assert play(WORKLOAD_A, policy=at_most(2)).makespan == 39.0


def test_what_fits_no_node_is_refused_by_name_and_the_rest_runs() -> None:
    outcome = play([task(5000, 1.0, name="monster"), task(10, 1.0)])
    assert [one.name for one in outcome.refused] == ["monster"]
    assert len(outcome.spans) == 1


def test_two_nodes_take_half_the_time() -> None:
    assert play([task(3000, 10.0)] * 4, nodes=2).makespan == 20.0


def test_a_later_arrival_is_waited_for() -> None:
    outcome = play([task(100, 1.0), task(100, 1.0, arrival=50.0)])
    assert outcome.makespan == 51.0
    assert outcome.waits == (0.0, 0.0)


tasks = st.lists(
    st.builds(
        lambda peak, duration, arrival, part: task(peak, duration, arrival=arrival, estimate=int(peak * part * MIB)),
        st.integers(10, 4000), st.floats(0.1, 50), st.floats(0, 30), st.floats(0.3, 1.0),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=60)
@given(tasks, st.integers(1, 3))
def test_every_task_is_done_once_and_no_sooner_than_the_bound(fleet: list[Task], nodes: int) -> None:
    outcome = play(fleet, nodes=nodes)
    done = [span.task for span in outcome.spans if span.done]
    assert sorted(map(repr, done)) == sorted(map(repr, fleet))
    assert outcome.makespan >= lower_bound(fleet, nodes, GIB4, 64) - 1e-6


@settings(max_examples=60)
@given(st.lists(st.builds(task, st.integers(10, 4000), st.floats(0.1, 50)), min_size=1, max_size=25))
def test_with_true_estimates_the_budget_is_never_exceeded(fleet: list[Task]) -> None:
    outcome = play(fleet)
    assert outcome.peak <= GIB4
    assert outcome.kills == outcome.suspensions == 0


def test_a_made_up_fleet_is_the_same_every_time() -> None:
    assert made_up(5, seed=3) == made_up(5, seed=3)
    assert made_up(5, seed=3) != made_up(5, seed=4)


def test_a_trace() -> None:
    (read,) = read_trace('\n{"memory": "1GiB", "duration": "2m", "arrival": 3, "estimate": "1MiB", "cores": 2}\n', "t")
    assert (read.peak, read.duration, read.arrival, read.estimate, read.cores) == (1 << 30, 120.0, 3.0, MIB, 2)


@pytest.mark.parametrize(
    "line",
    [
        "[]", "{", "7", '{"memory": "1GiB"}', '{"memory": 0, "duration": 1}', '{"memory": "x", "duration": 1}',
        '{"memory": 1, "duration": -1}', '{"memory": 1, "duration": 1, "arrival": -5}',
        '{"memory": 1, "duration": 1, "arrival": "nan"}', '{"memory": 1, "duration": 1, "cores": "many"}',
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(UsageError, match="trace, line 2"):
        read_trace('{"memory": 1, "duration": 1}\n' + line, "trace")


def test_an_empty_trace() -> None:
    with pytest.raises(UsageError, match="no tasks"):
        read_trace("\n\n", "trace")
