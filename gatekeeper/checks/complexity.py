"""complexity: radon's cyclomatic complexity per function, against the limit of the policy.

The metric is named in every finding because tools disagree: radon counts boolean operators and comprehensions, others
don't.
"""

from dataclasses import replace

from gatekeeper.checks.contract import CommandPlan, Context, Inapplicable, Plan, Step
from gatekeeper.checks.layout import own_step
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.radon_cc import RULE
from gatekeeper.tools.radon_mi import RadonMaintainability
from gatekeeper.tools.registry import READERS


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
        if not any(name.endswith(".py") for name in context.head_names):
            return Inapplicable("there is no Python file to measure")
        steps = (
            Step("radon", READERS["radon"], targets=(".",), fallback=True),
            Step("radon", RadonMaintainability(), targets=(".",), fallback=True),
        )
        return CommandPlan(steps, writes=False, refine=over_limit)


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
