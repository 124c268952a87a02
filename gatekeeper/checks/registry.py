"""Every check, in the order of reports. Own checks follow in the order of the policy.

The module of a check is imported when a policy enables it: a run pays for no check that it does not have.
"""

import importlib
from collections.abc import Iterator, Mapping
from typing import cast

from gatekeeper.checks.contract import Check
from gatekeeper.checks.own import Own
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.rule import RULES
from gatekeeper.model.vocabulary import CheckId

_PLACES = {
    "worktree": "worktree.Worktree",
    "sync": "sync.Sync",
    "paths": "paths.Paths",
    "integrity": "integrity.Integrity",
    "contract": "contract_kept.ContractKept",
    "self-review": "self_review.SelfReview",
    "lint": "lint.Lint",
    "complexity": "complexity.Complexity",
    "types": "types.Types",
    "build": "build.Build",
    "tests": "tests.Tests",
}
"""Id of the check → module and class below `gatekeeper.checks`."""


class _BuiltIn(Mapping[CheckId, Check]):
    """Id → check."""

    def __getitem__(self, check: CheckId) -> Check:
        module, _, kind = _PLACES[check].partition(".")
        return cast(Check, getattr(importlib.import_module(f"gatekeeper.checks.{module}"), kind)())

    def __iter__(self) -> Iterator[CheckId]:
        return map(CheckId, _PLACES)

    def __len__(self) -> int:
        return len(_PLACES)

    def __contains__(self, check: object) -> bool:
        return check in _PLACES


BUILT_IN: Mapping[CheckId, Check] = _BuiltIn()


def checks_of(policy: Policy) -> tuple[Check, ...]:
    """The enabled checks of a policy, in the order of reports. Its rules look at the results of all of them, later."""
    enabled = {name: settings for name, settings in policy.checks.items() if settings.enabled and name != RULES}
    built_in = [BUILT_IN[name] for name in BUILT_IN if name in enabled]
    own = [_own(settings) for name, settings in enabled.items() if name not in BUILT_IN]
    return (*built_in, *own)


def _own(settings: CheckSettings) -> Check:
    if settings.target is None:
        return Own(settings.id)
    return cast(Check, importlib.import_module("gatekeeper.checks.target").TargetCheck(settings.id))
