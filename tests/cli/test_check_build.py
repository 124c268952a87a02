"""`build` end to end: the command must succeed, and what it promises must be there and be fresh."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")


def policy(command: str) -> str:
    return f"[check.build]\ncommand = ['sh', '-c', '{command}']\nartefacts = ['dist/*.txt']\n"


MAKES = "mkdir -p dist && echo made > dist/app.txt"


def test_a_build_that_makes_its_artefact_passes(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy(MAKES), {".gitignore": "dist/\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("build")) == (0, "passed")


def test_a_build_that_fails_is_rejected(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy("test ! -e broken && " + MAKES), {".gitignore": "dist/\n"})
    repo.commit("mine", {"broken": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("build")) == (1, "failed")


def test_a_missing_artefact_blocks(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy("true"), {".gitignore": "dist/\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("build")) == (3, "blocked")
    assert "dist/*.txt missing" in " ".join(judged.check("build")["reasons"])


def test_a_committed_artefact_is_stale_until_it_is_built_again(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy("touch -d @1000000000 dist/app.txt"), {"dist/app.txt": "old\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("build")) == (3, "blocked")
    assert "stale" in " ".join(judged.check("build")["reasons"])


def test_python_without_a_build_system_is_not_applicable(tmp_path: Path) -> None:
    repo = project(
        tmp_path / "p", '[check.sync]\n[check.build]\nlanguages = ["python"]\nrequired = false\n', {"app.py": "X = 1\n"}
    )
    repo.commit("mine", {"app.py": "X = 2\n"})
    assert run_gate(cwd=repo.path).outcome("build") == "not-applicable"
