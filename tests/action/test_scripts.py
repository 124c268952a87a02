"""The scripts of the action, each alone, with the variables of its step and a gate that writes down its words."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
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


def installed(folder: Path, version: str) -> list[str]:
    """What pip was told, a call a line."""
    place = folder / "gatekeeper/venv/bin"
    place.mkdir(parents=True)
    for name in ("python", "gate"):
        (place / name).write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n')
        (place / name).chmod(0o755)
    done = run("Install the gate", folder, VERSION=version, EXTRA="[github]", GITHUB_ACTION_PATH="/action")
    assert done.returncode == 0, done.stderr
    return (folder / "calls").read_text().splitlines()[:-1]  # the last one is `gate --version`


def test_what_the_action_brings_is_installed_by_hash(tmp_path: Path) -> None:
    locked, own = installed(tmp_path, "")
    assert locked.endswith("--require-hashes --only-binary :all: --requirement /action/requirements/action.txt")
    assert own.endswith("--no-deps --no-build-isolation /action")  # nothing is fetched that no hash vouches for


def test_a_release_is_installed_by_its_version(tmp_path: Path) -> None:
    assert installed(tmp_path, "1.2") == ["-I -m pip install --quiet branch-gatekeeper[github]==1.2"]


def test_all_that_is_needed_is_locked_by_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["github"]]
    entries = (ROOT / "requirements/action.txt").read_text().replace("\\\n", " ").splitlines()
    locked = {}
    for entry in (one for one in entries if not one.startswith("#")):
        said, *hashes = entry.split("--hash=sha256:")
        assert hashes, entry
        found = Requirement(said)
        locked[canonicalize_name(found.name)] = str(found.specifier).removeprefix("==")
    for needed in map(Requirement, [*wanted, *project["build-system"]["requires"]]):
        version = locked.get(canonicalize_name(needed.name))
        assert version is not None and version in needed.specifier, f"{needed}: requirements/lock"


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
