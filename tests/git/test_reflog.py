"""What git wrote down about a branch, and which references stand for a base."""

from pathlib import Path

import pytest

from gatekeeper.git.ancestry import contained, descendants, joined_by_merge
from gatekeeper.git.facts import find_repository
from gatekeeper.git.reflog import base_refs, made_on, moves
from gatekeeper.git.store import Store
from gatekeeper.git.worktrees import branches_at
from gatekeeper.model.vocabulary import CommitId
from tests.support.repo import Repo


def made(repo: Repo, branch: str = "work") -> list[str]:
    return list(made_on(find_repository(str(repo.path)), branch))


def test_only_commits_that_were_made_on_the_branch_are_its_own(repo: Repo) -> None:
    repo.branch("side")
    side = repo.commit("side", {"s": "1"})
    repo.switch("main")
    repo.branch("work")
    assert made(repo) == [], "a branch that was only made has nothing of its own"
    repo.git("merge", "--quiet", "--ff-only", "side")
    repo.git("reset", "--quiet", "--hard", "main")
    repo.git("update-ref", "refs/heads/work", side)
    assert made(repo) == [], "commits that were brought from elsewhere"
    own = repo.commit("own", {"a": "1"})
    repo.git("commit", "--quiet", "--amend", "-m", "amended")
    amended = repo.head()
    repo.git("revert", "--no-edit", "HEAD")
    reverted = repo.head()
    assert made(repo) == [reverted, amended, own]


def test_a_rebase_makes_commits_unless_it_only_moves_forward(repo: Repo) -> None:
    repo.branch("work")
    repo.switch("main")
    repo.commit("main", {"m": "1"})
    repo.switch("work")
    repo.git("rebase", "--quiet", "main")
    assert made(repo) == []
    own = repo.commit("own", {"a": "1"})
    repo.switch("main")
    repo.commit("main again", {"m": "2"})
    repo.switch("work")
    repo.git("rebase", "--quiet", "main")
    assert made(repo) == [repo.head(), own]


def test_merges_and_picked_commits_are_made_where_they_are_made(repo: Repo) -> None:
    repo.branch("side")
    side = repo.commit("side", {"s": "1"})
    repo.switch("main")
    repo.branch("work")
    repo.git("cherry-pick", side)
    picked = repo.head()
    repo.git("reset", "--quiet", "--hard", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    assert made(repo) == [repo.head(), picked]


def test_without_a_reflog_nothing_is_known(repo: Repo) -> None:
    repo.branch("work")
    repo.commit("own", {"a": "1"})
    (repo.path / ".git/logs/refs/heads/work").unlink()
    assert made(repo) == []
    assert made(repo, "no-such-branch") == []


def test_a_linked_worktree_asks_the_same(repo: Repo, tmp_path: Path) -> None:
    other = repo.worktree("work", tmp_path / "w")
    own = other.commit("own", {"a": "1"})
    assert made(other) == made(repo) == [own]


def test_references_that_stand_for_a_base(repo: Repo) -> None:
    here, tip = find_repository(str(repo.path)), repo.head()
    for name in ("refs/remotes/origin/main", "refs/remotes/fork/main", "refs/remotes/origin/work", "refs/tags/main-1"):
        repo.git("update-ref", name, tip)
    wanted = ["refs/heads/main", "refs/remotes/fork/main", "refs/remotes/origin/main"]
    for base in ("main", "origin/main", "fork/main"):
        assert sorted(ref.name for ref in base_refs(here, base)) == wanted, base
    assert [(ref.short, ref.remote) for ref in base_refs(here, "main") if ref.remote][:1] == [("fork/main", True)]
    for base in ("main-1", tip, "gone"):
        assert base_refs(here, base) == ()


def test_pushes_are_told_from_fetches(repo: Repo, tmp_path: Path) -> None:
    upstream = Repo(tmp_path / "up.git")
    repo.git("init", "--quiet", "--bare", "-b", "main", str(upstream.path))
    repo.git("remote", "add", "origin", str(upstream.path))
    repo.git("push", "--quiet", "origin", "main")
    repo.git("clone", "--quiet", str(upstream.path), str(tmp_path / "other"))
    other = Repo(tmp_path / "other")
    other.commit("theirs")
    other.git("push", "--quiet", "origin", "main")
    repo.git("fetch", "--quiet", "origin")
    newest, oldest = moves(find_repository(str(repo.path)), "refs/remotes/origin/main")
    assert (newest.commit, oldest.why) == (other.head(), "update by push")
    assert newest.why.startswith("fetch")


def test_branches_that_end_at_a_commit(repo: Repo) -> None:
    here = find_repository(str(repo.path))
    repo.git("branch", "b")
    assert branches_at(here, repo.head()) == ("b", "main")
    later = repo.commit("later")
    assert branches_at(here, later) == ("main",)


@pytest.fixture
def told(repo: Repo, store: Store) -> dict[str, CommitId]:
    """main: begin - two - merge of side; later: one more; elsewhere: not in the store."""
    named = {"begin": repo.head()}
    repo.branch("side")
    named["side"] = repo.commit("side", {"s": "1"})
    repo.switch("main")
    named["two"] = repo.commit("two", {"m": "1"})
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    named["merge"] = repo.head()
    repo.branch("later")
    named["later"] = repo.commit("later", {"l": "1"})
    repo.branch("elsewhere")
    named["elsewhere"] = repo.commit("elsewhere", {"e": "1"})
    ids = {name: CommitId(commit) for name, commit in named.items()}
    store.fetch([ids["merge"], ids["later"]])
    return ids


def test_what_a_commit_contains(store: Store, told: dict[str, CommitId]) -> None:
    every = list(told.values())
    names = {commit: name for name, commit in told.items()}

    def inside(name: str) -> list[str]:
        return [names[commit] for commit in contained(store, every, told[name])]

    assert inside("merge") == ["begin", "side", "two", "merge"]
    assert inside("two") == ["begin", "two"]
    assert inside("elsewhere") == [], "what the store does not have contains nothing"
    assert contained(store, [], told["merge"]) == ()
    assert contained(store, [told["elsewhere"]], told["merge"]) == ()


def test_the_way_from_a_commit_to_a_tip(store: Store, told: dict[str, CommitId]) -> None:
    assert descendants(store, told["side"], told["later"]) == {told["side"], told["merge"], told["later"]}
    assert descendants(store, told["later"], told["later"]) == {told["later"]}


def test_a_side_that_a_merge_brought(store: Store, told: dict[str, CommitId]) -> None:
    for name, joined in (("side", True), ("two", False), ("begin", False), ("merge", False), ("later", False)):
        assert joined_by_merge(store, told[name], told["merge"]) is joined, name
