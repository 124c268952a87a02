"""gate explain: every word that a report can say."""

import argparse
import re
from pathlib import Path

import pytest

import gatekeeper
from gatekeeper.cli import explain, explain_rule
from gatekeeper.errors import UsageError
from gatekeeper.model.vocabulary import Label, Outcome, Verdict
from gatekeeper.report.explanations import EXPLANATIONS
from gatekeeper.report.explanations import explain as meanings

CHECKS = ("types", "lint", "complexity", "build", "tests", "paths", "worktree", "sync", "self-review")


def _call(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    explain.add_arguments(parser)
    return explain.run(parser.parse_args(argv))


@pytest.mark.parametrize("word", [*CHECKS, *Outcome, *Label, *Verdict])
def test_every_word_of_the_house_is_explained(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(word) == 0
    shown = capsys.readouterr().out
    for part in ("  what ", "  why ", "  fix "):
        assert part in shown


def test_every_rule_of_the_gate_is_explained() -> None:
    """Rule ids are written in the sources as `rule="…"`, `_finding("…"` or `…RULE = "…"`."""
    written = re.compile(r"""(?:rule=|_finding\(|RULE(?:: Final)? = )"([a-z]+(?:-[a-z]+)*)\"""")
    root = Path(gatekeeper.__file__).parent
    rules = {
        rule
        for folder in ("checks", "decision", "evidence", "tools")
        for source in (root / folder).glob("*.py")
        for rule in written.findall(source.read_text())
    }
    assert "forbidden-path" in rules, "the search finds something"
    assert rules - set(EXPLANATIONS) == set()


def test_blocked_has_three_meanings() -> None:
    assert [entry.kind for entry in meanings("Blocked")] == ["outcome", "label", "verdict"]


def test_a_rule_as_the_report_writes_it() -> None:
    assert meanings("paths/forbidden-path")[0].word == "forbidden-path"
    assert meanings("lint/forbidden-path") == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("F401", "unused import"),
        ("lint/E501", "line-too-long"),
        ("types/arg-type", "Check argument types in calls"),
        ("ts2322", "TypeScript"),
        ("no-unused-vars", "https://eslint.org/docs/latest/rules/no-unused-vars"),
    ],
)
def test_rules_of_tools(word: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(word) == 0
    assert said in capsys.readouterr().out


def test_without_ruff_there_is_still_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain_rule, "_ask_ruff", lambda rule: None)
    told = explain_rule.explain_rule("F401")
    assert told is not None
    assert "https://docs.astral.sh/ruff/rules/F401" in told


def test_an_unknown_word_names_near_ones() -> None:
    with pytest.raises(UsageError, match="forbiden-path") as caught:
        _call("forbiden-path")
    assert "forbidden-path" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        _call("\x1b[31mqqqq")
    assert "\x1b" not in caught.value.what


def test_without_a_word_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert _call() == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in EXPLANATIONS)


@pytest.mark.parametrize("label", list(Label))
def test_every_label_has_examples_of_what_it_is_and_is_not(label: Label) -> None:
    (entry,) = (entry for entry in meanings(label) if entry.kind == "label")
    assert {line[:6].strip() for line in entry.examples} == {"is", "is not"}
