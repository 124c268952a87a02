"""The shipped policies: found, ordered, and each stance at least as strict as what it extends."""

import pytest

from gatekeeper.errors import ConfigurationError
from gatekeeper.policy.shipped import NAMES, closure, policies_folder, shipped
from tests.policy.support import NODE, PYTHON, load


def test_every_shipped_policy_is_there_and_nothing_else() -> None:
    assert sorted(path.name for path in policies_folder().iterdir() if path.is_dir()) == sorted(NAMES)
    for name in NAMES:
        shipped(name)


def test_an_unknown_one_is_named() -> None:
    with pytest.raises(ConfigurationError) as raised:
        shipped("strikt")
    assert "'strict'" in raised.value.hint


def test_closure() -> None:
    assert closure(["fleet", "python"]) == ("default", "python", "strict", "fleet")
    assert closure([]) == ()


@pytest.mark.parametrize("files", [PYTHON, NODE, {**PYTHON, **NODE}])
@pytest.mark.parametrize(("looser", "stricter"), [("default", "strict"), ("strict", "fleet")])
def test_a_stance_only_tightens(files: dict[str, str], looser: str, stricter: str) -> None:
    before = load(files, gate=f'extends = ["{looser}"]').checks
    after = load(files, gate=f'extends = ["{stricter}"]').checks
    for name, settings in before.items():
        assert after[name].enabled >= settings.enabled
        assert after[name].required >= settings.required
        assert after[name].max_complexity <= settings.max_complexity
        assert set(after[name].forbidden) >= set(settings.forbidden)
        assert set(after[name].rejects) >= set(settings.rejects)
        assert after[name].severity == "error" or settings.severity != "error"
