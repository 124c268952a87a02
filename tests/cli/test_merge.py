"""`gate merge` and `gate landed`: what was accepted is merged, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import SHELL_CHECK, SIGNED_CHECK, Said
from tests.support.push import git, refs, with_remote
from tests.support.repo import Repo
from tests.support.verb import verb

WHO = {"GIT_COMMITTER_NAME": "Lead", "GIT_COMMITTER_EMAIL": "lead@example.org", "GIT_CONFIG_GLOBAL": os.devnull}


def merge(repo: Repo, *words: str, env: dict[str, str] | None = None) -> Said:
    return verb(repo.path, "merge", *words, env={**WHO, **(env or {})})


@pytest.fixture
def there(tmp_path: Path, gate_home: Home) -> tuple[Repo, Path]:
    """main is checked out; `work` has one commit."""
    repo, bare = with_remote(tmp_path)
    repo.switch("main")
    return repo, bare


@pytest.fixture
def repo(there: tuple[Repo, Path]) -> Repo:
    return there[0]


def branch(repo: Repo, name: str, files: dict[str, str], from_: str = "main") -> str:
    """A branch with one commit; main is checked out again."""
    repo.branch(name, from_)
    made = repo.commit(f"add {name}", dict(files))
    repo.switch("main")
    return made


def clean(repo: Repo) -> bool:
    return repo.git("status", "--porcelain") == ""


def test_a_branch_that_is_ahead_is_forwarded(repo: Repo) -> None:
    merge(repo, "work").expect(0, "merged work", "(fast-forward)")
    assert repo.head("main") == repo.head("work")
    assert (repo.path / "work.txt").exists()
    assert clean(repo)
    merge(repo, "work").expect(4, "nothing that main has not")


def test_a_merge_commit_has_exactly_the_judged_tree(repo: Repo) -> None:
    repo.commit("meanwhile", {"other.txt": "x\n"})
    before = repo.head()
    merge(repo, "work").expect(0, "(merge commit)")
    assert repo.git("show", "-s", "--format=%P %cn %s").split(" ", 2) == [
        before, repo.head("work"), "Lead Merge branch 'work'",
    ]  # fmt: skip
    assert repo.tree() == repo.git("merge-tree", "--write-tree", before, "work")
    assert clean(repo)


def test_a_squash_names_its_authors_and_lists_its_commits(repo: Repo) -> None:
    repo.switch("work")
    repo.commit("second step", {"more.txt": "x\n"})
    repo.switch("main")
    merge(repo, "work", "--squash").expect(0, "(squash)")
    message = "Merge work as one commit\n\n* work\n* second step\n\nCo-authored-by: A Worker <worker@example.org>"
    assert repo.git("show", "-s", "--format=%B").strip() == message
    assert repo.git("rev-list", "--count", "HEAD") == "2"


@pytest.mark.slow
def test_one_commit_keeps_its_message_and_m_replaces_it(repo: Repo) -> None:
    branch(repo, "b", {"b.txt": "x\n"})
    merge(repo, "work", "--squash").expect(0)
    assert repo.git("show", "-s", "--format=%s") == "work"
    merge(repo, "b", "--squash", "-m", "Said otherwise").expect(0)
    assert repo.git("show", "-s", "--format=%B").strip() == "Said otherwise"


@pytest.mark.slow
def test_no_ff_and_ff_only(repo: Repo) -> None:
    branch(repo, "b", {"b.txt": "x\n"})
    merge(repo, "work", "--no-ff").expect(0, "(merge commit)")
    head = repo.head()
    merge(repo, "b", "--ff-only").expect(3, "no fast-forward", "rebase")
    assert repo.head() == head


def test_a_rejected_branch_is_not_merged(repo: Repo) -> None:
    branch(repo, "bad", {"bad": "x\n"})
    head = repo.head()
    merge(repo, "bad").expect(1, "nothing was merged", "exit-status")
    assert repo.head() == head


def test_it_is_the_merge_result_that_is_judged(repo: Repo) -> None:
    """Each side is good, and both together are not."""
    repo.commit("probe", {"probe.sh": "! { test -e left && test -e right; }\n"})
    branch(repo, "left", {"left": "x\n"})
    branch(repo, "right", {"right": "x\n"})
    merge(repo, "left").expect(0)
    verb(repo.path, "check", "right").expect(0)
    head = repo.head()
    merge(repo, "right").expect(1, "nothing was merged")
    assert repo.head() == head


def test_a_conflict_is_a_rejection_with_its_paths(repo: Repo) -> None:
    repo.commit("meanwhile", {"work.txt": "otherwise\n"})
    merge(repo, "work").expect(1, "conflicts with main", "work.txt")
    assert clean(repo)


@pytest.mark.slow
def test_the_base_may_be_checked_out_elsewhere_or_nowhere(repo: Repo, tmp_path: Path) -> None:
    repo.switch("work")
    branch_free = repo.head("main")
    merge(repo, "work", "--squash").expect(0)
    assert repo.head("main~1") == branch_free
    linked = repo.worktree("main", tmp_path / "linked")
    repo.git("checkout", "-q", "-b", "b", "main")
    repo.commit("b", {"b.txt": "x\n"})
    linked.write("mine.txt", "not committed\n")
    merge(repo, "b").expect(0, f"updated:  {linked.path}")
    assert (linked.path / "b.txt").exists()
    assert linked.git("status", "--porcelain") == "?? mine.txt"


@pytest.mark.parametrize(
    ("disturb", "said"),
    [
        (lambda repo: repo.write("work.txt", "untracked\n"), "work.txt"),
        (lambda repo: repo.write("README.md", "edited\n"), "README.md"),
        (lambda repo: (repo.path / ".git/MERGE_HEAD").write_text(repo.head() + "\n"), "a merge is in progress"),
    ],
    ids=["untracked", "edited", "merging"],
)
def test_work_in_the_worktree_of_the_base_is_never_lost(repo: Repo, disturb: object, said: str) -> None:
    repo.switch("work")
    repo.commit("readme", {"README.md": "# work\n"})
    repo.switch("main")
    disturb(repo)  # type: ignore[operator]
    before, state = repo.head(), repo.git("status", "--porcelain")
    merge(repo, "work").expect(3, said, str(repo.path))
    assert (repo.head(), repo.git("status", "--porcelain")) == (before, state)


@pytest.mark.slow
def test_pushing_takes_it_along_and_the_hook_lets_it_through(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    branch(repo, "b", {"b.txt": "x\n"})
    branch(repo, "c", {"c.txt": "x\n"})
    merge(repo, "work", "--push").expect(0, "pushed:   origin")
    assert refs(bare)["refs/heads/main"] == repo.head() == repo.head("origin/main")
    merge(repo, "b", "--squash").expect(0)
    merge(repo, "c").expect(0)
    git(repo, "push", "origin", "main").expect(0, "✓ main", "merged by the gate")
    assert refs(bare)["refs/heads/main"] == repo.head()


@pytest.mark.slow
def test_what_the_other_side_refuses_has_happened_nowhere(there: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, bare = there
    Repo(tmp_path).git("clone", "-q", str(bare), "other")
    other = Repo(tmp_path / "other")
    other.commit("elsewhere", {"other.txt": "x\n"})
    other.git("push", "-q", "origin", "main")
    before = repo.head()
    merge(repo, "work", "--push").expect(3, "origin did not take", "git fetch")
    assert (repo.head(), clean(repo)) == (before, True)
    assert refs(bare)["refs/heads/main"] == other.head()
    repo.git("fetch", "-q", "origin")
    merge(repo, "work", "--base", "origin/main").expect(3, "main has not everything that origin/main has")
    repo.git("merge", "-q", "origin/main")
    merge(repo, "work", "--push").expect(0)


def test_an_unknown_remote_is_said_before_anything(repo: Repo) -> None:
    before = repo.head()
    merge(repo, "work", "--push", "--remote", "nowhere").expect(2, "there are: origin")
    assert repo.head() == before


@pytest.mark.parametrize("how", [[], ["--squash"]])
def test_what_is_proven_is_cleaned_up(repo: Repo, tmp_path: Path, how: list[str]) -> None:
    linked = repo.worktree("work", tmp_path / "linked")
    repo.config("branch.work.remote", "origin")
    verb(repo.path, "contract", "set", "work", "--title", "work").expect(0)
    merge(repo, "work", "--cleanup", *how).expect(0, f"worktree {linked.path}", "branch work", "the contract of work")
    assert not linked.path.exists()
    assert repo.git("branch", "--list", "work") == ""
    assert repo.git("config", "--get", "branch.work.remote", check=False) == ""
    verb(repo.path, "contract", "show", "work").expect(2)


@pytest.mark.slow
def test_uncommitted_work_keeps_a_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = repo.worktree("work", tmp_path / "linked")
    linked.write("notes.txt", "mine\n")
    merge(repo, "work", "--cleanup").expect(1, "untracked", "nothing was merged")
    assert linked.path.exists()
    (linked.path / "notes.txt").unlink()
    repo.git("worktree", "lock", str(linked.path))
    merge(repo, "work", "--cleanup").expect(3, "it is merged, and not cleaned up", "locked")
    assert repo.head("work") == repo.head("main")


def test_the_main_worktree_is_never_removed(repo: Repo) -> None:
    repo.switch("work")
    merge(repo, "work", "--cleanup").expect(3, "checked out in the main worktree")
    assert repo.head("main") == repo.head("work")


def test_the_landed_commit_is_stamped(tmp_path: Path, gate_home: Home) -> None:
    repo, _ = with_remote(tmp_path, SIGNED_CHECK)
    repo.switch("main")
    merge(repo, "work", "--squash").expect(0, "stamped:  ")
    landed = repo.head()
    key = verb(repo.path, "key", "show").out
    public = next(line for line in key.splitlines() if "ssh-ed25519" in line)
    public = public[public.index("ssh-ed25519") :]
    said = verb(repo.path, "verify", "main", "--base", "main~1", "--trust", public).expect(0, "VERIFIED")
    assert landed[:12] in said.out
    rows = json.loads(verb(repo.path, "log", "--format", "json").out)["runs"]
    assert (rows[0]["head"], rows[0]["branch"]) == (landed, "main")


def test_landed_says_whether_and_how(repo: Repo) -> None:
    repo.switch("work")
    repo.commit("second step", {"more.txt": "x\n"})
    repo.switch("main")
    verb(repo.path, "landed", "work").expect(1, "NOT LANDED  work", "second step", "would change more.txt, work.txt")
    merge(repo, "work", "--squash").expect(0)
    verb(repo.path, "landed", "work").expect(0, "LANDED  work", "as one commit", repo.head()[:12])
    said = json.loads(verb(repo.path, "landed", "work", "--format", "json").out)
    assert (said["landed"], said["how"], said["as"]) == (True, "squashed", [repo.head()])
    assert verb(repo.path, "landed", "-q", "work").text == ""
    verb(repo.path, "landed", "main").expect(2, "is the base itself")
    verb(repo.path, "landed", "gone").expect(2, "no commit 'gone'")


@pytest.mark.parametrize("name", ["$(touch${IFS}pwned);x", "a'b\"c-é"])
def test_names_with_shell_characters_are_merged_by_name(there: tuple[Repo, Path], name: str) -> None:
    repo, bare = there
    repo.git("update-ref", f"refs/heads/{name}", "work")
    merge(repo, f"refs/heads/{name}", "--no-ff", "--push", "--cleanup").expect(0, "merged ")
    assert refs(bare)["refs/heads/main"] == repo.head()
    assert not list(repo.path.glob("pwned*"))


def test_nobody_knows_who_merges(repo: Repo) -> None:
    anonymous = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "EMAIL": ""}
    repo.config("user.useConfigOnly", "true")
    verb(repo.path, "merge", "work", env=anonymous).expect(2, "git does not know who")


def test_a_branch_that_moved_while_it_was_judged_is_not_merged(tmp_path: Path, gate_home: Home) -> None:
    """The check itself moves it: nobody has judged what it is now."""
    repo, _ = with_remote(tmp_path, SHELL_CHECK.replace("[check.x]", '[isolation]\nuse = "off"\n[check.x]'))
    repo.switch("main")
    later = branch(repo, "later", {"later.txt": "x\n"}, from_="work")
    move = f"git --git-dir={repo.path}/.git update-ref refs/heads/work {later}\n"
    repo.commit("probe", {"probe.sh": move})
    base = repo.head()
    merge(repo, "work").expect(3, "work has moved while it was judged", "nothing was merged", "merge again")
    assert (repo.head("main"), repo.head("work")) == (base, later)


@pytest.mark.slow
def test_of_two_mergers_at_once_exactly_one_wins_and_none_is_lost(tmp_path: Path, gate_home: Home) -> None:
    """Both have judged their branch against the same base before either of them moves it."""
    policy = SHELL_CHECK.replace("[check.x]", '[isolation]\nuse = "off"\n[check.x]')
    repo, bare = with_remote(tmp_path, policy)
    repo.switch("main")
    fifos = tmp_path / "fifos"
    fifos.mkdir()
    probe = f"if test -e slow; then : > {fifos}/ready-$(cat slow); cat {fifos}/go-$(cat slow) > /dev/null; fi\n"
    repo.commit("probe", {"probe.sh": probe})
    git(repo, "push", "--no-verify", "origin", "main").expect(0)
    base = repo.head()
    running = []
    for name in ("one", "two"):
        branch(repo, name, {"slow": name, f"{name}.txt": "x\n"}, from_=base)
        for kind in ("ready", "go"):
            os.mkfifo(fifos / f"{kind}-{name}")
        words = ["merge", name, "--no-ff", "--push", "--cleanup"]
        env = {**os.environ, **WHO}
        argv = [sys.executable, "-m", "gatekeeper", *words]
        running.append(subprocess.Popen(argv, cwd=repo.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    for name in ("one", "two"):
        (fifos / f"ready-{name}").read_bytes()
    for name in ("one", "two"):
        (fifos / f"go-{name}").write_bytes(b"")
    said = [process.communicate(timeout=60)[0].decode() for process in running]
    statuses = sorted(process.returncode for process in running)
    assert statuses == [0, 3], said
    winner = "one" if running[0].returncode == 0 else "two"
    loser = {"one": "two", "two": "one"}[winner]
    assert "has moved" in said[["one", "two"].index(loser)]
    assert repo.git("rev-list", "--count", "--first-parent", f"{base}..main") == "1"
    assert refs(bare)["refs/heads/main"] == repo.head("main")
    assert (repo.git("branch", "--list", winner), clean(repo)) == ("", True)
    assert repo.git("log", "-1", "--format=%s", loser) == f"add {loser}"
