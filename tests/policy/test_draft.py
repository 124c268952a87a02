"""A first gate.toml equals the default that judges until then, and every suggestion in it is right."""

import re
import tomllib

import pytest

from gatekeeper.policy.detect import detect
from gatekeeper.policy.draft import draft
from tests.policy.support import NODE, PYTHON, load

GO = {"main.go": "", "go.mod": ""}
PLAIN = {"requirements.txt": "", "app.py": "", "test_app.py": "", "uv.lock": ""}
TREES = pytest.mark.parametrize("files", [PYTHON, NODE, {**PYTHON, **NODE}, GO, PLAIN])


def drafted(files: dict[str, str], base: str = "main") -> str:
    return draft(detect(list(files), lambda name: files[name].encode()), base=base, year=2026)


@TREES
def test_it_changes_nothing_by_itself(files: dict[str, str]) -> None:
    assert load(files, gate=drafted(files)).digest == load(files).digest


@TREES
def test_every_suggestion_can_be_taken(files: dict[str, str]) -> None:
    text = re.sub(r"^# (?=\[|\w+ = )", "", drafted(files), flags=re.MULTILINE)
    assert {"check", "waiver", "extends"} <= set(tomllib.loads(text))
    policy = load(files, gate=text)
    assert policy.waivers
    assert any(settings.own for settings in policy.checks.values())


def test_a_branch_name_cannot_write_policy() -> None:
    text = drafted(PYTHON, base="x\n[check.tests]\nenabled = false\n#\x1b[31m")
    assert set(tomllib.loads(text)) == {"extends"}
    assert "\x1b" not in text
