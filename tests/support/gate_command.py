"""The real command as a subprocess, and repositories whose checks are short shell scripts: no environment is built."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.gate import UNSIGNED
from tests.support.repo import Repo
from tests.support.warm import gatekeeper

SIGNED_CHECK = '[check.x]\ncommand = "sh probe.sh"\ntimeout = "20s"\n'
SHELL_CHECK = f"{SIGNED_CHECK}{UNSIGNED}"
JUNIT_CHECK = f'[check.x]\ncommand = "sh probe.sh {{report}}"\nreads = "junit"\ntimeout = "20s"\n{UNSIGNED}'
_RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e\u2066-\u2069]")

ACCEPTED, REJECTED, USAGE, BLOCKED, NOTHING, INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True)
class Said:
    """What one call of the gate came to."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def expect(self, status: int, *words: str) -> "Said":
        """The exit status, every word, and nothing that must never be printed."""
        assert self.status == status, f"exit {self.status}, not {status}\n{self.text}"
        for word in words:
            assert word in self.text, f"{word!r} is not said\n{self.text}"
        assert "Traceback" not in self.text
        assert "internal error" not in self.text
        assert not _RAW.search(self.text), f"raw control characters: {_RAW.findall(self.text)[:5]!r}"
        return self


def argv(*words: str) -> list[str]:
    """`gate check WORDS` of this interpreter."""
    return [sys.executable, "-m", "gatekeeper", "check", *words]


def gate(where: Repo | Path, *words: str, env: Mapping[str, str] | None = None, prefix: Sequence[str] = ()) -> Said:
    """Run `gate check` in a folder; GATE_HOME comes from the fixture `gate_home`. What has a prefix is started cold."""
    folder = where.path if isinstance(where, Repo) else where
    variables = {**os.environ, **(env or {})}
    if not prefix:
        done = gatekeeper("check", *words, cwd=folder, env=variables)
    else:
        done = subprocess.run(
            [*prefix, *argv(*words)],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    return Said(done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict"))


def project(
    path: Path,
    probe: str = "exit 0\n",
    policy: str = SHELL_CHECK,
    files: Mapping[str, str | bytes | None] | None = None,
) -> Repo:
    """`main` with a policy and probe.sh; the branch `work` with one more file, checked out. Signs as `policy` says."""
    repo = Repo.create(path)
    repo.commit("begin", {"gate.toml": f'extends = ["default"]\n{policy}', "probe.sh": probe, "README.md": "# p\n"})
    repo.branch("work")
    repo.commit("work", files or {"work.txt": "work\n"})
    return repo
