"""Let a push through whose commits were accepted before: the whole hook in tens of milliseconds.

A verdict about a commit is remembered under the commit, its branch and the caller's variables, with everything that it
rested on (`cached.py`); what git adds to the variables of a hook does not count. Only light imports here.
"""

import hashlib
import os
import sys
import time
from collections.abc import Mapping

from gatekeeper import __version__
from gatekeeper.cli import exits
from gatekeeper.cli.cached import IGNORED, holds, ledger_path
from gatekeeper.git.pushed import MAX_BYTES, Pushed, parse
from gatekeeper.ledger.verdicts import StoredVerdict, find_verdict
from gatekeeper.report.pushed import Gated, screen

WORDS = ["hook", "run", "pre-push"]
_STATES = {status: state for state, status in exits.OF_VERDICT.items()}


def replay(env: Mapping[str, str]) -> int | None:
    """Print what is remembered of every reference and return the exit status; None when one must be looked at."""
    if sys.stdin is None or os.isatty(0):
        return None
    lines = parse(standard_input())
    places = find_places(env)
    if places is None:
        return None
    answers = [remembered(line, places, env) for line in lines]
    gated = [answer for answer in answers if answer is not None]
    if len(gated) != len(lines):
        return None
    sys.stderr.write(screen(gated))
    sys.stderr.flush()
    return max((one.status for one in gated), default=exits.ACCEPTED)


_read: list[bytes] = []


def standard_input() -> bytes:
    """What git wrote, read once for the quick and the thorough way."""
    if not _read:
        parts, size = [], 0
        while size <= MAX_BYTES and (part := os.read(0, 1 << 16)):
            parts.append(part)
            size += len(part)
        _read.append(b"".join(parts))
    return _read[0]


def remembered(line: Pushed, places: tuple[str, str], env: Mapping[str, str]) -> Gated | None:
    """What is known of a pushed reference without looking at its commits, None for nothing."""
    if line.deletes:
        return Gated(shown(line), "", "deleted")
    now, path = time.time(), ledger_path(env)
    found = find_verdict(path, push_key(places[1], branch_of(line, places[0]), line.local_id, env), now)
    if found is not None and holds(found.witness):
        return recalled(line, found)
    found = find_verdict(path, landed_key(places[1], line.local_id), now)
    if found is not None and found.text == line.remote_id:
        return Gated(shown(line), line.local_id, "accepted", run=found.run, said="merged by the gate")
    return None


def recalled(line: Pushed, found: StoredVerdict) -> Gated:
    """The words about a verdict that still holds."""
    state = _STATES[found.exit_status]
    return Gated(shown(line), line.local_id, state, status=found.exit_status, run=found.run, brief=found.text)


def shown(line: Pushed) -> str:
    """What is pushed, in the user's words; with the name on the other side where that is another one."""
    if line.deletes:
        return _short(line.remote_ref)
    local, remote = _short(line.local_ref), _short(line.remote_ref)
    return local if local == remote else f"{local} → {remote}"


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/")


def push_key(common_dir: str, branch: str, commit: str, env: Mapping[str, str]) -> str:
    """sha256 of what a verdict about a pushed commit depends on, against the usual base. `branch` "" for none."""
    facts = ("push", common_dir, branch, commit, _variables(env), __version__, sys.executable, sys.version)
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()


def landed_key(common_dir: str, commit: str) -> str:
    """Under it lies the base (as text) onto which `gate merge` made the commit after accepting what it brings."""
    return hashlib.sha256(repr(("landed", common_dir, commit)).encode("utf-8", "surrogateescape")).hexdigest()


def _variables(env: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(
        (name, without_git(value) if name == "PATH" else value)
        for name, value in env.items()
        if name not in IGNORED and not name.startswith("GIT_")
    )


def without_git(path: str) -> str:
    """PATH as it was before git put its own programs in front of it."""
    return ":".join(entry for entry in path.split(":") if not entry.endswith("/git-core"))


def branch_of(line: Pushed, git_dir: str) -> str:
    """The branch whose tip is pushed by its name, or as HEAD; "" for anything else."""
    if line.local_ref.startswith("refs/heads/"):
        return line.local_ref.removeprefix("refs/heads/")
    return _head(git_dir) if line.local_ref in {"HEAD", "@"} else ""


def _head(git_dir: str) -> str:
    head = _content(f"{git_dir}/HEAD")
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""


def find_places(env: Mapping[str, str]) -> tuple[str, str] | None:
    """(git directory, the one that all worktrees share) of the repository that git calls the hook for, or None."""
    try:
        git_dir = os.path.realpath(env.get("GIT_DIR") or _above(os.getcwd()))  # noqa: PTH109
    except OSError:
        return None
    common = _content(f"{git_dir}/commondir")
    if not os.path.isfile(f"{git_dir}/HEAD"):  # noqa: PTH113
        return None
    return git_dir, os.path.realpath(os.path.join(git_dir, common)) if common else git_dir  # noqa: PTH118


def _above(folder: str) -> str:
    """The git directory that the `.git` of a folder names, or the folder itself (a bare repository)."""
    place = f"{folder}/.git"
    if os.path.isdir(place):  # noqa: PTH112
        return place
    named = _content(place)
    return os.path.join(folder, named.removeprefix("gitdir: ")) if named else folder  # noqa: PTH118


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.read().rstrip("\n")
    except OSError:
        return ""
