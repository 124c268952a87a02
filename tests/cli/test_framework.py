"""The hook for pre-commit and prek, with the real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import Said
from tests.support.push import gate_shim, git, refs, with_remote
from tests.support.repo import Repo
from tests.support.verb import verb

ROOT = Path(__file__).parents[2]
BOTH = pytest.mark.parametrize("framework", ["pre-commit", "prek"])


class Hooked:
    """A project whose main has the hook `gate` of a repository with this project's .pre-commit-hooks.yaml."""

    def __init__(self, path: Path, framework: str, gate: Repo, **changes: str) -> None:
        self.repo, self.bare = with_remote(path)
        verb(self.repo.path, "hook", "install", "--uninstall").expect(0)
        self._run = str(Path(sys.executable).parent / framework)
        self._env = {name: str(path / "hooks-cache") for name in ("PRE_COMMIT_HOME", "PREK_HOME")}
        self._env["PATH"] = gate_shim(path / "bin") if changes else os.environ["PATH"]
        hooks = [{"id": "gate", **changes}]
        config = {"repos": [{"repo": str(gate.path), "rev": gate.head(), "hooks": hooks}]}
        self.repo.switch("main")
        self.repo.commit("hooks", {".pre-commit-config.yaml": json.dumps(config)})
        self.repo.git("push", "-q", "origin", "main")
        self.repo.switch("work")
        self.repo.git("rebase", "-q", "main")
        types = [word for stage in ("pre-push", "pre-merge-commit") for word in ("--hook-type", stage)]
        self.call([self._run, "install", *types])

    def call(self, argv: list[str]) -> Said:
        variables = {**os.environ, **self._env}
        done = subprocess.run(argv, cwd=self.repo.path, env=variables, capture_output=True, text=True, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    def git(self, *words: str) -> Said:
        return git(self.repo, *words, env=self._env, timeout_s=300)


@pytest.fixture
def manifest(tmp_path: Path) -> Repo:
    made = Repo.create(tmp_path / "manifest")
    made.commit("hooks", {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_bytes()})
    return made


def hooked(path: Path, framework: str, manifest: Repo) -> Hooked:
    return Hooked(path, framework, manifest, language="system", language_version="default")


@BOTH
def test_the_pushed_reference_is_judged(tmp_path: Path, gate_home: Home, manifest: Repo, framework: str) -> None:
    there = hooked(tmp_path, framework, manifest)
    said = there.git("push", "origin", "work")
    assert (said.status, "✓ work" in said.text, "NOT gated" in said.text) == (0, True, False), said.text
    there.repo.commit("bad", {"bad": "x\n"})
    said = there.git("push", "origin", "work")
    assert (said.status != 0, "✗ work" in said.text, "reproduce: sh probe.sh" in said.text) == (True, True, True)
    assert refs(there.bare)["refs/heads/work"] == there.repo.head("HEAD~1")


@pytest.mark.slow
@BOTH
def test_what_was_not_handed_over_is_named(tmp_path: Path, gate_home: Home, manifest: Repo, framework: str) -> None:
    there = hooked(tmp_path, framework, manifest)
    there.repo.git("branch", "zbad")
    said = there.git("push", "origin", "work", "zbad", "work:y;id")
    assert said.status == 0, said.text
    assert "✓ work" in said.text
    assert "NOT gated, since the hook framework hands over the first reference only: zbad, y;id" in said.text
    assert "`gate hook install` is told of all of them" in said.text


@pytest.mark.slow
@BOTH
def test_a_merge_is_judged_before_its_commit(tmp_path: Path, gate_home: Home, manifest: Repo, framework: str) -> None:
    there = hooked(tmp_path, framework, manifest)
    there.repo.branch("bad")
    there.repo.commit("bad", {"bad": "x\n"})
    there.repo.switch("main")
    before = there.repo.head()
    said = there.git("merge", "--no-ff", "--no-edit", "bad")
    assert said.status != 0
    assert "rejected" in said.text
    assert there.repo.head() == before
    there.repo.git("merge", "--abort")
    said = there.git("merge", "--no-ff", "--no-edit", "work")
    assert (said.status, "into main" in said.text, "accepted" in said.text) == (0, True, True), said.text
    assert there.repo.git("rev-list", "--parents", "-1", "main").count(" ") == 2


@pytest.mark.slow
def test_a_merge_of_which_git_makes_another_tree_is_blocked(tmp_path: Path, gate_home: Home, manifest: Repo) -> None:
    there = hooked(tmp_path, "pre-commit", manifest)
    there.repo.switch("main")
    there.repo.commit("meanwhile", {"README.md": "# main\n"})
    there.repo.branch("other", "work")
    there.repo.commit("other", {"other.txt": "x\n"})
    there.repo.switch("main")
    said = there.git("merge", "--no-ff", "--no-edit", "-s", "ours", "other")
    assert (said.status != 0, "git made another tree" in said.text) == (True, True), said.text


@pytest.mark.slow
def test_several_branches_at_once_are_not_judged(tmp_path: Path, gate_home: Home, manifest: Repo) -> None:
    there = hooked(tmp_path, "pre-commit", manifest)
    for name in ("one", "two"):
        there.repo.branch(name, "main")
        there.repo.commit(name, {f"{name}.txt": "x\n"})
    there.repo.switch("main")
    said = there.git("merge", "--no-edit", "one", "two")
    assert (said.status != 0, "several branches at once" in said.text) == (True, True), said.text


def test_by_hand_it_judges_the_head(tmp_path: Path, gate_home: Home) -> None:
    repo, _ = with_remote(tmp_path)
    verb(repo.path, "hook", "run", "framework").expect(0, "✓ HEAD")
    told = {"PRE_COMMIT_REMOTE_NAME": "origin", "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/work",
            "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/work"}  # fmt: skip
    verb(repo.path, "hook", "run", "framework", env=told).expect(0, "whatever else is pushed was not gated")
    verb(repo.path, "hook", "run", "framework", env={**told, "PRE_COMMIT_LOCAL_BRANCH": "gone"}).expect(2, "'gone'")


@pytest.mark.slow
@BOTH
def test_installed_as_users_install_it(tmp_path: Path, gate_home: Home, framework: str) -> None:
    """The framework itself builds the package, in an environment of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "gatekeeper", "policies",
         "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    gate = Repo.create(tmp_path / "gate")
    names = [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]
    gate.commit("the gate", {name: (ROOT / name).read_bytes() for name in names})
    there = Hooked(tmp_path, framework, gate)
    said = there.git("push", "origin", "work")
    assert (said.status, "✓ work" in said.text) == (0, True), said.text
