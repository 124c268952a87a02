"""[[rule]] in gate.toml: read, inherited, replaced, switched off, and every mistake with its line."""

import pytest

from gatekeeper.cli.policy_rules import rules_text
from gatekeeper.errors import ConfigurationError
from gatekeeper.ledger import codec
from gatekeeper.model.policy import Policy
from gatekeeper.model.rule import RULES, Combine, CountTest, Effect
from gatekeeper.model.vocabulary import CheckId, Label
from tests.policy.support import PYTHON, load

HEAD = 'extends = ["python"]\n'
RULE = """
[[rule]]
id = "fewer-tests"
title = "Tests are gone"
why = "A test that is gone proves nothing."
effect = "reject"
remedy = "Bring them back."
match = "any"
when = { counts = [{ check = "tests", count = "passed", below_base = 1 }], outcome = { tests = "blocked" } }
unless = { branch = ["cleanup/*"] }
"""


def test_a_rule_is_read() -> None:
    policy = load(PYTHON, HEAD + RULE)
    (rule,) = policy.rules
    assert (rule.id, rule.effect, rule.match) == ("fewer-tests", Effect.REJECT, Combine.ANY)
    assert rule.when.counts == (CountTest("tests", "passed", below_base=1),)
    assert rule.when.outcome == {"tests": ("blocked",)}
    assert rule.unless is not None and rule.unless.branch == ("cleanup/*",)
    assert RULES in policy.checks
    assert policy.checks[CheckId("tests")].counts_at_base
    assert not policy.checks[CheckId("lint")].counts_at_base
    assert policy.origins["rule fewer-tests"] == "gate.toml:3"


def test_require_label() -> None:
    policy = load(PYTHON, HEAD + RULE.replace('"reject"', '"require-label"\nrequire = { tests = "local" }'))
    assert policy.rules[0].require == {CheckId("tests"): Label.LOCAL}


def test_without_rules_there_is_no_check_of_that_name() -> None:
    assert RULES not in load(PYTHON, HEAD).checks


def test_a_rule_changes_the_digest() -> None:
    digests = {load(PYTHON, text).digest for text in (HEAD, HEAD + RULE, HEAD + RULE.replace("= 1 }", "= 2 }"))}
    assert len(digests) == 3


def test_an_inherited_rule_can_be_replaced_and_switched_off() -> None:
    inherited = load(PYTHON, 'extends = ["python", "fleet"]\n').rules
    assert inherited
    off = load(PYTHON, f'extends = ["python", "fleet"]\n[[rule]]\nid = "{inherited[0].id}"\nenabled = false\n').rules
    assert [one.id for one in off] == [one.id for one in inherited[1:]]


def test_what_policy_show_prints_is_the_same_rule() -> None:
    for text in (HEAD + RULE, 'extends = ["python", "fleet"]\n'):
        policy = load(PYTHON, text)
        again = load(PYTHON, HEAD + "\n".join(rules_text(policy)))
        assert again.rules == policy.rules


def test_a_policy_with_rules_is_kept_whole() -> None:
    policy = load(PYTHON, HEAD + RULE)
    assert codec.loads(Policy, codec.dumps(policy)) == policy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE.replace("fewer-tests", "Fewer Tests"), "rule[1].id"),
        (RULE.replace('"any"', '"some"'), "rule[1].match"),
        (RULE.replace('"reject"', '"destroy"'), "rule[1].effect"),
        (RULE.replace("unless =", "except ="), "unknown key 'except'"),
        (RULE.replace("outcome =", "outcomes ="), "unknown key 'outcomes'"),
        (RULE.replace('why = "A test that is gone proves nothing."\n', ""), "no title or no why"),
        (RULE + RULE, "two rules have the id"),
        (RULE.replace(", below_base = 1", ""), "compared with nothing"),
        (RULE.replace("below_base = 1", "below_base = 0"), "below_base"),
        (RULE.replace('{ tests = "blocked" }', '{ spell = "blocked" }'), "unknown check 'spell'"),
        (RULE.replace('"reject"', '"require-label"'), "effect and require"),
        (RULE.replace('{ branch = ["cleanup/*"] }', "{}"), "no condition"),
        (RULE.replace('{ branch = ["cleanup/*"] }', '{ subject_not = "(" }'), "regular expression"),
        (RULE.replace('{ branch = ["cleanup/*"] }', '{ finding_paths = ["x"] }'), "finding_paths without findings"),
        (
            RULE.replace('{ branch = ["cleanup/*"] }', f'{{ expression = "{"[" * 30}{"]" * 30}" }}'),
            "simpler expression",
        ),
        (RULE.replace('{ branch = ["cleanup/*"] }', f'{{ expression = "{"x" * 2001}" }}'), "2000"),
        ('[check.rules]\ncommand = "true"\n', "cannot be the name of a check"),
    ],
)
def test_mistakes_name_their_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(PYTHON, HEAD + text)
    assert caught.value.what.startswith("gate.toml:")
    assert said in caught.value.what + caught.value.hint
