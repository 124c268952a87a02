"""Every rule is explained to whoever meets it, with the effect that it has."""

from pathlib import Path

import pytest

from gatekeeper.integrity.contract import Effect
from gatekeeper.integrity.registry import rules
from gatekeeper.report.explanations import RULES as EXPLAINED
from gatekeeper.report.explanations import explain

RULES = rules()
WORDS = {Effect.BLOCK: "**Rejects.**", Effect.WARN: "**Warning.**", Effect.NOTE: "**Note.**"}
PAGE = Path(__file__).parents[2] / "docs/checks/integrity.md"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_explained(name: str) -> None:
    assert explain(f"integrity/{name}")
    assert EXPLAINED[name] == ("integrity",)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_its_section(name: str) -> None:
    _, heading, section = PAGE.read_text().partition(f"\n## {name}\n")
    assert heading
    section = section.partition("\n## ")[0]
    for part in (WORDS[RULES[name].effect], "**Why.**", "**To do it legitimately**"):
        assert part in section
