"""types: do the types hold? mypy for Python, tsc for TypeScript."""

from gatekeeper.checks.contract import CommandPlan, Context, Inapplicable, Plan, Step
from gatekeeper.checks.layout import mypy_targets
from gatekeeper.checks.own import own_step
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.registry import READERS


class Types:
    id = CheckId("types")
    title = "types hold (mypy, tsc)"
    cost = 40

    def plan(self, context: Context) -> Plan:
        settings = context.settings
        if settings.command:
            return CommandPlan((own_step(settings),), writes=False)
        steps = []
        if "python" in settings.languages:
            targets = mypy_targets(context.head_names, lambda path: context.store.read(context.subject.head, path))
            steps.append(Step("mypy", READERS["mypy"], targets=targets, fallback=True, python=True))
        if "typescript" in settings.languages:
            steps.append(Step("tsc", READERS["tsc"]))
        if not steps:
            return Inapplicable("no language whose types can be checked was found at base")
        return CommandPlan(tuple(steps), writes=False)
