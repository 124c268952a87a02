"""What all benchmarks share: real trees, peers, interleaved timing, medians.

Everything downloaded or made is kept under $GATE_BENCH_HOME (default: ~/.cache/gatekeeper-bench).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = max(7, int(os.environ.get("GATE_BENCH_ROUNDS", "7")))
BENCH_HOME = Path(os.environ.get("GATE_BENCH_HOME", Path.home() / ".cache" / "gatekeeper-bench")).resolve()
GATE = str(Path(sys.executable).parent / "gate")
SDISTS = ("flask==3.1.2", "httpx==0.28.1", "django==5.2.7", "django==5.2.8")
PEERS = ("prek", "lefthook", "pre-commit", "nox")
IGNORED = "__pycache__/\n*.egg-info/\n.*_cache/\n.venv/\n"
JUDGED = (0, 1, 3)
"""Exit statuses of `gate check` that mean that a verdict was given."""

# Everything is measured as it is installed: with its modules compiled once, not anew at every start.
_ENV = {
    **{
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GATE_")) and name != "PYTHONDONTWRITEBYTECODE"
    },
    **{f"GIT_{role}_NAME": "Bench" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "bench@example.invalid" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Contender:
    """One thing that is timed. `prepare` runs before every round and is not timed."""

    name: str
    action: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall times of one contender, in seconds."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def race(contenders: Sequence[Contender], rounds: int = ROUNDS) -> dict[str, Timing]:
    """Time all contenders in turn, `rounds` times after one warm-up, so that a busy moment hits them alike."""
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            contender.prepare()
            started = time.perf_counter()
            contender.action()
            if number:
                times[contender.name].append(time.perf_counter() - started)
    return {name: Timing(name, tuple(seconds)) for name, seconds in times.items()}


def show(title: str, timings: Mapping[str, Timing]) -> None:
    """A Markdown table of medians, in milliseconds."""
    rounds = len(next(iter(timings.values())).seconds)
    print(f"\n### {title}\n\nMedian of {rounds}, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| | median ms | least | most |\n|---|---:|---:|---:|")
    for timing in timings.values():
        values = (timing.median, min(timing.seconds), max(timing.seconds))
        print(f"| {timing.name} | " + " | ".join(f"{value * 1000:.0f}" for value in values) + " |")


def limit(what: str, seconds: float, most: float) -> bool:
    """Print the figure beside its limit; True when it is kept."""
    kept = seconds <= most
    print(f"\n{'within' if kept else 'OVER'}: {what}: {seconds * 1000:.0f} ms, limit {most * 1000:.0f} ms")
    return kept


def command(
    *argv: str, cwd: Path, env: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run to the end with the output captured. An unexpected exit status ends the benchmark with what it printed."""
    environment = {**_ENV, **(env or {})}
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def gate_check(repository: Path, home: Path, *args: str) -> dict[str, object]:
    """One `gate check --format json`; ends the benchmark when no verdict came back."""
    argv = (GATE, "check", *args, "--format", "json")
    done = command(*argv, cwd=repository, env={"GATE_HOME": str(home)}, ok=JUDGED)
    report: dict[str, object] = json.loads(done.stdout)
    return report


def source(requirement: str) -> Path:
    """The unpacked source distribution of `name==version`, downloaded once."""
    if requirement not in SDISTS:
        sys.exit(f"{requirement} is not among {SDISTS}")
    name, _, version = requirement.partition("==")
    kept = BENCH_HOME / "sdists" / f"{name}-{version}"
    if not kept.exists():
        downloads = BENCH_HOME / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        pip = (str(peers() / "python"), "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", name)
        command(*pip, "--dest", str(downloads), requirement, cwd=downloads)
        with tarfile.open(downloads / f"{name}-{version}.tar.gz") as archive:
            archive.extractall(kept.parent, filter="data")
    return kept


def fresh(name: str) -> Path:
    """An empty folder for one benchmark; what an earlier run left there is removed."""
    folder = BENCH_HOME / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def repository(folder: Path, requirement: str | None, files: Mapping[str, str]) -> Path:
    """A git repository with one commit on main: the source distribution and `files`."""
    if requirement is None:
        folder.mkdir(parents=True)
    else:
        shutil.copytree(source(requirement), folder, symlinks=True)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    command("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    command("git", "add", "--all", "--force", cwd=folder)
    commit(folder, "Base", files)
    return folder


def commit(folder: Path, message: str, files: Mapping[str, str]) -> str:
    """Write the files and commit them (and nothing else that lies about); returns the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command("git", "add", "--force", "--", *files, cwd=folder)
    command("git", "commit", "--quiet", "--message", message, cwd=folder)
    return command("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


def local_hooks(entries: Mapping[str, str], priority: int | None = None) -> str:
    """The configuration that pre-commit and prek share, as JSON, which is YAML. prek runs equal priorities together."""
    common = {"language": "system", "always_run": True, "pass_filenames": False, "stages": ["pre-commit"]}
    extra = {} if priority is None else {"priority": priority}
    hooks = [{"id": name, "name": name, "entry": entry, **common, **extra} for name, entry in entries.items()]
    return json.dumps({"repos": [{"repo": "local", "hooks": hooks}]}, indent=2) + "\n"


def peers() -> Path:
    """The bin folder of a throwaway environment with the peers, installed from the package index once."""
    folder = BENCH_HOME / "peers"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        BENCH_HOME.mkdir(parents=True, exist_ok=True)
        command(sys.executable, "-m", "venv", str(folder), cwd=BENCH_HOME)
        command(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *PEERS, cwd=BENCH_HOME)
        (folder / "ready").touch()
    frozen = command(str(folder / "bin" / "python"), "-m", "pip", "freeze", cwd=BENCH_HOME).stdout.splitlines()
    names = tuple(name.replace("-", "_") for name in PEERS)
    print("peers: " + ", ".join(line for line in frozen if line.replace("-", "_").startswith(names)))
    return folder / "bin"
