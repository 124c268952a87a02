"""Every mistake names file, line, what was meant and what to write."""

import pytest

from gatekeeper.errors import ConfigurationError
from tests.policy.support import PYTHON, load

WAIVER = '[[waiver]]\ncheck = "lint"\nrule = "F401"\npath = "x.py"\nreason = "r"\nexpires = 2026-12-31\n'


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('extends = ["pyton"]', "gate.toml:1: extends: no shipped policy 'pyton'", "did you mean 'python'?"),
        ('extends = "python"', "gate.toml:1: extends = 'python' is not understood", "a list"),
        ("\n[check.tests]\ntimeot = 3", "gate.toml:3: unknown key 'timeot' in [check.tests]", "'timeout'"),
        ("[check.lnit]\nenabled = true", "gate.toml:1: unknown check 'lnit'", "did you mean [check.lint]?"),
        ("[check.zzz]\nenabled = true", "gate.toml:1: unknown check 'zzz'", 'needs command = "…"'),
        ("[check.self_review]\nrequired = true", "gate.toml:1: unknown check 'self_review'", "[check.self-review]"),
        ("[tests]\nrequired = true", "gate.toml:1: unknown key 'tests' in the policy", "write [check.tests]"),
        ("[check.tests]\nforbidden = []", "gate.toml:2: unknown key 'forbidden'", "known here: enabled"),
        ('[check.tests]\ntimeout = "abc"', "gate.toml:2: check.tests.timeout = 'abc' is not understood", '"10m"'),
        ('[check.tests]\nrequired = "yes"', "gate.toml:2: check.tests.required = 'yes'", "write true or false"),
        ("[check.tests]\nretries = 99", "gate.toml:2: check.tests.retries = 99", "less than or equal to 10"),
        ('[check.tests]\nreads = "xunit"', "gate.toml:2: check.tests.reads = 'xunit'", "'junit'"),
        ('[check.self-review]\nrejects = ["prose"]', "gate.toml:2: check.self-review.rejects[1]", "write 'over"),
        (
            '[check.integrity]\neffects = { treshold-weakened = "off" }',
            "gate.toml:2: unknown rule 'treshold-weakened'",
            "did you mean 'threshold-weakened'?",
        ),
        (
            '[check.integrity.effects]\nnonsense = "off"',
            "gate.toml:2: unknown rule 'nonsense'",
            "docs/checks/integrity",
        ),
        (
            '[check.integrity]\neffects = { threshold-weakened = "error" }',
            "gate.toml:2: check.integrity.effects.threshold-weakened = 'error'",
            "'block'",
        ),
        ("[check]\ntests = 3", "gate.toml:2: check.tests = 3 is not understood", "write a table"),
        ("check = 3", "gate.toml:1: check = 3 is not understood", "write a table"),
        ("[check.foo]\ncommand = 3", "gate.toml:2: check.foo.command is not a command", '"tool --flag"'),
        ('[check.Foo]\ncommand = "x"', "gate.toml:1: 'Foo' cannot be the name of a check", "lower-case"),
        ('[check.contract]\ncommand = "x"', "gate.toml:1: 'contract' cannot be the name of a check", "choose another"),
        ('[check.foo]\ncommand = ""', "gate.toml:2: check.foo.command is empty", "write the command"),
        ('[check.foo]\ncommand = "a \'b"', "gate.toml:2: check.foo.command: no closing quotation", "close the quotes"),
        ('[check.foo]\ncommand = "a && b"', "gate.toml:2: check.foo.command uses '&&', but no shell", '["sh", "-c"'),
        ('[check.foo]\ncommand = "x"\nreads = "junit"', "gate.toml:2: check.foo reads junit, but", "{report}"),
        ('[check.tests]\ncommand = "npm test"', "gate.toml:2: check.tests reads junit, but", "{report}"),
        ('[check.lint]\ncommand = "x"\nbaseline = "new"', "gate.toml:3: check.lint.baseline", 'baseline = "all"'),
        ('[environment]\nprovides = ["../x"]', "gate.toml:2: environment.provides", "'../x' is not one"),
        ('[environment]\npass_env = ["API_TOKEN"]', "gate.toml:2: environment.pass_env", "'API_TOKEN' looks like one"),
        ("[environment]\nsetup = [3]", "gate.toml:2: environment.setup[1] is not a command", '"tool --flag"'),
        (WAIVER.replace("lint", "lnt"), "gate.toml:2: waiver[1] names an unknown check 'lnt'", "'lint'"),
        (WAIVER.replace('"F401"', '"*"'), "gate.toml:3: waiver[1].rule = '*'", "never for everything"),
        (WAIVER.replace('"x.py"', '"**"'), "gate.toml:4: waiver[1].path = '**'", "never for everything"),
        (WAIVER.replace('"r"', '"  "'), "gate.toml:5: waiver[1].reason", "a reason in words"),
        (WAIVER.replace("2026-12-31", '"2026-12-31"'), "gate.toml:6: waiver[1].expires", "without quotes"),
        (WAIVER.replace("expires = 2026-12-31\n", ""), "gate.toml:1: waiver[1] has no 'expires'", "add expires"),
        ("x = = 1", "gate.toml:1: not valid TOML", "x = = 1"),
        ('a = 1\nb = "unclosed', "gate.toml:2: not valid TOML", "quotes"),
        (b'\n\na = "\xff"', "gate.toml:3: not UTF-8", "save the file as UTF-8"),
        (b"#" * (1024 * 1024 + 1), "gate.toml is larger than 1 MiB", "a person can read"),
    ],
)
def test_mistakes(text: str | bytes, what: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(PYTHON, gate=text)
    assert raised.value.what.startswith(what)
    assert hint in raised.value.what + raised.value.hint


def test_the_waiver_itself_is_fine() -> None:
    waiver = load(PYTHON, gate=WAIVER).waivers[0]
    assert (waiver.check, waiver.rule, waiver.path, str(waiver.expires)) == ("lint", "F401", "x.py", "2026-12-31")


def test_all_mistakes_are_listed_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(PYTHON, gate="[check.tests]\ntimeot = 1\n[check.lint]\nfromat = true\n")
    assert raised.value.what.startswith("gate.toml:2: unknown key 'timeot'")
    assert "also: gate.toml:4: unknown key 'fromat' in [check.lint] (did you mean 'format'?)" in raised.value.hint


def test_in_pyproject_the_line_is_that_of_pyproject() -> None:
    with pytest.raises(ConfigurationError, match=r"^pyproject.toml:4: unknown key 'timeot'"):
        load({**PYTHON, "pyproject.toml": "[project]\n\n[tool.gate.check.tests]\ntimeot = 1\n"})
    with pytest.raises(ConfigurationError, match=r"^pyproject.toml:2: tool.gate is not a table"):
        load({**PYTHON, "pyproject.toml": "[tool]\ngate = 3\n"})


def test_windows_line_ends_and_a_byte_order_mark_are_no_mistake() -> None:
    policy = load(PYTHON, gate=b"\xef\xbb\xbf[check.tests]\r\ntimeout = '5s'\r\n")
    assert policy.origins["check.tests.timeout"] == "gate.toml:2"
