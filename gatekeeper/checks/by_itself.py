"""Did commits of a branch get onto its base while its contract holds? Read from the references and git's own reflogs.

Who did it cannot be read from git, and reflogs can be removed. So only what is certain is said: commits that were made
on this branch, and were not on the base when the contract was set, are on the base now.
"""

from collections.abc import Sequence

from gatekeeper.git.ancestry import contained, descendants, joined_by_merge
from gatekeeper.git.reflog import PUSHED, BaseRef, base_refs, made_on, moves
from gatekeeper.git.store import Store
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.subject import Repository, Subject
from gatekeeper.model.vocabulary import CheckId, CommitId

ID = CheckId("contract")
_SHOWN = 3


def by_itself(store: Store, subject: Subject, contract: Contract) -> tuple[Finding, ...]:
    """`worker-merged` and `worker-pushed-base`: one finding per reference of the base that holds such commits."""
    if subject.base is None:
        return ()
    refs = [ref for ref in base_refs(subject.repository, subject.base.name) if ref.tip != contract.base_tip]
    if not refs:
        return ()
    store.fetch([ref.tip for ref in refs])
    made = _made(store, subject, contract)
    found = []
    for ref in refs:
        taken = contained(store, made, ref.tip)
        if not taken and joined_by_merge(store, subject.head, ref.tip):
            taken = _since(store, [subject.head], contract)
        if taken:
            found.append(_finding(ref, taken, _pushed(store, subject.repository, ref, taken[-1]), contract))
    return tuple(found)


def _made(store: Store, subject: Subject, contract: Contract) -> tuple[CommitId, ...]:
    """Commits made on the branch that were not on the base when the contract was set, newest first."""
    return _since(store, made_on(subject.repository, contract.branch), contract)


def _since(store: Store, commits: Sequence[CommitId], contract: Contract) -> tuple[CommitId, ...]:
    before = set(contained(store, commits, contract.base_tip)) if contract.base_tip and commits else set()
    return tuple(commit for commit in commits if commit not in before)


def _pushed(store: Store, repository: Repository, ref: BaseRef, commit: CommitId) -> bool:
    """Was it a push from this repository that brought the commit to the remote base?"""
    if not ref.remote:
        return False
    after = descendants(store, commit, ref.tip)
    first = next((move for move in reversed(moves(repository, ref.name)) if move.commit in after), None)
    return first is not None and first.why == PUSHED


def _finding(ref: BaseRef, taken: Sequence[CommitId], pushed: bool, contract: Contract) -> Finding:
    listed = ", ".join(commit[:12] for commit in taken[:_SHOWN]) + (", …" if len(taken) > _SHOWN else "")
    commits = f"{len(taken)} commit{'s' if len(taken) != 1 else ''} of the branch ({listed})"
    came = "went there by a push from this repository" if pushed else "got there"
    return Finding(
        check=ID,
        rule="worker-pushed-base" if pushed else "worker-merged",
        message=f"{ref.short} contains {commits}, which {came} while the contract holds; "
        f"when a person merged it: gate contract remove {contract.branch}",
        symbol=ref.short,
    )
