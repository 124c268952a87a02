"""[isolation] and `network`: what is said, what is the default, and what is refused."""

import pytest

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.policy import IsolationSettings
from gatekeeper.model.vocabulary import CheckId
from tests.policy.support import PYTHON, load


def test_nothing_said_means_where_the_machine_can_and_no_network() -> None:
    policy = load(PYTHON)
    assert policy.isolation == IsolationSettings("auto", ())
    assert not any(settings.network for settings in policy.checks.values())
    assert policy.origins["isolation.use"] == "built in"


def test_what_is_said_is_taken_and_belongs_to_the_digest() -> None:
    text = '[isolation]\nuse = "require"\nvisible = ["/data/models", "~/.cache/models"]\n'
    policy = load(PYTHON, gate=text)
    assert policy.isolation == IsolationSettings("require", ("/data/models", "~/.cache/models"))
    assert policy.origins["isolation.use"] == "gate.toml:2"
    assert policy.digest != load(PYTHON).digest


def test_each_check_has_its_own_network() -> None:
    policy = load(PYTHON, gate='[check.tests]\nnetwork = true\n[check.own]\ncommand = "x"\n')
    allowed = {name for name, settings in policy.checks.items() if settings.network}
    assert allowed == {CheckId("tests")}


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('[isolation]\nuse = "always"', "gate.toml:2: isolation.use = 'always'", '"auto", "require" or "off"'),
        ("[isolation]\nuse = true", "gate.toml:2: isolation.use = True", '"auto", "require" or "off"'),
        ('[isolation]\nvisible = ["data"]', "gate.toml:2: isolation.visible", "'data' is none"),
        ('[isolation]\nvisible = ["/data/../root"]', "gate.toml:2: isolation.visible", "absolute paths"),
        ('[isolation]\nvisible = ["/"]', "gate.toml:2: isolation.visible", "would show everything"),
        ('[isolation]\nvisible = ["~/"]', "gate.toml:2: isolation.visible", "would show everything"),
        ("[isolation]\nuses = 1", "gate.toml:2: unknown key 'uses' in [isolation]", "did you mean 'use'?"),
        ('[check.tests]\nnetwork = "yes"', "gate.toml:2: check.tests.network = 'yes'", "write true or false"),
        ("[check.paths]\nnetwork = true", "gate.toml:2: unknown key 'network' in [check.paths]", "known here"),
    ],
)
def test_mistakes(text: str, what: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(PYTHON, gate=text)
    assert what in caught.value.what
    assert hint in caught.value.hint
