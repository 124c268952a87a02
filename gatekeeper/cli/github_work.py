"""One job of `gate github watch`: fetch, `gate check` as anybody would call it, `gate github post`."""

import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.errors import CannotEstablish
from gatekeeper.forge.queue import Job
from gatekeeper.forge.watch import Judged
from gatekeeper.git.command import decode
from gatekeeper.git.landing import UserGit
from gatekeeper.process.home import Home
from gatekeeper.process.stoppable import run_until
from gatekeeper.report.escape import single_line

_FETCH_S, _CHECK_S, _POST_S = 900.0, 6 * 3600.0, 3600.0
_GATE = (sys.executable, "-m", "gatekeeper")
_OURS = ("GITHUB_TOKEN", "GH_TOKEN", "GATE_GITHUB_", "GATE_WEBHOOK_")
"""Beginnings of the names of variables that only posting needs: no check is to find them."""
_WITH_REPORT = frozenset(exits.OF_VERDICT.values())


class GateWorker:
    """Works in the repository at `root`, which is a clone of `repository` on GitHub."""

    def __init__(self, root: str, repository: str, home: Home, env: Mapping[str, str]) -> None:
        self._root, self._repository, self._env = root, repository, env
        self._folder = home.logs_dir / "webhooks"
        self._checking = for_checks(env)
        self._fetching = threading.Lock()

    def judge(self, job: Job, stop: threading.Event) -> Judged:
        """The run of `gate check`. Raises CannotEstablish when the commits cannot be fetched."""
        base = self._fetched(job)
        report = self._folder / f"{job.number}.json"
        report.unlink(missing_ok=True)
        argv = (*_GATE, "check", job.head, *base, "--repo", self._root, "--format", "json", "--output", str(report))
        log = self._folder / f"{job.number}.check.log"
        status = run_until(argv, cwd=self._root, env=self._checking, stop=stop, log=log, timeout_s=_CHECK_S)
        if status == exits.NOTHING:
            return Judged(note="nothing to judge")
        run = _run_in(report) if status in _WITH_REPORT else ""
        return Judged(run) if run else Judged(note=_last_line(log, "check"), again=True)

    def post(self, job: Job) -> str:
        """What keeps it from being posted for good, "" when it is. Raises CannotEstablish when GitHub took nothing."""
        number = ("--pr", str(job.pull)) if job.pull is not None else ()
        argv = (*_GATE, "github", "post", job.run, "--repo", self._root, "--repository", self._repository, *number)
        log = self._folder / f"{job.number}.post.log"
        never = threading.Event()
        status = run_until(argv, cwd=self._root, env=self._env, stop=never, log=log, timeout_s=_POST_S)
        if status in {exits.ACCEPTED, exits.USAGE}:
            return "" if status == exits.ACCEPTED else _last_line(log, "post")
        raise CannotEstablish(_last_line(log, "post"), str(log))

    def _fetched(self, job: Job) -> tuple[str, ...]:
        """Head and base are here afterwards; what `gate check` is told of the base."""
        if job.before and not job.before.strip("0"):
            self._fetch(job.head)
            return ("--whole",)
        here = f"refs/remotes/origin/{job.base}"
        self._fetch(job.head, job.before or f"+refs/heads/{job.base}:{here}")
        return ("--base", job.before or here)

    def _fetch(self, *wanted: str) -> None:
        with self._fetching:
            git = UserGit(self._root, self._env)
            done = git.call("fetch", "--quiet", "--no-tags", "origin", *wanted, timeout_s=_FETCH_S)
        if done.exit != 0:
            said = decode(done.stderr).strip().splitlines()
            raise CannotEstablish(f"cannot be fetched: {single_line(said[-1]) if said else 'git fetch failed'}", "")


def for_checks(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what only posting and receiving need."""
    return {name: value for name, value in env.items() if not name.startswith(_OURS)}


def _run_in(report: Path) -> str:
    try:
        found = json.loads(report.read_bytes())
    except (OSError, ValueError):
        return ""
    run = found.get("run") if isinstance(found, dict) else None
    return run if isinstance(run, str) else ""


def _last_line(log: Path, verb: str) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="backslashreplace").strip().splitlines()
    except OSError:
        lines = []
    said = next((line for line in reversed(lines) if line.startswith("gate: ")), lines[-1] if lines else "no output")
    return f"gate {verb}: {single_line(said, 200)}"
