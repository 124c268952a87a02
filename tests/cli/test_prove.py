"""`gate prove` on small projects: what is noticed, what stays green, and that nothing is left behind."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gatekeeper.fixtures.leftovers import sweep
from gatekeeper.fixtures.plants import Plant, plants
from gatekeeper.fixtures.policies import shipped_policy
from gatekeeper.git.command import Git
from gatekeeper.git.lock import folder_locked
from gatekeeper.process.home import Home
from tests.support.gate import UNSIGNED
from tests.support.lean import own_tools
from tests.support.repo import Repo
from tests.support.warm import spoken

UNIT = "[check.tests]\nenabled = false\n[check.build]\nenabled = false\n"
TESTS = (
    "import unittest\n\nfrom app import answer\n\n\nclass Answers(unittest.TestCase):\n"
    "    def test_answer(self) -> None:\n        self.assertEqual(answer(), 42)\n"
)
FILES = {
    "pyproject.toml": "[tool.mypy]\nstrict = true\n[tool.ruff]\n",
    "app.py": 'def answer() -> int:\n    """The answer."""\n    return 42\n',
    "tests/__init__.py": "",
    "tests/test_app.py": TESTS,
}


def prove(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return spoken("prove", *words, cwd=where, env={**os.environ, "PATH": f"{own_tools()}:{os.environ['PATH']}"})


def made(path: Path, policy: str, files: dict[str, str] = FILES) -> Repo:
    repo = Repo.create(path)
    repo.commit("begin", {**files, "gate.toml": f"{policy}{UNSIGNED}"})
    return repo


def state(repo: Repo) -> tuple[str, ...]:
    return tuple(repo.git(*words) for words in (("for-each-ref",), ("worktree", "list"), ("status", "--porcelain")))


@pytest.mark.slow
def test_every_check_turns_red_and_nothing_is_left_behind(tmp_path: Path, gate_home: Home) -> None:
    repo = made(tmp_path / "p", f'extends = ["python"]\n{UNIT}')
    before = state(repo)
    done = prove(repo.path)
    assert done.returncode == 0, done.stdout + done.stderr
    for check in ("types", "lint", "complexity", "paths", "worktree", "sync", "self-review", "integrity"):
        assert f"✓ {check}" in done.stdout
    assert "8 of 8 plants were noticed" in done.stdout
    assert state(repo) == before


def test_a_check_that_looks_elsewhere_is_named(tmp_path: Path, gate_home: Home) -> None:
    pyproject = '[tool.mypy]\nstrict = true\nexclude = "."\n[tool.ruff]\nextend-exclude = ["*.py"]\n'
    repo = made(tmp_path / "p", f'extends = ["python"]\n{UNIT}', {**FILES, "pyproject.toml": pyproject})
    before = state(repo)
    done = prove(repo.path, "--check", "lint", "--check", "complexity")
    assert "✗ lint" in done.stdout, done.stdout + done.stderr
    assert "✓ complexity" in done.stdout
    assert done.returncode in {1, 3}
    assert "lint" in done.stdout.splitlines()[-1]
    assert state(repo) == before


def test_what_a_killed_one_left_is_removed_and_what_a_living_one_holds_is_not(tmp_path: Path) -> None:
    repo = made(tmp_path / "p", "extends = []\n[check.integrity]\n")
    for name in ("dead", "restarted", "alive"):
        repo.git("branch", f"gate-prove/{name}-base")
        repo.git("worktree", "add", "--quiet", "-b", f"gate-prove/{name}", str(tmp_path / f"gate-prove-{name}/tree"))
    shutil.rmtree(tmp_path / "gate-prove-restarted")
    mine = str(tmp_path / "gate-prove-of-mine")
    repo.git("worktree", "add", "--quiet", "-b", "mine", f"{mine}/tree")
    with folder_locked(str(tmp_path / "gate-prove-alive"), 0.0) as held:
        assert held
        sweep(Git(git_dir=str(repo.path / ".git")))
    assert sorted(one.name for one in tmp_path.glob("gate-prove-*")) == ["gate-prove-alive", "gate-prove-of-mine"]
    left = repo.git("branch", "--format=%(refname:short)").splitlines()
    assert left == ["gate-prove/alive", "gate-prove/alive-base", "main", "mine"]


@pytest.mark.parametrize("softened", ["outcome-rewritten", "bidirectional-text"])
def test_integrity_is_shown_by_a_rule_that_the_policy_left_strict(softened: str) -> None:
    policy = shipped_policy(("default",), f'[check.integrity]\neffects = {{ {softened} = "note" }}\n')
    (plant,) = [
        one for one in plants(policy, (), lambda _: None) if isinstance(one, Plant) and one.check == "integrity"
    ]
    assert ("conftest.py" in str(plant.files)) is (softened != "outcome-rewritten")


def test_own_checks_are_for_their_owner(tmp_path: Path, gate_home: Home) -> None:
    repo = made(tmp_path / "p", 'extends = []\n[check.spell]\ncommand = "true"\n')
    done = prove(repo.path)
    assert "? spell" in done.stdout
    assert prove(repo.path, "--check", "nothing").returncode == 2


@pytest.mark.slow
def test_tests_that_fail_and_tests_that_do_not_run(tmp_path: Path, gate_home: Home) -> None:
    command = '["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml={report}"]'
    policy = f"extends = []\n[check.tests]\ncommand = {command}\n"
    repo = made(tmp_path / "p", policy)
    done = prove(repo.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ tests         a failing test: failed" in done.stdout
    assert "✓ tests         a run that runs nothing: blocked" in done.stdout
