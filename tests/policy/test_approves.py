"""`approves` of [[signer]]: which rules a person may be named for, and which nobody can."""

import pytest

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.approval import allows, unapprovable, unapprovable_name
from gatekeeper.policy.load import load_policy
from tests.stamp.support import a_key

POLICY = (
    'extends = []\n[check.x]\ncommand = "true"\n[[signer]]\nname = "Ana"\nkey = "{key}"\nstamps = false\napproves ='
    " {approves}\n"
)


def approves(text: str) -> tuple[str, ...]:
    raw = POLICY.format(key=a_key().public, approves=text).encode()
    policy = load_policy(lambda path: raw if path == "gate.toml" else None, names=lambda: ("gate.toml",), where="main")
    return policy.signers[0].approves


def test_rules_and_all_rules_of_a_check() -> None:
    named = ("integrity/*", "regression-hidden", "lint/F401", "@typescript-eslint/no-explicit-any", "my-check/*")
    assert approves(str(list(named)).replace("'", '"')) == named


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("*", "one by one"),
        ("", "one by one"),
        ("*/outcome-hook", "one by one"),
        ("integrity/out*", "one by one"),
        ("two words", "one by one"),
        ("contract/*", "the contract is agreed"),
        ("sync/merge-conflict", "not about the commit alone"),
        ("worktree/*", "not about the commit alone"),
        ("test-failed", "says what was observed"),
        ("tests/test-failed", "says what was observed"),
        ("my-check/exit-status", "says what was observed"),
        ("evidence-too-weak", "an approval is none"),
        ("out-of-contract", "the contract is agreed"),
        ("overclaim", "what the worker claims must be true"),
        ("self-review/stale", "what the worker claims must be true"),
    ],
)
def test_what_nobody_can_be_named_for(entry: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        approves(f'["integrity/*", "{entry}"]')
    assert raised.value.what.startswith("gate.toml:8: signer[1].approves")
    assert words in raised.value.hint


@pytest.mark.parametrize(("check", "rule"), [("tests", "test-failed"), ("own", "exit-status"), ("contract", "x")])
def test_what_cannot_be_approved_is_so_however_it_is_written(check: str, rule: str) -> None:
    assert unapprovable(check, rule)
    assert unapprovable_name(f"{check}/{rule}")


def test_a_name_that_only_ends_alike_is_another_rule() -> None:
    assert not unapprovable_name("my-test-failed")
    assert not unapprovable("integrity", "contract")
    assert not unapprovable_name("contract")
    assert allows("integrity/*", "integrity", "x") and not allows("integrity/*", "integrity-x", "x")
