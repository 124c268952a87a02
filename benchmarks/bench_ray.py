"""What Ray adds to each branch: `gate check --all` with and without it, on a cluster of two nodes on this machine.

The cluster is started once and not timed. Then one node is removed in the middle of a run: every verdict has to arrive.
GATE_BENCH_BRANCHES (8), GATE_BENCH_ROUNDS (7). Without Ray (pip install --group ray) it says so and ends with 0.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness import ROUNDS, Contender, command, commit, fresh, race, repository, show

from gatekeeper.dispatch.job import MIB

BRANCHES = int(os.environ.get("GATE_BENCH_BRANCHES", "8"))
GATE = (sys.executable, "-m", "gatekeeper")
_RAY = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",
}
_POLICY = 'extends = []\n[isolation]\nuse = "off"\n[stamp]\nenabled = false\n[check.word]\ncommand = "{}"\n'


def fleet(folder: Path, line: str) -> Path:
    """A repository with branches of one changed file each; the one check runs `line`."""
    place = repository(folder, None, {"gate.toml": _POLICY.format(line), "word.txt": "good\n"})
    for number in range(BRANCHES):
        command("git", "switch", "--quiet", "--create", f"worker/{number}", "main", cwd=place)
        commit(place, f"Change {number}", {"word.txt": f"good {number}\n"})
    command("git", "switch", "--quiet", "main", cwd=place)
    return place


def cluster(folder: str) -> Any:
    """A head and a second node, named by `second`."""
    os.environ.update({**_RAY, "RAY_TMPDIR": folder})
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    node = {"num_cpus": 4, "memory": 4096 * MIB, "object_store_memory": 80 * MIB}
    made = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    made.second = made.add_node(**node)
    return made


def overhead(place: Path, homes: Path, engine: tuple[str, ...]) -> None:
    """Seconds of a whole fleet, and what one branch more costs with Ray."""

    def run(name: str, *words: str) -> None:
        argv = (*GATE, "check", "--all", "worker/*", "--no-cache", "--format", "json", *words)
        command(*argv, cwd=place, env={**_RAY, "GATE_HOME": str(homes / name)})

    contenders = [
        Contender("gate check --all", lambda: run("here")),
        Contender("gate check --all --engine ray", lambda: run("far", *engine)),
    ]
    timings = race(contenders, rounds=ROUNDS)
    show(f"{BRANCHES} branches", timings)
    here, far = (timings[one.name].median for one in contenders)
    print(f"\nRay adds {(far - here) / BRANCHES * 1000:.0f} ms to each branch, the start of the driver included")


def removed(place: Path, homes: Path, engine: tuple[str, ...], made: Any) -> bool:
    """One of two nodes goes while the first branches run."""
    (homes / "go").unlink(missing_ok=True)
    argv = [*GATE, "check", "--all", "worker/*", "--format", "json", *engine]
    env = {**os.environ, "GATE_HOME": str(homes / "far")}
    gate = subprocess.Popen(argv, cwd=place, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(list(homes.glob("begun-*"))) < min(2, BRANCHES):
        if gate.poll() is not None:
            sys.exit(f"it ended before a node was removed: {gate.communicate()[1]}")
        time.sleep(0.05)
    made.remove_node(made.second, allow_graceful=False)
    (homes / "go").touch()
    started = time.monotonic()
    out, said = gate.communicate()
    verdicts = [one["verdict"] for one in json.loads(out)["subjects"]]
    again = said.count(", and sent again: ")
    print(f"\nnode removed: {verdicts.count('accepted')} of {BRANCHES} verdicts, {again} sent again, "
          f"{time.monotonic() - started:.1f} s after it had gone")  # fmt: skip
    return verdicts == ["accepted"] * BRANCHES


def main() -> None:
    """Exit status 1 when a verdict is missing after a node was removed."""
    try:
        import ray  # noqa: F401, PLC0415 - an extra
    except ImportError:
        print("Ray is not installed: .venv/bin/python -m pip install --group ray")
        return
    folder = fresh("ray")
    sockets = tempfile.mkdtemp(prefix="r-", dir="/tmp")  # a socket's path must be short
    quick = fleet(folder / "quick", "grep good word.txt")
    waits = f"sh -c 'touch {folder}/begun-$$; while ! test -e {folder}/go; do sleep 0.05; done'"
    slow = fleet(folder / "slow", waits)
    made = cluster(sockets)
    try:
        engine = ("--engine", "ray", "--address", made.address)
        overhead(quick, folder, (*engine, "--url", str(quick)))
        kept = removed(slow, folder, (*engine, "--url", str(slow)), made)
    finally:
        made.shutdown()
        shutil.rmtree(sockets, ignore_errors=True)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
