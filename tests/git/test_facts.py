"""Which repository, and what exactly is judged."""

import os
import shutil
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.git.facts import EMPTY_TREES, find_repository
from gatekeeper.process.home import Home
from tests.git.conftest import Resolve, open_store
from tests.support.repo import Repo


def test_a_plain_folder_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        find_repository(str(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere is not a folder"):
        find_repository(str(tmp_path / "nowhere"))


def test_a_folder_that_was_removed_under_the_caller_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(UsageError, match="is gone"):
        find_repository(".")


def test_found_from_a_subfolder(repo: Repo) -> None:
    found = find_repository(str(repo.path / "src"))
    assert found.root == str(repo.path)
    assert found.git_dir == found.common_dir == str(repo.path / ".git")
    assert not found.bare


def test_found_from_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = repo.worktree("worker", tmp_path / "linked")
    linked.write("deep/er/file", "")
    found = find_repository(str(linked.path / "deep" / "er"))
    assert found.root == str(linked.path)
    assert found.common_dir == str(repo.path / ".git")
    assert found.git_dir == str(repo.path / ".git" / "worktrees" / "linked")


def test_a_bare_repository_inside_a_worktree_is_itself(repo: Repo) -> None:
    repo.git("clone", "--quiet", "--bare", ".", "inner.git")
    found = find_repository(str(repo.path / "inner.git"))
    assert found.bare
    assert found.root == found.git_dir == str(repo.path / "inner.git")


def test_core_worktree_does_not_redirect(repo: Repo, tmp_path: Path) -> None:
    decoy = tmp_path / "decoy"
    decoy.mkdir()
    repo.config("core.worktree", str(decoy))
    assert find_repository(str(repo.path)).root == str(repo.path)


def test_the_caller_s_git_variables_do_not_redirect(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert find_repository(str(repo.path)).common_dir == str(repo.path / ".git")


def test_the_current_branch_against_main(repo: Repo, judge: Resolve) -> None:
    base = repo.head()
    repo.branch("worker")
    head = repo.commit("work", {"src/new.py": "x = 1\n"})
    repo.switch("main")
    tip = repo.commit("meanwhile", {"other.txt": "1\n"})
    repo.switch("worker")
    subject = judge(repo)
    assert (subject.branch, subject.head, subject.head_tree) == ("worker", head, repo.tree())
    assert subject.base is not None
    assert (subject.base.name, subject.base.origin, subject.base.tip) == ("main", "main", tip)
    assert (subject.merge_base, subject.base_tree) == (base, repo.tree(base))
    assert (subject.ahead, subject.behind, subject.conflicts) == (1, 1, ())
    assert subject.merge_tree not in {None, subject.head_tree}
    assert subject.worktree == str(repo.path)
    assert judge(repo) == subject, "the second time is answered from what was kept"


def test_conflicts_are_named(repo: Repo, judge: Resolve) -> None:
    repo.branch("worker")
    repo.commit("mine", {"src/app.py": "def answer() -> int:\n    return 1\n", "a b\n.txt": "mine\n"})
    repo.switch("main")
    repo.commit("theirs", {"src/app.py": "def answer() -> int:\n    return 2\n", "a b\n.txt": "theirs\n"})
    subject = judge(repo, "worker")
    assert subject.merge_tree is None
    assert subject.conflicts == ("a b\n.txt", "src/app.py")


def test_the_worker_s_repository_gets_no_objects(repo: Repo, judge: Resolve) -> None:
    repo.branch("worker")
    repo.commit("mine", {"new.txt": "mine\n"})
    repo.switch("main")
    repo.commit("theirs", {"other.txt": "theirs\n"})
    before = repo.git("count-objects", "-v")
    subject = judge(repo, "worker")
    assert subject.merge_tree is not None
    assert repo.git("count-objects", "-v") == before
    assert "gate" not in repo.git("for-each-ref")


@pytest.mark.parametrize(
    ("setup", "name", "origin"),
    [("option", "one", "--base"), ("config", "two", "git config gate.base"), ("remote", "origin/trunk", "origin/HEAD")],
)
def test_where_the_base_comes_from(repo: Repo, judge: Resolve, setup: str, name: str, origin: str) -> None:
    for branch in ("one", "two"):
        repo.git("branch", branch)
    repo.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    if setup != "remote":
        repo.config("gate.base", "two")
    repo.branch("worker")
    repo.commit("work", {"x": "1"})
    base = judge(repo, None, "one" if setup == "option" else None).base
    assert base is not None
    assert (base.name, base.origin) == (name, origin)


def test_master_when_there_is_no_main(tmp_path: Path, judge: Resolve) -> None:
    repo = Repo.create(tmp_path / "old", branch="master")
    repo.commit("begin", {"a": "1"})
    repo.branch("worker")
    repo.commit("work", {"a": "2"})
    base = judge(repo).base
    assert base is not None and base.name == "master"


def test_detached_head_has_no_branch(repo: Repo, judge: Resolve) -> None:
    repo.git("switch", "--quiet", "--detach")
    head = repo.commit("loose", {"x": "1"})
    subject = judge(repo)
    assert (subject.branch, subject.head, subject.worktree) == (None, head, str(repo.path))


def test_a_branch_named_like_a_tag_means_the_branch(repo: Repo, judge: Resolve) -> None:
    repo.git("tag", "worker")
    repo.branch("worker")
    head = repo.commit("work", {"x": "1"})
    assert judge(repo, "worker").head == head


def test_no_commits(tmp_path: Path, judge: Resolve) -> None:
    empty = Repo.create(tmp_path / "empty")
    with pytest.raises(NothingToJudge, match="branch main has no commits yet"):
        judge(empty)


def test_unborn_branch_beside_others(repo: Repo, judge: Resolve) -> None:
    repo.git("switch", "--quiet", "--orphan", "fresh")
    with pytest.raises(NothingToJudge, match="branch fresh has no commits yet"):
        judge(repo)


def test_an_unknown_name_gets_a_near_one(repo: Repo, judge: Resolve) -> None:
    repo.git("branch", "feature-login")
    with pytest.raises(UsageError, match="no commit 'feature-logn'") as caught:
        judge(repo, "feature-logn")
    assert "feature-login" in caught.value.hint


@pytest.mark.parametrize("name", ["--help", "-x", "", "a\nb", "--upload-pack=touch /tmp/x"])
def test_options_are_no_names(repo: Repo, judge: Resolve, name: str) -> None:
    with pytest.raises(UsageError):
        judge(repo, name)
    with pytest.raises(UsageError):
        judge(repo, None, name)
    repo.config("gate.base", name)
    with pytest.raises(UsageError):
        judge(repo)


def test_the_base_itself_has_nothing_new(repo: Repo, judge: Resolve) -> None:
    with pytest.raises(NothingToJudge, match="main has nothing that main has not") as caught:
        judge(repo)
    assert "--whole" in caught.value.hint


def test_a_branch_behind_its_base_has_nothing_new(repo: Repo, judge: Resolve) -> None:
    repo.git("branch", "old")
    repo.commit("on", {"x": "1"})
    with pytest.raises(NothingToJudge, match="old is contained in main"):
        judge(repo, "old")


def test_a_missing_base_says_how_to_name_one(tmp_path: Path, judge: Resolve) -> None:
    repo = Repo.create(tmp_path / "odd", branch="trunk")
    repo.commit("begin", {"a": "1"})
    with pytest.raises(NothingToJudge, match="no base to compare with") as caught:
        judge(repo)
    assert "git config gate.base" in caught.value.hint
    with pytest.raises(NothingToJudge, match="the base 'trunc'") as caught:
        judge(repo, None, "trunc")
    assert "trunk" in caught.value.hint


def test_unrelated_histories(repo: Repo, judge: Resolve) -> None:
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.commit("from nothing", {"z": "1"})
    for _ in range(2):
        with pytest.raises(NothingToJudge, match="no common history"):
            judge(repo)


def test_whole_compares_with_the_empty_tree(repo: Repo, judge: Resolve) -> None:
    subject = judge(repo, whole=True)
    assert subject.whole and subject.merge_base is None and subject.merge_tree is None
    assert subject.base_tree == EMPTY_TREES[40]
    assert subject.base is not None and subject.base.name == "main"


def test_whole_needs_no_base(tmp_path: Path, judge: Resolve) -> None:
    repo = Repo.create(tmp_path / "odd", branch="trunk")
    repo.commit("begin", {"a": "1"})
    assert judge(repo, whole=True).base is None


def test_a_shallow_clone_says_how_to_mend_it(repo: Repo, tmp_path: Path) -> None:
    repo.commit("second", {"a": "1"})
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    with pytest.raises(CannotEstablish, match="shallow") as caught:
        find_repository(str(tmp_path / "shallow"))
    assert "git fetch --unshallow" in caught.value.hint
    Repo(tmp_path / "shallow").git("fetch", "--quiet", "--unshallow")
    assert find_repository(str(tmp_path / "shallow"))


def test_a_partial_clone_says_how_to_mend_it(repo: Repo, tmp_path: Path, judge: Resolve) -> None:
    repo.config("uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "partial"))
    partial = Repo(tmp_path / "partial")
    partial.branch("worker")
    partial.commit("work", {"x": "1"})
    with pytest.raises(CannotEstablish, match="partial clone") as caught:
        judge(partial)
    assert "--refetch" in caught.value.hint


def test_a_bare_repository_is_judged(repo: Repo, tmp_path: Path, judge: Resolve) -> None:
    repo.branch("worker")
    head = repo.commit("work", {"x": "1"})
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    subject = judge(Repo(tmp_path / "bare.git"), "worker")
    assert (subject.head, subject.worktree) == (head, None)


def test_sha256_repositories(tmp_path: Path, judge: Resolve) -> None:
    path = tmp_path / "sha256"
    path.mkdir()
    repo = Repo(path)
    repo.git("init", "--quiet", "-b", "main", "--object-format=sha256")
    repo.commit("begin", {"a": "1"})
    repo.branch("worker")
    head = repo.commit("work", {"a": "2"})
    assert judge(repo).head == head and len(head) == 64
    assert judge(repo, whole=True).base_tree == repo.git("hash-object", "-t", "tree", os.devnull)


def test_git_missing_is_said(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotEstablish, match="git is not installed") as caught:
        find_repository(str(repo.path))
    assert "2.38" in caught.value.hint


def test_an_old_git_is_refused(repo: Repo, gate_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    script = f'case "$*" in *version) echo git version 2.30.1;; *) exec {shutil.which("git")} "$@";; esac'
    (fake / "git").write_text(f"#!/bin/sh\n{script}\n")
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
    with pytest.raises(CannotEstablish, match=r"2\.30\.1 is too old"):
        open_store(repo, gate_home)
