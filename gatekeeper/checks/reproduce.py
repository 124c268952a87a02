"""The command that a person types in a checkout of the branch to see the same."""

import shlex

from gatekeeper.checks.contract import CommandPlan, Plan, Step, TargetPlan
from gatekeeper.model.observation import Observation

_GIT = {
    "worktree": "git status --untracked-files=all",
    "sync": "git fetch && git merge-tree --write-tree HEAD <base>",
    "paths": "git log --stat <base>..HEAD",
    "contract": "gate contract show && git log --no-merges --format=%s <base>..HEAD",
    "self-review": "git log -1 --format=%B",
}
_BUILT_IN = {
    "ruff": "ruff check --no-fix",
    "ruff-format": "ruff format --check",
    "radon": "radon cc -s",
    "radon-mi": "radon mi -s",
    "build": "python -m build",
}


def reproduce(plan: Plan, observation: Observation) -> str:
    """A line for a shell; several commands are joined by `&&`. Empty when nothing was run."""
    if isinstance(plan, TargetPlan):
        return f"gate check --only {observation.check}"
    if not isinstance(plan, CommandPlan):
        return _GIT.get(observation.check, "")
    return " && ".join(_step(step) for step in plan.steps if step.reader.name != "radon-mi")


def _step(step: Step) -> str:
    if step.command:
        return shlex.join(word.replace("{report}", "report.out") for word in step.command)
    start = _BUILT_IN.get(step.reader.name, step.tool)
    return " ".join((start, *map(shlex.quote, (*step.extra, *step.targets))))
