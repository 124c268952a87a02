"""`gate ci` where there is nothing to run: what it adds to a job beside its checks.

A policy whose only check reads git, on a push of one commit to flask; with signed verdicts beside it, and a push that
deletes a branch, which is over at once. Limit: 33 times `python -c pass`, 300 ms where that takes 9 ms.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from harness import GATE, JUDGED, Contender, command, commit, fresh, limit, race, repository, show

FACTOR = 33
ROUNDS = 11
POLICY = 'extends = []\n[check.paths]\nforbidden = ["secret/**"]\n[stamp]\nenabled = {stamps}\n'
BRANCH = "refs/heads/agent/notes"


def main() -> int:
    folder = fresh("ci")
    plain, signed = (Job(folder / name, stamps) for name, stamps in (("plain", "false"), ("signed", "true")))
    timings = race(
        [
            Contender("python -c pass", lambda: command(sys.executable, "-c", "pass", cwd=folder)),
            Contender("gate ci, a deleted branch", lambda: plain.run("0" * 40)),
            Contender("gate ci, no command to run", lambda: plain.run(plain.head)),
            Contender("gate ci, no command to run, signed", lambda: signed.run(signed.head)),
        ],
        ROUNDS,
    )
    show("gate ci without checks to run", timings)
    allowed = FACTOR * timings["python -c pass"].median
    return 0 if limit("gate ci without checks", timings["gate ci, no command to run"].median, allowed) else 1


class Job:
    """A clone as a runner has it, and the variables and files that GitHub sets up for a step."""

    def __init__(self, folder: Path, stamps: str) -> None:
        folder.mkdir()
        self._folder = folder
        self.tree = repository(folder / "flask", "flask==3.1.2", {"gate.toml": POLICY.format(stamps=stamps)})
        self._before = command("git", "rev-parse", "HEAD", cwd=self.tree).stdout.strip()
        command("git", "update-ref", "refs/remotes/origin/main", self._before, cwd=self.tree)
        self.head = commit(self.tree, "Note the worker", {"NOTES.md": "One\n"})

    def run(self, head: str) -> None:
        env = {"GATE_HOME": str(self._folder / "home"), "RUNNER_TEMP": str(self._folder), **self._told(head)}
        command(GATE, "ci", "--no-fetch", cwd=self.tree, env=env, ok=JUDGED)

    def _told(self, head: str) -> Mapping[str, str]:
        about = {"full_name": "octo/flask", "default_branch": "main"}
        event = {"ref": BRANCH, "before": self._before, "after": head, "repository": about}
        (self._folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        files = {name: str(self._folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        return {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(self._folder / "event.json"), **files}


if __name__ == "__main__":
    sys.exit(main())
