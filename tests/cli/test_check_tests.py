"""`tests` end to end: executed tests are counted, and a run that proves nothing never passes."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.tests]\nlanguages = ["python"]\n'
PASSING = "from app import X\n\n\ndef test_x():\n    assert X == 1\n"
FAILING = "\n\ndef test_old():\n    assert False, 'since ever'\n"


def test_passing_tests_are_counted(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": "X = 1\n", "test_app.py": PASSING, "pytest.ini": "[pytest]\n"})
    repo.commit("mine", {"test_more.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_y():\n    pass\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("tests")) == (0, "passed")
    counts = judged.check("tests")["observation"]["counts"]
    assert (counts["collected"], counts["passed"], counts["skipped"], counts["failed"]) == (2, 1, 1, 0)


def test_a_failing_test_rejects_by_its_id(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": "X = 1\n", "test_app.py": PASSING, "pytest.ini": "[pytest]\n"})
    repo.commit("mine", {"app.py": "X = 2\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, {rule for rule, _ in judged.rejecting("tests")}) == (1, {"test-failed"})
    finding = judged.check("tests")["findings"][0]
    assert "test_x" in finding["symbol"]
    assert "also fails at base" not in finding["message"]


@pytest.mark.parametrize(("say", "status"), [("reject", 1), ("report", 0)])
def test_what_also_fails_at_base_is_said_and_rejects_unless_the_policy_says_otherwise(
    tmp_path: Path, say: str, status: int
) -> None:
    files = {"app.py": "X = 1\n", "test_app.py": PASSING + FAILING, "pytest.ini": "[pytest]\n"}
    repo = project(tmp_path / "p", POLICY + f'failing_at_base = "{say}"\n', files)
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.status == status
    findings = judged.check("tests")["findings"]
    assert [("test_old" in one["symbol"], "also fails at base" in one["message"]) for one in findings] == [(True, True)]
    assert judged.check("tests")["observation"]["counts"]["failed"] == 1


@pytest.mark.parametrize(
    "tests", [None, "import pytest\n\n\n@pytest.mark.skip\ndef test_y():\n    pass\n"], ids=["none", "all skipped"]
)
def test_nothing_executed_proves_nothing(tmp_path: Path, tests: str | None) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": "X = 1\n", "test_app.py": PASSING, "pytest.ini": "[pytest]\n"})
    repo.commit("mine", {"test_app.py": tests})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("tests")) == (3, "blocked")


def test_tests_that_edit_the_tree_are_rejected(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": "X = 1\n", "test_app.py": PASSING, "pytest.ini": "[pytest]\n"})
    edit = "import pathlib\n\n\ndef test_edit():\n    pathlib.Path('app.py').write_text('X = 1  # fixed')\n"
    repo.commit("mine", {"test_edit.py": edit})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.rejecting("tests")) == (1, {("tree-changed", "app.py")})
    assert (repo.path / "app.py").read_text() == "X = 1\n"
