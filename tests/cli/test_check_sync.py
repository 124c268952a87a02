"""`sync` end to end: behind is a note, a conflict rejects, and `on = "merge"` judges the merge result."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")


def advance(repo: Repo, files: dict[str, str]) -> None:
    repo.switch("main")
    repo.commit("theirs", files)
    repo.switch("work")


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    repo = project(tmp_path / "p", "[check.sync]\n", {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "mine\n"})
    return repo


def test_a_branch_that_contains_its_base_passes(work: Repo) -> None:
    judged = run_gate(cwd=work.path)
    assert (judged.status, judged.outcome("sync")) == (0, "passed")
    assert judged.check("sync")["observation"]["counts"] == {"ahead": 1, "behind": 0, "conflicts": 0}


def test_being_behind_is_a_note_with_a_number(work: Repo) -> None:
    advance(work, {"b.txt": "b\n"})
    advance(work, {"c.txt": "c\n"})
    judged = run_gate(cwd=work.path)
    assert judged.status == 0
    assert judged.found("sync") == {("behind-base", None)}
    assert "2 commits behind main" in judged.check("sync")["findings"][0]["message"]


def test_a_conflict_names_its_path(work: Repo) -> None:
    advance(work, {"a.txt": "theirs\n", "b.txt": "b\n"})
    judged = run_gate(cwd=work.path)
    assert (judged.status, judged.rejecting("sync")) == (1, {("merge-conflict", "a.txt")})
    assert judged.report["subject"]["conflicts"] == ["a.txt"]
    assert judged.report["subject"]["merge_tree"] is None


def test_on_merge_judges_what_the_merge_makes(tmp_path: Path) -> None:
    policy = '[check.head]\ncommand = "test ! -e b.txt"\n[check.merged]\ncommand = "test ! -e b.txt"\non = "merge"\n'
    repo = project(tmp_path / "p", policy, {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "mine\n"})
    advance(repo, {"b.txt": "only on main\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("head"), judged.outcome("merged"), judged.status) == ("passed", "failed", 1)
    assert judged.check("merged")["observation"]["tree"] == judged.report["subject"]["merge_tree"]


def test_on_merge_is_blocked_where_nothing_merges(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", '[check.merged]\ncommand = "true"\non = "merge"\n', {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "mine\n"})
    advance(repo, {"a.txt": "theirs\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("merged"), judged.status) == ("blocked", 3)
