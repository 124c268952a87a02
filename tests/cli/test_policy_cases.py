"""`gate policy test|mutate|diff` through the real command."""

import subprocess
from pathlib import Path

from gatekeeper.process.home import Home
from tests.support.gate import project
from tests.support.warm import spoken


def gate(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return spoken(*words, cwd=where)


def test_a_shipped_policy(tmp_path: Path, gate_home: Home) -> None:
    tested = gate(tmp_path, "policy", "test", "default")
    assert (tested.returncode, "default: " in tested.stdout, "cases hold" in tested.stdout) == (0, True, True)
    mutated = gate(tmp_path, "policy", "mutate", "default")
    assert (mutated.returncode, "(100.0 %), 1 equivalent" in mutated.stdout) == (0, True), mutated.stdout


def test_ones_own_policy(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.unit]\ncommand = "false"\n[check.ok]\ncommand = "true"\n', {})
    made.commit("fix: it", {"a.txt": "a\n"})
    assert gate(made.path, "check").returncode == 1
    run = gate(made.path, "log").stdout.split()[0]
    words = ("--expect", "rejected", "--why", "It was red.", "--name", "red")
    added = gate(made.path, "fixture", "add", run, *words)
    assert added.returncode == 0, added.stderr
    assert gate(made.path, "policy", "test").returncode == 0
    mutated = gate(made.path, "policy", "mutate")
    assert mutated.returncode == 1
    assert "survived: accept blocked unit" in mutated.stdout
    assert "missing: a case in which unit is blocked" in mutated.stdout
    other = tmp_path / "other.toml"
    other.write_text(
        'extends = []\n[check.ok]\ncommand = "true"\n[check.unit]\ncommand = "false"\nseverity = "warning"\n'
    )
    said = gate(made.path, "policy", "diff", "gate.toml", str(other))
    assert said.returncode == 0, said.stderr
    assert "rejected → accepted" in said.stdout
    assert "1 of 1 runs would change their verdict" in said.stdout
    # A file elsewhere is read for this project, and what was never asked is said.
    elsewhere = tmp_path / "elsewhere/new.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(
        'extends = []\n[check.ok]\ncommand = "true"\n[check.self-review]\n[check.spell]\ncommand = "x"\n'
    )
    said = gate(made.path, "policy", "diff", "gate.toml", str(elsewhere))
    assert "rejected → accepted" in said.stdout
    assert "spell was not asked in 1 of them: what it would have said is not known" in said.stdout
    same = gate(made.path, "policy", "diff", "gate.toml", "gate.toml")
    assert "0 of 1 runs" in same.stdout


def test_refusals(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {})
    for words, said in (
        (("policy", "test"), "there are no fixtures"),
        (("policy", "test", "nowhere.toml"), "cannot be read"),
        (("policy", "diff", "default", "strict"), "no runs yet"),
    ):
        done = gate(made.path, *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
