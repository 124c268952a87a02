"""tests: pytest, or any runner that writes JUnit; zero executed tests prove nothing."""

from gatekeeper.checks.contract import CommandPlan, Context, Inapplicable, Plan, Step, Unavailable
from gatekeeper.checks.own import own_step
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.pytest import Pytest
from gatekeeper.tools.registry import READERS


class Tests:
    __test__ = False
    id = CheckId("tests")
    title = "tests pass"
    cost = 80

    def plan(self, context: Context) -> Plan:
        settings = context.settings
        if settings.command:
            python = "python" in settings.languages
            return CommandPlan((own_step(settings),), writes=True, project=python, base_when_failing=True)
        if "python" in settings.languages:
            step = Step("pytest", Pytest(), python=True, extra=_retries(settings.retries))
            return CommandPlan((step,), writes=True, project=True, base_when_failing=True)
        if "typescript" in settings.languages:
            return _typescript(context)
        return Inapplicable("no language whose tests can be run was found at base; name a command in [check.tests]")


def _retries(count: int) -> tuple[str, ...]:
    return ("--reruns", str(count)) if count else ()


def _typescript(context: Context) -> Plan:
    command: tuple[str, ...]
    if context.detected.tool("vitest"):
        command = ("vitest", "run", "--reporter=junit", "--outputFile={report}")
    elif context.detected.tool("jest-junit"):
        command = ("jest", "--ci", "--reporters=jest-junit")
    else:
        return Unavailable("no test runner that writes JUnit was found at base (vitest, jest with jest-junit)")
    return CommandPlan((Step(command[0], READERS["junit"], command=command),), writes=True, base_when_failing=True)
