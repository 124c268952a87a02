"""The policy's own checks: any command whose output can be read."""

from gatekeeper.checks.contract import CommandPlan, Context, Plan, Step, Unavailable
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.registry import READERS


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


def own_step(settings: CheckSettings) -> Step:
    """The command that the policy gives for a check."""
    return Step(
        tool=settings.command[0],
        reader=READERS[settings.reads],
        command=settings.command,
        report=settings.report,
        fallback=settings.command[0] in {"ruff", "mypy", "radon"},
    )
