"""The second half of `gate merge`: make the commit, push it, move the base, stamp what has landed."""

import os
import time
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.cli import exits
from gatekeeper.cli.cached import pack
from gatekeeper.cli.judging import record
from gatekeeper.cli.merge_message import merge_message, squash_message
from gatekeeper.cli.merge_target import Target
from gatekeeper.cli.pushing import landed_key
from gatekeeper.cli.remember import valid_until
from gatekeeper.environment.witness import pack as pack_witnesses
from gatekeeper.errors import CannotEstablish, GateError
from gatekeeper.git.facts import commit_of
from gatekeeper.git.landing import Person, advance, bring, make_commit, must_follow, push
from gatekeeper.git.store import Store
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.verdicts import StoredVerdict
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CommitId, RunId, TreeId
from gatekeeper.process.home import Home


class Accepted(Struct, frozen=True):
    """An accepted verdict on the merge result, and how it is to be merged: "", "squash", "no-ff" or "ff-only"."""

    report: Report
    target: Target
    how: str
    message: str | None = None
    remote: str | None = None
    environments: tuple[tuple[str, str], ...] = ()
    """(digest, origin in words) of those that checks ran in, for the stamp."""


class Landing(Struct, frozen=True):
    """What was done. `how` in words; `stamped` in words, "" when no stamp was made; `worktrees` went along."""

    commit: CommitId
    tree: TreeId
    before: CommitId
    how: str
    stamped: str
    worktrees: tuple[str, ...]


def land(accepted: Accepted, home: Home, env: Mapping[str, str], ledger: Ledger, who: Person) -> Landing:
    """Under the lock of all mergers of this repository. Raises CannotEstablish, and nothing was merged.

    Pushed first and moved here afterwards: what the other side refuses has happened nowhere.
    """
    report, target = accepted.report, accepted.target
    subject, base, tree = report.subject, *_merged(report)
    store = Store.open(home, subject.repository)
    _must_stand(report, target)
    commit, how = _commit(store, accepted, base, tree, who)
    if commit != subject.head:
        bring(subject.repository, store, commit)
    must_follow(subject.repository, target.ref, base, commit, env)
    _let_through(report, commit, base, ledger)
    if accepted.remote:
        push(subject.repository.root, env, accepted.remote, commit, target.ref)
    reason = f"gate merge {subject.branch or subject.head}: {how}"
    try:
        worktrees = advance(subject.repository, target.ref, commit, base, env, who, reason)
    except CannotEstablish as error:
        raise _half(accepted, commit, error) from error
    stamped = _stamp(store, accepted, commit, home, ledger) if commit != subject.head else ""
    return Landing(commit, tree, base, how, stamped, worktrees)


def _merged(report: Report) -> tuple[CommitId, TreeId]:
    """The base and the merge result that were judged; an accepted verdict has both."""
    subject = report.subject
    if subject.base is None or subject.merge_tree is None:
        raise CannotEstablish(
            "there is no merge result that was judged", "name the base: gate merge BRANCH --base main"
        )
    return subject.base.tip, subject.merge_tree


def _must_stand(report: Report, target: Target) -> None:
    """Neither the branch nor its base has moved since they were judged. The base is looked at again when it moves."""
    subject, base = report.subject, _merged(report)[0]
    seen = [(target.ref, base), *([(f"refs/heads/{subject.branch}", subject.head)] if subject.branch else [])]
    for ref, expected in seen:
        now = commit_of(subject.repository, ref)
        if now != expected:
            name = ref.removeprefix("refs/heads/")
            raise CannotEstablish(
                f"{name} has moved while it was judged, from {expected[:12]} to {(now or 'nothing')[:12]}; "
                "nothing was merged",
                "merge again: what it is now is judged then",
            )


def _commit(store: Store, accepted: Accepted, base: CommitId, tree: TreeId, who: Person) -> tuple[CommitId, str]:
    """What the base is to be, and how that is called."""
    subject, how = accepted.report.subject, accepted.how
    if not subject.behind and how in {"", "ff-only"}:
        return subject.head, "fast-forward"
    if how == "ff-only":
        raise CannotEstablish(
            f"{accepted.target.name} has {subject.behind} commits that the branch has not: no fast-forward",
            f"rebase the branch onto {accepted.target.name}, or merge it without --ff-only",
        )
    if how == "squash":
        message = accepted.message or squash_message(store, accepted.report, who)
        return make_commit(store, tree, [base], message, who), "squash"
    message = accepted.message or merge_message(subject.branch or subject.head[:12], accepted.target.name)
    return make_commit(store, tree, [base, subject.head], message, who), "merge commit"


def _let_through(report: Report, commit: CommitId, base: CommitId, ledger: Ledger) -> None:
    """The pre-push hook need not judge again what was judged before it was made."""
    blob = pack((), pack_witnesses(()))
    if blob is not None:
        kept = StoredVerdict(report.run, blob, valid_until(report, time.time()), exits.ACCEPTED, base)
        ledger.keep_verdict(landed_key(report.subject.repository.common_dir, commit), kept)


def _half(accepted: Accepted, commit: CommitId, error: CannotEstablish) -> CannotEstablish:
    if not accepted.remote:
        return error
    name = accepted.target.name
    return CannotEstablish(
        f"{accepted.remote} has {commit[:12]} as {name} now, and here {error.what}",
        f"bring {name} up to date here: git fetch {accepted.remote} {name}",
    )


def _stamp(store: Store, accepted: Accepted, commit: CommitId, home: Home, ledger: Ledger) -> str:
    """Record and sign the verdict for the commit that was made of it; what came of it, in words."""
    landed = landed_report(store, accepted.report, accepted.target.name, commit)
    record(landed, exits.ACCEPTED, ledger)
    if not landed.policy.stamp.enabled:
        return ""
    try:
        from gatekeeper.stamp.seal import seal  # lazy: signing costs more to import than judging

        chain = seal(landed, home, os.environ, accepted.environments)
    except GateError as error:
        return f"could not be: {error.what}"
    return f"{commit[:12]}, run {landed.run[:12]}, place {chain.sequence} of its chain"


def landed_report(store: Store, report: Report, name: str, commit: CommitId) -> Report:
    """The verdict about the commit that was made on the base: its tree is the merge result that was judged.

    Contract and claims were the branch's, and stay with it.
    """
    base, tree = _merged(report)
    before = report.subject
    subject = replace(
        before,
        branch=name,
        head=commit,
        head_tree=tree,
        merge_tree=tree,
        merge_base=base,
        base_tree=store.tree_of(base),
        ahead=int(store.git.text("rev-list", "--count", f"{base}..{commit}")),
        behind=0,
        worktree=None,
    )
    note = f"made by gate merge of {before.branch or 'commit'} {before.head}, judged in run {report.run}"
    return replace(
        report, run=RunId(os.urandom(8).hex()), subject=subject, contract=None, claims=(), review=None,
        review_facts=None, notes=(*report.notes, note),
    )  # fmt: skip
