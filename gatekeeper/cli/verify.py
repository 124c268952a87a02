"""`gate verify REV`: does a stamp that can be believed say that this commit was accepted?"""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.git.command import Git
from gatekeeper.git.facts import Tips, find_repository, tips
from gatekeeper.git.objects import Objects
from gatekeeper.ledger.policies import KeptPolicies
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CheckId, CommitId, Label
from gatekeeper.process.home import Home, find_home
from gatekeeper.report import verified as report
from gatekeeper.stamp import gather
from gatekeeper.stamp.answer import Answer, Facts, Question, Verified
from gatekeeper.stamp.seen import Memory, Standing, standing
from gatekeeper.stamp.sift import Sifted
from gatekeeper.stamp.verify import verify
from gatekeeper.stamp.view import View

if TYPE_CHECKING:  # start-up time: most machines verify without any contract
    from gatekeeper.model.contract import Contract

HELP = "does a signed stamp say that this commit was accepted?"
STATUS = {Answer.VERIFIED: exits.ACCEPTED, Answer.REJECTED: exits.REJECTED, Answer.UNESTABLISHED: exits.BLOCKED}
_STRENGTH = (Label.LOCAL, Label.PROXY, Label.DIRECT)
_Agreed = Callable[[str], "Contract | None"]


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
    home = find_home(os.environ)
    repository = find_repository(args.repo)
    contract_of = _contracts(home, repository)
    found = _tips(args, repository, contract_of)
    with Objects(Git(git_dir=repository.git_dir)) as objects:
        answer = _answer(args, home, repository, found, objects, contract_of)
    if not (args.quiet and answer.answer is Answer.VERIFIED):
        name = found.branch or args.rev or "HEAD"
        emit(
            report.json_text(answer, name, found.head)
            if args.format == "json"
            else report.text(answer, name, found.head)
        )
    return STATUS[answer.answer]


def _tips(args: argparse.Namespace, repository: Repository, contract_of: _Agreed | None) -> Tips:
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


def _answer(
    args: argparse.Namespace,
    home: Home,
    repository: Repository,
    found: Tips,
    objects: Objects,
    contract_of: _Agreed | None,
) -> Verified:
    policy = _policy(home, repository, found, objects)
    question = _question(args, found, policy, contract_of)
    signers = _named(args.trust) if args.trust else _signers(policy)
    memory = Memory(home, repository)
    if args.forget_log:
        memory.forget()
    remembered = memory.tip()
    view = View(objects)
    log = standing(Git(git_dir=repository.common_dir), view.tip, remembered)
    sifted = gather.sifted(objects, view, found.head, signers)
    unkept = _remember(memory, view.tip, log)
    facts = Facts(
        log=log,
        base_name=found.base.name,
        base=found.base.tip,
        merge_base=_merge_base(repository, found) if sifted.stamps else "",
        policy=policy.digest,
        contracts=_digests(contract_of, found.branch, sifted),
        branch=found.branch,
        chains=gather.places(view, found.head, sifted),
        notes=unkept,
    )
    return verify(question, sifted, facts)


def _remember(memory: Memory, tip: str | None, log: Standing) -> tuple[str, ...]:
    """Remember a log that has only grown. A state that cannot be written keeps nobody from an answer."""
    if tip is None or log.problem or tip == log.remembered:
        return ()
    try:
        memory.keep(tip, log.remembered)
    except CannotEstablish as error:
        return (f"the log is not remembered, so that nobody here will notice when it goes back: {error.what}",)
    return ()


def _policy(home: Home, repository: Repository, found: Tips, objects: Objects) -> Policy:
    base = found.base
    where = f"{base.name} ({base.tip[:12]})"

    def load() -> Policy:
        from gatekeeper.policy.load import load_policy  # lazy: pydantic behind it costs twice the rest of this verb

        read = gather.reader(objects, base.tip)
        return load_policy(read, names=lambda: gather.names(repository, base.tip), where=where)

    return KeptPolicies(home.cache / "policies").of(base.tip, where, load)


def _question(args: argparse.Namespace, found: Tips, policy: Policy, contract_of: _Agreed | None) -> Question:
    name = args.rev or "HEAD"
    if args.require:
        return Question(found.head, name, _required(args.require, policy), asked=True)
    contract = contract_of(found.branch) if contract_of is not None and found.branch is not None else None
    if contract is not None:
        from gatekeeper.policy.agreed import agreed  # lazy: most branches have no contract

        policy = agreed(policy, contract)
    requires = {one.id: one.requires for one in policy.checks.values() if one.enabled and one.required}
    if not requires:
        raise UsageError(
            "nothing is required: the policy at the base requires no check",
            "say what: gate verify REV --require tests=local",
        )
    return Question(found.head, name, requires)


def _required(words: Sequence[str], policy: Policy) -> Mapping[CheckId, Label]:
    """The stronger one where an id is named twice."""
    found: dict[CheckId, Label] = {}
    labels = ", ".join(label.value for label in _STRENGTH)
    for word in words:
        name, _, text = word.partition("=")
        if text not in _STRENGTH:
            raise UsageError(f"--require {word!r} is not ID=LABEL", f"labels: {labels}; for example tests=local")
        if name not in policy.checks:
            raise UsageError(
                f"there is no check or target {name!r} in the policy at the base",
                f"there are: {', '.join(policy.checks)}",
            )
        check = CheckId(name)
        found[check] = max(found.get(check, Label.LOCAL), Label(text), key=_STRENGTH.index)
    return found


def _named(words: Sequence[str]) -> Sequence[Signer]:
    from datetime import UTC, datetime  # lazy, as below: most calls trust the policy

    from gatekeeper.stamp.trust import trusted

    return trusted(words, datetime.now(UTC))


def _signers(policy: Policy) -> Sequence[Signer]:
    if not any(signer.stamps for signer in policy.signers):
        raise CannotEstablish(
            f"nobody is trusted to sign stamps: there is no [[signer]] in {policy.origin}",
            "the signer prints its key with `gate key show`; put it on the base: `gate key trust PUBLIC_KEY --name "
            "NAME`; or name it here: `gate verify REV --trust FILE_OR_KEY`",
        )
    return policy.signers


def _contracts(home: Home, repository: Repository) -> _Agreed | None:
    """Branch → the contract that binds it; None on a machine where no contracts are kept."""
    path = home.state / "contracts.sqlite3"
    if not path.exists():
        return None
    from gatekeeper.ledger.contracts import Contracts  # lazy: most machines verify without any

    return lambda branch: Contracts(path).current(repository, branch)


def _base_of(contract_of: _Agreed | None, branch: str) -> str | None:
    contract = contract_of(branch) if contract_of is not None else None
    return contract.base if contract is not None else None


def _digests(contract_of: _Agreed | None, asked: str | None, sifted: Sifted) -> Mapping[str | None, str] | None:
    if contract_of is None:
        return None
    branches = [asked] if asked is not None else sorted({one.branch for one in sifted.stamps if one.branch is not None})
    found = {branch: contract_of(branch) for branch in branches}
    return {branch: contract.digest for branch, contract in found.items() if contract is not None}


def _merge_base(repository: Repository, found: Tips) -> CommitId:
    said = Git(git_dir=repository.common_dir).run("merge-base", found.base.tip, found.head, check=False)
    return CommitId(said.decode().strip())
