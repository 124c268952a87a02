"""`gate policy show` and `gate policy schema`."""

import argparse
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from gatekeeper.cli import policy
from gatekeeper.errors import ConfigurationError, NothingToJudge
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
GATE = (
    'extends = ["python", "strict"]\n[check.tests]\ntimeout = "90s"\nperturb_timeout = "1m"\n[check.spell]\ncommand ='
    ' "codespell src"\n'
)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(capsys)


class Said:
    """Runs the verb and gives what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def by(self, *args: str) -> str:
        parser = argparse.ArgumentParser()
        policy.add_arguments(parser)
        assert policy.run(parser.parse_args(list(args))) == 0
        return self.capsys.readouterr().out


def test_every_value_stands_beside_its_origin(repo: Repo, said: Said) -> None:
    tip = repo.commit("policy", {"gate.toml": GATE, "pyproject.toml": "[build-system]\n[tool.mypy]\n"})
    out = said.by("show", "--repo", str(repo.path))
    assert out.startswith(f"# policy   gate.toml at main ({tip[:12]})\n# extends  default, python, strict\n# digest   ")
    assert '\ntimeout = "90s"  # gate.toml:3\n' in out
    assert "\nmax_complexity = 10  # policies/strict\n" in out
    assert '\ncommand = ["codespell", "src"]  # gate.toml:6\n' in out
    assert '\nlanguages = ["python"]  # detected: languages at base\n' in out
    assert '\nforbidden = ["/gate.toml"]  # policies/default\n' in out


def test_what_is_shown_can_be_written_down_and_means_the_same(repo: Repo, said: Said) -> None:
    waiver = "[[waiver]]\ncheck='lint'\nrule='F401'\npath='x'\nreason='r'\nexpires=2026-12-31\n"
    waiver += "[check.integrity.effects]\ntest-removed = 'block'\nsecret-added = 'off'\n"
    repo.commit("policy", {"gate.toml": GATE + waiver, "pyproject.toml": "[build-system]\n[tool.mypy]\n"})
    shown = said.by("show", "--repo", str(repo.path))
    before = json.loads(said.by("show", "--repo", str(repo.path), "--format", "json"))
    assert tomllib.loads(shown)["check"]["integrity"]["effects"] == {"secret-added": "off", "test-removed": "block"}
    repo.commit("written down", {"gate.toml": "extends = []\n" + shown})
    after = json.loads(said.by("show", "--repo", str(repo.path), "--format", "json"))
    assert after["checks"] == before["checks"]
    assert after["digest"] == before["digest"]


TARGETS = """extends = []
[target.shop]
surface = "runtime"
paths = ["src/**"]
probe = "sh probe.sh $TOKEN"
start = "sh serve.sh $GATE_PORT"
ready = "true"
pass_env = ["TOKEN"]
ready_timeout = "250ms"
[target.lab]
enabled = false
surface = "device"
probe = ["sh", "lab.sh"]
stand_in = true
[[signer]]
name = "Lab"
key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGg7L8n1b5V6oV0xwFz1M6cL4nnT0x2R7dFzJv9Yc2Ab lab"
surfaces = ["device"]
[stamp]
enabled = false
"""


def test_targets_signers_and_stamps_are_shown_and_can_be_written_down(repo: Repo, said: Said) -> None:
    repo.commit("policy", {"gate.toml": TARGETS})
    shown = said.by("show", "--repo", str(repo.path))
    assert "\n[target.shop]\n" in shown
    assert '\nprobe = ["sh", "probe.sh", "$TOKEN"]  # gate.toml:5\n' in shown
    assert '\nrequires = "direct"  # built in\n' in shown
    assert "\n[[signer]]  # gate.toml:15\n# id 9022546551ab14f1" in shown
    assert "\n[stamp]\nenabled = false  # gate.toml:20\n" in shown
    before = json.loads(said.by("show", "--repo", str(repo.path), "--format", "json"))
    repo.commit("written down", {"gate.toml": "extends = []\n" + shown})
    after = json.loads(said.by("show", "--repo", str(repo.path), "--format", "json"))
    assert (after["checks"], after["signers"]) == (before["checks"], before["signers"])
    assert after["checks"]["lab"]["target"]["stand_in"]
    assert after["digest"] == before["digest"]


def test_it_is_the_base_not_the_branch_and_not_the_worktree(repo: Repo, said: Said) -> None:
    repo.branch("worker")
    repo.commit("loosen", {"gate.toml": "[check.tests]\nenabled = false\n"})
    repo.write("gate.toml", "broken")
    assert "shipped default (no policy at main" in said.by("show", "--repo", str(repo.path))
    assert "gate.toml at worker" in said.by("show", "--repo", str(repo.path), "--base", "worker")


def test_without_any_base_the_head_itself(tmp_path: Path, said: Said) -> None:
    alone = Repo.create(tmp_path / "alone", branch="trunk")
    alone.commit("begin", {"a.py": ""})
    assert "at the head itself" in said.by("show", "--repo", str(alone.path))


def test_errors_are_those_of_the_policy(repo: Repo, said: Said, tmp_path: Path) -> None:
    repo.commit("broken", {"gate.toml": "[check.lnit]\n"})
    with pytest.raises(ConfigurationError, match=r"^gate\.toml:1: unknown check 'lnit'"):
        said.by("show", "--repo", str(repo.path))
    with pytest.raises(NothingToJudge, match="no commits yet"):
        said.by("show", "--repo", str(Repo.create(tmp_path / "unborn").path))


def test_nothing_of_the_policy_reaches_the_terminal_unescaped(repo: Repo, said: Said) -> None:
    repo.commit("hostile", {"gate.toml": '[check.x]\ncommand = ["a\\u001b[31m", "\\u202e"]\n'})
    out = said.by("show", "--repo", str(repo.path))
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_the_schema_can_be_used(said: Said) -> None:
    schema = json.loads(said.by("schema"))
    jsonschema.validate(tomllib.loads(GATE), schema)


def test_a_sub_verb_is_needed() -> None:
    parser = argparse.ArgumentParser()
    policy.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([])
