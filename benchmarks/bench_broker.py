"""The broker by itself: acquire and release, 64 processes at once, and what `gate run` adds to a command.

GATE_BENCH_SECONDS (60): how long the 64 processes go on.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from harness import ROUNDS, Contender, command, fresh, limit, race, show

from gatekeeper.dispatch.book import YOUNG_S
from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import Settings

SECONDS = float(os.environ.get("GATE_BENCH_SECONDS", "60"))
PROCESSES = 64
SIZE = 16 * MIB
BUDGET = 48 * SIZE
"""For 48 of the 64: the others have to wait."""
_HAMMER = """
import json, sys, time
from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import Settings
folder, seconds, size, budget = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
some = Broker(Settings(folder=folder, budget=budget))
some.tidy()
times, worst = [], 0
print("ready", flush=True); sys.stdin.readline()
until = time.monotonic() + seconds
while time.monotonic() < until:
    started = time.perf_counter()
    lease = some.acquire(Ask(size))
    middle = time.perf_counter()
    (held,) = some.book.look("SELECT coalesce(sum(reserved), 0) FROM leases WHERE phase <> 'waiting'")[0]
    worst = max(worst, held)
    again = time.perf_counter()
    some.release(lease)
    times.append(middle - started + time.perf_counter() - again)
    time.sleep(0.2)
print(json.dumps([times, worst]))
"""


def in_process(folder: Path) -> bool:
    """Acquire and release in one process, nobody else about."""
    some = Broker(Settings(folder=str(folder), budget=BUDGET))
    some.tidy()
    time.sleep(YOUNG_S + 0.1)
    times = []
    for _ in range(5000):
        started = time.perf_counter()
        some.release(some.acquire(Ask(SIZE)))
        times.append(time.perf_counter() - started)
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"\nacquire + release: p50 {middle * 1000:.3f} ms, p99 {late * 1000:.3f} ms")
    return middle <= 0.0002


def hammered(folder: Path) -> bool:
    """64 processes, a quarter of which always has to wait: nothing lost, nothing given out twice."""
    argv = [sys.executable, "-c", _HAMMER, str(folder), str(SECONDS), str(SIZE), str(BUDGET)]
    processes = [
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [json.loads(process.communicate()[0]) for process in processes]
    times = sorted(value for one, _ in said for value in one)
    worst = max(value for _, value in said)
    left = Broker(Settings(folder=str(folder), budget=BUDGET)).look()[1]
    print(f"\n64 processes for {SECONDS:.0f} s: {len(times)} leases, p50 {statistics.median(times) * 1000:.1f} ms, "
          f"p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms; most held {worst / BUDGET:.0%} of the budget; "
          f"{len(left)} left")  # fmt: skip
    return worst <= BUDGET and not left and times[int(len(times) * 0.99)] <= 0.05


def added(folder: Path) -> bool:
    """`gate run -- true` beside `true`."""
    env = {"GATE_BROKER_DIR": str(folder)}
    gate = (sys.executable, "-m", "gatekeeper", "run", "--", "true")
    timings = race(
        [
            Contender("true", lambda: command("true", cwd=Path.cwd(), env=env)),
            Contender("gate run -- true", lambda: command(*gate, cwd=Path.cwd(), env=env)),
        ],
        rounds=max(ROUNDS, 15),
    )
    show("gate run", timings)
    return limit("what gate run adds", timings["gate run -- true"].median - timings["true"].median, 0.06)


def main() -> None:
    """All three; exit status 1 when a limit is missed."""
    folder = fresh("broker")
    kept = [in_process(folder / "alone"), hammered(folder / "many"), added(folder / "run")]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
