"""What a verifier remembers of a log, and how the log stands to it."""

from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.git.facts import find_repository
from gatekeeper.process.home import Home
from gatekeeper.stamp.seen import Memory, Standing, standing
from tests.support.repo import Repo


@pytest.fixture
def memory(repo: Repo, gate_home: Home) -> Memory:
    return Memory(gate_home, find_repository(str(repo.path)))


def test_what_was_kept_is_remembered_until_it_is_forgotten(memory: Memory) -> None:
    assert memory.tip() is None
    memory.keep("a" * 40, None)
    assert memory.tip() == "a" * 40
    memory.keep("b" * 64, "a" * 40)
    assert memory.tip() == "b" * 64
    memory.forget()
    memory.forget()
    assert memory.tip() is None


def test_of_two_verifiers_none_takes_the_other_s_step_back(memory: Memory) -> None:
    memory.keep("b" * 40, None)
    memory.keep("a" * 40, None)
    assert memory.tip() == "b" * 40


def test_each_repository_has_its_own(memory: Memory, gate_home: Home, tmp_path: Path) -> None:
    memory.keep("a" * 40, None)
    other = Repo.create(tmp_path / "other")
    assert Memory(gate_home, find_repository(str(other.path))).tip() is None


@pytest.mark.parametrize("text", ["", "a" * 39, "A" * 40, "HEAD", "a" * 40 + " b"])
def test_a_damaged_memory_is_no_memory_of_nothing(memory: Memory, gate_home: Home, text: str) -> None:
    memory.keep("a" * 40, None)
    (file,) = (gate_home.state / "logs-seen").glob("[0-9a-f]*")
    file.write_text(text)
    with pytest.raises(CannotEstablish, match="damaged") as error:
        memory.tip()
    assert "--forget-log" in error.value.hint


def test_a_folder_that_cannot_be_written_is_named(repo: Repo, gate_home: Home) -> None:
    gate_home.state.parent.mkdir(parents=True, exist_ok=True)
    gate_home.state.write_text("in the way")
    with pytest.raises(CannotEstablish, match="logs-seen"):
        Memory(gate_home, find_repository(str(repo.path))).keep("a" * 40, None)


def test_a_file_that_cannot_be_written_is_named(memory: Memory, gate_home: Home) -> None:
    memory.keep("a" * 40, None)
    (file,) = (gate_home.state / "logs-seen").glob("[0-9a-f]*")
    file.unlink()
    file.mkdir()
    with pytest.raises(CannotEstablish, match=file.name):
        memory.tip()
    with pytest.raises(CannotEstablish, match=file.name):
        memory.keep("b" * 40, "a" * 40)
    with pytest.raises(CannotEstablish, match=file.name):
        memory.forget()


def test_standing(repo: Repo) -> None:
    git = Git(git_dir=str(repo.path / ".git"))
    first = repo.head()
    second = repo.commit("more", {"x": "1"})
    repo.git("switch", "--quiet", "--detach", first)
    sideways = repo.commit("sideways", {"y": "1"})
    repo.git("switch", "--quiet", "--detach", second)
    edited = repo.commit("edited", {"x": "2"})
    assert standing(git, None, None) == Standing(None, None)
    assert standing(git, first, None) == Standing(first, None)
    assert standing(git, first, first) == Standing(first, first)
    assert standing(git, second, first).problem == ""
    for tip, word in ((None, "gone"), (first, "went back"), (sideways, "replaced"), (edited, "1 of its files")):
        assert word in standing(git, tip, second).problem
    assert "went back" in standing(git, second, "f" * 40).problem  # what was seen is not even there any more


def test_moving_and_linking_files_is_a_change(repo: Repo) -> None:
    git, first = Git(git_dir=str(repo.path / ".git")), repo.head()
    repo.git("mv", "README.md", "READ.md")
    assert "1 of its files" in standing(git, repo.commit("moved"), first).problem
    repo.git("reset", "--quiet", "--hard", first)
    (repo.path / "README.md").unlink()
    (repo.path / "README.md").symlink_to("src")
    assert "1 of its files" in standing(git, repo.commit("linked"), first).problem
