"""Which earlier runs were judged by another policy or contract than those of today."""

from collections.abc import Mapping, Sequence

from gatekeeper.errors import GateError
from gatekeeper.git.facts import find_base
from gatekeeper.ledger.contracts import Contracts
from gatekeeper.ledger.policies import KeptPolicies
from gatekeeper.ledger.record import RunRow
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import RunId
from gatekeeper.process.home import Home


def outdated(rows: Sequence[RunRow], repository: Repository, home: Home) -> Mapping[RunId, tuple[str, ...]]:
    """Run → "policy", "contract" or both, for those of which something has changed since.

    A base that is gone, or whose policy cannot be read, tells nothing about its runs. Raises what `Contracts` raises.
    """
    contracts = {one.branch: one.digest for one in Contracts(home.contracts).all(repository)}
    policies = {base: _policy(base, repository, home) for base in {row.base for row in rows if row.base}}
    found = ((row.run, _changed(row, policies.get(row.base or ""), contracts)) for row in rows)
    return {run: words for run, words in found if words}


def _changed(row: RunRow, policy: str | None, contracts: Mapping[str, str]) -> tuple[str, ...]:
    """`policy` is the digest of today's, None when it is not known."""
    other_policy = policy is not None and policy != row.policy_digest
    other_contract = row.branch is not None and contracts.get(row.branch) != row.contract_digest
    return tuple(word for word, changed in (("policy", other_policy), ("contract", other_contract)) if changed)


def _policy(base: str, repository: Repository, home: Home) -> str | None:
    """Digest of the policy at the base as it stands now."""

    def load() -> Policy:
        from gatekeeper.cli.policy import base_policy  # lazy: pydantic; a policy that judged a branch is kept

        return base_policy(repository.root, base)

    try:
        now = find_base(repository, base)
        return (
            KeptPolicies(home.cache / "policies").of(now.tip, f"{now.name} ({now.tip[:12]})", load).digest
            if now
            else None
        )
    except GateError:
        return None
