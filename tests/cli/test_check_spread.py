"""`gate check --engine ray`: a real cluster of two nodes on this machine; what comes out is the same as without."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.process.home import Home
from tests.support.gate import project
from tests.support.repo import Repo

GATE = (sys.executable, "-m", "gatekeeper")
MIB = 1 << 20
POLICY = """
[isolation]
use = "off"
[check.word]
command = "grep good word.txt"
[check.lint]
languages = ["python"]
"""
_DIFFERS = re.compile(r'^ *"(run|started|duration_s|peak_bytes|log|log_sha256|cached_from)": .*$', re.MULTILINE)
"""Times, memory, names of one run alone; logs, in which tools name the files of a checkout."""
_SLOT = re.compile(r"/[^\" ]*/cache/slots/[0-9a-f]{16}/[0-9]+")
"""Where a node checks out."""


def check(repo: Repo, *words: str, home: Path, timeout_s: float = 200) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "GATE_HOME": str(home)}
    argv = [*GATE, "check", *words]
    return subprocess.run(argv, cwd=repo.path, env=env, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.fixture
def fleet(tmp_path: Path, gate_home: Home) -> Repo:
    """worker/good, worker/bad, worker/same, which has nothing new; slow/* wait until the file `go` is there."""
    made = project(tmp_path / "project", POLICY, {"word.txt": "good\n", "old.py": "import os\n"})
    for name, text, old in (("good", "good, too\n", "\n\nONE = 1\n"), ("bad", "evil\n", "import re\n")):
        made.git("switch", "-q", "main")
        made.branch(f"worker/{name}")
        made.commit(name, {"word.txt": text, "old.py": f"import os\n{old}".replace("\n\n\n", "\n\n")})
    made.git("branch", "worker/same", "main")
    made.git("switch", "-q", "main")
    waits = f"sh -c 'touch {tmp_path}/begun-$$; while ! test -e {tmp_path}/go; do sleep 0.05; done'"
    made.commit("slow", {"gate.toml": f'extends = []\n[isolation]\nuse = "off"\n[check.slow]\ncommand = "{waits}"\n'})
    for name in ("one", "two", "three"):
        made.git("switch", "-q", "main")
        made.branch(f"slow/{name}")
        made.commit(name, {"word.txt": f"{name}\n"})
    return made


@pytest.fixture
def cluster(gate_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head and a second node, each with 2 GiB for tasks. Sockets need a short path."""
    utils = pytest.importorskip("ray.cluster_utils", reason="Ray is not installed: pip install --group ray")
    folder = tempfile.mkdtemp(prefix="r-", dir="/tmp")
    for name, value in (
        ("RAY_TMPDIR", folder), ("RAY_AUTH_MODE", "disabled"), ("RAY_memory_monitor_refresh_ms", "0"),
        ("RAY_USAGE_STATS_ENABLED", "0"), ("RAY_worker_niceness", "0"), ("RAY_health_check_period_ms", "1000"),
        ("RAY_health_check_failure_threshold", "3"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    node = {"num_cpus": 2, "memory": 2048 * MIB, "object_store_memory": 80 * MIB}
    made = utils.Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        made.second = made.add_node(**node)
        yield made
    finally:
        made.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_two_nodes_give_the_same_reports_and_one_that_is_removed_costs_no_verdict(
    cluster: Any, fleet: Repo, tmp_path: Path
) -> None:
    """One test for one cluster: to start it takes longer than everything else."""
    engine = ("--engine", "ray", "--address", cluster.address, "--url", str(fleet.path))
    far = check(fleet, "--base", "main~1", "--all", "worker/*", "--format", "json", *engine, home=tmp_path / "far")
    here = check(fleet, "--base", "main~1", "--all", "worker/*", "--format", "json", home=tmp_path / "here")
    assert (far.returncode, here.returncode) == (1, 1), far.stderr + here.stderr
    assert [(one["rev"], one["verdict"]) for one in json.loads(far.stdout)["subjects"]] == [
        ("worker/bad", "rejected"), ("worker/good", "accepted"), ("worker/same", "nothing"),
    ]  # fmt: skip
    assert _compared(far.stdout) == _compared(here.stdout)

    _a_node_is_removed(cluster, fleet, tmp_path, engine)


def _a_node_is_removed(cluster: Any, fleet: Repo, tmp_path: Path, engine: tuple[str, ...]) -> None:
    gate = subprocess.Popen(
        [*GATE, "check", "--all", "slow/*", "--format", "json", *engine], cwd=fleet.path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "GATE_HOME": str(tmp_path / "far")},
    )  # fmt: skip
    while len(list(tmp_path.glob("begun-*"))) < 2:  # the broker of this machine may have two cores only
        assert gate.poll() is None, gate.communicate()
        time.sleep(0.02)
    cluster.remove_node(cluster.second, allow_graceful=False)
    assert gate.stderr is not None
    assert any(", and sent again: " in line for line in gate.stderr), "nothing was said"
    (tmp_path / "go").touch()
    out, err = gate.communicate(timeout=200)
    assert gate.returncode == 0, err + out
    assert out.startswith("{"), out + err
    assert [one["verdict"] for one in json.loads(out)["subjects"]] == ["accepted"] * 3


def _compared(printed: str) -> str:
    """Byte for byte, but for times, names of runs and places of checkouts."""
    document = json.loads(printed)
    for one in document["subjects"]:
        if one["report"]:
            one["report"]["timings"] = sorted(one["report"]["timings"])
    return _SLOT.sub("SLOT", _DIFFERS.sub("", json.dumps(document, indent=2)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--oversize", "remote"), "--oversize=remote needs an engine"),
        (("--address", "host:6379"), "--address needs an engine"),
        (("worker/a", "--engine", "ray", "--format", "sarif"), "is for one branch"),
        (("--engine", "ray", "--address", "host:6379"), "no place to fetch the commits from"),
    ],
)
def test_a_wrong_call_names_what_to_do(words: tuple[str, ...], said: str, repo: Repo, tmp_path: Path) -> None:
    done = check(repo, *words, home=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
