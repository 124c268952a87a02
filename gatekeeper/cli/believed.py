"""The answer of `gate verify`: what the policy asks for and whom it trusts, held against the log. Kept apart from the
verb so that it is imported while git is at work."""

import argparse
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gatekeeper.cli.verify import Agreed
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.command import Git
from gatekeeper.git.facts import Tips
from gatekeeper.git.objects import Objects
from gatekeeper.ledger.policies import KeptPolicies
from gatekeeper.model.approval import Approval
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Base, Repository
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CheckId, CommitId, Label
from gatekeeper.process.home import Home
from gatekeeper.stamp import gather
from gatekeeper.stamp.answer import Facts, Question, Verified
from gatekeeper.stamp.seen import Memory, Standing, standing
from gatekeeper.stamp.sift import Sifted
from gatekeeper.stamp.verify import verify
from gatekeeper.stamp.view import View

_STRENGTH = (Label.LOCAL, Label.PROXY, Label.DIRECT)


def believed(
    args: argparse.Namespace,
    home: Home,
    repository: Repository,
    found: Tips,
    objects: Objects,
    contract_of: Agreed | None,
) -> Verified:
    """Read what is there now, ask the log, remember it. Raises what reading the policy raises, and CannotEstablish."""
    policy = policy_at(home, repository, found.base, objects)
    question = _question(args, found, policy, contract_of)
    signers = _named(args.trust) if args.trust else _signers(policy)
    memory = Memory(home, repository)
    if args.forget_log:
        memory.forget()
    remembered = memory.tip()
    view = View(objects)
    log = standing(Git(git_dir=repository.common_dir), view.tip, remembered)
    sifted = gather.sifted(objects, view, found.head, signers, policy.signers)
    approvals = _approvals(view, found.head, sifted, policy.signers)
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
        approvals={(one.digest, one.rule): one.problem for one in approvals},
        notes=unkept,
    )
    answer = verify(question, sifted, facts)
    return replace(answer, approvals=approvals, refused=tuple(one for one in answer.refused if not one.approval))


def _approvals(view: View, commit: CommitId, sifted: Sifted, signers: Sequence[Signer]) -> tuple[Approval, ...]:
    """What people have approved, always by the signers of the policy: `--trust` names signers of stamps."""
    if not sifted.approvals:
        return ()
    from datetime import UTC, datetime  # lazy: most commits need no approval

    from gatekeeper.stamp.approvals import believable

    return believable(view, commit, sifted, signers, datetime.now(UTC))


def _remember(memory: Memory, tip: str | None, log: Standing) -> tuple[str, ...]:
    """Remember a log that has only grown. A state that cannot be written keeps nobody from an answer."""
    if tip is None or log.problem or tip == log.remembered:
        return ()
    try:
        memory.keep(tip, log.remembered)
    except CannotEstablish as error:
        return (f"the log is not remembered, so that nobody here will notice when it goes back: {error.what}",)
    return ()


def policy_at(home: Home, repository: Repository, base: Base, objects: Objects) -> Policy:
    """The policy of the base, kept from the time before where it was resolved already."""
    where = f"{base.name} ({base.tip[:12]})"

    def load() -> Policy:
        from gatekeeper.policy.load import load_policy  # lazy: pydantic behind it costs twice the rest of this verb

        read = gather.reader(objects, base.tip)
        return load_policy(read, names=lambda: gather.names(repository, base.tip), where=where)

    return KeptPolicies(home.cache / "policies").of(base.tip, where, load)


def _question(args: argparse.Namespace, found: Tips, policy: Policy, contract_of: Agreed | None) -> Question:
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


def _digests(contract_of: Agreed | None, asked: str | None, sifted: Sifted) -> Mapping[str | None, str] | None:
    if contract_of is None:
        return None
    branches = [asked] if asked is not None else sorted({one.branch for one in sifted.stamps if one.branch is not None})
    found = {branch: contract_of(branch) for branch in branches}
    return {branch: contract.digest for branch, contract in found.items() if contract is not None}


def _merge_base(repository: Repository, found: Tips) -> CommitId:
    said = Git(git_dir=repository.common_dir).run("merge-base", found.base.tip, found.head, check=False)
    return CommitId(said.decode().strip())
