"""`complexity` end to end: a limit per function, for new functions and for those that got worse."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.complexity]\nlanguages = ["python"]\nmax_complexity = 4\n'


def branches(count: int, name: str = "decide") -> str:
    """A function whose cyclomatic complexity is `count` + 1."""
    tests = "".join(f"    if a == {number}:\n        return {number}\n" for number in range(count))
    return f"def {name}(a):\n{tests}    return a\n"


def test_functions_within_the_limit_pass(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": branches(1)})
    repo.commit("mine", {"app.py": branches(3)})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("complexity")) == (0, "passed")


def test_a_new_function_above_the_limit_rejects_and_the_metric_is_named(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": branches(1)})
    repo.commit("mine", {"app.py": branches(1) + "\n\n" + branches(9, "worse")})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.rejecting("complexity")) == (1, {("complexity", "app.py")})
    finding = next(one for one in judged.check("complexity")["findings"] if one["rejects"])
    assert (finding["symbol"], finding["measure"]) == ("worse", 10.0)
    assert "radon" in finding["message"]
    assert "the limit is 4" in finding["message"]


@pytest.mark.parametrize(("after", "status"), [(9, 0), (8, 0), (10, 1)])
def test_what_was_above_before_rejects_only_when_it_got_worse(tmp_path: Path, after: int, status: int) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": branches(9)})
    repo.commit("mine", {"app.py": "X = 1\n\n\n" + branches(after)})
    judged = run_gate(cwd=repo.path)
    assert judged.status == status
    assert judged.found("complexity") >= {("complexity", "app.py")}


def test_files_without_any_function_have_been_measured(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": "X = 1\n"})
    repo.commit("mine", {"app.py": "X = 2\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("complexity")) == (0, "passed")
    assert judged.check("complexity")["observation"]["counts"] == {"files": 1, "functions": 0}


def test_a_text_that_keeps_the_maintainability_index_busy_blocks_nothing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY + 'timeout = "8s"\n', {"app.py": "X = 1\n"})
    repo.commit("mine", {"app.py": 'TEXT = """\n' + "a line of a long text\n" * 4000 + '"""\n'})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("complexity")) == (0, "passed")
    assert any(note.startswith("radon-mi: not measured") for note in judged.check("complexity")["observation"]["notes"])
