"""`gate hook install`: beside whatever hooks there are, and gone again without a trace."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.push import gate_shim, git, refs
from tests.support.repo import Repo
from tests.support.verb import verb

OLD = '#!/bin/sh\necho "old hook: $1" >&2\ncat >&2\n'


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    folder = tmp_path / "origin.git"
    folder.mkdir()
    Repo(folder).git("init", "--quiet", "--bare")
    return folder


@pytest.fixture
def pushing(repo: Repo, gate_home: Home, bare: Path) -> Repo:
    """main is its own base: nothing to judge, so a push goes through at once."""
    repo.git("remote", "add", "origin", str(bare))
    return repo


def hooks(repo: Repo, folder: str = ".git/hooks") -> set[str]:
    return {entry.name for entry in (repo.path / folder).iterdir() if not entry.name.endswith(".sample")}


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_it_comes_and_goes(pushing: Repo) -> None:
    verb(pushing.path, "hook", "install", "--status").expect(1, "not installed")
    verb(pushing.path, "hook", "install", "--pre-push").expect(0, "installed: ")
    verb(pushing.path, "hook", "install").expect(0)  # again: the same
    verb(pushing.path, "hook", "install", "--status").expect(0, "installed: ")
    git(pushing, "push", "origin", "main").expect(0, "main has nothing that main has not")
    verb(pushing.path, "hook", "install", "--uninstall").expect(0, "removed ")
    assert hooks(pushing) == set()
    verb(pushing.path, "hook", "install", "--uninstall").expect(0, "there is no hook of the gate here")


def test_an_existing_hook_is_kept_and_gets_all_that_git_says(pushing: Repo, bare: Path) -> None:
    old = executable(pushing.path / ".git/hooks/pre-push", OLD)
    verb(pushing.path, "hook", "install").expect(0, "pre-push.before-gate, as it was before")
    said = git(pushing, "push", "origin", "main", "HEAD:refs/heads/x").expect(0, "old hook: origin").err
    assert said.index("gate: ") < said.index("old hook")
    assert f"refs/heads/main {pushing.head()} refs/heads/main {'0' * 40}" in said
    assert f"{pushing.head()} refs/heads/x {'0' * 40}" in said
    verb(pushing.path, "hook", "install", "--uninstall").expect(0, "put back ")
    assert (hooks(pushing), old.read_text()) == ({"pre-push"}, OLD)
    assert os.access(old, os.X_OK)


def test_an_existing_hook_still_decides(pushing: Repo, bare: Path) -> None:
    executable(pushing.path / ".git/hooks/pre-push", "#!/bin/sh\nexit 7\n")
    verb(pushing.path, "hook", "install").expect(0)
    assert git(pushing, "push", "origin", "main").status != 0
    assert refs(bare) == {}


def test_a_link_and_a_program_are_chained_as_they_are(pushing: Repo) -> None:
    executable(pushing.path / "tools/hook.py", f"#!{sys.executable}\nimport sys\nprint('python hook', sys.argv[1])\n")
    (pushing.path / ".git/hooks/pre-push").symlink_to("../../tools/hook.py")
    verb(pushing.path, "hook", "install").expect(0)
    git(pushing, "push", "origin", "main").expect(0, "python hook origin")
    verb(pushing.path, "hook", "install", "--uninstall").expect(0)
    assert (pushing.path / ".git/hooks/pre-push").readlink() == Path("../../tools/hook.py")


def test_lines_of_others_in_the_hook_are_never_removed(pushing: Repo) -> None:
    verb(pushing.path, "hook", "install").expect(0)
    hook = pushing.path / ".git/hooks/pre-push"
    hook.write_text(hook.read_text() + "echo mine\n")
    for words in ([], ["--uninstall"]):
        verb(pushing.path, "hook", "install", *words).expect(2, "were changed by hand")
    verb(pushing.path, "hook", "install", "--status").expect(0, "were changed by hand")
    assert hook.read_text().endswith("echo mine\n")


def test_two_hooks_are_not_moved_over_one_another(pushing: Repo) -> None:
    executable(pushing.path / ".git/hooks/pre-push", OLD)
    verb(pushing.path, "hook", "install").expect(0)
    executable(pushing.path / ".git/hooks/pre-push", "#!/bin/sh\n# somebody else\n")
    verb(pushing.path, "hook", "install").expect(2, "would be lost")
    assert (pushing.path / ".git/hooks/pre-push.before-gate").read_text() == OLD


def test_from_a_linked_worktree_it_stands_for_all(pushing: Repo, tmp_path: Path) -> None:
    linked = pushing.worktree("other", tmp_path / "linked")
    verb(linked.path, "hook", "install").expect(0)
    assert hooks(pushing) == {"pre-push"}
    git(linked, "push", "origin", "other").expect(0, "gate: ")


def test_from_a_subfolder_and_for_a_bare_repository(pushing: Repo, bare: Path) -> None:
    verb(pushing.path / "src", "hook", "install").expect(0)
    verb(pushing.path, "hook", "install", "--repo", str(bare)).expect(0, str(bare / "hooks/pre-push"))


def test_core_hooks_path_of_the_repository_is_used(pushing: Repo, tmp_path: Path) -> None:
    pushing.config("core.hooksPath", str(tmp_path / "my hooks"))
    verb(pushing.path, "hook", "install").expect(0, "core.hooksPath")
    git(pushing, "push", "origin", "main").expect(0, "gate: ")
    assert hooks(pushing) == set()


def test_a_relative_core_hooks_path_is_missed_in_another_worktree(pushing: Repo, tmp_path: Path) -> None:
    pushing.config("core.hooksPath", ".git/own")
    verb(pushing.path, "hook", "install").expect(0)
    linked = pushing.worktree("other", tmp_path / "linked")
    verb(linked.path, "hook", "install", "--status").expect(1, "which is not there in this worktree")


def test_a_folder_of_all_repositories_is_left_alone(pushing: Repo, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(f"[core]\n\thooksPath = {tmp_path}/everywhere\n")
    env = {"GIT_CONFIG_GLOBAL": str(config)}
    verb(pushing.path, "hook", "install", env=env).expect(2, "a hook there would gate all of them")
    assert not (tmp_path / "everywhere").exists()


def test_hooks_that_are_switched_off_are_said(pushing: Repo) -> None:
    pushing.config("core.hooksPath", "/dev/null")
    verb(pushing.path, "hook", "install").expect(2, "switched off")


def husky(repo: Repo, *, version: int) -> None:
    """As husky leaves a repository: 9 has a folder of its own that runs the files beside it, 8 has them in place."""
    if version == 9:
        repo.config("core.hooksPath", ".husky/_")
        executable(repo.path / ".husky/_/pre-push", '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n')
        runner = 'n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n'
        (repo.path / ".husky/_/h").write_text(runner)
        (repo.path / ".husky/pre-push").write_text('echo "project hook" >&2\ncat >&2\n')
    else:
        repo.config("core.hooksPath", ".husky")
        executable(repo.path / ".husky/_/husky.sh", "true\n")
        start = '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n'
        executable(repo.path / ".husky/pre-push", f'{start}echo "project hook" >&2\ncat >&2\n')


@pytest.mark.parametrize("version", [8, 9])
def test_husky_gets_lines_that_the_project_can_commit(pushing: Repo, tmp_path: Path, version: int) -> None:
    husky(pushing, version=version)
    before = (pushing.path / ".husky/pre-push").read_text()
    verb(pushing.path, "hook", "install").expect(0, "commit it")
    assert str(tmp_path) not in (pushing.path / ".husky/pre-push").read_text()
    said = git(pushing, "push", "origin", "main", env={"PATH": gate_shim(tmp_path / "bin")}).expect(0, "project hook")
    assert said.err.index("gate: ") < said.err.index("project hook")
    assert f"refs/heads/main {pushing.head()}" in said.err  # the project's lines still get what git says
    verb(pushing.path, "hook", "install", "--status").expect(0)
    verb(pushing.path, "hook", "install", "--uninstall").expect(0, "took the gate's lines out")
    assert (pushing.path / ".husky/pre-push").read_text() == before


def test_husky_lines_stop_a_push_without_the_gate(pushing: Repo, bare: Path) -> None:
    husky(pushing, version=9)
    verb(pushing.path, "hook", "install").expect(0)
    assert "gate: not on PATH" in git(pushing, "push", "origin", "main", env={"PATH": "/usr/bin:/bin"}).err
    assert refs(bare) == {}


def test_husky_without_its_folder_runs_nothing_here(pushing: Repo, tmp_path: Path) -> None:
    husky(pushing, version=9)
    shutil.rmtree(pushing.path / ".husky/_")
    verb(pushing.path, "hook", "install").expect(1, "not installed", "npx husky")


def test_a_project_hook_that_is_no_shell_script_is_left_alone(pushing: Repo) -> None:
    pushing.config("core.hooksPath", "hooks")
    program = executable(pushing.path / "hooks/pre-push", f"#!{sys.executable}\nprint(1)\n")
    before = program.read_text()
    verb(pushing.path, "hook", "install").expect(2, "no shell script", "gate hook run pre-push")
    assert program.read_text() == before


def test_a_gate_that_is_gone_lets_nothing_through(pushing: Repo, bare: Path) -> None:
    verb(pushing.path, "hook", "install").expect(0)
    hook = pushing.path / ".git/hooks/pre-push"
    hook.write_text(hook.read_text().replace(sys.executable, "/gone/python"))
    said = git(pushing, "push", "origin", "main", env={"PATH": "/usr/bin:/bin"})
    assert "gate: not there any more (/gone/python), so nothing is pushed" in said.err
    assert refs(bare) == {}


def test_the_branch_cannot_stand_in_for_the_gate(pushing: Repo) -> None:
    """`python -m` would look into the folder where git runs the hook."""
    verb(pushing.path, "hook", "install").expect(0)
    pushing.commit("a trap", {"gatekeeper/__init__.py": "raise SystemExit(0)\n", "json.py": "raise SystemExit(0)\n"})
    git(pushing, "push", "origin", "main").expect(0, "gate: ")


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["pre-commit", "prek"])
def test_with_pre_commit_or_prek_the_gate_is_what_they_run_first(
    pushing: Repo, bare: Path, tmp_path: Path, framework: str
) -> None:
    run = str(Path(sys.executable).parent / framework)
    env = {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "PREK_HOME": str(tmp_path / "cache")}
    hook = {"id": "own", "name": "own", "entry": "echo own", "language": "system", "stages": ["pre-push"]}
    hook |= {"always_run": True, "pass_filenames": False, "verbose": True}
    pushing.commit("hooks", {".pre-commit-config.yaml": json.dumps({"repos": [{"repo": "local", "hooks": [hook]}]})})
    install = [run, "install", "--hook-type", "pre-push"]
    subprocess.run(install, cwd=pushing.path, env={**os.environ, **env}, check=True, capture_output=True)
    verb(pushing.path, "hook", "install").expect(0, "pre-push.legacy")
    subprocess.run(install, cwd=pushing.path, env={**os.environ, **env}, check=True, capture_output=True)  # again
    verb(pushing.path, "hook", "install", "--status").expect(0)
    said = git(pushing, "push", "origin", "main", "HEAD:refs/heads/x", env=env).expect(0)
    assert "2 references" in said.err
    assert "own" in said.text
    assert set(refs(bare)) == {"refs/heads/main", "refs/heads/x"}
    verb(pushing.path, "hook", "install", "--uninstall").expect(0)
    assert hooks(pushing) == {"pre-push"}


@pytest.mark.slow
def test_lefthook_is_chained_and_taking_the_place_back_is_noticed(pushing: Repo, tmp_path: Path) -> None:
    lefthook = str(Path(sys.executable).parent / "lefthook")
    command = {"run": "echo project hook", "use_stdin": True}
    config = {"pre-push": {"commands": {"own": command}}}
    pushing.commit("hooks", {"lefthook.yml": json.dumps(config)})
    subprocess.run([lefthook, "install"], cwd=pushing.path, check=True, capture_output=True)
    verb(pushing.path, "hook", "install").expect(0, "before-gate")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path}
    said = git(pushing, "push", "origin", "main", env=env)
    assert (said.status, "gate: " in said.text, "project hook" in said.text) == (0, True, True)
    subprocess.run([lefthook, "install", "--force"], cwd=pushing.path, check=True, capture_output=True)
    verb(pushing.path, "hook", "install", "--status").expect(1, "not installed")
    verb(pushing.path, "hook", "install").expect(0)
    said = git(pushing, "push", "--dry-run", "origin", "main:y", env=env)
    assert (said.status, "gate: " in said.text, "project hook" in said.text) == (0, True, True)
