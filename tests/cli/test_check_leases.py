"""`gate check` takes its memory from the budget: it waits, gives up, shows itself, and never turns red for it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import load_settings
from gatekeeper.process.home import Home
from tests.support.gate import project, run_gate
from tests.support.repo import Repo

MIB = 1 << 20
GATE = (sys.executable, "-m", "gatekeeper")
POLICY = """
[isolation]
use = "off"

[check.paths]
forbidden = ["secret/**"]

[check.one]
command = "true"
memory = "32MiB"
"""


@pytest.fixture
def budget(gate_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """64 MiB, and the broker that gives it out."""
    monkeypatch.setenv("GATE_MEMORY_BUDGET", "64MiB")
    some = Broker(load_settings(os.environ))
    yield some
    some.close()


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    made = project(tmp_path / "project", POLICY, {"a.txt": "a\n"})
    made.commit("more", {"a.txt": "b\n"})
    return made


def test_a_check_gives_its_memory_back_and_is_remembered(budget: Broker, work: Repo) -> None:
    judged = run_gate(cwd=work.path)
    assert judged.outcome("one") == "passed"
    assert budget.look()[1] == []
    assert any("one-1" in key for key in budget.estimates.keys())  # noqa: SIM118 - not a dictionary


def test_a_check_that_waits_is_seen_and_says_why(budget: Broker, work: Repo) -> None:
    first = budget.acquire(Ask(60 * MIB, name="the big one"))
    shown: list[str] = []

    def look_and_release() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done = subprocess.run([*GATE, "leases", "--format", "json"], capture_output=True, text=True, check=False)
            leases = json.loads(done.stdout)["leases"]
            if any(lease["phase"] == "waiting" for lease in leases):
                shown.append(done.stdout)
                shown.append(subprocess.run([*GATE, "leases"], capture_output=True, text=True, check=False).stdout)
                break
        time.sleep(0.5)
        budget.release(first)

    looking = threading.Thread(target=look_and_release)
    looking.start()
    judged = run_gate(cwd=work.path)
    looking.join()
    assert judged.verdict == "accepted"
    waiting = next(lease for lease in json.loads(shown[0])["leases"] if lease["phase"] == "waiting")
    assert (waiting["branch"], waiting["check"], waiting["why"]) == ("work", "one", "the budget is used up")
    assert "the big one" in shown[1]
    assert "the budget is used up" in shown[1]
    assert "waits: the budget is used up" in judged.err


def test_giving_up_before_any_tool_could_start_is_exit_75(budget: Broker, work: Repo) -> None:
    first = budget.acquire(Ask(60 * MIB))
    judged = run_gate("--wait", "0.3", cwd=work.path)
    assert judged.status == 75
    assert "gave up waiting for memory" in judged.err
    budget.release(first)


def test_giving_up_later_blocks_the_check_that_did(budget: Broker, tmp_path: Path) -> None:
    policy = """
[isolation]
use = "off"
[check.first]
command = "true"
memory = "1MiB"
[check.second]
command = "true"
memory = "48MiB"
"""
    made = project(tmp_path / "two", policy, {"a.txt": "a\n"})
    made.commit("more", {"a.txt": "b\n"})
    held = budget.acquire(Ask(40 * MIB))
    judged = run_gate("--wait", "1", "--jobs", "1", cwd=made.path)
    assert judged.outcome("first") == "passed"
    assert judged.outcome("second") == "blocked"
    assert any("blocked: memory" in reason for reason in judged.check("second")["reasons"])
    assert judged.status == 3
    budget.release(held)


def test_a_gate_inside_a_job_inherits_its_lease(budget: Broker, work: Repo) -> None:
    done = subprocess.run(
        [*GATE, "run", "--memory", "60MiB", "--", *GATE, "check", "--wait", "5", "-q"],
        cwd=work.path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert budget.look()[1] == []


def test_a_killed_gate_leaves_nothing_of_its_checks(budget: Broker, tmp_path: Path) -> None:
    policy = f"""
[isolation]
use = "off"
[check.slow]
command = "sh -c 'echo $$ >{tmp_path}/pid; sleep 600'"
memory = "16MiB"
"""
    made = project(tmp_path / "slow", policy, {"a.txt": "a\n"})
    made.commit("more", {"a.txt": "b\n"})
    gate = subprocess.Popen([*GATE, "check"], cwd=made.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        time.sleep(0.01)
    gate.kill()
    gate.wait()
    budget.tidy()
    assert budget.look()[1] == []
    stat = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not stat.exists() or b") Z " in stat.read_bytes()


def test_what_was_learned_is_shown_and_forgotten(budget: Broker, work: Repo) -> None:
    run_gate(cwd=work.path)
    shown = subprocess.run([*GATE, "estimates"], capture_output=True, text=True, check=False)
    assert "one-1" in shown.stdout
    assert subprocess.run([*GATE, "estimates", "forget"], capture_output=True, check=False).returncode == 2
    forgotten = subprocess.run([*GATE, "estimates", "forget", "one-1"], capture_output=True, text=True, check=False)
    assert forgotten.stdout == "forgotten: 1\n"
    assert (
        "Nothing is known yet"
        in subprocess.run([*GATE, "estimates"], capture_output=True, text=True, check=False).stdout
    )


def test_a_repository_keeps_to_the_share_that_its_policy_gives_it(budget: Broker, tmp_path: Path) -> None:
    policy = POLICY + '\n[memory]\nshare = "40MiB"\n'
    made = project(tmp_path / "shared", policy, {"a.txt": "a\n"})
    made.commit("more", {"a.txt": "b\n"})
    mine = budget.acquire(Ask(16 * MIB, repository=str(made.path / ".git")))
    judged = run_gate("--wait", "0.5", cwd=made.path)
    assert judged.status == 75
    assert "its repository's share is used up" in judged.err
    budget.release(mine)
    assert run_gate("--wait", "20", cwd=made.path).status == 0
