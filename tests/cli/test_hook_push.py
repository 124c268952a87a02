"""The pre-push hook with real pushes: every reference is judged by the commit that is pushed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import SIGNED_CHECK, gate
from tests.support.push import git, refs, with_remote
from tests.support.repo import Repo
from tests.support.verb import verb
from tests.support.warm import gatekeeper


@pytest.fixture
def there(tmp_path: Path, gate_home: Home) -> tuple[Repo, Path]:
    return with_remote(tmp_path)


def runs(repo: Repo) -> int:
    return len(json.loads(verb(repo.path, "log", "--format", "json").out)["runs"])


def test_an_accepted_branch_goes_through_and_a_rejected_one_does_not(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    git(repo, "push", "origin", "work").expect(0, "✓ work", "accepted")
    good = repo.head()
    repo.commit("bad", {"bad": "x\n"})
    said = git(repo, "push", "origin", "work")
    assert said.status != 0
    said.expect(said.status, "✗ work", "rejected", "For the agent", "FAILED x", "reproduce: sh probe.sh")
    assert len(said.err.split("error: failed to push")[0].splitlines()) <= 24
    assert refs(bare)["refs/heads/work"] == good


def test_the_pushed_commit_counts_and_not_the_working_directory(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    repo.write("bad", "not committed\n")
    git(repo, "push", "origin", "work").expect(0, "✓ work")
    (repo.path / "bad").unlink()
    repo.commit("bad", {"bad": "x\n"})
    repo.git("rm", "-q", "--cached", "bad")  # mended in the index only
    assert git(repo, "push", "origin", "work").status != 0
    git(repo, "push", "origin", "HEAD~1:refs/heads/earlier").expect(0, "✓ HEAD~1 → earlier")
    assert refs(bare)["refs/heads/earlier"] == repo.head("HEAD~1")


def test_every_reference_of_one_push_is_judged(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    git(repo, "push", "origin", "work", "work:gone").expect(0)
    repo.git("tag", "-a", "-m", "t", "v1")
    repo.git("tag", "file", repo.git("rev-parse", "HEAD:README.md"))
    repo.branch("bad")
    repo.commit("bad", {"bad": "x\n"})
    before = refs(bare)
    said = git(repo, "push", "origin", "work:new", "bad", ":gone", "v1", "file")
    assert said.status != 0
    said.expect(said.status, "1 of 5 references may not be pushed", "✗ bad", "✓ work → new", "- gone deleted")
    said.expect(said.status, "✓ tags/v1", "- tags/file", "it is no commit")
    assert refs(bare) == before
    git(repo, "push", "origin", "work:new", ":gone", "v1", "file").expect(0)
    assert set(refs(bare)) == {
        f"refs/{name}" for name in ("heads/main", "heads/new", "heads/work", "tags/file", "tags/v1")
    }


@pytest.mark.slow
def test_a_rewritten_branch_is_judged_as_it_is_now(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    git(repo, "push", "origin", "work").expect(0)
    repo.git("commit", "-q", "--amend", "-m", "again")
    repo.commit("bad", {"bad": "x\n"})
    assert git(repo, "push", "--force", "origin", "work").status != 0
    repo.git("reset", "-q", "--hard", "HEAD~1")
    git(repo, "push", "--force", "origin", "work").expect(0, "✓ work")
    assert refs(bare)["refs/heads/work"] == repo.head()


def test_the_base_itself_is_judged_against_what_the_other_side_has(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    repo.switch("main")
    repo.commit("straight onto main", {"bad": "x\n"})
    said = git(repo, "push", "origin", "main")
    assert said.status != 0
    said.expect(said.status, "✗ main", "FAILED x")
    repo.commit("mended", {"bad": None})
    git(repo, "push", "origin", "main").expect(0, "✓ main")
    assert refs(bare)["refs/heads/main"] == repo.head()


@pytest.mark.slow
def test_a_base_that_was_rewritten_elsewhere_is_fetched_first(there: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, bare = there
    Repo(tmp_path).git("clone", "-q", str(bare), "other")
    other = Repo(tmp_path / "other")
    other.commit("elsewhere", {"other.txt": "x\n"})
    other.git("push", "-q", "origin", "main")
    repo.switch("main")
    repo.commit("here", {"here.txt": "x\n"})
    said = git(repo, "push", "--force", "origin", "main")
    assert said.status != 0
    said.expect(said.status, "is not here", "git fetch")


def test_nothing_to_push_and_a_branch_without_news_go_through(there: tuple[Repo, Path]) -> None:
    repo, _ = there
    git(repo, "push", "origin", "main").expect(0)
    git(repo, "push", "origin", "main:copy").expect(0, "main has nothing that main has not")


def test_without_its_base_nothing_is_pushed(there: tuple[Repo, Path]) -> None:
    repo, _ = there
    repo.config("gate.base", "gone")
    said = git(repo, "push", "origin", "work")
    assert said.status != 0
    said.expect(said.status, "■ work", "'gone'")
    repo.git("config", "--unset", "gate.base")
    repo.git("checkout", "-q", "--orphan", "pages")
    repo.commit("pages")
    git(repo, "push", "origin", "pages").expect(0, "no common history")


def test_the_log_of_stamps_goes_through(tmp_path: Path, gate_home: Home) -> None:
    repo, bare = with_remote(tmp_path, SIGNED_CHECK)
    git(repo, "push", "origin", "work").expect(0)
    git(repo, "push", "origin", "gate-log").expect(0, "the log of stamps")
    assert "refs/heads/gate-log" in refs(bare)


def test_a_bypass_leaves_no_stamp(tmp_path: Path, gate_home: Home) -> None:
    repo, _ = with_remote(tmp_path, SIGNED_CHECK)
    git(repo, "push", "--no-verify", "origin", "work").expect(0)
    assert "gate-log" not in repo.git("branch", "--list", "gate-log")
    git(repo, "push", "origin", "work:again").expect(0)
    assert repo.head() in repo.git("log", "--format=%s", "gate-log")


def test_names_are_never_more_than_names(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    names = ["a;touch${IFS}pwned", "$(touch${IFS}pwned)", "`id`", "a'b\"c", "a|b&c", "é-ü", "-x"]
    for name in names:
        repo.git("update-ref", f"refs/heads/{name}", "HEAD")
    git(repo, "push", "origin", *(f"refs/heads/{name}" for name in names)).expect(0, "7 of 7 references accepted")
    assert {f"refs/heads/{name}" for name in names} <= refs(bare).keys()
    assert not list(repo.path.glob("pwned*"))


def test_fifty_references_are_one_screen_and_one_run(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    before = runs(repo)
    said = git(repo, "push", "origin", *(f"work:b{number}" for number in range(50))).expect(0, "50 of 50 references")
    assert len(said.err.split("To ")[0].splitlines()) <= 24
    assert len(refs(bare)) == 51
    assert runs(repo) == before + 1


def test_a_branch_that_is_checked_out_elsewhere(there: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, bare = there
    linked = repo.worktree("other", tmp_path / "linked")
    linked.commit("more", {"more.txt": "x\n"})
    linked.write("bad", "lies about\n")
    git(repo, "push", "origin", "other").expect(0, "✓ other")
    git(linked, "push", "origin", "HEAD:refs/heads/y").expect(0, "✓ HEAD → y")
    assert refs(bare)["refs/heads/y"] == linked.head()


def test_the_contract_of_a_branch_binds_what_is_pushed_of_it(there: tuple[Repo, Path]) -> None:
    repo, bare = there
    verb(repo.path, "contract", "set", "work", "--allow", "src/**").expect(0)
    for words in (["work"], ["HEAD:refs/heads/x"], [f"{repo.head()}:refs/heads/x"]):
        said = git(repo, "push", "origin", *words)
        assert said.status != 0
        said.expect(said.status, "out-of-contract")
    assert set(refs(bare)) == {"refs/heads/main"}


def hook(repo: Repo, text: bytes, *words: str) -> "subprocess.CompletedProcess[bytes]":
    return gatekeeper("hook", "run", "pre-push", "--", *words, cwd=repo.path, stdin=text)


@pytest.mark.parametrize("text", [b"nonsense\n", b"\xff\xfe\x00", b"a b c d\n", b"x" * 70_000])
def test_malformed_input_pushes_nothing(there: tuple[Repo, Path], text: bytes) -> None:
    done = hook(there[0], text, "origin", "url")
    assert done.returncode == 2
    assert b"of standard input" in done.stderr
    assert b"Traceback" not in done.stderr


def test_no_input_is_nothing_to_push(there: tuple[Repo, Path]) -> None:
    assert hook(there[0], b"", "origin", "url").returncode == 0


def test_a_commit_that_is_not_there(there: tuple[Repo, Path]) -> None:
    done = hook(there[0], f"refs/heads/x {'1' * 40} refs/heads/x {'0' * 40}\n".encode(), "origin", "url")
    assert (done.returncode, b"it is no commit" in done.stderr) == (0, True)


def test_what_git_check_has_seen_is_answered_from_memory(there: tuple[Repo, Path]) -> None:
    repo, _ = there
    gate(repo).expect(0)
    line = f"refs/heads/work {repo.head()} refs/heads/work {'0' * 40}\n".encode()
    exported = {"GIT_DIR": str(repo.path / ".git"), "GIT_EXEC_PATH": "/x", "GIT_PREFIX": ""}
    argv = [sys.executable, "-X", "importtime", "-m", "gatekeeper", "hook", "run", "pre-push", "--", "origin", "url"]
    env = {**os.environ, **exported, "PATH": f"/usr/lib/git-core:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=repo.path, input=line, env=env, capture_output=True, check=False)
    imported = {one.rpartition("|")[2].strip() for one in done.stderr.decode().splitlines() if "|" in one}
    assert (done.returncode, "✓ work" in done.stderr.decode()) == (0, True)
    heavy = {"gatekeeper.gate", "pydantic", "dataclasses", "argparse", "subprocess", "json", "pathlib", "typing", "re"}
    assert not imported & heavy
    repo.write("lies-about.txt", "a push does not take it along\n")
    done = subprocess.run(argv, cwd=repo.path, input=line, capture_output=True, check=False)
    assert (done.returncode, b"gatekeeper.gate" in done.stderr) == (0, False)
    repo.git("branch", "-f", "main", "work~0")  # another base: to be looked at again
    assert b"hold nothing to judge" in hook(repo, line, "origin", "url").stderr


def test_a_rejection_is_remembered_with_its_brief(there: tuple[Repo, Path]) -> None:
    repo, _ = there
    repo.commit("bad", {"bad": "x\n"})
    gate(repo).expect(1)
    line = f"refs/heads/work {repo.head()} refs/heads/work {'0' * 40}\n".encode()
    done = hook(repo, line, "origin", "url")
    assert (done.returncode, b"gatekeeper.gate" in done.stderr, b"reproduce: sh probe.sh" in done.stderr) == (
        1,
        False,
        True,
    )


def test_variables_of_another_repository_lead_nowhere(there: tuple[Repo, Path], tmp_path: Path) -> None:
    repo, _ = there
    git(repo, "push", "origin", "work", env={"GIT_INDEX_FILE": str(tmp_path / "nowhere")}).expect(0, "✓ work")
    git(tmp_path, "--git-dir", str(repo.path / ".git"), "push", "origin", "work:z").expect(0, "✓ work → z")
