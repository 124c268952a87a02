"""`gate verify REV`: does a stamp that can be believed say that this commit was accepted?

Half of its time is importing what verifies signatures, and a quarter is waiting for git: both at once.
"""

import argparse
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.git.command import Git
from gatekeeper.git.facts import Tips, find_repository, tips
from gatekeeper.git.objects import Objects
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home, find_home

if TYPE_CHECKING:  # start-up time: most machines verify without any contract
    from gatekeeper.model.contract import Contract

HELP = "does a signed stamp say that this commit was accepted?"
STATUS = {"verified": exits.ACCEPTED, "rejected": exits.REJECTED, "unestablished": exits.BLOCKED}
Agreed = Callable[[str], "Contract | None"]
"""Branch → the contract that binds it now."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate verify`."""
    parser.add_argument("rev", nargs="?", metavar="REV", help="branch or commit (default: the current branch's HEAD)")
    parser.add_argument(
        "--require", action="append", default=[], metavar="ID=LABEL", help="instead of what the policy requires"
    )
    parser.add_argument("--base", metavar="REV", help="the base, whose policy says who is trusted (default: as check)")
    parser.add_argument(
        "--trust", action="append", default=[], metavar="FILE_OR_KEY", help="instead of the signers of the policy"
    )
    parser.add_argument("--forget-log", action="store_true", help="believe the log as it stands, though it went back")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing when it is verified")


def run(args: argparse.Namespace) -> int:
    """Prints the steps; 0 verified, 1 rejected or forged, 3 not established. UsageError when nothing is required."""
    threading.Thread(target=_import_ahead).start()  # git works meanwhile
    home = find_home(os.environ)
    repository = find_repository(args.repo)
    contract_of = contracts_of(home, repository)
    found = _tips(args, repository, contract_of)
    from gatekeeper.cli.believed import believed  # lazy: it may still be on its way
    from gatekeeper.report import verified as report

    with Objects(Git(git_dir=repository.git_dir)) as objects:
        answer = believed(args, home, repository, found, objects, contract_of)
    if not (args.quiet and answer.answer == "verified"):
        written = report.json_text if args.format == "json" else report.text
        emit(written(answer, found.branch or args.rev or "HEAD", found.head))
    return STATUS[answer.answer]


def _import_ahead() -> None:
    from gatekeeper.cli import believed  # noqa: F401 - for whoever imports it next
    from gatekeeper.report import verified  # noqa: F401


def _tips(args: argparse.Namespace, repository: Repository, contract_of: Agreed | None) -> Tips:
    try:
        return tips(repository, args.rev, args.base, lambda branch: _base_of(contract_of, branch))
    except (UsageError, NothingToJudge) as error:
        for name in (args.rev, args.base, "refs/heads/main"):
            _must_be_whole(repository, name)  # git says of a commit that was written over that there is none
        if isinstance(error, UsageError):
            raise
        raise CannotEstablish(error.what, error.hint) from error


def _must_be_whole(repository: Repository, name: str | None) -> None:
    """Raises CannotEstablish when there is a commit of that name whose content is not what its id says."""
    if not name or "\n" in name:
        return
    with Objects(Git(git_dir=repository.git_dir)) as objects:
        known = objects.info(name)
        if known is not None and known.kind == "commit":
            objects.tree_of(known.oid)


def contracts_of(home: Home, repository: Repository) -> Agreed | None:
    """Branch → the contract that binds it; None on a machine where no contracts are kept."""
    path = home.state / "contracts.sqlite3"
    if not path.exists():
        return None
    from gatekeeper.ledger.contracts import Contracts  # lazy: most machines verify without any

    return lambda branch: Contracts(path).current(repository, branch)


def _base_of(contract_of: Agreed | None, branch: str) -> str | None:
    contract = contract_of(branch) if contract_of is not None else None
    return contract.base if contract is not None else None
