"""Many branches with one command: one table, one verdict each, one exit status."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatekeeper.cli.many_table import Row, table, worst
from gatekeeper.process.home import Home
from tests.support.gate import project
from tests.support.repo import Repo
from tests.support.warm import spoken

GATE = (sys.executable, "-m", "gatekeeper")
POLICY = """
[isolation]
use = "off"
[check.word]
command = "grep good word.txt"
"""

pytestmark = pytest.mark.usefixtures("gate_home")


@pytest.fixture
def fleet(tmp_path: Path) -> Repo:
    """Branches worker/good, worker/bad and worker/same, which has nothing new."""
    made = project(tmp_path / "project", POLICY, {"word.txt": "good\n"})
    for name, text in (("good", "good, too\n"), ("bad", "evil\n")):
        made.git("switch", "-q", "main")
        made.branch(f"worker/{name}")
        made.commit(name, {"word.txt": text})
    made.git("branch", "worker/same", "main")
    made.git("switch", "-q", "main")
    return made


def check(repo: Repo, *words: str) -> "subprocess.CompletedProcess[str]":
    return spoken("check", *words, cwd=repo.path)


def test_all_of_a_pattern_get_a_verdict_each_and_the_worst_status_counts(fleet: Repo, gate_home: Home) -> None:
    done = check(fleet, "--all", "worker/*")
    assert done.returncode == 1
    rows = {line.split()[1]: line.split()[2] for line in done.stdout.splitlines() if line[:1] in "✓✗■!"}
    assert rows == {"worker/bad": "rejected", "worker/good": "accepted", "worker/same": "nothing"}
    assert "word: 1 rejecting finding" in done.stdout
    assert "gate: 3/3" in done.stderr


def test_several_by_name_as_json(fleet: Repo) -> None:
    done = check(fleet, "worker/good", "worker/bad", "worker/good", "--format", "json")
    subjects = json.loads(done.stdout)["subjects"]
    assert [(one["rev"], one["verdict"], one["exit"]) for one in subjects] == [
        ("worker/good", "accepted", 0), ("worker/bad", "rejected", 1),
    ]  # fmt: skip
    assert subjects[0]["report"]["verdict"] == "accepted"


def test_all_accepted_is_0_and_silent_with_q(fleet: Repo) -> None:
    done = check(fleet, "--all", "worker/g*", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--all", "nobody/*"), 4, "no branch matches"),
        (("--all", "worker/*", "main"), 2, "do not go together"),
        (("worker/good", "worker/bad", "--format", "sarif"), 2, "is for one branch"),
        (("worker/good", "no-such-branch"), 2, "no-such-branch"),
    ],
)
def test_a_wrong_call(fleet: Repo, words: tuple[str, ...], status: int, said: str) -> None:
    done = check(fleet, *words)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_stops_all_of_them(fleet: Repo, tmp_path: Path) -> None:
    slow = f"sh -c 'touch {tmp_path}/begun; sleep 600'"
    policy = f'extends = []\n[isolation]\nuse = "off"\n[check.slow]\ncommand = "{slow}"\n'
    fleet.commit("slow", {"gate.toml": policy})
    for name in ("one", "two"):
        fleet.git("switch", "-q", "main")
        fleet.branch(f"slow/{name}")
        fleet.commit(name, {"word.txt": f"{name}\n"})
    gate = subprocess.Popen(
        [*GATE, "check", "--all", "slow/*"], cwd=fleet.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    gate.send_signal(signal.SIGTERM)
    gate.communicate(timeout=30)
    assert gate.returncode == 130
    leases = subprocess.run([*GATE, "leases", "--format", "json"], capture_output=True, text=True, check=False)
    assert json.loads(leases.stdout)["leases"] == []


def test_the_worst_of_several_statuses() -> None:
    assert worst([0, 4, 75]) == 75
    assert worst([0, 3, 75]) == 3
    assert worst([3, 1, 0]) == 1
    assert worst([1, 2]) == 2
    assert worst([1, -9]) == 70
    assert worst([]) == 0


def test_hostile_names_and_reasons_do_not_move_the_cursor() -> None:
    said = table([Row("a\x1b[2J", "rejected", "b\x1b]0;x\x07\nc", 1, 1.0)])
    assert "\x1b" not in said
    assert len(said.splitlines()) == 3
