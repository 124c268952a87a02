"""Where rules are documented; a rule name of a branch cannot become part of an address."""

import pytest

from gatekeeper.tools.docs_url import rule_family, rule_url


@pytest.mark.parametrize(
    ("tool", "rule", "url"),
    [
        ("ruff", "F401", "https://docs.astral.sh/ruff/rules/F401/"),
        ("ruff", "invalid-syntax", None),
        ("mypy", "arg-type", "https://mypy.readthedocs.io/en/stable/_refs.html#code-arg-type"),
        ("eslint", "eqeqeq", "https://eslint.org/docs/latest/rules/eqeqeq"),
        ("eslint", "@typescript-eslint/no-explicit-any", "https://typescript-eslint.io/rules/no-explicit-any/"),
        ("eslint", "react/jsx-key", None),
        ("eslint", "x?y=https://evil", None),
        ("tsc", "TS2322", None),
        ("unknown", "x", None),
    ],
)
def test_rule_url(tool: str, rule: str, url: str | None) -> None:
    assert rule_url(tool, rule) == url


def test_the_longest_known_prefix_names_the_family() -> None:
    assert rule_family("ruff", "C901") == "functions that are too complex (mccabe)"
    assert "comprehensions" in (rule_family("ruff", "C401") or "")
    assert rule_family("ruff", "XYZ1") is None
    assert rule_family("mypy", "arg-type") is not None
