"""complexity: radon's cyclomatic complexity per function, against the limit of the policy.

The metric is named in every finding because tools disagree: radon counts boolean operators and comprehensions, others
don't.
"""

from msgspec.structs import replace

from gatekeeper.checks.contract import CommandPlan, Context, FactsPlan, Inapplicable, Plan, Step
from gatekeeper.checks.own import own_step
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.radon_cc import RULE, RadonComplexity
from gatekeeper.tools.radon_mi import RadonMaintainability

MAX_TARGETS = 1000
"""Above that a command line would grow too long: everything is measured."""


class Complexity:
    id = CheckId("complexity")
    title = "cyclomatic complexity per function (radon)"
    cost = 30

    def plan(self, context: Context) -> Plan:
        settings = context.settings
        if settings.command:
            return CommandPlan((own_step(settings),), writes=False, refine=over_limit)
        if "python" not in settings.languages:
            return Inapplicable("no Python was found at base; complexity is measured by radon")
        targets = _targets(context)
        if not targets:
            return FactsPlan(lambda: _nothing_to_measure(context))
        steps = (
            Step("radon", RadonComplexity(alone=False), targets=targets, fallback=True),
            # Its time grows with the square of the length of a string: one long text is not to block the check.
            Step("radon", RadonMaintainability(), targets=targets, fallback=True, patience=0.1),
        )
        return CommandPlan(steps, writes=False, refine=over_limit)


def _targets(context: Context) -> tuple[str, ...]:
    """Python files to measure: those that the branch touches, where only new findings count; else all of them."""
    files = [name for name in context.head_names if name.endswith(".py")]
    if context.settings.baseline != "new" or context.subject.whole or len(context.touched) > MAX_TARGETS:
        return (".",) if files else ()
    touched = set(context.touched)
    return tuple(f"./{name}" for name in files if name in touched)


def _nothing_to_measure(context: Context) -> Observation:
    return Observation(
        check=Complexity.id,
        tree=context.subject.head_tree,
        counts={"files": 0},
        notes=("complexity: the branch touches no Python file",),
    )


def over_limit(observation: Observation, settings: CheckSettings) -> Observation:
    """Functions within the limit are dropped, those above become errors that name limit and metric."""
    limit = settings.max_complexity
    findings = tuple(_judged(finding, limit) for finding in observation.findings if not _within(finding, limit))
    return replace(observation, findings=findings)


def _within(finding: Finding, limit: int) -> bool:
    return finding.rule == RULE and finding.measure is not None and finding.measure <= limit


def _judged(finding: Finding, limit: int) -> Finding:
    if finding.rule != RULE:
        return finding
    message = f"{finding.message}; the limit is {limit}"
    return replace(finding, message=message, severity=Severity.ERROR)
