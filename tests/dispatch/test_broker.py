"""Leases of one broker: granted, waited for, given back, and taken back from the dead."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.dispatch.broker import Broker, mark_value
from gatekeeper.dispatch.job import MIB, Phase
from gatekeeper.dispatch.pressure import Reading
from gatekeeper.dispatch.rows import Ask
from gatekeeper.errors import GaveUpWaiting, Interrupted, UsageError
from tests.support.broker import FakeKernel, alive, broker

HOLDER = """
import sys, subprocess, os
from pathlib import Path
from tests.support.broker import broker, FakeKernel
from gatekeeper.dispatch.broker import mark_value
from gatekeeper.dispatch.rows import Ask
b = broker(Path(sys.argv[1]))
lease = b.acquire(Ask(40 << 20, name="held"))
job = None
if sys.argv[2] != "nothing":
    env = {**os.environ, "GATE_LEASE": mark_value(b.settings.folder, lease.number)}
    job = subprocess.Popen(["sh", "-c", sys.argv[2]], env=env, pass_fds=lease.inherited, start_new_session=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lease.started(job.pid, 0.0)
print(lease.number, job.pid if job else 0, flush=True)
input()
"""


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def holder(folder: Path, job: str = "nothing") -> "tuple[subprocess.Popen[str], int, int]":
    """Another gate that holds 40 MiB: (process, lease, process of its job)."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), job], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    number, pid = process.stdout.readline().split()
    return process, int(number), int(pid)


def held(some: Broker) -> int:
    return sum(job.held for job in some.look()[0].running)


def test_what_is_acquired_counts_until_it_is_released(tmp_path: Path) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(40 * MIB, name="a"))
    assert held(some) == 40 * MIB
    some.release(lease)
    some.release(lease)
    assert held(some) == 0


def test_the_next_one_waits_and_is_told_why(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(40 * MIB))
    reasons: list[str] = []
    with pytest.raises(GaveUpWaiting) as caught:
        some.acquire(Ask(40 * MIB, name="late"), wait_s=0.6, on_wait=reasons.append)
    assert "late gave up waiting for memory: the budget is used up" in caught.value.what
    assert reasons == ["the budget is used up"]
    assert len(some.look()[1]) == 1  # nobody waits any more
    some.release(first)


def test_not_waiting_at_all(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(40 * MIB), wait_s=0.0)
    with pytest.raises(GaveUpWaiting):
        some.acquire(Ask(40 * MIB), wait_s=0.0)
    some.release(first)
    some.release(some.acquire(Ask(40 * MIB), wait_s=0.0))


def test_a_release_wakes_the_one_that_waits(tmp_path: Path) -> None:
    some, other = broker(tmp_path), broker(tmp_path)
    first = some.acquire(Ask(40 * MIB))
    got: list[float] = []

    def wait() -> None:
        lease = other.acquire(Ask(40 * MIB))
        got.append(time.monotonic())
        other.release(lease)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: any(job for job in some.look()[0].waiting))
    released = time.monotonic()
    some.release(first)
    thread.join(20)
    assert got[0] - released < 5  # a busy machine; alone it is a millisecond
    assert held(some) == 0


def test_a_cancelled_wait_leaves_nothing_behind(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(40 * MIB))
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Interrupted):
        some.acquire(Ask(40 * MIB, name="x"), cancelled=cancelled)
    assert [entry.job.phase for entry in some.look()[1]] == [Phase.RUNNING]
    some.release(first)


def test_a_killed_holder_gives_its_memory_back(tmp_path: Path) -> None:
    some = broker(tmp_path)
    process, _, _ = holder(tmp_path)
    assert held(some) == 40 * MIB
    process.kill()
    process.communicate()
    some.release(some.acquire(Ask(60 * MIB), wait_s=20.0))
    assert held(some) == 0


def test_a_job_whose_gate_was_killed_is_ended_before_its_memory_is_free(tmp_path: Path) -> None:
    some = broker(tmp_path)
    process, number, pid = holder(tmp_path, "sleep 1000")
    process.kill()
    process.communicate()
    assert alive(pid)
    assert some.book.locks.held(2 * number + 1)  # it inherited the lock: its memory is in use
    lease = some.acquire(Ask(60 * MIB), wait_s=20.0)
    assert not alive(pid)
    some.release(lease)


@pytest.mark.parametrize(
    "escape",
    [
        pytest.param("setsid sleep 1000 & sleep 1000", id="a session of its own"),
        pytest.param("(setsid sh -c 'sleep 1000 & wait' &) ; exit 0", id="a daemon whose parents are gone"),
        pytest.param("env -u GATE_LEASE sleep 1000", id="without the mark, in the session"),
    ],
)
def test_what_left_its_session_is_ended_as_well(tmp_path: Path, escape: str) -> None:
    some = broker(tmp_path)
    process, _, _ = holder(tmp_path, escape.replace("1000", str(100000 + os.getpid())))

    def sleepers() -> list[int]:
        found = []
        for name in os.listdir("/proc"):
            try:
                if f"{100000 + os.getpid()}".encode() in Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0"):
                    found.append(int(name))
            except (OSError, ValueError):
                continue
        return found

    until(lambda: len(sleepers()) >= escape.count("sleep"))
    process.kill()
    process.communicate()
    some.release(some.acquire(Ask(60 * MIB), wait_s=20.0))
    assert sleepers() == []


def test_a_waiter_that_is_killed_is_forgotten(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(60 * MIB))
    waiting = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), "nothing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    until(lambda: any(some.look()[0].waiting))
    waiting.kill()
    waiting.communicate()
    some.tidy()
    assert len(some.look()[1]) == 1
    some.release(first)
    assert held(some) == 0


def test_a_stopped_process_keeps_its_lease(tmp_path: Path) -> None:
    some = broker(tmp_path)
    process, _, _ = holder(tmp_path)
    process.send_signal(signal.SIGSTOP)
    some.tidy()
    assert held(some) == 40 * MIB
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.communicate()


def test_what_is_larger_than_the_budget_runs_alone_or_is_refused_by_name(tmp_path: Path) -> None:
    some = broker(tmp_path)
    large = Ask(100 * MIB, name="webpack")
    assert some.fitted(large).alone
    with pytest.raises(UsageError, match="webpack needs 100 MiB, and the whole budget is 64 MiB"):
        some.fitted(large, "fail")
    lease = some.acquire(some.fitted(large), wait_s=0.0)
    with pytest.raises(GaveUpWaiting, match="must be alone"):
        some.acquire(Ask(1 * MIB), wait_s=0.0)
    some.release(lease)


def test_no_memory_and_negative_cores_are_refused() -> None:
    for wrong in ({"estimate": 0}, {"estimate": -1}, {"estimate": 1, "cores": -1}):
        with pytest.raises(UsageError):
            Ask(**wrong)  # type: ignore[arg-type]


def test_pressure_keeps_the_second_one_waiting_and_its_absence_does_not(tmp_path: Path) -> None:
    kernel = FakeKernel(reading=Reading(8 << 30, memory_pressure=50.0))
    some = broker(tmp_path, kernel=kernel)
    first = some.acquire(Ask(10 * MIB), wait_s=0.0)
    with pytest.raises(GaveUpWaiting, match="pressure"):
        some.acquire(Ask(10 * MIB), wait_s=0.0)
    kernel.reading = Reading()  # macOS: nobody says
    some.release(some.acquire(Ask(10 * MIB), wait_s=0.0))
    some.release(first)


def test_a_job_tells_what_it_holds_and_its_reservation_grows(tmp_path: Path) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(10 * MIB))
    assert lease.tick(30 * MIB) is Phase.RUNNING
    (job,) = some.look()[0].running
    assert (job.used, job.reserved) == (30 * MIB, 33 * MIB)
    with pytest.raises(GaveUpWaiting):
        some.acquire(Ask(40 * MIB), wait_s=0.0)
    some.release(lease)


def test_over_the_budget_the_youngest_stands_still_then_ends_and_the_oldest_never(tmp_path: Path) -> None:
    some = broker(tmp_path)
    old = some.acquire(Ask(20 * MIB, name="old"))
    young = some.acquire(Ask(20 * MIB, name="young"))
    assert old.tick(20 * MIB) is Phase.RUNNING
    assert young.tick(60 * MIB) is Phase.SUSPENDED
    assert old.tick(20 * MIB) is Phase.RUNNING
    assert young.tick(60 * MIB) is Phase.STOPPING  # 80 MiB of 64 MiB, and nobody else to stand still
    some.release(young)
    assert old.tick(60 * MIB) is Phase.RUNNING
    assert old.tick(200 * MIB) is Phase.RUNNING
    some.release(old)


def test_a_suspended_job_goes_on_when_the_other_has_ended(tmp_path: Path) -> None:
    some = broker(tmp_path)
    old, young = some.acquire(Ask(20 * MIB)), some.acquire(Ask(20 * MIB))
    old.tick(30 * MIB)
    assert young.tick(40 * MIB) is Phase.SUSPENDED
    some.release(old)
    assert young.tick(40 * MIB) is Phase.RUNNING
    some.release(young)


def test_those_that_wait_learn_with_those_that_run(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(10 * MIB, key="k"))
    first.tick(40 * MIB)
    with pytest.raises(GaveUpWaiting):  # of its kind, one holds 40 MiB: it is not expected to need 10
        some.acquire(Ask(10 * MIB, key="k"), wait_s=0.3)
    some.release(some.acquire(Ask(10 * MIB, key="other"), wait_s=0.0))
    some.release(first)


def test_many_processes_never_hold_more_than_the_budget(tmp_path: Path) -> None:
    """Each holds a slot of one file for every lease that it has: two in one slot would be an overcommit."""
    program = """
import sys, os
from pathlib import Path
from tests.support.broker import broker
from gatekeeper.dispatch.rows import Ask
b = broker(Path(sys.argv[1]))
for _ in range(30):
    lease = b.acquire(Ask(20 << 20))
    names = [name for name in range(4) if not os.path.exists(f"{sys.argv[1]}/slot-{name}")]
    taken = None
    for name in range(3):
        try:
            os.close(os.open(f"{sys.argv[1]}/slot-{name}", os.O_CREAT | os.O_EXCL))
            taken = name
            break
        except FileExistsError:
            continue
    assert taken is not None, "more than three of 20 MiB in 64 MiB"
    os.unlink(f"{sys.argv[1]}/slot-{taken}")
    b.release(lease)
"""
    broker(tmp_path).tidy()
    processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6
    assert broker(tmp_path).look()[1] == []


def test_marks_of_different_folders_differ(tmp_path: Path) -> None:
    assert mark_value(str(tmp_path / "a"), 1) != mark_value(str(tmp_path / "b"), 1)


def test_without_locks_of_open_files_the_same_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS, faked here and in the other process: one file per lock."""
    monkeypatch.delattr("fcntl.F_OFD_SETLK")
    some = broker(tmp_path)
    program = "import fcntl; del fcntl.F_OFD_SETLK\n" + HOLDER
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), "sleep 1000"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    number, pid = (int(word) for word in process.stdout.readline().split())
    assert some.book.locks.held(2 * number)
    assert held(some) == 40 * MIB
    process.kill()
    process.communicate()
    some.release(some.acquire(Ask(60 * MIB), wait_s=20.0))
    assert not alive(pid)
    assert list(some.book.locks.all_held()) == []


def test_a_holder_that_does_not_stop_its_job_when_told_has_it_stopped(tmp_path: Path) -> None:
    some = broker(tmp_path)
    process, number, pid = holder(tmp_path, "sleep 1000")
    process.send_signal(signal.SIGSTOP)
    some.book.change(
        lambda connection: connection.execute(
            "UPDATE leases SET phase = 'stopping', seen = seen - 100 WHERE id = ?", (number,)
        )
    )
    some.tidy()
    assert not alive(pid)
    assert held(some) == 0
    process.kill()
    process.communicate()
