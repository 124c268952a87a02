"""What a repository looks like against its contracts: is anything gone that was agreed?"""

import os

from gatekeeper.git.facts import commit_of
from gatekeeper.ledger.agreement import ENDS
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home

_RUNS = 1000
"""Newest runs of the repository in which a branch is looked for."""


def problems_of(contract: Contract, repository: Repository, home: Home) -> tuple[str, ...]:
    """Sentences; those that name a worker's doing begin with their rule id, `worker-cleaned-up`."""
    head = commit_of(repository, f"refs/heads/{contract.branch}")
    ends = ENDS.format(contract.branch)
    if head is None and (contract.head or _was_judged(contract.branch, repository, home)):
        return (f"worker-cleaned-up: the branch is gone; {ends}",)
    if head is None:
        return (f"the branch is not there: not begun yet, or removed before anyone looked (worker-cleaned-up); {ends}",)
    if not contract.worktree or os.path.isdir(contract.worktree):  # noqa: PTH112 - as in the check
        return ()
    if head == (contract.head or contract.base_tip):
        return (f"the agreed worktree {contract.worktree} is not there yet",)
    return (f"worker-cleaned-up: the agreed worktree {contract.worktree} is gone",)


def _was_judged(branch: str, repository: Repository, home: Home) -> bool:
    """A branch that the gate once judged was there."""
    if not home.ledger.exists():
        return False
    return any(row.branch == branch for row in Ledger(home.ledger).runs(repository.common_dir, _RUNS))
