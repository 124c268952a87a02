"""What has been agreed for the subject of one run: the contracts of its repository, looked up as the run needs them."""

from gatekeeper.environment.witness import Witness, look
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import commit_of
from gatekeeper.git.worktrees import branches_at
from gatekeeper.ledger.contracts import Contracts
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository, Subject
from gatekeeper.process.home import Home


class Agreement:
    """The contracts of one repository as one run sees them. Each look-up raises what `Contracts` raises."""

    def __init__(self, home: Home, repository: Repository) -> None:
        # Looked at before the contracts are read: a change in between makes a remembered verdict stale, never fresh.
        self.witness: Witness = look(str(home.contracts))
        self._contracts = Contracts(home.contracts)
        self._repository = repository

    def base(self, branch: str) -> str | None:
        """The base that the contract of the branch names, "" when it names none, None without a contract."""
        contract = self._contracts.current(self._repository, branch)
        return None if contract is None else contract.base

    def of(self, subject: Subject) -> Contract | None:
        """The contract that binds the subject.

        A commit that was not named by its branch is bound by the contract of the branch that ends there. Raises
        UsageError when several such branches have one.
        """
        if subject.branch is not None:
            return self._contracts.current(self._repository, subject.branch)
        listed = {contract.branch: contract for contract in self._contracts.all(self._repository)}
        found = (
            [listed[name] for name in branches_at(self._repository, subject.head) if name in listed] if listed else []
        )
        if len(found) > 1:
            names = ", ".join(contract.branch for contract in found)
            raise UsageError(
                f"commit {subject.head[:12]} is the head of several branches with a contract: {names}",
                f"name the branch that is to be judged: gate check {found[0].branch}",
            )
        return found[0] if found else None

    def explained(self, error: UsageError, rev: str | None) -> UsageError:
        """The same error; when `rev` is a branch that is gone and has a contract, its hint says so."""
        branch = (rev or "").removeprefix("refs/heads/")
        if not branch or commit_of(self._repository, branch) is not None or self.base(branch) is None:
            return error
        return UsageError(
            error.what, f"worker-cleaned-up: {branch} has a contract and is not there; {ENDS.format(branch)}"
        )


ENDS = "when its work is done or given up: gate contract remove {}"
