"""`gate demo`: a small real repository with worker branches, all of them gated, in a temporary folder."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from gatekeeper.cli.demo_project import LATER_ON_MAIN, WORKERS, DemoCommit, Worker, first_commit
from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture
from gatekeeper.report.escape import single_line, terminal

HELP = "gate six worker branches of a small repository that it makes in a temporary folder"

_GIT_TIMEOUT_S = 60
_CHECK_TIMEOUT_S = 300


class Row(Struct, frozen=True):
    """What became of one branch: the verdict and the first reason that says why."""

    worker: Worker
    verdict: str
    why: str
    exit: int
    duration_s: float

    @property
    def as_announced(self) -> bool:
        return self.verdict == self.worker.expected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--keep", metavar="DIR", help="make the repository in DIR (new or empty) and leave it there")


def run(args: argparse.Namespace) -> int:
    """0 when every branch got the verdict that its story announces, 1 otherwise."""
    if args.keep is None:
        with tempfile.TemporaryDirectory(prefix="gate-demo-", ignore_cleanup_errors=True) as temporary:
            return _demonstrate(Path(temporary).resolve(), kept=False)
    folder = Path(args.keep).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotEstablish(f"cannot make {folder}: {error.strerror}", "name another folder") from error
    if any(folder.iterdir()):
        raise CannotEstablish(f"{folder} is not empty", "name a folder that does not exist yet: gate demo --keep DIR")
    return _demonstrate(folder, kept=True)


def _demonstrate(folder: Path, *, kept: bool) -> int:
    started = time.monotonic()
    environment = _environment(folder)
    repository = folder / "shop"
    make_repository(repository, environment)
    _say(f"A repository with {len(WORKERS)} worker branches is in {repository}; gating them all.")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        rows = tuple(pool.map(lambda worker: _gate(repository, worker, environment), WORKERS))
    print(render(rows))
    print(f"\n{len(rows)} branches in {time.monotonic() - started:.1f} s")
    if kept:
        print(f"Look closer: GATE_HOME={folder / 'home'} gate check --repo {repository} {WORKERS[1].branch}")
    return 0 if all(row.as_announced for row in rows) else 1


def make_repository(repository: Path, environment: Mapping[str, str]) -> None:
    """Main with two commits, and each worker's branch checked out in a worktree of its own beside it."""
    repository.mkdir(parents=True)
    _git(repository, environment, "init", "--quiet", "--initial-branch=main")
    _commit(repository, first_commit(sys.executable), environment)
    _commit(repository, LATER_ON_MAIN, environment)
    for worker in WORKERS:
        tree = repository.parent / "workers" / worker.branch.rpartition("/")[2]
        start = "main~1" if worker.forks_early else "main"
        _git(repository, environment, "worktree", "add", "--quiet", "-b", worker.branch, str(tree), start)
        for commit in worker.commits:
            _commit(tree, commit, environment)


def render(rows: Sequence[Row]) -> str:
    """The table: one branch a line, the reason below it. Verdicts that differ from the announced one are marked."""
    width = max(len(row.worker.branch) for row in rows)
    lines = []
    for row in rows:
        mark = "" if row.as_announced else f"   (announced: {row.worker.expected})"
        lines.append(f"{row.worker.branch:<{width}}  {row.verdict:<8}  {row.worker.story}{mark}")
        lines.append(f"{'':<{width}}  exit {row.exit:<3}  {single_line(terminal(row.why))}")
    return "\n".join(lines)


def _gate(repository: Path, worker: Worker, environment: Mapping[str, str]) -> Row:
    started = time.monotonic()
    argv = (sys.executable, "-m", "gatekeeper", "check", worker.branch, "--repo", str(repository), "--format", "json")
    done = capture(argv, cwd=str(repository), env=environment, timeout_s=_CHECK_TIMEOUT_S)
    duration_s = time.monotonic() - started
    try:
        verdict, why = _read(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        verdict = "none"
        why = done.stderr.decode(errors="replace").strip() or "gate check wrote no report"
    _say(f"{worker.branch}: {verdict} after {duration_s:.1f} s")
    return Row(worker, verdict, why, done.exit, duration_s)


def _read(report: dict[str, object]) -> tuple[str, str]:
    """Verdict, and the checks that did not pass with the first reason of each."""
    checks = report["checks"]
    if not isinstance(checks, list):
        raise TypeError("checks is not a list")
    bad = [check for check in checks if check["outcome"] in ("failed", "blocked")]
    passed = sum(check["outcome"] == "passed" for check in checks)
    why = "; ".join(f"{check['id']}: {(check['reasons'] or [check['outcome']])[0]}" for check in bad)
    return str(report["verdict"]), why or f"{passed} checks passed"


def _commit(tree: Path, commit: DemoCommit, environment: Mapping[str, str]) -> None:
    for name, text in commit.files.items():
        path = tree / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    _git(tree, environment, "add", "--all")
    _git(tree, environment, "commit", "--quiet", "--message", commit.message)


def _git(cwd: Path, environment: Mapping[str, str], *args: str) -> None:
    done = capture(("git", *args), cwd=str(cwd), env=environment, timeout_s=_GIT_TIMEOUT_S)
    if done.exit != 0:
        raise CannotEstablish(f"git {args[0]} failed: {done.stderr.decode(errors='replace').strip()}")


def _environment(folder: Path) -> dict[str, str]:
    """The caller's, without anything that would aim git elsewhere, and with a cache and records of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _IDENTITY}
    return {
        **kept,
        **who,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GATE_HOME": str(folder / "home"),
    }


_IDENTITY = (("NAME", "Worker"), ("EMAIL", "worker@example.invalid"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
