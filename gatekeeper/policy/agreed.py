"""The policy and the contract of the branch as one: the stricter of both holds. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.contract import Contract
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.vocabulary import CheckId, Label, Severity

CONTRACT, PATHS = CheckId("contract"), CheckId("paths")
_STRENGTH = (Label.BLOCKED, Label.LOCAL, Label.PROXY, Label.DIRECT)


def agreed(policy: Policy, contract: Contract | None) -> Policy:
    """What judges the branch. Nothing of the policy becomes looser; without a contract it is the policy itself.

    The digest stays that of the policy: the contract has its own. Raises ConfigurationError for a requirement that
    names no check or target of the policy, or that its check can never reach.
    """
    if contract is None:
        return policy
    checks = dict(policy.checks)
    for name, label in (contract.requires or {}).items():
        checks[name] = _required(_known(name, checks, contract), label, contract)
    if contract.allow or contract.forbid:
        checks[PATHS] = _bounded(checks.get(PATHS), contract)
    checks[CONTRACT] = CheckSettings(id=CONTRACT)
    return replace(policy, checks=checks)


def _known(name: CheckId, checks: Mapping[CheckId, CheckSettings], contract: Contract) -> CheckSettings:
    if name not in checks:
        raise ConfigurationError(
            f"the contract of {contract.branch} requires evidence of {name!r}, which is no check or target of the "
            "policy at the base",
            f"known: {', '.join(checks)}; state the contract anew: gate contract set {contract.branch} …",
        )
    return checks[name]


def _required(settings: CheckSettings, label: Label, contract: Contract) -> CheckSettings:
    """Required, switched on, and its errors reject: evidence of a check whose findings do not count is none."""
    if settings.target is None and label is not Label.LOCAL:
        raise ConfigurationError(
            f"the contract of {contract.branch} requires {label} evidence of {settings.id}, a check of the committed "
            "tree, which gives local evidence at most",
            f"write --require {settings.id}=local, or name a target: [target.NAME] in gate.toml on the base",
        )
    stronger = max(settings.requires, label, key=_STRENGTH.index)
    return replace(settings, enabled=True, required=True, severity=Severity.ERROR, requires=stronger)


def _bounded(settings: CheckSettings | None, contract: Contract) -> CheckSettings:
    """`paths` with the contract's globs. What the policy's own rules reject does not grow by that."""
    if settings is None:
        settings = CheckSettings(id=PATHS, enabled=False)
    own = settings.severity if settings.enabled else Severity.NOTE
    return replace(
        settings,
        enabled=True,
        required=True,
        severity=Severity.ERROR,
        policy_severity=None if own is Severity.ERROR else own,
        contract_allowed=contract.allow,
        contract_forbidden=contract.forbid,
    )
