"""`gate verify` as a subprocess, and the log as somebody with an editor would change it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.gate_command import Said
from tests.support.stamps import Yard
from tests.support.verb import verb

VERIFIED, REJECTED, USAGE, UNESTABLISHED = 0, 1, 2, 3


def verify(yard: Yard, *words: str, cwd: Path | None = None) -> Said:
    """`gate verify WORDS` in the yard."""
    return verb(cwd or yard.repo.path, "verify", *words)


def as_json(yard: Yard, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(verify(yard, "--format", "json", *words).out)
    return found


def failing(yard: Yard, *words: str) -> tuple[int, str]:
    """Exit status and the name of the step that fails, "" when none does; nothing is reached after it."""
    said = verify(yard, "--format", "json", *words)
    steps = json.loads(said.out)["steps"]
    assert [step["number"] for step in steps] == list(range(1, 8))
    passed = [step for step in steps if step["ok"]]
    failed = [step for step in steps if step["ok"] is False]
    assert steps[: len(passed)] == passed and steps[len(passed) : len(passed) + 1] == failed
    assert all(step["hint"] for step in failed)
    return said.status, failed[0]["name"] if failed else ""


def stored(yard: Yard, rev: str = "work") -> list[str]:
    """Paths of everything about a commit in the log, as it is found by the commit."""
    head = yard.repo.head(rev)
    return [path for path in yard.files() if path.startswith(f"stamps/{head[:2]}/{head}/")]


def content(yard: Yard, path: str) -> bytes:
    """A file of the log."""
    argv = ["git", "-C", str(yard.repo.path), "cat-file", "blob", f"gate-log:{path}"]
    return subprocess.run(argv, capture_output=True, check=True).stdout


def beside(yard: Yard, name: str, line: bytes, rev: str = "work") -> None:
    """Put a file beside the stamps of a commit."""
    head = yard.repo.head(rev)
    yard.commit_log({f"stamps/{head[:2]}/{head}/{name}": line})
