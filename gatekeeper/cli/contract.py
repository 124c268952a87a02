"""`gate contract`: agree what a worker may touch and must prove, and look at what was agreed."""

import argparse
import os
from collections.abc import Mapping

from msgspec.structs import replace

from gatekeeper.cli.caller import git_identity
from gatekeeper.cli.contract_state import problems_of
from gatekeeper.cli.contract_text import as_json, listed, shown, stated, told
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import commit_of, find_base, find_repository
from gatekeeper.ledger.contracts import Contracts
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository
from gatekeeper.policy.agreed import agreed
from gatekeeper.policy.drafted import KEYS, drafted
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line

HELP = "agree what a worker may touch and must prove"
_WHOLE = "It states the whole contract: nothing is taken over from an earlier version."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs and options of `gate contract`."""
    verbs = parser.add_subparsers(dest="contract_verb", required=True, metavar="VERB")
    _options_of_set(verbs.add_parser("set", help="state the contract of a branch", description=_WHOLE))
    show = verbs.add_parser("show", help="the contracts of this repository, or one of them")
    show.add_argument("branch", nargs="?", metavar="BRANCH", help="only this one, in full")
    show.add_argument("--history", action="store_true", help="every version, and what it changed")
    show.add_argument("--format", choices=("text", "json"), default="text")
    file = verbs.add_parser("from-file", help="state the contracts that a TOML file holds", description=_WHOLE)
    file.add_argument("file", metavar="FILE", help="read from the disk, never from a branch; - is standard input")
    remove = verbs.add_parser("remove", help="end the contract of a branch; its history stays")
    remove.add_argument("branch", metavar="BRANCH")
    for one in (file, remove):
        one.add_argument("--by", metavar="NAME", help="who says so (default: your git user)")
    for one in verbs.choices.values():
        one.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def _options_of_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("branch", metavar="BRANCH", help="the branch; it need not exist yet")
    parser.add_argument("--base", metavar="REV", help="what the branch is judged against, and merged into")
    parser.add_argument("--worktree", metavar="DIR", help="where the worker works")
    for name, text in (("allow", "paths that it may touch"), ("forbid", "paths that it may not touch")):
        parser.add_argument(f"--{name}", action="append", metavar="GLOB", help=f"{text} (as in .gitignore; repeatable)")
    parser.add_argument(
        "--require", action="append", metavar="ID=LABEL", help="evidence of a check or target (repeatable)"
    )
    parser.add_argument("--title", metavar="TEXT", help="must be in the subject line of a commit of the branch")
    parser.add_argument("--pr-title", metavar="TEXT", help="title of the pull request (kept and shown)")
    parser.add_argument("--commit-format", metavar="REGEX", help="every subject line must match (re.search of Python)")
    parser.add_argument("--package", metavar="NAME", help="name of the work package, for people")
    parser.add_argument("--by", metavar="NAME", help="who says so (default: your git user)")


def run(args: argparse.Namespace) -> int:
    """0 when done or shown. Raises UsageError, ConfigurationError (a requirement that the policy does not know) and
    CannotEstablish (the file of contracts cannot be used)."""
    repository = find_repository(args.repo)
    contracts = Contracts(find_home(os.environ).contracts)
    if args.contract_verb == "show":
        _show(args, repository, contracts)
    elif args.contract_verb == "remove":
        _remove(args, repository, contracts)
    else:
        _state(args, repository, contracts)
    return 0


def _state(args: argparse.Namespace, repository: Repository, contracts: Contracts) -> None:
    drafts = _from_file(args, repository) if args.contract_verb == "from-file" else (_from_options(args),)
    by = args.by or git_identity(repository, os.environ)
    placed = [_placed(replace(draft, by=args.by or draft.by or by), repository) for draft in drafts]
    for draft in placed:
        if draft.requires:
            _must_be_known(draft, args.repo)
    for now in contracts.set(repository, placed):
        notes = () if now.contract.head else ("there is no such branch yet",)
        emit(stated(now, notes))


def _from_options(args: argparse.Namespace) -> Contract:
    given: Mapping[str, object] = {key: value for key in KEYS if (value := getattr(args, key, None)) is not None}
    return drafted(given, "gate contract set", os.getcwd(), _option)  # noqa: PTH109


def _must_be_known(draft: Contract, directory: str) -> None:
    """Raises ConfigurationError for a requirement that the policy at the base does not know."""
    from gatekeeper.cli.policy import base_policy  # lazy: reads the policy through pydantic

    agreed(base_policy(directory, draft.base or None), draft)


def _option(key: str) -> str:
    return "BRANCH" if key == "branch" else f"--{key.replace('_', '-')}"


def _from_file(args: argparse.Namespace, repository: Repository) -> tuple[Contract, ...]:
    from gatekeeper.cli.contract_file import must_be_out_of_reach, read_contracts  # lazy: reads TOML through pydantic

    found = read_contracts(args.file)
    must_be_out_of_reach(args.file, repository, found)
    return found


def _placed(draft: Contract, repository: Repository) -> Contract:
    """With the commits at which it begins. Raises UsageError for a base that is not there, or is the branch itself."""
    base = find_base(repository, draft.base)
    if base is not None and base.name == draft.branch:
        raise UsageError(
            f"{draft.branch} would be judged against itself",
            f"name its base: gate contract set {draft.branch} --base REV",
        )
    head = commit_of(repository, f"refs/heads/{draft.branch}")
    return replace(draft, base_tip=base.tip if base else "", head=head or "")


def _show(args: argparse.Namespace, repository: Repository, contracts: Contracts) -> None:
    if args.branch is not None:
        emit(_one(args, repository, contracts))
        return
    if args.history:
        raise UsageError("--history is of one branch", "gate contract show BRANCH --history")
    home = find_home(os.environ)
    found = contracts.all(repository)
    problems = {one.branch: problems_of(one, repository, home) for one in found}
    emit(as_json(found, problems) if args.format == "json" else listed(found, problems))


def _one(args: argparse.Namespace, repository: Repository, contracts: Contracts) -> str:
    """One contract, or its history. Raises UsageError when there is none (any more, and no history was asked for)."""
    branch = args.branch.removeprefix("refs/heads/")
    contract = contracts.current(repository, branch)
    history = contracts.history(repository, branch) if args.history else None
    if contract is None and not history:
        raise _none(branch, repository, contracts)
    problems = problems_of(contract, repository, find_home(os.environ)) if contract else ()
    if args.format == "json":
        return as_json((contract,) if contract else (), {branch: problems}, history)
    return told(branch, history) if history else "".join(shown(one, problems) for one in (contract,) if one)


def _remove(args: argparse.Namespace, repository: Repository, contracts: Contracts) -> None:
    branch = args.branch.removeprefix("refs/heads/")
    if not contracts.remove(repository, branch, args.by or git_identity(repository, os.environ)):
        raise _none(branch, repository, contracts)
    name = single_line(branch)
    emit(f"contract of {name}: ended; gate contract show {name} --history shows what it was\n")


def _none(branch: str, repository: Repository, contracts: Contracts) -> UsageError:
    names = ", ".join(one.branch for one in contracts.all(repository))
    hint = f"there are contracts of: {names}" if names else "gate contract set BRANCH … makes one"
    return UsageError(f"{branch} has no contract", hint)
