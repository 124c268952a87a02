"""The policy's own checks: any command whose output can be read."""

from gatekeeper.checks.contract import CommandPlan, Context, Plan, Unavailable
from gatekeeper.checks.layout import own_step
from gatekeeper.model.vocabulary import CheckId


class Own:
    """One check that the policy defines."""

    title = "the project's own check"
    cost = 50

    def __init__(self, check: CheckId) -> None:
        self.id = check

    def plan(self, context: Context) -> Plan:
        if not context.settings.command:
            return Unavailable("the policy names no command for it")
        return CommandPlan((own_step(context.settings),), writes=True)
