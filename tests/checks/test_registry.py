"""The registry: what a run imports is what its policy enables, and every name leads to the check of that name."""

import subprocess
import sys

from gatekeeper.checks.registry import BUILT_IN
from gatekeeper.policy.document import BUILT_IN as IN_POLICIES


def test_every_id_leads_to_the_check_of_that_id() -> None:
    assert [BUILT_IN[name].id for name in BUILT_IN] == list(BUILT_IN)
    assert all(check.title and check.cost > 0 for check in BUILT_IN.values())


def test_every_check_that_a_policy_may_mention_is_there() -> None:
    assert set(IN_POLICIES) <= set(BUILT_IN)


def test_the_registry_imports_no_check_that_was_not_asked_for() -> None:
    script = "import sys, gatekeeper.checks.registry as r; r.BUILT_IN['sync']; print(*sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert "gatekeeper.checks.sync" in said
    assert not {"gatekeeper.checks.build", "gatekeeper.tools.mypy", "pathspec", "pydantic"} & set(said)
