"""The eye that every attack fools: the commands of the project's own README. And the truth beside it."""

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.attacks.case import Breakage
from tests.attacks.desk import Desk, quiet

_EPOCH = 1_700_000_000
_PYTHON = ".venv/bin/python"
_GREEN = (
    (_PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    (".venv/bin/ruff", "check", "--no-cache", "."),
    (".venv/bin/ruff", "format", "--no-cache", "--check", "."),
)

_GREEN_SCRIPTS = (("node_modules/.bin/tsc", "--project", "."), ("npm", "test", "--silent"))
_BUNDLE = "node_modules/.bin/esbuild --bundle --platform=node --format=esm --loader=ts --log-level=error"
_BUNDLED = f'printf %s "$1" | {_BUNDLE} | node --input-type=module -'
"""Nothing of the project's configuration comes into it: only its sources."""


def looks_green(desk: Desk, scratch: Path) -> str:
    """What the first red command says about the worktree of the desk; "" when all are green."""
    if desk.language == "typescript":
        return _first_red(desk, _GREEN_SCRIPTS)
    return _first_red(desk, (*_GREEN, (_PYTHON, "-m", "mypy", f"--cache-dir={_seeded(desk, scratch)}")))


def _first_red(desk: Desk, commands: Iterable[Sequence[str]]) -> str:
    for argv in commands:
        status, said = quiet(list(argv), desk.path, {"PYTHONPATH": "src"})
        if status:
            return f"{' '.join(argv)}: {status}\n{said}"
    return ""


def works(desk: Desk, breakage: Breakage) -> bool:
    """Does the acceptance program of the breakage end with 0 on the worktree of the desk?"""
    if desk.language == "typescript":
        return quiet(["sh", "-c", _BUNDLED, "sh", breakage.acceptance], desk.path, {})[0] == 0
    argv = [_PYTHON, "-P", "-c", breakage.acceptance]
    return quiet(argv, desk.path, {"PYTHONPATH": "src"})[0] == 0


def _seeded(desk: Desk, scratch: Path) -> Path:
    """A copy of the cache that mypy left for the base: types of the library are worked out once.

    Files of the base are made old, so that no edit of the same length passes for what was seen.
    """
    seed, copy = scratch / "mypy-seed", scratch / "mypy-cache"
    if not seed.exists():
        argv = [str(desk.path / _PYTHON), "-m", "mypy", f"--cache-dir={seed}"]
        quiet(argv, _base_of(desk, scratch), {})
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(seed, copy)
    return copy


def _base_of(desk: Desk, scratch: Path) -> Path:
    folder = scratch / "mypy-base"
    folder.mkdir()
    tree = desk.repo.git("ls-tree", "-r", "--name-only", "main", "--", "src", "pyproject.toml")
    for name in tree.splitlines():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(desk.repo.git("show", f"main:{name}") + "\n")
        os.utime(file, (_EPOCH, _EPOCH))
    return folder
