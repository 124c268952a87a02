"""The crew: order of results, how many at once, and what happens when one task fails or the caller is interrupted."""

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from gatekeeper.dispatch.crew import Crew


def nothing() -> None:
    pass


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_results_come_in_the_order_of_the_tasks(size: int) -> None:
    tasks = [lambda number=number: number * number for number in range(20)]
    assert Crew(tasks, size, "t").work(when_failed=nothing) == [number * number for number in range(20)]


def test_no_tasks_are_no_results() -> None:
    assert Crew[int]([], 4, "t").work(when_failed=nothing) == []


def test_as_many_as_the_size_work_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=20)
    tasks = [together.wait for _ in range(6)]  # two by two, the barrier would never open
    assert len(Crew(tasks, 3, "t").work(when_failed=nothing)) == 6


def test_one_thread_begins_the_tasks_in_order() -> None:
    begun: list[int] = []
    Crew([lambda number=number: begun.append(number) for number in range(9)], 1, "t").work(when_failed=nothing)
    assert begun == list(range(9))


def test_a_failure_stops_the_running_ones_begins_no_other_and_is_raised() -> None:
    stop, running, begun = threading.Event(), threading.Event(), list[str]()

    def waits() -> None:
        running.set()
        assert stop.wait(20), "nobody said that it should end"

    def fails() -> None:
        assert running.wait(20)
        raise ValueError("broken")

    tasks: list[Callable[[], object]] = [waits, fails, *(lambda: begun.append("late") for _ in range(5))]
    with pytest.raises(ValueError, match="broken"):
        Crew(tasks, 2, "t").work(when_failed=stop.set)
    assert begun == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("t-")]


_INTERRUPTED = """
import os, signal, sys, threading
from gatekeeper.dispatch.crew import Crew
signal.signal(signal.SIGINT, signal.default_int_handler)
stop = threading.Event()
def task():
    os.kill(os.getpid(), signal.SIGINT)
    assert stop.wait(20)
try:
    Crew([task, task], 1, "t").work(when_failed=stop.set)
except KeyboardInterrupt:
    print("interrupted", threading.active_count())
"""


def test_ctrl_c_ends_the_wait_and_leaves_no_thread() -> None:
    done = subprocess.run([sys.executable, "-c", _INTERRUPTED], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "interrupted 1\n", done.stderr
    assert done.returncode == 0


def test_what_is_to_be_done_meanwhile_is_done_once_and_only_when_they_take_their_time() -> None:
    done, begun = list[str](), threading.Event()

    def meanwhile() -> None:
        done.append("meanwhile")
        begun.set()

    Crew([lambda: None], 1, "t").work(when_failed=nothing, meanwhile=meanwhile)
    assert done == []
    Crew([lambda: begun.wait(10)], 1, "t").work(when_failed=nothing, meanwhile=meanwhile)
    assert done == ["meanwhile"]
