"""Where git looks for the hooks of a repository, and who else keeps hooks there."""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.command import decode
from gatekeeper.model.subject import Repository
from gatekeeper.process.capture import capture

_OWN = "`git config core.hooksPath .git/hooks` gives this repository hooks of its own"


class HookPlace(Struct, frozen=True):
    """`folder` is absolute and may not be there yet. `in_tree`: its files are part of the project, shared by everyone.

    `runs` is why git would run nothing of it in this worktree, "" when it does.
    """

    folder: Path
    said: str
    in_tree: bool = False
    husky: bool = False
    runs: str = ""


def find_place(repository: Repository, env: Mapping[str, str]) -> HookPlace:
    """The hooks folder of a repository as the user's git sees it, from any of its worktrees.

    Raises UsageError where core.hooksPath belongs to all repositories of the user, or switches hooks off.
    """
    scope, value = _configured(repository, env)
    if not value:
        return HookPlace(Path(repository.common_dir) / "hooks", "the repository's hooks folder")
    if value == os.devnull:
        raise UsageError("hooks are switched off here: core.hooksPath is /dev/null", _OWN)
    folder = Path(os.path.normpath(Path(repository.root) / value))
    if scope not in {"local", "worktree"}:
        raise UsageError(
            f"core.hooksPath ({folder}) is set for every repository of this {scope} configuration: a hook there would "
            "gate all of them",
            _OWN,
        )
    return _husky(folder, repository) or HookPlace(
        folder, f"core.hooksPath ({value})", in_tree=_inside(folder, repository), runs=_runs(folder, value)
    )


def _configured(repository: Repository, env: Mapping[str, str]) -> tuple[str, str]:
    """(scope, value) of core.hooksPath as the user has it: this is about what the user's git will do."""
    own = {name: value for name, value in env.items() if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")}
    argv = ("git", "-C", repository.root, "config", "--show-scope", "--type=path", "--get", "core.hooksPath")
    said = capture(argv, cwd="/", env=own)
    if said.exit not in {0, 1}:
        raise CannotEstablish(
            f"core.hooksPath cannot be read: {decode(said.stderr).strip()}", "look at `git config --list`"
        )
    scope, _, value = decode(said.stdout).rstrip("\n").partition("\t")
    return scope, value


def _husky(folder: Path, repository: Repository) -> HookPlace | None:
    """husky 9 writes its own folder `_` anew each time; what the project wants run lies beside it."""
    if folder.name != "_" or folder.parent.name != ".husky":
        return None
    missing = "" if folder.is_dir() else f"{folder} is not there: run `npx husky` in this worktree"
    return HookPlace(
        folder.parent, f"husky ({folder.parent})", in_tree=_inside(folder.parent, repository), husky=True, runs=missing
    )


def _runs(folder: Path, value: str) -> str:
    relative = not value.startswith(("/", "~"))
    if relative and not folder.is_dir():
        return f"core.hooksPath is {value}, which is not there in this worktree"
    return ""


def _inside(folder: Path, repository: Repository) -> bool:
    real, common = Path(os.path.realpath(folder)), Path(repository.common_dir)
    root = Path(os.path.realpath(repository.root))
    return not repository.bare and real.is_relative_to(root) and not real.is_relative_to(common)
