"""`gate init`, in real repositories."""

import argparse
from pathlib import Path

import pytest

from gatekeeper.cli import init
from gatekeeper.cli.policy import base_policy
from gatekeeper.errors import CannotEstablish, GateError, UsageError
from gatekeeper.process.home import Home
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")


def run(path: Path) -> int:
    parser = argparse.ArgumentParser()
    init.add_arguments(parser)
    return init.run(parser.parse_args(["--repo", str(path)]))


def test_it_writes_a_policy_and_says_what_it_found(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit("set up", {"pyproject.toml": "[tool.ruff]\n[build-system]\n", "uv.lock": "", "tests/test_a.py": ""})
    assert run(repo.path) == 0
    said = capsys.readouterr().out
    found, not_found = said.split("Not found:")
    assert "ruff               pyproject.toml [tool.ruff]" in found
    assert "lock file" in found
    assert "tests/test_a.py" in found
    assert "mypy               no configuration" in not_found
    assert "types: mypy is not configured at base" in said
    assert 'extends = ["python"]' in (repo.path / "gate.toml").read_text()
    assert repo.git("status", "--porcelain") == "?? gate.toml"


def test_on_the_base_two_commands_are_enough(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    run(repo.path)
    said = capsys.readouterr().out
    assert '  git add gate.toml\n  git commit -m "Add the policy of the gate"\nThen see' in said
    assert "git switch" not in said
    assert "It counts once it is on main" in said


def test_on_a_branch_it_says_how_to_get_to_the_base(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.branch("worker")
    run(repo.path)
    assert "  git switch main\n  git add gate.toml\n" in capsys.readouterr().out


def test_a_base_on_a_remote_needs_a_push(repo: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", str(repo.path), str(clone.path))
    run(clone.path)
    said = capsys.readouterr().out
    assert "It counts once it is on origin/main" in said
    assert "\n  git push origin main\nThen see" in said
    assert said.endswith("gate prove\n")


def test_it_never_overwrites(repo: Repo, tmp_path: Path) -> None:
    repo.write("gate.toml", "mine")
    with pytest.raises(UsageError, match="already there"):
        run(repo.path)
    assert (repo.path / "gate.toml").read_text() == "mine"
    (repo.path / "gate.toml").unlink()
    (repo.path / "gate.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="already there"):
        run(repo.path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_policy_in_pyproject_is_a_policy(repo: Repo) -> None:
    repo.write("pyproject.toml", "[tool.gate]\n")
    with pytest.raises(UsageError, match=r"\[tool.gate\]"):
        run(repo.path)
    assert not (repo.path / "gate.toml").exists()


def test_a_broken_pyproject_stops_nothing_and_is_said(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write("pyproject.toml", "[tool\n")
    assert run(repo.path) == 0
    assert "pyproject.toml cannot be read" in capsys.readouterr().out


def test_a_subfolder_and_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = repo.worktree("worker", tmp_path / "linked")
    assert run(linked.path / "src") == 0
    assert (linked.path / "gate.toml").is_file()
    assert not (repo.path / "gate.toml").exists()
    assert not (linked.path / "src" / "gate.toml").exists()


def test_before_the_first_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unborn = Repo.create(tmp_path / "new")
    unborn.write("app.py", "")
    assert run(unborn.path) == 0
    said = capsys.readouterr().out
    assert "on the base branch" in said
    assert "git switch" not in said


def test_ignored_files_say_nothing(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit("ignore", {".gitignore": "package.json\n"})
    repo.write("package.json", "{}")
    run(repo.path)
    assert "package.json" not in capsys.readouterr().out


def test_names_from_the_repository_reach_no_terminal_unescaped(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit("hostile", {"tests/test_\x1b[31m\n.py": "", "requirements\x1b]0;x\x07.txt": ""})
    run(repo.path)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\x07" not in said


def test_not_a_repository_bare_and_read_only(tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        run(tmp_path)
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    with pytest.raises(UsageError, match="bare"):
        run(tmp_path / "bare.git")

    real = Path.open

    def refuse(path: Path, mode: str = "r", **options: object) -> object:
        if mode == "x":  # root may write everywhere, so the refusal is played
            raise PermissionError(13, "Permission denied")
        return real(path, mode, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CannotEstablish, match="cannot be written: Permission denied"):
        run(repo.path)
    assert not (repo.path / "gate.toml").exists()


def test_a_gate_home_that_cannot_be_used_is_no_reason_to_fail(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GATE_HOME", str(tmp_path / "file"))
    assert run(repo.path) == 0


def test_the_result_is_what_policy_show_shows(repo: Repo, gate_home: Home) -> None:
    repo.commit("python", {"pyproject.toml": "[tool.mypy]\n"})
    before = base_policy(str(repo.path), None)
    run(repo.path)
    repo.commit("policy")
    after = base_policy(str(repo.path), None)
    assert after.digest == before.digest
    assert after.origin.startswith("gate.toml at main")


def test_nothing_but_named_errors(tmp_path: Path) -> None:
    with pytest.raises(GateError):
        run(tmp_path / "nowhere")
