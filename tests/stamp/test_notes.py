"""The mirror of the log: git shows it, and nothing depends on it."""

from collections.abc import Callable

import pytest

from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp import notes
from gatekeeper.stamp.log import Log
from tests.support.envelopes import maker
from tests.support.repo import Repo
from tests.support.stamps import Key

KEY = Key()


def append(repo: Repo, padding: int = 0) -> None:
    about = CommitId(repo.head())
    Log(find_repository(str(repo.path))).append(about, f"{KEY.id}-m", maker(about, KEY, padding))


def lines(repo: Repo) -> list[str]:
    return [line.decode() for line in Log(find_repository(str(repo.path))).lines(CommitId(repo.head()))]


def test_git_shows_one_envelope_a_line(repo: Repo) -> None:
    append(repo)
    append(repo)
    assert repo.git("notes", "--ref=gate", "show").split("\n") == lines(repo)
    assert all(line in repo.git("log", "-1", "--notes=gate", "--format=%N") for line in lines(repo))
    assert repo.git("log", "-1", "--format=%an", "refs/notes/gate") == "gatekeeper"


def test_other_notes_stay(repo: Repo) -> None:
    first = repo.head()
    repo.git("notes", "--ref=gate", "add", "-m", "mine", first)
    repo.commit("more", {"x": "1"})
    append(repo)
    assert repo.git("notes", "--ref=gate", "show", first) == "mine"
    assert repo.git("notes", "--ref=gate", "show").split("\n") == lines(repo)


def test_a_lost_note_comes_back_with_the_next_stamp(repo: Repo) -> None:
    append(repo)
    repo.git("update-ref", "-d", notes.REF)
    append(repo)
    assert repo.git("notes", "--ref=gate", "show").split("\n") == lines(repo)
    assert len(lines(repo)) == 2


def to_a_blob(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    (repo.path / ".git" / "refs" / "notes").mkdir(parents=True, exist_ok=True)
    (repo.path / ".git" / "refs" / "notes" / "gate").write_text(blob + "\n")


def below(repo: Repo) -> None:
    repo.git("update-ref", "refs/notes/gate/x", repo.head())


def locked(repo: Repo) -> None:
    (repo.path / ".git" / "refs" / "notes").mkdir(parents=True, exist_ok=True)
    (repo.path / ".git" / "refs" / "notes" / "gate.lock").touch()


@pytest.mark.parametrize("broken", [to_a_blob, below, locked])
def test_notes_that_cannot_be_written_stop_no_stamp(repo: Repo, broken: Callable[[Repo], None]) -> None:
    broken(repo)
    append(repo)
    append(repo)
    assert len(lines(repo)) == 2


def test_of_very_many_envelopes_the_newest_are_shown(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "_LONGEST", 3000)
    for _ in range(4):
        append(repo, padding=500)
    shown = repo.git("notes", "--ref=gate", "show").split("\n")
    assert 1 <= len(shown) < 4
    assert shown == lines(repo)[-len(shown) :]
