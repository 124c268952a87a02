"""`worktree` end to end: nothing that a worker configures hides what is not committed."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    repo = project(tmp_path / "p", "[check.worktree]\n", {"a.txt": "a\n", ".gitignore": "*.log\n"})
    repo.commit("mine", {"b.txt": "b\n"})
    return repo


def test_a_clean_worktree_passes_and_what_the_base_ignores_is_clean(work: Repo) -> None:
    work.write("run.log", "noise\n")
    judged = run_gate(cwd=work.path)
    assert (judged.status, judged.outcome("worktree")) == (0, "passed")


def test_an_untracked_and_a_changed_file_reject(work: Repo) -> None:
    work.write("new.txt", "n\n")
    work.write("b.txt", "changed\n")
    judged = run_gate(cwd=work.path)
    assert judged.status == 1
    assert judged.rejecting("worktree") == {("untracked", "new.txt"), ("uncommitted", "b.txt")}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_flags_of_the_index_hide_nothing(work: Repo, flag: str) -> None:
    work.git("update-index", flag, "b.txt")
    work.write("b.txt", "hidden\n")
    assert work.git("status", "--short") == ""
    assert run_gate(cwd=work.path).rejecting("worktree") == {("uncommitted", "b.txt")}


def test_excludes_and_settings_of_the_worker_hide_nothing(work: Repo) -> None:
    (work.path / ".git" / "info" / "exclude").write_text("hidden.txt\n")
    work.config("status.showUntrackedFiles", "no")
    work.write("hidden.txt", "h\n")
    work.write("other.txt", "o\n")
    assert work.git("status", "--short") == ""
    assert run_gate(cwd=work.path).rejecting("worktree") == {("untracked", "hidden.txt"), ("untracked", "other.txt")}


def test_a_merge_in_progress_rejects(work: Repo) -> None:
    work.git("merge", "--quiet", "--no-ff", "--no-commit", "main", check=False)
    (work.path / ".git" / "MERGE_HEAD").write_text(work.head("main") + "\n")
    assert run_gate(cwd=work.path).rejecting("worktree") == {("operation-in-progress", None)}


def test_a_detached_head_is_told(work: Repo) -> None:
    work.git("switch", "--quiet", "--detach", "work")
    judged = run_gate(cwd=work.path)
    assert judged.found("worktree") <= {("detached-head", None)}
    assert judged.report["subject"]["branch"] is None


def test_an_untracked_policy_is_a_note(work: Repo) -> None:
    bare = Repo.create(work.path.parent / "q")
    bare.commit("begin", {"a.txt": "a\n"})
    bare.branch("work")
    bare.commit("mine", {"b.txt": "b\n"})
    bare.write("gate.toml", 'extends = ["strict"]\n')
    judged = run_gate(cwd=bare.path)
    assert ("policy-untracked", "gate.toml") in judged.found("worktree")
    assert judged.rejecting("worktree") == set()
    assert judged.status == 0


def test_a_branch_that_is_checked_out_nowhere_has_no_worktree(work: Repo) -> None:
    work.switch("main")
    judged = run_gate("work", cwd=work.path)
    assert judged.outcome("worktree") == "not-applicable"


def test_works_from_a_subfolder_and_a_linked_worktree(work: Repo) -> None:
    other = work.worktree("other", work.path.parent / "linked")
    other.commit("theirs", {"deep/er/c.txt": "c\n"})
    other.write("deep/dirt.txt", "d\n")
    judged = run_gate(cwd=other.path / "deep" / "er")
    assert judged.report["subject"]["branch"] == "other"
    assert judged.rejecting("worktree") == {("untracked", "deep/dirt.txt")}
    assert run_gate(cwd=work.path).status == 0
