"""Every check, in the order of reports. Own checks follow in the order of the policy."""

from collections.abc import Mapping

from gatekeeper.checks.build import Build
from gatekeeper.checks.complexity import Complexity
from gatekeeper.checks.contract import Check
from gatekeeper.checks.lint import Lint
from gatekeeper.checks.own import Own
from gatekeeper.checks.paths import Paths
from gatekeeper.checks.self_review import SelfReview
from gatekeeper.checks.sync import Sync
from gatekeeper.checks.tests import Tests
from gatekeeper.checks.types import Types
from gatekeeper.checks.worktree import Worktree
from gatekeeper.model.policy import Policy
from gatekeeper.model.vocabulary import CheckId

BUILT_IN: Mapping[CheckId, Check] = {
    check.id: check
    for check in (Worktree(), Sync(), Paths(), SelfReview(), Lint(), Complexity(), Types(), Build(), Tests())
}


def checks_of(policy: Policy) -> tuple[Check, ...]:
    """The enabled checks of a policy, in the order of reports."""
    built_in = [check for name, check in BUILT_IN.items() if name in policy.checks and policy.checks[name].enabled]
    own = [Own(name) for name, settings in policy.checks.items() if name not in BUILT_IN and settings.enabled]
    return (*built_in, *own)
