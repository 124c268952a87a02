"""`gate init`: look at the repository, write a first gate.toml, say what was found and what was not."""

import argparse
import contextlib
import os
import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.cli.output import emit
from gatekeeper.errors import CannotEstablish, GateError, UsageError
from gatekeeper.git.command import Git, decode
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.subject import Repository, Subject
from gatekeeper.policy.detect import Detected, Found, detect
from gatekeeper.policy.draft import draft
from gatekeeper.policy.load import GATE_FILE, PYPROJECT, load_policy, table_in_pyproject
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line

HELP = "look at the repository and write a first gate.toml"
_MAX_BYTES = 4 * 1024 * 1024
_TOOLS = {"python": ("ruff", "mypy", "pytest"), "typescript": ("tsc", "eslint", "vitest", "jest")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `gate init`."""
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """Writes gate.toml and prints what to do next; 0. UsageError when there is a policy already, or no worktree."""
    repository = find_repository(args.repo)
    if repository.bare:
        raise UsageError("a bare repository has no place for gate.toml", "run gate init in a worktree of it")
    root = Path(repository.root)
    read = _reader(root)
    _refuse_existing(root, read)
    names = _names(repository)
    subject = _subject(repository)
    base = subject.base.name if subject and subject.base else "main"
    detected = detect(names, read)
    text = draft(detected, base=base, year=datetime.now(UTC).year)
    _write(root / GATE_FILE, text)
    effect = _effect(text, read, names)
    emit("\n".join([*_report(detected, effect), "", f"Wrote {GATE_FILE}.", *_how_to_commit(subject), ""]))
    return 0


def _reader(root: Path) -> Callable[[str], bytes | None]:
    """Files of the worktree. What is not a plain file inside it, or is huge, is not there."""

    def read(name: str) -> bytes | None:
        path = root / name
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_BYTES:
                return None
            return path.read_bytes()
        except OSError:
            return None

    return read


def _refuse_existing(root: Path, read: Callable[[str], bytes | None]) -> None:
    if os.path.lexists(root / GATE_FILE):
        raise UsageError(f"{GATE_FILE} is already there; nothing was written", "edit it; gate policy show explains it")
    raw = read(PYPROJECT)
    if raw is not None and table_in_pyproject(PYPROJECT, raw, tolerant=True) is not None:
        raise UsageError(f"[tool.gate] in {PYPROJECT} is already the policy; nothing was written", "edit it there")


def _names(repository: Repository) -> list[str]:
    """Tracked files, and new ones that .gitignore does not hide."""
    git = Git(git_dir=repository.git_dir, work_tree=repository.root)
    said = git.run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted({decode(name) for name in said.split(b"\0") if name})


def _subject(repository: Repository) -> Subject | None:
    """Branch and base, when there are any: advice only, so that whatever is in the way is no error here."""
    try:
        store = Store.open(find_home(os.environ), repository)
        return resolve(repository, None, None, True, store=store)
    except (GateError, OSError):
        return None


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:  # "x": whoever was faster is never overwritten
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path.name} is already there; nothing was written", "edit it") from None
    except OSError as error:
        with contextlib.suppress(OSError):  # a full disk leaves half a file, which would stop the next attempt
            path.unlink(missing_ok=True)
        raise CannotEstablish(
            f"{path} cannot be written: {error.strerror}", "make room, or the folder writable"
        ) from error


def _effect(text: str, read: Callable[[str], bytes | None], names: list[str]) -> tuple[str, ...]:
    """What the new policy will say about itself; the draft is proven to load on the way."""
    policy = load_policy(read, names=lambda: names, where="the base", document=(GATE_FILE, text.encode()))
    return tuple(note.removeprefix("policy: ") for note in policy.notes)


def _report(detected: Detected, effect: Iterable[str]) -> list[str]:
    wanted = [tool for language in detected.languages for tool in _TOOLS[language]]
    found = [entry for tool in wanted if (entry := detected.tool(tool))]
    nothing = ["  nothing that says how this project is built or tested"]
    lines = ["Found:", *(_found(detected, found) or nothing)]
    missing = [_row(name, what) for name, what in _missing(detected, wanted, found)]
    lines += ["Not found:", *missing] if missing else []
    notes = [f"  {single_line(note)}" for note in effect]
    return [*lines, "What that means:", *notes] if notes else lines


def _found(detected: Detected, tools: Iterable[Found]) -> list[str]:
    rows = [_row(language, "language") for language in detected.languages]
    rows += [_row(name, "read for languages and tools") for name in detected.manifests]
    rows += [_row(entry.name, entry.where) for entry in tools]
    rows += [_row(name, "lock file") for name in detected.lock_files]
    return rows + [_row("tests", f"for example {name}") for name in detected.tests[:1]]


def _missing(detected: Detected, wanted: list[str], found: list[Found]) -> list[tuple[str, str]]:
    names = {entry.name for entry in found}
    runners = {"vitest", "jest"}
    absent = [tool for tool in wanted if tool not in names and not (tool in runners and names & runners)]
    missing = [(tool, "no configuration") for tool in absent]
    missing += [("lock file", "tools come from requirements, the project's own environment or PATH")] * (
        not detected.lock_files
    )
    return missing + [("tests", "no file that looks like one")] * (not detected.tests)


def _row(name: str, what: str) -> str:
    return f"  {single_line(name):<18} {single_line(what)}"


def _how_to_commit(subject: Subject | None) -> list[str]:
    """The commands that put the file on the base, as a person would type them."""
    base = subject.base.name if subject and subject.base else ""
    local = base.removeprefix("origin/")
    here = subject.branch if subject else None
    steps = [] if not local or here == local else [f"git switch {shlex.quote(local)}"]
    steps += ["git add gate.toml", 'git commit -m "Add the policy of the gate"']
    steps += [f"git push origin {shlex.quote(local)}"] if base.startswith("origin/") else []
    place = single_line(base) if base else "the base branch"
    return [
        f"It counts once it is on {place}; until then the shipped default judges, and the file is a note to it:",
        *(f"  {single_line(step)}" for step in steps),
        "Then see every check turn red on this project: gate prove",
    ]
