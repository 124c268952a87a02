"""Workload A: six jobs that ramp to 1500 MB and ten of 300 MB, from 16 independent processes, within 4 GiB.

Against peers that are installed: xargs -P (a fixed number of jobs), flock (one at a time), GNU parallel --memfree.
GATE_BENCH_SCALE (1): memory and budget times this; GATE_BENCH_PACE (1): seconds times this. GATE_BENCH_RUNS (5).
Where a memory cgroup can be made (version 1, as root) it is the 4 GiB host, and its OOM kills are counted.
"""

import contextlib
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import fresh

from gatekeeper.process.gauge import Gauge
from gatekeeper.process.tree import environment_of, read_table

SCALE = float(os.environ.get("GATE_BENCH_SCALE", "1"))
PACE = float(os.environ.get("GATE_BENCH_PACE", "1"))
RUNS = int(os.environ.get("GATE_BENCH_RUNS", "5"))
BUDGET = int(4096 * SCALE) << 20
BOUND = 24.0 * PACE
_INTERPRETER_MB = 9
"""What Python itself holds."""
_JOB = (
    "import sys, time\n"
    "size, ramp, hold, done = float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]\n"
    "held, steps = [], max(1, int(ramp / 0.05))\n"
    "begun = time.monotonic()\n"
    "for step in range(steps):\n"
    "    held.append(bytearray(b'x' * int(size * 1e6 / steps)))\n"
    "    time.sleep(max(0.0, begun + ramp * (step + 1) / steps - time.monotonic()))\n"
    "time.sleep(hold)\n"
    "open(done, 'w').close()\n"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of job. Megabytes and seconds."""

    name: str
    megabytes: float
    ramp_s: float
    hold_s: float
    count: int


KINDS = (Kind("big", 1500 * SCALE, 6 * PACE, 2 * PACE, 6), Kind("small", 300 * SCALE, 2 * PACE, 1 * PACE, 10))


@dataclass(frozen=True, slots=True)
class Figure:
    """One run. Seconds, part of the budget, jobs that did not finish, kills by the kernel."""

    seconds: float
    peak: float
    lost: int
    killed: int


def job(kind: Kind, number: int, folder: Path) -> tuple[str, ...]:
    size = max(1.0, kind.megabytes - _INTERPRETER_MB)
    done = str(folder / f"{kind.name}-{number}")
    program = folder / "job.py"
    if not program.exists():
        program.write_text(_JOB)
    return (sys.executable, "-ISs", str(program), str(size), str(kind.ramp_s), str(kind.hold_s), done)


def jobs(folder: Path) -> list[tuple[Kind, tuple[str, ...]]]:
    """All 16, big and small in turn as they would come."""
    every = [(kind, job(kind, number, folder)) for kind in KINDS for number in range(kind.count)]
    return sorted(every, key=lambda one: one[1][-1][::-1])


def gate(folder: Path, mode: str) -> tuple[list[list[str]], Mapping[str, str]]:
    """One `gate run` per job. `mode`: learned, low (half of the truth), flat (512 MB for all)."""
    env = {"GATE_BROKER_DIR": str(folder / "broker"), "GATE_MEMORY_BUDGET": str(BUDGET)}
    part = {"learned": None, "low": [kind.megabytes / 2 for kind in KINDS], "flat": [512 * SCALE] * len(KINDS)}[mode]
    told = {kind: ["--memory", f"{int(part[at])}MB"] if part else [] for at, kind in enumerate(KINDS)}
    run = [sys.executable, "-m", "gatekeeper", "run"]
    if mode == "learned":
        for kind in KINDS:
            subprocess.run(
                [*run, "--name", kind.name, "--", *job(kind, 99, folder)], env={**os.environ, **env}, check=True
            )
    return [[*run, *told[kind], "--name", kind.name, "--", *argv] for kind, argv in jobs(folder)], env


def peer(name: str, folder: Path) -> list[list[str]] | None:
    """The commands of one peer, or None when it is not installed."""
    lines = [shlex.join(argv) for _, argv in jobs(folder)]
    if name == "flock":
        return [["flock", str(folder / "lock"), *argv] for _, argv in jobs(folder)]
    if name.startswith("-j"):
        (folder / "jobs").write_text("".join(f"{line}\n" for line in lines))
        return [["xargs", "-a", str(folder / "jobs"), "-d", "\n", f"-P{name[2:]}", "-I{}", "sh", "-c", "{}"]]
    return _parallel(folder, lines) if name == "memfree" and shutil.which("parallel") else None


def _parallel(folder: Path, lines: Sequence[str]) -> list[list[str]]:
    """Four instances that know nothing of each other, as four repositories would start them."""
    free = int(1500 * SCALE)
    for part in range(4):
        (folder / f"jobs-{part}").write_text("".join(f"{line}\n" for line in lines[part::4]))
    return [["parallel", "--memfree", f"{free}M", "-a", str(folder / f"jobs-{part}")] for part in range(4)]


def measured(commands: Sequence[Sequence[str]], env: Mapping[str, str], folder: Path) -> Figure:
    """Start all at once, wait for all, look at what the jobs hold every 50 ms."""
    for kind in KINDS:
        for number in range(kind.count):
            (folder / f"{kind.name}-{number}").unlink(missing_ok=True)
    mark = f"BENCH_RUN={time.monotonic_ns()}"
    peak, over = [0], threading.Event()
    watching = threading.Thread(target=_watch, args=(mark, peak, over))
    watching.start()
    with host() as (enter, killed):
        started = time.monotonic()
        variables = {**os.environ, **env, "BENCH_RUN": mark.partition("=")[2]}
        quiet = None if os.environ.get("GATE_BENCH_LOUD") else subprocess.DEVNULL
        running = [subprocess.Popen([*enter, *argv], env=variables, stderr=quiet) for argv in commands]
        for process in running:
            process.wait()
        seconds = time.monotonic() - started
        kills = killed()
    over.set()
    watching.join()
    lost = sum(not (folder / f"{kind.name}-{n}").exists() for kind in KINDS for n in range(kind.count))
    return Figure(seconds, peak[0] / BUDGET, lost, kills)


def _watch(mark: str, peak: list[int], over: threading.Event) -> None:
    wanted, gauge = mark.encode(), Gauge()
    while not over.wait(0.05):
        table = read_table()
        mine = [one for one in table.values() if one.rss > 4 << 20 and wanted in environment_of(one.pid)]
        jobs_only = [one for one in mine if _is_job(one.pid)]
        peak[0] = max(peak[0], gauge.held(jobs_only))


def _is_job(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:2] == [b"-ISs"]
    return False


@contextlib.contextmanager
def host() -> Iterator[tuple[list[str], Callable[[], int]]]:
    """A memory cgroup of the budget and a tenth, when one can be made: (words before a command, its OOM kills)."""
    group = Path("/sys/fs/cgroup/memory") / f"gate-bench-{os.getpid()}"
    try:
        if not os.environ.get("GATE_BENCH_CGROUP"):
            raise OSError
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(int(BUDGET * 1.1)))
    except OSError:
        yield [], lambda: 0
        return
    try:
        yield ["sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"], lambda: _oom_kills(group)
    finally:
        with contextlib.suppress(OSError):
            group.rmdir()


def _oom_kills(group: Path) -> int:
    words = (group / "memory.oom_control").read_text().split()
    return int(words[words.index("oom_kill") + 1])


LIMITS = {"learned": 1.15, "low": 1.35, "flat": 1.35}
"""Of the bound, for ours."""


def main() -> None:
    """Five runs of each; exit status 1 when ours misses a limit."""
    contenders = (os.environ.get("GATE_BENCH_ONLY") or "learned low flat -j2 -j4 memfree flock").split()
    print(f"budget {BUDGET >> 20} MiB, lower bound {BOUND:.0f} s, {RUNS} runs\n")
    print("| | median s | times the bound | peak | lost | OOM kills |\n|---|---:|---:|---:|---:|---:|", flush=True)
    kept = [told(name, list(figures_of(name))) for name in contenders]
    sys.exit(0 if all(kept) else 1)


def figures_of(name: str) -> Iterator[Figure]:
    """One for each run; none when the peer is not installed."""
    for _ in range(RUNS):
        folder = fresh("fleet")
        commands, env = gate(folder, name) if name in LIMITS else (peer(name, folder), {})
        if commands is None:
            return
        yield measured(commands, env, folder)


def told(name: str, figures: Sequence[Figure]) -> bool:
    """Print the row; False when ours misses its limit."""
    if not figures:
        print(f"| {name} | not installed | | | | |")
        return True
    middle, peak = statistics.median(one.seconds for one in figures), max(one.peak for one in figures)
    lost, killed = sum(one.lost for one in figures), sum(one.killed for one in figures)
    print(f"| {name} | {middle:.1f} | {middle / BOUND:.2f} | {peak:.0%} | {lost} | {killed} |", flush=True)
    return name not in LIMITS or (middle / BOUND <= LIMITS[name] and peak <= 1.03 and not lost and not killed)


if __name__ == "__main__":
    main()
