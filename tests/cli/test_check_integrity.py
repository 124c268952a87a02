"""`integrity` end to end: what each effect does, what disclosing, waiving and merging do, and what cannot be read."""

from pathlib import Path

import pytest

from tests.support.gate import Judged, project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = "[check.integrity]\n[check.self-review]\nrequired = false\n"
PYPROJECT = "[tool.coverage.report]\nfail_under = 90\n"
TEST = "def test_a():\n    assert 1 + 1 == 2\n\n\ndef test_b():\n    assert 2 + 2 == 4\n"
SKIPPED = "import pytest\n\n\n@pytest.mark.skip\n" + TEST


def work(tmp_path: Path, policy: str = POLICY) -> Repo:
    files = {"pyproject.toml": PYPROJECT, "tests/test_a.py": TEST, "src/a.py": "def one():\n    return 1\n"}
    return project(tmp_path / "p", policy, files)


def lower(repo: Repo, message: str = "lower") -> None:
    repo.commit(message, {"pyproject.toml": PYPROJECT.replace("90", "40")})


def test_an_ordinary_change_passes(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("fine", {"src/a.py": "def one():\n    return 2 - 1\n", "tests/test_c.py": "def test_c():\n    assert 3 == 3 * 1\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("integrity")) == (0, "passed")
    assert judged.check("integrity")["observation"]["counts"] == {"files": 2, "hits": 0}


def test_a_lowered_threshold_rejects(tmp_path: Path) -> None:
    repo = work(tmp_path)
    lower(repo)
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.verdict) == (1, "rejected")
    assert judged.rejecting("integrity") == {("threshold-weakened", "pyproject.toml")}
