"""`gate contract from-file FILE`: the contracts that a TOML file states.

The file is read from the disk, not from a commit, and must not lie where the worker whom it binds could write it.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.git.worktrees import find_worktree
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository
from gatekeeper.policy.document import parse_toml
from gatekeeper.policy.drafted import KEYS, drafted

STDIN = "-"


def read_contracts(name: str) -> tuple[Contract, ...]:
    """One contract with its keys at the top, or any number under [[contract]]. Relative worktrees: from FILE's folder.

    Raises UsageError or ConfigurationError naming file and place.
    """
    _, table = parse_toml(name, _read(name))
    folder = os.getcwd() if name == STDIN else os.path.dirname(os.path.abspath(name))  # noqa: PTH100,PTH109,PTH120
    if "contract" not in table:
        return (drafted(table, name, folder),)
    found = tuple(
        drafted(one, f"{name}: contract {number}", folder) for number, one in enumerate(_tables(name, table), start=1)
    )
    _once_each(name, found)
    return found


def _tables(name: str, table: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """What stands under [[contract]], and nothing beside it."""
    many = table["contract"]
    if not isinstance(many, list) or not many or not all(isinstance(one, dict) for one in many):
        raise UsageError(
            f"{name}: contract is no list of tables", f"write [[contract]] and below it: {', '.join(KEYS)}"
        )
    if len(table) > 1:
        others = ", ".join(key for key in table if key != "contract")
        raise UsageError(f"{name}: {others} stands outside of [[contract]]", "move it below the [[contract]] it is for")
    return many


def must_be_out_of_reach(name: str, repository: Repository, contracts: Sequence[Contract]) -> None:
    """Raises UsageError when the file lies in the worktree of a branch that it binds."""
    if name == STDIN:
        return
    place = os.path.realpath(name)
    for contract in contracts:
        for worktree in {find_worktree(repository, contract.branch), contract.worktree or None} - {None}:
            if Path(place).is_relative_to(os.path.realpath(str(worktree))):
                raise UsageError(
                    f"{name} lies in {worktree}, where {contract.branch} is worked on: its worker could write it",
                    "keep the file elsewhere, or pipe it: gate contract from-file -",
                )


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}", "name a TOML file, or - for standard input"
        ) from error


def _once_each(name: str, contracts: Sequence[Contract]) -> None:
    seen: dict[str, int] = {}
    for number, contract in enumerate(contracts, start=1):
        if contract.branch in seen:
            raise UsageError(
                f"{name}: contracts {seen[contract.branch]} and {number} are both for {contract.branch}", "keep one"
            )
        seen[contract.branch] = number
