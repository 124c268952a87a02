"""`gate prove` on small projects: what is noticed, what stays green, and that nothing is left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate import UNSIGNED
from tests.support.repo import Repo

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
    argv = [sys.executable, "-m", "gatekeeper", "prove", *words]
    return subprocess.run(argv, cwd=where, capture_output=True, text=True, check=False)


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
    for check in ("types", "lint", "complexity", "paths", "worktree", "sync", "self-review"):
        assert f"✓ {check}" in done.stdout
    assert "7 of 7 plants were noticed" in done.stdout
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
