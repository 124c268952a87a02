"""Workload B: real builds at once, within 6 GiB: type-checks of npm packages by tsc, and runs of mypy and pytest.

Against peers that are installed: xargs -P (a fixed number of jobs), flock (one at a time), GNU parallel --memfree and
--memsuspend. A peer is safe when it kept to the budget and lost no job; ours is to be 1.4 times faster than the best.
GATE_BENCH_JOBS (8): so many of each sort. GATE_BENCH_RUNS (5). GATE_BENCH_BUDGET (6144): MiB. GATE_BENCH_ONLY.
Needs node and npm; the packages are fetched once.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import BENCH_HOME, command, fresh, peers, source

from gatekeeper.process.gauge import Gauge
from gatekeeper.process.tree import environment_of, read_table

JOBS = int(os.environ.get("GATE_BENCH_JOBS", "8"))
RUNS = int(os.environ.get("GATE_BENCH_RUNS", "5"))
BUDGET = int(os.environ.get("GATE_BENCH_BUDGET", "6144")) << 20
FASTER = 1.4
COMPILER = "typescript@5.9"
PACKAGES = (
    "@aws-sdk/client-ec2", "antd", "@mui/material", "three", "googleapis", "typeorm", "@octokit/openapi-types", "rxjs",
)[:JOBS]  # fmt: skip
"""Each is type-checked whole (`skipLibCheck` off), with the types that it needs."""
TYPES = ("@types/node", "@types/react", "@types/three", "react", "@emotion/react", "@emotion/styled")
TREES = ("flask==3.1.2", "django==5.2.7")
"""What mypy reads, in turn; the tests that pytest runs are those of the first."""
_TOOLS = ("mypy", "pytest", "flask==3.1.2")
_OPTIONS = {
    "strict": True, "noEmit": True, "skipLibCheck": False, "target": "es2022", "module": "nodenext",
    "moduleResolution": "nodenext", "jsx": "react-jsx", "types": ["node"], "lib": ["es2022", "dom", "dom.iterable"],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Build:
    """One job: what it is called, where it runs, its command line. It ends with a file that says that it ran."""

    name: str
    folder: Path
    line: str

    @property
    def done(self) -> Path:
        return self.folder / "done"

    def argv(self, mark: str) -> tuple[str, ...]:
        """Findings of the tools are no failures here: what was killed does not come to the last word."""
        script = f"cd {shlex.quote(str(self.folder))} && {{ {self.line}; }} >log 2>&1; test $? -lt 126 && touch done"
        return ("env", f"BENCH_JOB={mark}", "sh", "-c", script)


@dataclass(frozen=True, slots=True)
class Figure:
    """One run. Seconds, part of the budget, builds that did not come to their end."""

    seconds: float
    peak: float
    lost: int


def builds(folder: Path) -> list[Build]:
    """All of them, one of each sort in turn."""
    checks, runs = type_checks(folder), test_runs(folder)
    return [one for pair in zip(checks, runs, strict=True) for one in pair]


def type_checks(folder: Path) -> list[Build]:
    modules = _modules()
    made = []
    for package in PACKAGES:
        name = package.replace("@", "").replace("/", "-")
        place = folder / name
        place.mkdir()
        (place / "node_modules").symlink_to(modules)
        (place / "package.json").write_text('{"type": "module"}')
        (place / "tsconfig.json").write_text(json.dumps({"compilerOptions": _OPTIONS, "files": ["index.ts"]}))
        (place / "index.ts").write_text(f'import * as all from "{package}";\nexport type All = typeof all;\n')
        made.append(Build(f"tsc {package}", place, "node node_modules/typescript/bin/tsc -p ."))
    return made


def _modules() -> Path:
    place = BENCH_HOME / "builds" / f"node-{JOBS}"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "package.json").write_text("{}")
        quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--loglevel=error")
        command("npm", "install", *quiet, COMPILER, *PACKAGES, *TYPES, cwd=place, env={"HOME": str(Path.home())})
        (place / "ready").touch()
    return place / "node_modules"


def test_runs(folder: Path) -> list[Build]:
    python = _python()
    made = []
    for number in range(JOBS):
        tree = source(TREES[number % len(TREES)])
        tests = source(TREES[0])
        place = folder / f"tests-{number}"
        shutil.copytree(tree, place / "tree", symlinks=True)
        shutil.copytree(tests / "tests", place / "tests")
        code = "tree/src" if (tree / "src").is_dir() else f"tree/{tree.name.partition('-')[0]}"
        mypy = f"{python} -m mypy --no-incremental --ignore-missing-imports --cache-dir=/dev/null {code}"
        made.append(
            Build(f"mypy+pytest {tree.name}", place, f"{mypy}; {python} -m pytest -q -p no:cacheprovider tests")
        )
    return made


def _python() -> Path:
    place = BENCH_HOME / "builds" / "python"
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        command(sys.executable, "-m", "venv", str(place), cwd=BENCH_HOME)
        command(str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *_TOOLS, cwd=BENCH_HOME)
        (place / "ready").touch()
    return place / "bin" / "python"


def ours(every: Sequence[Build], folder: Path, mark: str) -> tuple[list[list[str]], Mapping[str, str]]:
    """One `gate run` per build, all from processes of their own; estimates as learned from one run of each."""
    env = {"GATE_BROKER_DIR": str(folder / "broker"), "GATE_MEMORY_BUDGET": str(BUDGET)}
    commands = [[sys.executable, "-m", "gatekeeper", "run", "--name", one.name, "--", *one.argv(mark)] for one in every]
    for name in dict.fromkeys(one.name for one in every):
        first = next(argv for argv in commands if name in argv)
        subprocess.run(first, env={**os.environ, **env}, check=True)
    return commands, env


def peer(name: str, every: Sequence[Build], folder: Path, mark: str) -> list[list[str]] | None:
    """The commands of one peer, or None when it is not installed."""
    if name == "flock":
        return [["flock", str(folder / "lock"), *one.argv(mark)] for one in every]
    (folder / "jobs").write_text("".join(f"{shlex.join(one.argv(mark))}\n" for one in every))
    if name.startswith("-j"):
        return [["xargs", "-a", str(folder / "jobs"), "-d", "\n", f"-P{name[2:]}", "-I{}", "sh", "-c", "{}"]]
    if not shutil.which("parallel"):
        return None
    # What is left of the budget is what parallel is told to keep free of the machine's memory.
    kept = max(1, (_available() - BUDGET + (1 << 30)) >> 20)
    return [["parallel", f"--{name}", f"{kept}M", "-j", "16", "-a", str(folder / "jobs")]]


def _available() -> int:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) << 10


def measured(every: Sequence[Build], commands: Sequence[Sequence[str]], env: Mapping[str, str], mark: str) -> Figure:
    """Start all at once, wait for all, look at what the builds hold ten times a second."""
    for one in every:
        one.done.unlink(missing_ok=True)
    peak, over = [0], threading.Event()
    watching = threading.Thread(target=_watch, args=(mark, peak, over))
    watching.start()
    started = time.monotonic()
    running = [
        subprocess.Popen(argv, env={**os.environ, **env}, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        for argv in commands
    ]
    for process in running:
        process.wait()
    seconds = time.monotonic() - started
    over.set()
    watching.join()
    return Figure(seconds, peak[0] / BUDGET, sum(not one.done.exists() for one in every))


def _watch(mark: str, peak: list[int], over: threading.Event) -> None:
    wanted, gauge = f"BENCH_JOB={mark}\0".encode(), Gauge()
    while not over.wait(0.1):
        table = read_table()
        mine = [one for one in table.values() if one.rss > 4 << 20 and wanted in environment_of(one.pid) + b"\0"]
        peak[0] = max(peak[0], gauge.held(mine))


def figures_of(name: str) -> Iterator[Figure]:
    """One for each run; none when the peer is not installed."""
    for number in range(RUNS):
        folder, mark = fresh("builds"), f"{os.getpid()}-{name}-{number}"
        every, env = builds(folder), dict[str, str]()
        if name == "gate":
            commands, told_env = ours(every, folder, mark)
            env = dict(told_env)
        else:
            found = peer(name, every, folder, mark)
            if found is None:
                return
            commands = found
        yield measured(every, commands, env, mark)


def told(name: str, figures: Sequence[Figure]) -> float | None:
    """Print the row; the median when it was safe."""
    if not figures:
        print(f"| {name} | not installed | | |")
        return None
    middle, peak = statistics.median(one.seconds for one in figures), max(one.peak for one in figures)
    lost = sum(one.lost for one in figures)
    print(f"| {name} | {middle:.1f} | {peak:.0%} | {lost} |", flush=True)
    return middle if peak <= 1.03 and not lost else None


def main() -> None:
    """All contenders in turn; exit status 1 when ours is not safe, or not so much faster than the best safe peer."""
    if not shutil.which("npm"):
        sys.exit("npm is not installed: there is nothing to type-check")
    peers()  # made before anything is timed
    contenders = (os.environ.get("GATE_BENCH_ONLY") or "gate -j2 -j4 memfree memsuspend flock").split()
    print(f"{2 * JOBS} builds, budget {BUDGET >> 20} MiB, {os.cpu_count()} cores, {RUNS} runs\n")
    print("| | median s | peak | lost |\n|---|---:|---:|---:|", flush=True)
    safe = {name: told(name, list(figures_of(name))) for name in contenders}
    sys.exit(0 if "gate" not in contenders or kept(safe) else 1)


def kept(safe: Mapping[str, float | None]) -> bool:
    """Was ours safe, and so much faster than the best peer that was?"""
    mine = safe["gate"]
    if mine is None:
        print("\nOVER: ours did not keep to the budget, or lost a build")
        return False
    others = [seconds for name, seconds in safe.items() if name != "gate" and seconds is not None]
    if not others:
        return True
    print(f"\n{min(others) / mine:.2f} times faster than the best safe peer, wanted {FASTER}")
    return min(others) / mine >= FASTER


if __name__ == "__main__":
    main()
