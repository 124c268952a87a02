"""Every rule about settings, commands and files is explained to whoever meets it, with the effect that it has."""

from pathlib import Path

import pytest

from gatekeeper.integrity import ci, files, relaxed, thresholds
from gatekeeper.integrity.contract import Effect
from gatekeeper.report.explanations import RULES as EXPLAINED
from gatekeeper.report.explanations import explain

DETECTORS = (thresholds.DETECTOR, relaxed.DETECTOR, ci.DETECTOR, files.DETECTOR)
RULES = {name: rule for detector in DETECTORS for name, rule in detector.rules.items()}
WORDS = {Effect.BLOCK: "**Rejects.**", Effect.WARN: "**Warning.**", Effect.NOTE: "**Note.**"}
PAGE = Path(__file__).parents[2] / "docs/checks/integrity.md"


def test_no_rule_belongs_to_two_detectors() -> None:
    assert len(RULES) == sum(len(detector.rules) for detector in DETECTORS)


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
