"""Commands under leases: what is learned, what is run again, and what a nested gate does."""

import os
import shlex
import threading
from pathlib import Path

import pytest

from gatekeeper.dispatch.broker import LEASE_VARIABLE, Broker, mark_value
from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.leased import BrokerLeases
from gatekeeper.dispatch.leases import Unleased, Wish
from gatekeeper.dispatch.nested import OUTSIDE, NestedLeases, parent_lease
from gatekeeper.dispatch.overrun import KILLS
from gatekeeper.dispatch.pressure import Reading
from gatekeeper.dispatch.rows import Ask
from gatekeeper.errors import GaveUpWaiting, TooLarge
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.limit import lift_limit, limit_memory
from gatekeeper.process.run import Command, Completed
from tests.support.broker import FakeKernel, broker, holding


def run(
    leases: BrokerLeases | NestedLeases | Unleased, tmp_path: Path, argv: tuple[str, ...],
    again: list[int] | None = None, **more: object,
) -> Completed:  # fmt: skip
    wish = {key: more.pop(key) for key in list(more) if key != "timeout_s"}
    command = Command(argv, str(tmp_path), dict(os.environ), float(more.get("timeout_s", 60)), tmp_path / "log")  # type: ignore[arg-type]
    count = [] if again is None else again
    return leases.run(
        command, Wish("job", **wish), cancelled=threading.Event(), on_sample=lambda _: None,  # type: ignore[arg-type]
        again=lambda: count.append(1),
    )  # fmt: skip


def leases(some: Broker, said: list[str] | None = None, wait_s: float | None = None) -> BrokerLeases:
    return BrokerLeases(some, (said if said is not None else []).append, wait_s)


def test_a_command_runs_learns_and_leaves_the_budget_free(tmp_path: Path) -> None:
    some = broker(tmp_path)
    done = run(leases(some), tmp_path, holding(20, 0.3), key="k")
    assert (done.ended, done.exit) == (Ended.EXITED, 0)
    learned = some.estimates.of("k")
    assert learned is not None
    assert 20 * MIB < learned.memory < 50 * MIB
    assert some.look()[1] == []


def test_every_process_of_a_job_carries_the_mark_and_the_lock(tmp_path: Path) -> None:
    some = broker(tmp_path)
    done = run(leases(some), tmp_path, ("sh", "-c", "env; ls -l /proc/self/fd"))
    said = done.stdout.read_text()
    assert f"{LEASE_VARIABLE}=1:" in said
    assert "broker/alive" in said


def test_a_command_that_is_missing_teaches_nothing(tmp_path: Path) -> None:
    some = broker(tmp_path)
    assert run(leases(some), tmp_path, ("no-such-command",), key="k").ended is Ended.MISSING
    assert some.estimates.of("k") is None


def test_what_grows_beyond_its_estimate_while_an_older_job_needs_memory_is_queued_again(tmp_path: Path) -> None:
    some = broker(tmp_path, budget=48 * MIB)
    older = some.acquire(Ask(20 * MIB, name="older"))
    older.tick(20 * MIB)
    said, again = list[str](), list[int]()
    release = threading.Timer(3.0, lambda: some.release(older))
    release.start()
    done = run(leases(some, said), tmp_path, holding(40, 0.2), again, key="k", memory=16 * MIB, suspendable=False)
    release.join()
    assert (done.ended, done.exit) == (Ended.EXITED, 0)
    assert again  # told before it was run again, to put the tree right
    assert any("stopped to make room, and queued again" in text for text in said)


def test_a_job_is_stopped_a_bounded_number_of_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = broker(tmp_path, budget=48 * MIB)
    older = some.acquire(Ask(8 * MIB, name="older"))
    older.tick(47 * MIB)
    # It would wait for the older one to end: here it may start all the same, and is stopped every time.
    monkeypatch.setattr("gatekeeper.dispatch.admission._taken", lambda *_: None)
    monkeypatch.setattr("gatekeeper.dispatch.admission._short", lambda *_: None)
    again: list[int] = []
    done = run(leases(some), tmp_path, holding(10, 30, steps=2), again, memory=4 * MIB, suspendable=False)
    assert len(again) == KILLS
    assert done.ended is Ended.MEMORY
    assert done.reason.startswith("blocked: memory")
    some.release(older)


def test_a_timeout_while_the_machine_was_busy_is_tried_once_more_alone(tmp_path: Path) -> None:
    kernel = FakeKernel(reading=Reading(cpu_pressure=90.0))
    some, said, again = broker(tmp_path, kernel=kernel), list[str](), list[int]()
    done = run(leases(some, said), tmp_path, ("sleep", "60"), again, timeout_s=0.5)
    assert len(again) == 1
    assert done.ended is Ended.TIMEOUT
    assert done.reason.startswith("blocked: contention")
    assert any("run once more, alone" in text for text in said)


def test_the_second_run_alone_counts(tmp_path: Path) -> None:
    kernel = FakeKernel(reading=Reading(cpu_pressure=90.0))
    script = f"if [ -e {tmp_path}/second ]; then exit 0; fi; touch {tmp_path}/second; sleep 60"
    done = run(leases(broker(tmp_path, kernel=kernel)), tmp_path, ("sh", "-c", script), timeout_s=1.0)
    assert (done.ended, done.exit) == (Ended.EXITED, 0)


def test_a_timeout_on_a_quiet_machine_is_one(tmp_path: Path) -> None:
    again: list[int] = []
    done = run(leases(broker(tmp_path)), tmp_path, ("sleep", "60"), again, timeout_s=0.3)
    assert (done.ended, again) == (Ended.TIMEOUT, [])
    assert "contention" not in done.reason


def test_giving_up(tmp_path: Path) -> None:
    some = broker(tmp_path)
    first = some.acquire(Ask(60 * MIB))
    with pytest.raises(GaveUpWaiting):
        run(leases(some, wait_s=0.1), tmp_path, ("true",), memory=32 * MIB)
    some.release(first)


def test_inside_a_job_the_parents_lease_is_found_and_grown(tmp_path: Path) -> None:
    some = broker(tmp_path)
    parent = some.acquire(Ask(20 * MIB, name="parent"))
    env = {LEASE_VARIABLE: mark_value(some.settings.folder, parent.number)}
    assert parent_lease(env, some) == parent.number
    nested = NestedLeases(some, parent.number)
    assert run(nested, tmp_path, ("true",), memory=10 * MIB).exit == 0
    assert [job.held for job in some.look()[0].running] == [20 * MIB]  # one at a time needs no more than there is
    some.release(parent)
    assert parent_lease(env, some) is None


def test_two_at_once_inside_a_job_need_a_larger_lease(tmp_path: Path) -> None:
    some = broker(tmp_path)
    parent = some.acquire(Ask(20 * MIB, name="parent"))
    nested = NestedLeases(some, parent.number)
    go = tmp_path / "go"
    script = f"while [ ! -e {go} ]; do sleep 0.02; done"
    (tmp_path / "first").mkdir()
    first = threading.Thread(target=run, args=(nested, tmp_path / "first", ("sh", "-c", script)))
    first.start()
    while not nested._running:
        pass
    assert run(nested, tmp_path, ("true",), memory=30 * MIB).exit == 0
    assert [job.held for job in some.look()[0].running] == [30 * MIB]
    go.touch()
    first.join()
    some.release(parent)


def test_marks_of_nobody_and_nonsense_are_no_parents(tmp_path: Path) -> None:
    some = broker(tmp_path)
    for mark in ("", "x", "1", "9999999:" + mark_value(some.settings.folder, 1).partition(":")[2], "-1:x"):
        assert parent_lease({LEASE_VARIABLE: mark}, some) is None


def test_the_mark_of_a_broker_out_of_sight_is_believed_unless_this_one_was_named(tmp_path: Path) -> None:
    some = broker(tmp_path)
    mark = {LEASE_VARIABLE: "7:00000000"}
    assert parent_lease(mark, some) == OUTSIDE
    assert parent_lease({**mark, "GATE_HOME": str(tmp_path)}, some) is None
    assert run(NestedLeases(some, OUTSIDE), tmp_path, ("true",), memory=30 * MIB).exit == 0


def test_without_a_broker_commands_run_as_they_come(tmp_path: Path) -> None:
    assert run(Unleased(), tmp_path, ("true",)).exit == 0


def test_what_the_kernel_killed_for_memory_is_queued_again_and_blocked_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 MiB in the machine, 100 of them kept free: the kernel's limit is at 150."""
    monkeypatch.setattr("gatekeeper.dispatch.leased.KILLS", 1)
    monkeypatch.setattr("gatekeeper.dispatch.govern._CAGED_AT", 1)
    some = broker(tmp_path, kernel=FakeKernel(total=200 * MIB))
    trial = limit_memory("", "gate-trial", 1 << 40, ())
    lift_limit(trial)
    if not trial:
        pytest.skip("no memory cgroup of version 1 can be made here")
    ready = f"while ! grep -q gate- /proc/self/cgroup; do sleep 0.01; done; exec {shlex.join(holding(400, 9, steps=1))}"
    ours, again = leases(some), list[int]()
    done = run(ours, tmp_path, ("sh", "-c", ready), again, key="k", memory=16 * MIB)
    assert done.ended is Ended.MEMORY
    assert done.reason.startswith("blocked: memory: killed by the kernel")
    assert len(again) == 1
    assert ours.lacked > 16 * MIB
    assert [one.complete for one in some.estimates.runs("k")] == [False, False]


def test_what_is_known_to_be_too_large_is_refused_by_name_where_that_was_asked_for(tmp_path: Path) -> None:
    some = broker(tmp_path)
    for oversize, way_out in (("fail", "raise the budget"), ("remote", "only an engine can place it")):
        ours = leases(some)
        ours.oversize = oversize
        with pytest.raises(TooLarge, match=r"needs 100 MiB, and the whole budget is 64 MiB") as caught:
            run(ours, tmp_path, ("true",), memory=100 * MIB)
        assert way_out in caught.value.hint
        assert ours.lacked == caught.value.needed == 100 * MIB
    assert run(leases(some), tmp_path, ("true",), memory=100 * MIB).exit == 0


def test_no_limit_is_set_on_address_space(tmp_path: Path) -> None:
    """Programs that reserve much and use little would not even start."""
    done = run(leases(broker(tmp_path)), tmp_path, ("sh", "-c", "ulimit -v"))
    assert done.stdout.read_text() == "unlimited\n"
