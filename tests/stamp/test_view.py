"""Looking at a log that anybody may have written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.git.facts import find_repository
from gatekeeper.git.objects import Objects
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp import view
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.view import View
from tests.support.envelopes import maker
from tests.support.repo import Repo
from tests.support.stamps import Key

KEY = Key()


@contextmanager
def looking(repo: Repo) -> Iterator[View]:
    with Objects(Git(git_dir=str(repo.path / ".git"))) as objects:
        yield View(objects)


def append(repo: Repo, times: int = 1) -> str:
    about = CommitId(repo.head())
    for _ in range(times):
        place = Log(find_repository(str(repo.path))).append(about, f"{KEY.id}-m", maker(about, KEY))
    return place.id


def test_no_log_is_an_empty_one(repo: Repo) -> None:
    with looking(repo) as seen:
        assert (seen.ref, seen.tip, seen.root) == (None, None, None)
        assert seen.about(repo.head()) == () == seen.said_about("x", repo.head())
        assert seen.chain("x") is None
        assert seen.digest_at("x", 1) == ""


def test_a_chain_is_seen_as_it_lies(repo: Repo) -> None:
    chain = append(repo, 3)
    with looking(repo) as seen:
        state = seen.chain(chain)
        assert state is not None
        assert (state.id, state.sequence) == (chain, 3)
        assert state.tree == repo.git("rev-parse", f"gate-log:chains/{chain}")
        assert state.earlier == repo.git("rev-parse", f"gate-log~1:chains/{chain}")
        assert seen.said_about(chain, repo.head()) == (1, 2, 3)
        assert seen.said_about(chain, "f" * 40) == ()
        digests = [seen.digest_at(chain, number) for number in range(5)]
    assert digests[0] == digests[4] == "" and len(set(digests)) == 4


def test_the_first_of_a_chain_has_nothing_before_it(repo: Repo) -> None:
    chain = append(repo)
    with looking(repo) as seen:
        state = seen.chain(chain)
    assert state is not None and state.earlier == ""


def test_files_are_listed_in_order_of_arrival(repo: Repo) -> None:
    append(repo, 11)
    with looking(repo) as seen:
        names = [one.name for one in seen.about(repo.head())]
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, 12)]


@pytest.mark.parametrize("limit", ["MAX_LINES", "MAX_TOTAL"])
def test_too_much_about_one_commit_is_said_aloud(repo: Repo, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    append(repo, 3)
    monkeypatch.setattr(view, limit, 2)
    with looking(repo) as seen, pytest.raises(CannotEstablish, match="the log holds"):
        seen.about(repo.head())


def test_a_tag_is_no_log(repo: Repo) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    (repo.path / ".git" / "refs" / "heads" / "gate-log").write_text(blob + "\n")
    with pytest.raises(CannotEstablish, match="no commit but a blob"), looking(repo):
        pass


@pytest.mark.parametrize("content", ["gatekeeper/log/2\n", "", None])
def test_another_format_is_no_log(repo: Repo, content: str | None) -> None:
    repo.branch("gate-log")
    repo.commit("format", {"format": content} if content is not None else {"format/x": "1"})
    with pytest.raises(CannotEstablish, match="not a log of gatekeeper"), looking(repo):
        pass


@pytest.mark.parametrize("files", [{"places/000000/x": "1"}, {"places/x": "1"}, {"x": "1"}, {"places/000000": "1"}])
def test_a_folder_that_is_no_chain_is_said(repo: Repo, files: dict[str, str]) -> None:
    repo.branch("gate-log")
    repo.commit(
        "by hand", {"format": "gatekeeper/log/1\n"} | {f"chains/mine/{name}": text for name, text in files.items()}
    )
    with looking(repo) as seen, pytest.raises(CannotEstablish, match="no stamps where they must be"):
        seen.chain("mine")
