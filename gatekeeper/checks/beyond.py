"""What `tests` looks at beside the head's own run: base's tests on head's code, head's new tests on base's code, and
base's tests with altered constants. Nothing of it happens where the branch gives no reason to.
"""

from msgspec.structs import replace

from gatekeeper.checks.contract import CommandPlan, Context, Look
from gatekeeper.checks.mixed_tree import Mixed, Sides, harness_of, helpers, is_code
from gatekeeper.checks.newcomers import proves_nothing
from gatekeeper.checks.perturbed import Perturbed
from gatekeeper.checks.plausible import implausibly_short
from gatekeeper.checks.regression import Regression
from gatekeeper.checks.tree_files import TreeFiles
from gatekeeper.git.changes import changed_paths
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import Ended, Severity
from gatekeeper.tools.observed import RULE as DISAGREES

_CONFIGURE = frozenset({"pyproject.toml", "setup.cfg", "package.json"})


def look_beyond(context: Context, plan: CommandPlan, head: Observation, look: Look) -> Observation:
    """The head's observation with what else was found. What could not be established is in `missing`."""
    if not _came_to_its_end(head):
        return head
    head = _timed(_as_at_base(head, look), look)
    settings = context.settings
    if settings.base_tests == "off" and not settings.perturb:
        return head
    sides, regression = _sides(context, look, _touched(context, look)), None
    observed = all(step.boot for step in plan.steps)
    if settings.base_tests != "off" and _asks_for_base(sides, head, observed=observed):
        head, regression = _with_base(sides, plan, look, head)
    if observed and not any(one.severity is Severity.ERROR for one in head.findings):
        head = _with_doubts(settings, sides, plan, look, head, regression)
    return head


def _came_to_its_end(head: Observation) -> bool:
    ended = {run.ended for run in head.commands}
    return not head.missing and ended == {Ended.EXITED}


def _timed(head: Observation, look: Look) -> Observation:
    """With a note when it was implausibly short; what was reused was looked at when it was made."""
    short = "" if head.cached_from else implausibly_short(head, look.past())
    return replace(head, notes=(*head.notes, short)) if short else head


def _with_doubts(
    settings: CheckSettings,
    sides: Sides,
    plan: CommandPlan,
    look: Look,
    head: Observation,
    regression: Regression | None,
) -> Observation:
    """Tests that pass whatever the code does: new ones on base's code, base's with other constants."""
    if regression is not None:
        head = replace(head, findings=(*head.findings, *proves_nothing(sides, plan, look, head)))
        mixed, passing = regression.mixed, regression.passing
    else:
        mixed, passing = Mixed(look.tree), tuple(test for test, state in head.tests.items() if state == "passed")
    untouched = regression is not None or not sides.harness_touched
    if not settings.perturb or mixed is None or not untouched:
        return head
    perturbed = Perturbed(head.check, sides, plan, look, mixed, passing, settings.perturb_timeout_s)
    found = perturbed.findings()
    return replace(head, findings=(*head.findings, *found), notes=(*head.notes, *perturbed.notes))


def _touched(context: Context, look: Look) -> tuple[str, ...]:
    if (look.base_tree, look.tree) == (context.subject.base_tree, context.subject.head_tree):
        return context.touched
    changes = changed_paths(context.store, look.base_tree, look.tree)
    return tuple(sorted({path for change in changes for path in (change.path, change.old_path) if path}))


def _sides(context: Context, look: Look, touched: tuple[str, ...]) -> Sides:
    old, new = TreeFiles(context.store, look.base_tree), TreeFiles(context.store, look.tree)
    is_harness = harness_of(old.entries, old.read, context.settings.harness)
    return Sides(context.store, old, new, look.tree, look.base_tree, touched, is_harness)


def _asks_for_base(sides: Sides, head: Observation, *, observed: bool) -> bool:
    """Did the branch touch the tests or what asserts for them, or does its code decide that tests are skipped?

    A runner that cannot be looked into says nothing of tests that its process left out: only base's run does.
    """
    if not observed and any(is_code(path) for path in sides.touched):
        return True
    if sides.harness_touched or helpers(sides) or any(not sides.is_harness(path) for path in head.skipped_by.values()):
        return True
    return bool(_CONFIGURE & set(sides.touched)) and sides.configured_anew


def _with_base(sides: Sides, plan: CommandPlan, look: Look, head: Observation) -> tuple[Observation, Regression | None]:
    base = look.base()
    if not base.tests:
        why = "; ".join((*base.missing, *(run.problem for run in base.commands if run.problem))) or "it has none"
        return replace(head, notes=(*head.notes, f"no tests of base to compare with: {why}")), None
    regression = Regression(sides, plan, look, head, base)
    findings, missing = regression.findings()
    seen = replace(
        head,
        findings=(*head.findings, *findings),
        missing=(*head.missing, *missing),
        notes=(*head.notes, *regression.notes),
    )
    return seen, regression


def _as_at_base(head: Observation, look: Look) -> Observation:
    """What the observer sees otherwise at base as well is the project's own way (a hook that forgives), not new."""
    if not any(one.rule == DISAGREES for one in head.findings):
        return head
    before = [one for one in look.base().findings if one.rule == DISAGREES]
    symbols, ways = {one.symbol for one in before}, {_way(one) for one in before} - {""}
    return replace(head, findings=tuple(_lowered(one, symbols, ways) for one in head.findings))


def _way(finding: Finding) -> str:
    """How the project runs its tests, where that is what the observer sees otherwise; "" for what a test did."""
    why = finding.message.removeprefix(f"{finding.symbol}: ")
    return "" if why == finding.message or "raised" in why else why


def _lowered(finding: Finding, symbols: set[str], ways: set[str]) -> Finding:
    if finding.rule != DISAGREES or not (finding.symbol in symbols or _way(finding) in ways):
        return finding
    return replace(finding, severity=Severity.WARNING, message=f"{finding.message} (as at base)")
