"""Which Python builds the environment: the first on the caller's PATH that the project accepts."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from gatekeeper.environment.answers import NOTHING_KEPT, Answers
from gatekeeper.environment.requirements import table, toml_of
from gatekeeper.environment.witness import Witness, look_at
from gatekeeper.errors import GateError
from gatekeeper.process.capture import capture

_ASK = """import sys
print(getattr(sys, "_base_executable", "") or sys.executable)
print("%d.%d.%d" % sys.version_info[:3])"""
_SYSTEM_PATH = "/usr/bin:/bin"
_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)(\.\*)?\s*")


class Interpreter(Struct, frozen=True):
    """A base interpreter (not one of a virtual environment) and its version."""

    path: str
    version: tuple[int, ...]

    @property
    def words(self) -> str:
        return ".".join(map(str, self.version))


def choose_interpreter(
    tree: Path, base_env: Mapping[str, str], answers: Answers = NOTHING_KEPT
) -> tuple[Interpreter | None, str]:
    """The interpreter, and a problem in words when the project accepts none of those that there are."""
    wanted = str(table(toml_of(tree / "pyproject.toml"), "project").get("requires-python", ""))
    refused = []
    for candidate in _candidates(tree, base_env):
        found = ask(candidate, answers)
        if found is None:
            continue
        if accepts(wanted, found.version):
            return found, ""
        refused.append(found.words)
    seen = f"found {', '.join(dict.fromkeys(refused))}" if refused else "found none"
    return None, f"no Python on PATH satisfies requires-python {wanted!r} ({seen})"


def accepts(specifier: str, version: tuple[int, ...]) -> bool:
    """Does the version satisfy the specifier (PEP 440, plain releases)? What cannot be read does not exclude."""
    for clause in filter(None, (part.strip() for part in specifier.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if match and not _satisfies(match.group(1), _numbers(match.group(2)), bool(match.group(3)), version):
            return False
    return True


def _satisfies(operator: str, wanted: tuple[int, ...], wild: bool, version: tuple[int, ...]) -> bool:
    short, full = version[: len(wanted)], (*wanted, *(0,) * (3 - len(wanted)))
    equal = short == wanted if wild else version == full
    answers = {
        "==": equal,
        "!=": not equal,
        ">=": version >= full,
        "<=": version <= full,
        ">": version > full,
        "<": version < full,
        "~=": version >= full and version[: len(wanted) - 1] == wanted[:-1],
    }
    return answers[operator]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _candidates(tree: Path, base_env: Mapping[str, str]) -> Iterator[str]:
    folders = [folder for folder in base_env.get("PATH", "").split(os.pathsep) if folder.startswith("/")]
    names = ["python3", "python", *(f"python3.{minor}" for minor in range(16, 8, -1))]
    pinned = _pinned(tree)
    for name in [f"python{pinned}", *names] if pinned else names:
        yield from (f"{folder}/{name}" for folder in folders if os.access(f"{folder}/{name}", os.X_OK))
    yield getattr(sys, "_base_executable", "") or sys.executable


def _pinned(tree: Path) -> str:
    """Major and minor number of `.python-version`; empty when there is none."""
    try:
        text = (tree / ".python-version").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    match = re.match(r"\s*(\d+\.\d+)", text)
    return match.group(1) if match else ""


def ask(python: str, answers: Answers = NOTHING_KEPT) -> Interpreter | None:
    """The base interpreter behind a `python`, or None when it is none."""
    question = f"{python} -I -c {_ASK}"
    known = answers.find(question)
    if known is not None:
        return _understood(known)
    decided_by = _decided_by(python)
    said = _said(python)
    found = _understood(said)
    if found is not None:
        answers.keep(question, said, decided_by)
    return found


@lru_cache(maxsize=64)  # a version manager's stand-in takes a fifth of a second
def _said(python: str) -> str:
    """What it prints when it is asked; nothing when it fails. Kept for the process."""
    # In "/", because a version manager's stand-in would otherwise read the branch's .python-version.
    try:
        answer = capture((python, "-I", "-c", _ASK), cwd="/", env={"PATH": _SYSTEM_PATH}, timeout_s=20)
    except GateError:
        return ""
    return answer.stdout.decode(errors="replace") if answer.exit == 0 else ""


def _understood(said: str) -> Interpreter | None:
    lines = said.split("\n")
    if len(lines) < 2 or not re.fullmatch(r"\d+\.\d+\.\d+", lines[1]):
        return None
    return Interpreter(lines[0], _numbers(lines[1]))


def _decided_by(python: str) -> tuple[Witness, ...]:
    """The files on which the answer rests; none when it is a script that could ask anything for its answer."""
    path = Path(python)
    try:
        with path.open("rb") as file:
            script = file.read(2) == b"#!"
    except OSError:
        return ()
    root = path.parent.parent
    if not script:
        return look_at([python, str(path.resolve()), str(root / "pyvenv.cfg")])
    if path.parent.name != "shims" or not (root / "version").is_file():
        return ()
    # pyenv's: the version chosen for all, those that there are, and what it falls back on in the folder "/".
    system = [f"{folder}/{name}" for folder in _SYSTEM_PATH.split(":") for name in ("python", "python3")]
    return look_at([python, str(root / "version"), str(root / "versions"), "/.python-version", *system])
