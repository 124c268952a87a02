"""lint: ruff (rules and format) for Python, eslint for JavaScript and TypeScript."""

from gatekeeper.checks.contract import CommandPlan, Context, Inapplicable, Plan, Step
from gatekeeper.checks.own import own_step
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.registry import READERS


class Lint:
    id = CheckId("lint")
    title = "lint and format (ruff, eslint)"
    cost = 20

    def plan(self, context: Context) -> Plan:
        settings = context.settings
        if settings.command:
            return CommandPlan((own_step(settings),), writes=False)
        steps = []
        notes: list[str] = []
        if "python" in settings.languages:
            steps.append(Step("ruff", READERS["ruff"], targets=(".",), fallback=True))
            if settings.format:
                steps.append(Step("ruff", READERS["ruff-format"], targets=(".",), fallback=True))
        if "typescript" in settings.languages:
            if context.detected.tool("eslint"):
                steps.append(Step("eslint", READERS["eslint"], targets=(".",)))
            else:
                notes.append("eslint is not configured at base: TypeScript was not linted")
        if not steps:
            return Inapplicable("; ".join(notes) or "no language that can be linted was found at base")
        return CommandPlan(tuple(steps), writes=False, notes=tuple(notes))
