"""Commits from another machine: by git transport from a URL, and nothing else from it."""

import os
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.git.mirror import mirror, url_of, without_password
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from tests.support.git_server import served
from tests.support.repo import Repo


def test_a_commit_comes_over_the_network_once(repo: Repo, tmp_path: Path, gate_home: Home) -> None:
    head = CommitId(repo.head())
    with served(tmp_path) as address:
        store, repository = mirror(gate_home, f"{address}/project/.git", [head], os.environ)
        assert store.tree_of(head) == repo.tree()
        assert repository.bare
    again, _ = mirror(gate_home, f"{address}/project/.git", [head], os.environ)  # the server is gone by now
    assert again.path == store.path


def test_a_commit_that_is_not_there_is_said_with_what_to_do_and_no_password(repo: Repo, gate_home: Home) -> None:
    with pytest.raises(CannotEstablish, match="cannot fetch the commits from") as caught:
        mirror(gate_home, f"file://somebody:s3cret@localhost{repo.path}", [CommitId("1" * 40)], os.environ)
    assert "--url" in caught.value.hint
    assert "s3cret" not in caught.value.what


@pytest.mark.parametrize("url", ["ext::sh -c touch% {}/seen", "--upload-pack=touch {}/seen"])
def test_a_url_starts_no_program(url: str, repo: Repo, tmp_path: Path, gate_home: Home) -> None:
    with pytest.raises(CannotEstablish):
        mirror(gate_home, url.format(tmp_path), [CommitId(repo.head())], os.environ)
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:word@host/x.git", "https://host/x.git"), ("ssh://git@host/x", "ssh://host/x"),
        ("/srv/x.git", "/srv/x.git"), ("https://host/x", "https://host/x"),
    ],
)  # fmt: skip
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_where_nodes_fetch_from(repo: Repo) -> None:
    here = find_repository(str(repo.path))
    assert url_of(here, None, far=False) == here.common_dir
    with pytest.raises(UsageError, match="no place to fetch"):
        url_of(here, None, far=True)
    repo.config("remote.origin.url", "ssh://host/origin")
    assert url_of(here, None, far=True) == "ssh://host/origin"
    assert url_of(here, None, far=False) == here.common_dir
    repo.config("gate.url", "ssh://host/gate")
    assert url_of(here, None, far=True) == url_of(here, None, far=False) == "ssh://host/gate"
    assert url_of(here, "https://host/x", far=True) == "https://host/x"
    with pytest.raises(UsageError, match="is no URL"):
        url_of(here, "--upload-pack=x", far=True)
