"""Bad input, end to end: what is asked for cannot be judged."""

from pathlib import Path

import pytest

from tests.support.gate_command import ACCEPTED, BLOCKED, NOTHING, REJECTED, USAGE, gate, project
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")


def test_not_a_repository(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    gate(folder).expect(USAGE, "is not in a git repository", "--repo")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    gate(tmp_path, "--repo", str(tmp_path / "gone")).expect(USAGE, str(tmp_path / "gone"))


def test_no_commits(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "project")
    gate(repo).expect(NOTHING, "branch main has no commits yet", "commit something")


def test_unborn_branch_beside_a_main_with_commits(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("switch", "--quiet", "--orphan", "fresh")
    gate(repo).expect(NOTHING, "branch fresh has no commits yet", "gate check BRANCH")


def test_detached_head_is_judged(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("switch", "--quiet", "--detach", "work")
    gate(repo).expect(ACCEPTED, repo.head()[:12])


def test_unknown_branch_names_the_near_one(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    gate(repo, "wrok").expect(USAGE, "wrok", "did you mean work?")


def test_a_rev_that_looks_like_an_option(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    gate(repo, "--", "--upload-pack=touch pwned").expect(USAGE, "no name of a commit")


def test_shallow_clone(tmp_path: Path) -> None:
    origin = project(tmp_path / "origin")
    origin.commit("more", {"more.txt": "more\n"})
    shallow = Repo.create(tmp_path / "shallow", branch="unborn")
    shallow.git("fetch", "--quiet", "--depth=1", origin.path.as_uri(), "main:main", "work:work")
    shallow.git("switch", "--quiet", "work")
    gate(shallow).expect(BLOCKED, "shallow", "git fetch --unshallow")


def test_no_base(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("branch", "--quiet", "-m", "main", "trunk")
    gate(repo).expect(NOTHING, "no base to compare with", "--base")
    gate(repo, "--base", "trunk").expect(ACCEPTED, "against trunk")


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    gate(repo, "--base", "mian").expect(NOTHING, "the base 'mian' (--base) does not exist", "did you mean main?")


def test_unrelated_histories(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("switch", "--quiet", "--orphan", "island")
    repo.commit("island", {"island.txt": "1\n"})
    gate(repo).expect(NOTHING, "island and main have no common history", "--base")


def test_head_equal_to_base(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    gate(repo, "main").expect(NOTHING, "main has nothing that main has not", "--whole")


def test_head_contained_in_base(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("branch", "--quiet", "old", "main")
    repo.switch("main")
    repo.commit("ahead", {"ahead.txt": "1\n"})
    gate(repo, "old").expect(NOTHING, "old is contained in main", "--whole")


def test_an_empty_commit_is_a_head_of_its_own(tmp_path: Path) -> None:
    repo = project(tmp_path / "project")
    repo.git("switch", "--quiet", "-c", "empty", "main")
    repo.commit("nothing in it")
    said = gate(repo)
    assert said.status in {ACCEPTED, NOTHING}, said.text
    said.expect(said.status, "empty")


def test_empty_policy_means_the_default(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "project")
    repo.commit("begin", {"gate.toml": "", "README.md": "# p\n"})
    repo.branch("work")
    repo.commit("work", {"gate.toml": "# mine now\n"})
    gate(repo).expect(REJECTED, "gate.toml", "paths")


def test_a_policy_that_only_the_head_has_does_not_count(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "project")
    repo.commit("begin", {"README.md": "# p\n"})
    repo.branch("work")
    repo.commit("work", {"gate.toml": "[check.mine]\ncommand = \"sh -c 'touch ran'\"\n"})
    said = gate(repo, "--verbose").expect(ACCEPTED, "no policy at main", "brings the first policy")
    assert "mine" not in said.out
    assert not (repo.path / "ran").exists()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("extends = [\n[check.x", ("gate.toml:2", "not valid TOML")),
        ('[check.x]\ncommand = "true"\ntimeout = "soon"\n', ("gate.toml:3", "timeout", "10m")),
        ('[check.x]\ncommand = "true"\nrequired = "yes"\n', ("gate.toml:3", "required")),
        ("[check.x]\ncommand = 3\n", ("gate.toml:2", "command")),
        ('extends = "default"\n', ("gate.toml:1", "extends")),
        ("check = 1\n", ("gate.toml:1", "check")),
        ('[check.x]\ncommnad = "true"\n', ("gate.toml:2", "command")),
        ('[check.x]\ncommand = ""\n', ("gate.toml:2", "command")),
        ("\x1b[31m = 1\n", ("gate.toml:",)),
    ],
)
def test_a_policy_that_cannot_be_used(tmp_path: Path, toml: str, words: tuple[str, ...]) -> None:
    repo = Repo.create(tmp_path / "project")
    repo.commit("begin", {"gate.toml": toml})
    repo.branch("work")
    repo.commit("work", {"work.txt": "1\n"})
    gate(repo).expect(USAGE, *words)


def test_a_policy_that_is_not_text(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "project")
    repo.commit("begin", {"gate.toml": b"\xff\xfe\x00"})
    repo.branch("work")
    repo.commit("work", {"work.txt": "1\n"})
    gate(repo).expect(USAGE, "gate.toml", "UTF-8")
