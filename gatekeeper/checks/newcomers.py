"""Tests that the branch added, on base's code: one that passes there says nothing about what the branch changed."""

from gatekeeper.checks.contract import CommandPlan, Look
from gatekeeper.checks.mixed_tree import Sides, reversed_mix
from gatekeeper.checks.regression import states, variant
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.renames import match
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import cases, test_id
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import Severity
from gatekeeper.tools.reading import shorten

RULE = "proves-nothing"
_SHOWN = 10
_MOST = 200


def proves_nothing(sides: Sides, plan: CommandPlan, look: Look, head: Observation) -> tuple[Finding, ...]:
    """One finding that names the first of them."""
    wanted = _about_changes(sides, head)
    if not wanted:
        return ()
    mixed = reversed_mix(sides)
    seen = states(look.observe(variant(plan, wanted, config=mixed.config), mixed.tree))
    green = [one for one, ids in cases(seen).items() if one in wanted and all(seen[test] == "passed" for test in ids)]
    if not green:
        return ()
    shown = ", ".join(green[:_SHOWN]) + (f" and {len(green) - _SHOWN} more" if len(green) > _SHOWN else "")
    message = f"new tests that pass on base's code as well, so they prove nothing about this change: {shown}"
    path = green[0].partition("::")[0]
    return (
        Finding(
            check=head.check, rule=RULE, message=shorten(message), severity=Severity.WARNING, path=path, symbol=green[0]
        ),
    )


def _about_changes(sides: Sides, head: Observation) -> tuple[str, ...]:
    """New functions that passed at head and name something that the branch changed in the product."""
    old, new = (Suites(files.files(sides.is_harness)) for files in (sides.old, sides.new))
    product = Product(old.files, new.files, sides.touched)
    if not product.paths:
        return ()
    passing = {
        function for function, ids in cases(head.tests).items() if any(head.tests[one] == "passed" for one in ids)
    }
    names = product.changed_names
    new_ones = match(old, new, sides.harness_touched).new
    found = [test_id(one.path, one.name) for one in new_ones if (one.words | one.subjects) & names]
    return tuple(one for one in found if one in passing)[:_MOST]
