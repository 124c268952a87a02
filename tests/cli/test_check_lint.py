"""`lint` end to end: ruff's rules and format, nothing rewritten, old findings excused, waivers that end."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.lint]\nlanguages = ["python"]\n'
CLEAN = "def double(a: int) -> int:\n    return a * 2\n"


def test_clean_code_passes(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN})
    repo.commit("mine", {"more.py": CLEAN})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("lint")) == (0, "passed")


def test_a_rule_and_the_format_are_findings_of_their_own(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN})
    repo.commit("mine", {"unused.py": "import os\n", "ugly.py": "x = { 1:2 }\n"})
    judged = run_gate(cwd=repo.path)
    rejecting = judged.rejecting("lint")
    assert judged.status == 1
    assert ("F401", "unused.py") in rejecting
    assert {path for rule, path in rejecting if "format" in rule} == {"ugly.py"}


def test_fix_in_the_projects_settings_rewrites_nothing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": CLEAN, "ruff.toml": "fix = true\nunsafe-fixes = true\n"})
    repo.commit("mine", {"unused.py": "import os\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("lint") == {("F401", "unused.py")}
    assert judged.check("lint")["observation"]["tampered"] == []
    assert (repo.path / "unused.py").read_text() == "import os\n"


def test_old_findings_are_baseline_after_their_lines_moved(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY, {"app.py": f"import os\n\n\n{CLEAN}"})
    repo.commit("mine", {"app.py": f'"""Words."""\n\nimport os\n\n\n{CLEAN}'})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.found("lint")) == (0, {("F401", "app.py")})
    assert [one["novelty"] for one in judged.check("lint")["findings"]] == ["baseline"]


def test_baseline_all_excuses_nothing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY + 'baseline = "all"\n', {"app.py": f"import os\n\n\n{CLEAN}"})
    repo.commit("mine", {"more.py": CLEAN})
    assert run_gate(cwd=repo.path).rejecting("lint") == {("F401", "app.py")}


WAIVER = (
    '[[waiver]]\ncheck = "lint"\nrule = "F401"\npath = "unused.py"\nreason = "kept for its side effect"\nexpires = {}\n'
)


def test_a_waiver_holds_until_it_expires_and_what_it_waives_stays_counted(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY + WAIVER.format("2999-12-31"), {"app.py": CLEAN})
    repo.commit("mine", {"unused.py": "import os\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.rejecting("lint")) == (0, set())
    assert judged.found("lint") == {("F401", "unused.py")}
    assert judged.check("lint")["findings"][0]["waiver"]
    assert len(judged.report["waivers"]) == 1


def test_an_expired_waiver_is_a_finding_and_waives_nothing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", POLICY + WAIVER.format("2020-01-01"), {"app.py": CLEAN})
    repo.commit("mine", {"unused.py": "import os\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.status == 1
    assert ("F401", "unused.py") in judged.rejecting("lint")
    assert any("expired" in rule for rule, _ in judged.found("lint"))


def test_a_missing_tool_blocks(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", '[check.lint]\ncommand = "no-such-linter ."\n', {"app.py": CLEAN})
    repo.commit("mine", {"more.py": CLEAN})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("lint")) == (3, "blocked")
    assert "no-such-linter" in judged.check("lint")["reasons"][0]
