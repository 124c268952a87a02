"""The scripts of the action, each alone, with the variables of its step and a gate that writes down its words."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ACTION = yaml.safe_load((Path(__file__).parents[2] / "action.yml").read_text())
SCRIPTS: dict[str, str] = {step["name"]: step["run"] for step in ACTION["runs"]["steps"] if "run" in step}
POSTING = {"RUN": "1a", "FORK": "false", "GITHUB_TOKEN": "t"}
HOSTILE = "$(touch pwned) `touch pwned`; touch pwned #' \""


def run(name: str, folder: Path, gate: str = "exit 0", **variables: str) -> subprocess.CompletedProcess[str]:
    """As GitHub runs `shell: bash`. `gate` is what the command does after it has written its words to `said`."""
    command = folder / "gate"
    command.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> said\n{gate}\n")
    command.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "GATE": str(command), "RUNNER_TEMP": str(folder), **variables}
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS[name]]
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def said(folder: Path) -> list[str]:
    return (folder / "said").read_text().splitlines()


def test_an_input_is_one_word_whatever_is_in_it(tmp_path: Path) -> None:
    given = {"BASE": HOSTILE, "POLICY_REF": "--repo=/", "FAIL_ON": "never", "FORMAT": "brief"}
    assert run("Judge", tmp_path, "exit 3", **given).returncode == 3
    assert said(tmp_path) == ["ci", "--fail-on=never", "--format=brief", f"--base={HOSTILE}", "--policy-ref=--repo=/"]
    assert not (tmp_path / "pwned").exists()


def test_an_empty_input_is_no_word(tmp_path: Path) -> None:
    given = {"BASE": "", "POLICY_REF": "", "FAIL_ON": "blocked", "FORMAT": "text"}
    assert run("Judge", tmp_path, **given).returncode == 0
    assert said(tmp_path) == ["ci", "--fail-on=blocked", "--format=text"]


@pytest.mark.parametrize("version", [HOSTILE, "1.0 --index-url=x", "-r file", "==1"])
def test_what_is_no_version_is_refused_before_pip_sees_it(tmp_path: Path, version: str) -> None:
    done = run("Make a place for the gate", tmp_path, VERSION=version, PYTHON="python3")
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=gate::the input version is no version")
    assert not (tmp_path / "pwned").exists()


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    done = run("Make a place for the gate", tmp_path, VERSION="1.0", PYTHON="false")
    assert (done.returncode, "needs Python 3.11 or later" in done.stdout) == (2, True)


@pytest.mark.parametrize(
    ("gate", "changes", "why"),
    [
        ("exit 0", {"GITHUB_TOKEN": ""}, "this job has no token"),
        ("exit 0", {"FORK": "true"}, "the token of a fork's pull request may only read"),
        ("exit 2", {}, "this version of the gate has no 'gate github'"),
        ('test "$2" = --help || exit 9', {}, "'gate github post' ended with 9"),
    ],
)
def test_what_keeps_a_verdict_from_being_posted_is_said_and_fails_nothing(
    tmp_path: Path, gate: str, changes: dict[str, str], why: str
) -> None:
    done = run("Post the verdict", tmp_path, gate, **(POSTING | changes))
    assert done.returncode == 0
    assert done.stdout.startswith(f"::notice title=gate::the verdict was not posted: {why}")


def test_the_verdict_of_this_run_is_posted(tmp_path: Path) -> None:
    done = run("Post the verdict", tmp_path, **POSTING)
    assert (done.returncode, done.stdout) == (0, "")
    assert said(tmp_path) == ["github", "--help", "github", "post", "1a"]
