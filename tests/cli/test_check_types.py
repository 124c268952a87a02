"""`types` end to end: mypy on the committed tree, new findings against the merge base."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.types]\nlanguages = ["python"]\n'
CLEAN = "def double(a: int) -> int:\n    return a * 2\n"
OLD = "def old(a: int) -> str:\n    return a + 1\n"


def test_types_that_hold_pass(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN, "mypy.ini": "[mypy]\nstrict = True\n"})
    repo.commit("mine", {"app.py": CLEAN + "\n\nprint(double(2))\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("types")) == (0, "passed")
    assert [tool["name"] for tool in judged.check("types")["observation"]["tools"]] == ["mypy"]


def test_a_new_type_error_rejects_with_its_line_and_the_command(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN, "mypy.ini": "[mypy]\nstrict = True\n"})
    repo.commit("mine", {"app.py": CLEAN + '\n\nprint(double("2"))\n'})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.rejecting("types")) == (1, {("arg-type", "app.py")})
    assert [one["line"] for one in judged.check("types")["findings"] if one["rejects"]] == [5]
    assert "mypy" in judged.check("types")["reproduce"]


def test_an_old_error_is_baseline_also_when_it_moves_to_another_file(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN + OLD, "mypy.ini": "[mypy]\n"})
    repo.commit("move", {"app.py": CLEAN, "moved.py": "import app\n\n\n" + OLD})
    judged = run_gate(cwd=repo.path)
    assert judged.status == 0
    assert [
        (one["path"], one["novelty"]) for one in judged.check("types")["findings"] if one["severity"] == "error"
    ] == [("moved.py", "baseline")]
    repo.commit("again", {"again.py": OLD})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, len(judged.rejecting("types"))) == (1, 1)


def test_a_tool_that_crashes_proves_nothing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN})
    repo.commit("mine", {"mypy.ini": "[mypy]\nplugins = no_such_plugin\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("types")) == (3, "blocked")
