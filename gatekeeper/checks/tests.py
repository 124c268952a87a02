"""tests: pytest, or any runner that writes JUnit; zero executed tests prove nothing."""

import re
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from gatekeeper.checks.contract import Boot, CommandPlan, Context, Inapplicable, Look, Plan, Step, Unavailable
from gatekeeper.checks.own import own_step
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.pytest import Pytest
from gatekeeper.tools.pytest_config import NAMES, added_options, config_name, entry_points, options, plugins
from gatekeeper.tools.registry import READERS

_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_NO_CACHE = ("-p", "no:cacheprovider")
"""For commands of the policy's own as well: what failed last time decides nothing, and nothing is left in the tree."""
_IDS = ("--junit-prefix=", "-o", "junit_family=xunit1")
"""The form of the report whose test ids pytest takes back."""


class Tests:
    __test__ = False
    id = CheckId("tests")
    title = "tests pass"
    cost = 80

    def plan(self, context: Context) -> Plan:
        plan = self._plan(context)
        if not isinstance(plan, CommandPlan) or context.settings.reads != "junit" or context.subject.whole:
            return plan
        return replace(plan, beyond=partial(_beyond, context, plan))

    def _plan(self, context: Context) -> Plan:
        settings = context.settings
        if settings.command:
            python = "python" in settings.languages
            return CommandPlan((_own(context),), writes=True, project=python, base_when_failing=True)
        if "python" in settings.languages:
            step = Step("pytest", Pytest(), python=True, extra=_retries(settings.retries), boot=boot(context))
            return CommandPlan((step,), writes=True, project=True, base_when_failing=True)
        if "typescript" in settings.languages:
            return _typescript(context)
        return Inapplicable("no language whose tests can be run was found at base; name a command in [check.tests]")


def _beyond(context: Context, plan: CommandPlan, head: Observation, look: Look) -> Observation:
    # Here and not above: what compares tests is read only when they have been run.
    from gatekeeper.checks.beyond import look_beyond  # noqa: PLC0415

    return look_beyond(context, plan, head, look)


def _own(context: Context) -> Step:
    """The policy's command; when it starts pytest itself, through the gate's boot file."""
    step = own_step(context.settings)
    words = pytest_words(step.command)
    if words is None:
        return step
    extra = (*_NO_CACHE, *(_IDS if context.settings.reads == "junit" else ()))
    return replace(step, tool="pytest", command=("pytest", *words), extra=extra, boot=boot(context))


def pytest_words(command: Sequence[str]) -> tuple[str, ...] | None:
    """The arguments that a command gives to pytest, when it starts pytest and nothing else."""
    name = command[0].rpartition("/")[2] if command else ""
    if command and command[0] in {"pytest", "py.test"}:
        return tuple(command[1:])
    if _PYTHON.fullmatch(name) and "/" not in command[0] and tuple(command[1:3]) == ("-m", "pytest"):
        return tuple(command[3:])
    return None


def boot(context: Context) -> Boot:
    """What of the tree pytest may load by itself: what base lets it load. No limit where that is the same anyway."""
    subject = context.subject
    if subject.whole or not any(_loads_plugins(path) for path in context.touched):
        return Boot()

    def read(path: str) -> bytes | None:
        return context.store.read(subject.base_tree, path)

    config = config_name(read)
    stated = added_options(options(config, read(config)))
    return Boot(frozenset(plugins(stated)), entry_points(read))


def _loads_plugins(path: str) -> bool:
    leaf = path.rpartition("/")[2]
    return leaf in {*NAMES, "setup.py", "entry_points.txt"}


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
