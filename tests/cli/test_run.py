"""`gate run`: as if the command had been called directly, within the budget."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.job import Phase
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import load_settings
from gatekeeper.process.cage import cage_place
from gatekeeper.process.home import Home
from tests.support.broker import alive, holding

MIB = 1 << 20
GATE = (sys.executable, "-m", "gatekeeper")


@pytest.fixture
def budget(gate_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """64 MiB for this test, and the broker that gives it out."""
    monkeypatch.setenv("GATE_MEMORY_BUDGET", "64MiB")
    some = Broker(load_settings(os.environ))
    yield some
    some.close()


def gate_run(*words: str, stdin: str = "", timeout: float = 60) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*GATE, "run", *words], input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )


def test_streams_and_exit_status_are_those_of_the_command(budget: Broker) -> None:
    done = gate_run("--", "sh", "-c", "cat; echo err >&2; exit 7", stdin="hello")
    assert (done.stdout, done.stderr, done.returncode) == ("hello", "err\n", 7)
    assert budget.look()[1] == []


def test_words_and_variables_reach_it_as_they_are(budget: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "kept")
    done = gate_run("--", "sh", "-c", 'echo "$SECRET_OF_MINE|$1|$2"', "x", "a b", "--memory")
    assert done.stdout == "kept|a b|--memory\n"


def test_a_signal_that_killed_it_kills_us(budget: Broker) -> None:
    assert gate_run("--", "sh", "-c", "kill -SEGV $$").returncode == -signal.SIGSEGV


@pytest.mark.parametrize(("name", "status"), [("no-such-command", 127), ("/etc/passwd", 126)])
def test_what_cannot_be_started(budget: Broker, name: str, status: int) -> None:
    done = gate_run("--", name)
    assert done.returncode == status
    assert name in done.stderr
    assert budget.look()[1] == []


@pytest.mark.parametrize(
    "words",
    [
        ["run"], ["run", "--"], ["run", "--memory", "0", "--", "true"], ["run", "--memory", "-5", "--", "true"],
        ["run", "--memory", "lots", "--", "true"], ["run", "--cores", "-1", "--", "true"],
        ["run", "--wait", "soon", "--", "true"], ["run", "--wait", "1", "--no-wait", "--", "true"],
    ],
)  # fmt: skip
def test_a_wrong_call_is_exit_2(budget: Broker, words: list[str]) -> None:
    done = subprocess.run([*GATE, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_wrong_budget_is_exit_2_and_named(budget: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_MEMORY_BUDGET", "much")
    done = gate_run("--", "true")
    assert done.returncode == 2
    assert "GATE_MEMORY_BUDGET" in done.stderr


def test_giving_up_is_exit_75_and_says_why(budget: Broker) -> None:
    first = budget.acquire(Ask(60 * MIB))
    done = gate_run("--memory", "32MiB", "--wait", "0.3", "--name", "the build", "--", "true")
    assert done.returncode == 75
    assert "the build gave up waiting for memory: the budget is used up" in done.stderr
    assert gate_run("--memory", "32MiB", "--no-wait", "--", "true").returncode == 75
    budget.release(first)
    assert gate_run("--memory", "32MiB", "--no-wait", "--", "true").returncode == 0


def test_larger_than_the_budget_is_refused_or_runs_alone_with_a_warning(budget: Broker) -> None:
    refused = gate_run("--memory", "1GiB", "--oversize", "fail", "--name", "huge", "--", "true")
    assert refused.returncode == 2
    assert "huge needs 1024 MiB, and the whole budget is 64 MiB" in refused.stderr
    remote = gate_run("--memory", "1GiB", "--oversize", "remote", "--name", "huge", "--", "true")
    assert remote.returncode == 2
    assert "--engine ray" in remote.stderr
    alone = gate_run("--memory", "1GiB", "--name", "huge", "--", "true")
    assert alone.returncode == 0
    assert "it runs alone" in alone.stderr


def test_a_folder_that_cannot_be_used_is_exit_125(
    budget: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATE_BROKER_DIR", str(tmp_path / "file" / "x"))
    done = gate_run("--", "true")
    assert done.returncode == 125
    assert "GATE_BROKER_DIR" in done.stderr


def test_inside_a_job_it_does_not_queue_again(budget: Broker) -> None:
    inner = " ".join((*GATE, "run", "--memory", "60MiB", "--no-wait", "--", "echo", "inside"))
    done = gate_run("--memory", "40MiB", "--", "sh", "-c", inner)
    assert (done.stdout, done.returncode) == ("inside\n", 0)


def test_sigterm_is_passed_on_and_its_answer_is_ours(budget: Broker, tmp_path: Path) -> None:
    script = f"trap 'exit 5' TERM; touch {tmp_path}/ready; while :; do sleep 0.05; done"
    process = subprocess.Popen([*GATE, "run", "--", "sh", "-c", script])
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    process.terminate()
    assert process.wait(20) == 5
    assert budget.look()[1] == []


def test_ctrl_c_ends_a_suspended_job_too(budget: Broker, tmp_path: Path) -> None:
    """The terminal sends it to both; the suspended one could not act on it."""
    pid, terminal = pty.fork()
    if pid == 0:
        script = f"echo $$ >{tmp_path}/pid; sleep 60; :"
        os.execv(GATE[0], [*GATE, "run", "--memory", "8MiB", "--", "sh", "-c", script])  # noqa: S606
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        time.sleep(0.01)
    job = int((tmp_path / "pid").read_text())
    (entry,) = budget.look()[1]
    older = budget.book.change(
        lambda connection: (
            connection.execute(
                "INSERT INTO leases (phase, asked, granted, estimate, reserved, used, cores, priority, share, grp,"
                " locks, alone, suspendable, key, name, branch, check_id, directory, holder)"
                " VALUES ('running', 0, 0, 1, ?, ?, 0, 0, '', '', '', 0, 1, '', 'older', '', '', '', 0)",
                (60 * MIB, 30 * MIB),
            ).lastrowid
        )
    )
    handles = [budget.book.locks.hold(2 * (older or 0)), budget.book.locks.hold(2 * (older or 0) + 1)]
    budget.book.change(
        lambda connection: connection.execute("UPDATE leases SET phase = 'suspended' WHERE id = ?", (entry.job.id,))
    )
    while b") T " not in Path(f"/proc/{job}/stat").read_bytes():
        time.sleep(0.01)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) in (-signal.SIGINT, 130)
    assert not alive(job)
    for handle in handles:
        os.close(handle)
    os.close(terminal)


def test_a_terminal_stays_a_terminal(budget: Broker) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(GATE[0], [*GATE, "run", "--", "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && exit 9"])  # noqa: S606
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 9


def test_what_it_left_running_is_ended_and_said(budget: Broker, tmp_path: Path) -> None:
    done = gate_run("--", "sh", "-c", f"setsid sleep 600 >/dev/null 2>&1 & echo $! >{tmp_path}/pid")
    assert done.returncode == 0
    assert "1 processes that it left running were ended" in done.stderr
    assert not alive((tmp_path / "pid").read_text().strip())


def test_a_job_that_needs_more_than_it_said_while_an_older_one_runs_is_queued_again(budget: Broker) -> None:
    older = budget.acquire(Ask(40 * MIB, name="older"))
    older.tick(40 * MIB)
    process = subprocess.Popen(
        [*GATE, "run", "--memory", "16MiB", "--no-suspend", "--name", "grows", "--", *holding(40, 0.2)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "queued again" in process.stderr.readline()
    budget.release(older)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_once_means_not_queued_again(budget: Broker) -> None:
    older = budget.acquire(Ask(40 * MIB, name="older"))
    older.tick(40 * MIB)
    done = gate_run("--memory", "16MiB", "--no-suspend", "--once", "--name", "grows", "--", *holding(40, 5))
    assert done.returncode == 75
    assert "blocked: memory" in done.stderr
    budget.release(older)


def test_a_fork_bomb_is_ended_whole(budget: Broker, tmp_path: Path) -> None:
    """Each process starts two more in sessions of their own, down to the seventh generation."""
    bomb, told = tmp_path / "bomb.sh", tmp_path / "pids"
    bomb.write_text(
        f"echo $$ >>{told}\n"
        f"if [ $1 -gt 1 ]; then setsid sh {bomb} $(($1 - 1)) & setsid sh {bomb} $(($1 - 1)) & fi\n"
        "exec sleep 600\n"
    )
    leader = f"touch {told}; sh {bomb} 7 & while [ $(wc -l <{told}) -lt 127 ]; do sleep 0.1; done"
    assert gate_run("--", "sh", "-c", leader).returncode == 0
    pids = told.read_text().split()
    assert len(pids) == 127
    assert [pid for pid in pids if alive(pid)] == []


def test_what_was_learned_is_reserved_the_next_time(budget: Broker) -> None:
    assert gate_run("--name", "steady", "--", *holding(30, 0.3)).returncode == 0
    (key,) = budget.estimates.keys()
    learned = budget.estimates.of(key)
    assert learned is not None
    assert 30 * MIB < learned.memory < 50 * MIB
    assert json.dumps(key).endswith('run\\nsteady"')


def test_cores_that_a_command_kept_busy_are_reserved_the_next_time(budget: Broker, tmp_path: Path) -> None:
    work, told = tmp_path / "work.py", tmp_path / "told"
    work.write_text(
        "import subprocess, sys, time\n"
        f"words = {[*GATE, 'leases', '--format', 'json']!r}\n"
        "open(sys.argv[1], 'wb').write(subprocess.run(words, capture_output=True).stdout)\n"
        "while time.process_time() < 1.5: pass\n"
    )
    reserved = []
    for _ in range(2):
        assert gate_run("--name", "busy", "--", sys.executable, str(work), str(told)).returncode == 0
        reserved.append(json.loads(told.read_text())["leases"][0]["cores"])
    assert reserved == [0, 1]


def test_what_takes_far_more_than_there_is_in_no_time_is_stopped_soon(budget: Broker) -> None:
    """200 MiB in a moment, in a budget of 64 MiB that somebody else is using, too."""
    older = budget.acquire(Ask(20 * MIB, name="older"))
    older.tick(20 * MIB)
    started = time.monotonic()
    done = gate_run("--memory", "16MiB", "--no-suspend", "--once", "--", *holding(200, 60, steps=1))
    assert done.returncode == 75
    assert time.monotonic() - started < 30  # the command itself would have gone on for a minute
    assert older.tick(20 * MIB) is Phase.RUNNING
    budget.release(older)


@pytest.mark.slow
def test_four_gibibytes_within_a_second_are_stopped_and_the_older_job_is_not(
    budget: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (budget.machine().available or 0) < 8 * 1024 * MIB:
        pytest.skip("less than 8 GiB are free here")
    monkeypatch.setenv("GATE_MEMORY_BUDGET", "1GiB")
    older = budget.acquire(Ask(20 * MIB, name="older"))
    older.tick(20 * MIB)
    program = (
        "import mmap, time\n"
        "held = mmap.mmap(-1, 4 << 30)\n"
        "for at in range(0, 4 << 30, 4096): held[at] = 1\n"
        "time.sleep(600)\n"
    )
    done = gate_run("--memory", "16MiB", "--no-suspend", "--once", "--", sys.executable, "-c", program)
    assert done.returncode == 75
    assert "held more memory than was expected" in done.stderr
    assert older.tick(20 * MIB) is Phase.RUNNING
    budget.release(older)


@pytest.mark.skipif(not cage_place(), reason="no cgroup can be made here")
def test_what_leaves_session_parent_and_environment_is_ended_with_its_job_all_the_same(
    budget: Broker, tmp_path: Path
) -> None:
    escape = f"sleep 1; env -i setsid sh -c 'echo $$ >{tmp_path}/pid; exec sleep 600' & sleep 600"
    gate = subprocess.Popen([*GATE, "run", "--", "sh", "-c", escape])
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        time.sleep(0.01)
    (entry,) = budget.look()[1]
    assert entry.cage
    gate.kill()
    gate.wait()
    budget.tidy()
    assert not alive((tmp_path / "pid").read_text().strip())
    assert not Path(entry.cage).exists()
