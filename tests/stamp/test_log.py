"""The log: appended to in every kind of repository, by nobody's hooks, and never by following somebody else's lead."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp import layout
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.log import Log
from tests.support.envelopes import maker, walk
from tests.support.repo import Repo
from tests.support.stamps import Key

KEY = Key()
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def log_of(repo: Repo, home: Home | None = None, patience_s: float = 10.0) -> Log:
    return Log(find_repository(str(repo.path)), home, now=lambda: NOW, patience_s=patience_s)


def append(repo: Repo, commit: str | None = None, machine: str = "m", home: Home | None = None) -> Chain:
    about = CommitId(commit or repo.head())
    return log_of(repo, home).append(about, f"{KEY.id}-{machine}", maker(about, KEY), signer=KEY.signer)


def chain_lines(repo: Repo) -> list[bytes]:
    """Every envelope of the only chain, from the files of the branch."""
    names = repo.git("ls-tree", "-r", "--name-only", layout.BRANCH, "chains/").split("\n")
    return [repo.git("cat-file", "blob", f"{layout.BRANCH}:{name}").encode() for name in names if "/places/" in name]


def test_the_first_stamp_makes_a_branch_of_its_own(repo: Repo) -> None:
    first = append(repo)
    assert (first.sequence, first.previous, first.earlier, first.time) == (1, "", "", "2026-03-04T05:06:07Z")
    assert repo.git("rev-list", "--count", layout.BRANCH) == "1"
    assert repo.git("cat-file", "blob", f"{layout.BRANCH}:format") == "gatekeeper/log/1"
    assert "gatekeeper" in repo.git("cat-file", "blob", f"{layout.BRANCH}:README.md")
    assert repo.git("log", "-1", "--format=%an %ae|%cn|%ct", layout.BRANCH) == (
        f"gatekeeper gate@gatekeeper.invalid|gatekeeper|{int(NOW.timestamp())}"
    )
    assert repo.git("fsck", "--strict") == ""


def test_lines_are_those_of_the_commit_in_their_order(repo: Repo) -> None:
    here, other = repo.head(), repo.commit("other", {"x": "1"})
    for commit in (here, other, here):
        append(repo, commit)
    lines = log_of(repo).lines(CommitId(here))
    stored = chain_lines(repo)
    assert lines == (stored[0], stored[2])
    assert log_of(repo).lines(CommitId(other)) == (stored[1],)
    assert log_of(repo).lines(CommitId("f" * 40)) == ()


def test_a_chain_is_gapless_and_each_stamp_names_the_one_before(repo: Repo) -> None:
    places = [append(repo) for _ in range(5)]
    assert walk(chain_lines(repo)) == places


def test_each_stamp_names_the_tree_of_the_chain_before_it(repo: Repo) -> None:
    for _ in range(3):
        before = repo.git("rev-parse", "--verify", "--quiet", f"{layout.BRANCH}:chains", check=False)
        place = append(repo)
        earlier = repo.git("ls-tree", before).split()[2] if before else ""
        assert place.earlier == earlier


def test_pages_of_a_chain_follow_each_other(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_PAGE", 2)
    for _ in range(5):
        append(repo)
    assert len(walk(chain_lines(repo))) == 5
    assert len(repo.git("ls-tree", "-d", f"{layout.BRANCH}:chains/{append(repo).id}/places").split("\n")) == 4


def test_two_machines_and_two_clones_have_chains_of_their_own(repo: Repo, tmp_path: Path) -> None:
    assert append(repo, machine="laptop").sequence == append(repo, machine="ci").sequence == 1
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    assert append(Repo(tmp_path / "clone"), machine="laptop").sequence == 1


# Kinds of repositories ------------------------------------------------------------------------------------------------


def plain(repo: Repo, _: Path) -> Repo:
    return repo


def bare(repo: Repo, tmp: Path) -> Repo:
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp / "bare.git"))
    return Repo(tmp / "bare.git")


def sha256(_: Repo, tmp: Path) -> Repo:
    made = Repo(tmp / "sha256")
    made.path.mkdir()
    made.git("init", "--quiet", "--object-format=sha256")
    made.commit("begin", {"x": "1"})
    return made


def linked(repo: Repo, tmp: Path) -> Repo:
    return repo.worktree("side", tmp / "side")


def standing_on_it(repo: Repo, _: Path) -> Repo:
    append(repo, repo.head(), "before")
    repo.switch(layout.BRANCH)
    return repo


def packed(repo: Repo, _: Path) -> Repo:
    append(repo, repo.head(), "before")
    repo.git("pack-refs", "--all", "--prune")
    return repo


def collected(repo: Repo, _: Path) -> Repo:
    append(repo, repo.head(), "before")
    repo.git("gc", "--quiet", "--prune=now")
    return repo


def with_origin(repo: Repo, tmp: Path) -> Repo:
    """The log is known from origin alone: what is appended goes on from there."""
    append(repo, repo.head(), "before")
    repo.git("clone", "--quiet", str(repo.path), str(tmp / "clone"))
    return Repo(tmp / "clone")


KINDS = [plain, bare, sha256, linked, standing_on_it, packed, collected, with_origin]


@pytest.mark.parametrize("kind", KINDS)
def test_appending_works_in(kind: Callable[[Repo, Path], Repo], repo: Repo, tmp_path: Path) -> None:
    here = kind(repo, tmp_path)
    commit = here.git("rev-parse", "HEAD")
    before = here.git("rev-parse", "--verify", "--quiet", "gate-log", "origin/gate-log", check=False).split("\n")[0]
    places = [append(here, commit) for _ in range(3)]
    assert [one.sequence for one in places] == [1, 2, 3]
    assert len(log_of(here).lines(CommitId(commit))) == (4 if kind in {packed, collected, with_origin} else 3)
    if before:
        here.git("merge-base", "--is-ancestor", before, layout.REF)
    assert "missing" not in here.git("fsck", "--strict")


def test_collecting_garbage_between_appends_loses_nothing(repo: Repo) -> None:
    for _ in range(3):
        append(repo)
        repo.git("gc", "--quiet", "--prune=now")
    assert len(walk(chain_lines(repo))) == 3


# Nothing of the user's runs, nothing of the user's is overwritten -----------------------------------------------------


def test_nothing_that_the_user_configured_runs(repo: Repo, tmp_path: Path) -> None:
    trap, script = tmp_path / "trap", tmp_path / "trap.sh"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {trap}\n')
    script.chmod(0o755)
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-commit", "pre-commit", "post-update", "update", "pre-auto-gc"):
        shutil.copy(script, hooks / name)
    for key, value in (
        ("core.fsmonitor", str(script)),
        ("gpg.program", str(script)),
        ("commit.gpgSign", "true"),
        ("core.pager", str(script)),
        ("gc.auto", "1"),
        ("user.name", "Somebody"),
        ("core.hooksPath", str(hooks)),
    ):
        repo.config(key, value)
    trap.unlink(missing_ok=True)
    append(repo)
    append(repo)
    assert not trap.exists()
    assert repo.git("log", "--format=%an %cn", layout.BRANCH).split("\n") == ["gatekeeper gatekeeper"] * 2
    assert "Somebody" not in (repo.path / ".git" / "logs" / "refs" / "heads" / "gate-log").read_text()


def test_a_branch_of_that_name_that_is_no_log_stays_as_it_is(repo: Repo) -> None:
    repo.git("branch", "gate-log")
    with pytest.raises(CannotEstablish, match="not a log of gatekeeper") as error:
        append(repo)
    assert "git branch -m" in error.value.hint
    assert repo.head("gate-log") == repo.head("main")


def test_a_symbolic_reference_is_replaced_and_not_followed(repo: Repo) -> None:
    append(repo)
    tip = repo.head("gate-log")
    repo.git("branch", "victim", tip)
    repo.git("symbolic-ref", layout.REF, "refs/heads/victim")
    append(repo)
    assert repo.head("victim") == tip
    assert repo.head("gate-log") != tip


def test_a_branch_below_that_name_is_said_at_once(repo: Repo) -> None:
    repo.git("branch", "gate-log/mine")
    with pytest.raises(CannotEstablish, match="cannot create") as error:
        append(repo)
    assert "[stamp]" in error.value.hint


def test_replaced_objects_are_not_followed(repo: Repo) -> None:
    append(repo)
    repo.git("replace", repo.head("gate-log"), repo.head("main"))
    assert append(repo).sequence == 2


# The world is in the way ----------------------------------------------------------------------------------------------


def _may_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    probe = ["unshare", "--mount", "sh", "-c", "mount --bind -o ro /mnt /mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="mounting needs root (and a mount namespace)")
def test_a_read_only_repository_is_said(repo: Repo, tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from tests.support.repo import Repo\n"
        "from tests.stamp.test_log import append\n"
        "from gatekeeper.errors import CannotEstablish\n"
        "try: append(Repo(Path(sys.argv[1])))\n"
        "except CannotEstablish as error: print(error.what, '|', error.hint)\n"
    )
    root = str(Path(__file__).parents[2])
    mount = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; exec "$2" -c "$3" "$1" "$4"'
    argv = ["unshare", "--mount", "sh", "-ec", mount, "sh", str(repo.path), sys.executable, script, root]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "cannot be written into" in done.stdout, done.stdout + done.stderr
    assert "ead-only file system" in done.stdout and "[stamp]" in done.stdout
    assert repo.git("branch", "--list", "gate-log") == ""


def test_a_lock_file_of_a_killed_git_is_removed(repo: Repo) -> None:
    append(repo)
    lock = repo.path / ".git" / "refs" / "heads" / "gate-log.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert append(repo).sequence == 2
    assert not lock.exists()


def test_a_lock_file_of_a_git_at_work_is_waited_for_and_named(repo: Repo) -> None:
    append(repo)
    lock = repo.path / ".git" / "refs" / "heads" / "gate-log.lock"
    lock.touch()
    about = CommitId(repo.head())
    with pytest.raises(CannotEstablish, match="could not be appended to") as error:
        log_of(repo, patience_s=1.0).append(about, f"{KEY.id}-m", maker(about, KEY))
    assert str(lock) in error.value.hint
    assert lock.exists()


def test_whoever_was_slower_asks_for_a_new_stamp(repo: Repo) -> None:
    """Somebody without our lock appends between our look and our write: the stamp is made anew."""
    about, asked = CommitId(repo.head()), []

    def make(chain: Chain) -> bytes:
        asked.append(chain.sequence)
        if len(asked) == 1:
            log_of(repo, patience_s=0.01).append(about, f"{KEY.id}-m", maker(about, KEY))
        return maker(about, KEY)(chain)

    assert log_of(repo).append(about, f"{KEY.id}-m", make).sequence == 2
    assert asked == [1, 2]
    assert len(walk(chain_lines(repo))) == 2


def test_an_envelope_that_says_another_place_or_commit_is_a_defect_of_the_caller(repo: Repo) -> None:
    about, other = CommitId(repo.head()), "f" * 40
    with pytest.raises(ValueError, match="one line"):
        log_of(repo).append(about, f"{KEY.id}-m", maker(other, KEY))
    elsewhere = Chain(id="x", sequence=1, previous="", time="")
    with pytest.raises(ValueError, match="one line"):
        log_of(repo).append(about, f"{KEY.id}-m", lambda _: maker(about, KEY)(elsewhere))
    assert repo.git("branch", "--list", "gate-log") == ""


@pytest.mark.parametrize("chain", ["../../x", "a/b", "-x", ".x", "", "x\ny", "x" * 300])
def test_an_id_that_is_no_name_is_never_part_of_a_path(repo: Repo, chain: str) -> None:
    with pytest.raises(ValueError, match="no chain"):
        log_of(repo).append(CommitId(repo.head()), chain, maker(repo.head(), KEY))


# A chain that somebody touched ----------------------------------------------------------------------------------------


def tampered(repo: Repo, change: str) -> None:
    """A commit on top of the log made with an ordinary worktree."""
    repo.switch("gate-log")
    places = sorted((repo.path / "chains").glob("*/places/*/*.json"))
    if change == "removed":
        places[1].unlink()
    elif change == "newest removed from its page":
        places[-1].unlink()
    elif change == "newest changed":
        places[-1].write_bytes(places[-1].read_bytes().replace(b"A", b"B", 1))
    elif change == "newest by another key":
        about = repo.head("main")
        places[-1].write_bytes(places[0].read_bytes())
        places[-1].write_bytes(maker(about, Key("other"))(walked(places)) + b"\n")
    elif change == "added":
        (places[0].parents[2] / "commits" / "more").write_text("x")
    repo.commit(change)
    repo.switch("main")


def walked(places: list[Path]) -> Chain:
    from gatekeeper.stamp.chains import chain_of  # noqa: PLC0415
    from gatekeeper.stamp.envelope import read  # noqa: PLC0415

    raw = subprocess.run(
        ["git", "show", f"HEAD:{'/'.join(places[-1].parts[-5:])}"],
        cwd=places[-1].parents[4],
        capture_output=True,
        check=True,
    ).stdout
    return chain_of(read(raw).statement())


@pytest.mark.parametrize(
    "change", ["removed", "newest removed from its page", "newest changed", "newest by another key", "added"]
)
def test_nothing_is_built_on_a_chain_that_was_touched(repo: Repo, change: str) -> None:
    for _ in range(3):
        append(repo)
    tampered(repo, change)
    tip = repo.head("gate-log")
    with pytest.raises(CannotEstablish, match="not what the gate wrote") as error:
        append(repo)
    assert "reflog" in error.value.hint
    assert repo.head("gate-log") == tip
    assert append(repo, machine="other").sequence == 1
