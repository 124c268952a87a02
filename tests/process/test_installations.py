"""Which folders of a home folder are shown for the tools in it, and which are not."""

import os
from pathlib import Path

import pytest

from gatekeeper.process.installations import needed_by
from gatekeeper.process.private import Private


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = Path(os.path.realpath(tmp_path)) / "home"
    made.mkdir()
    return made


def tool(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def shown(home: Path, *folders: Path, programs: tuple[Path, ...] = (), secret: tuple[Path, ...] = ()) -> set[str]:
    private = Private((str(home),), tuple(map(str, secret)))
    found = needed_by([str(folder) for folder in folders], map(str, programs), private)
    return {os.path.relpath(path, home) for path in found}


def test_a_folder_of_programs_brings_its_installation(home: Path) -> None:
    tool(home / "tools/node/bin/node")
    (home / "tools/node/lib").mkdir()
    assert shown(home, home / "tools/node/bin") == {"tools/node/bin", "tools/node"}


@pytest.mark.parametrize("folder", ["bin", ".local/bin", ".config/bin", ".cargo/bin", ".docker/bin", "scripts/bin"])
def test_what_is_no_installation_shows_only_its_programs(home: Path, folder: str) -> None:
    tool(home / folder / "it")
    if folder != "scripts/bin":
        (home / folder / "../lib").mkdir()
    assert shown(home, home / folder) == {folder}


def test_a_repository_is_no_installation(home: Path) -> None:
    tool(home / "work/bin/it")
    for name in (".git", "lib"):
        (home / "work" / name).mkdir()
    assert shown(home, home / "work/bin") == {"work/bin"}


def test_shims_bring_the_version_manager_although_it_is_a_clone(home: Path) -> None:
    tool(home / ".pyenv/shims/python")
    (home / ".pyenv/.git").mkdir()
    assert shown(home, home / ".pyenv/shims") == {".pyenv/shims", ".pyenv"}


def test_links_in_the_home_lead_to_the_installations_of_single_tools(home: Path) -> None:
    tool(home / ".local/share/uv/tools/ruff/bin/ruff")
    (home / ".local/share/uv/tools/ruff/pyvenv.cfg").touch()
    (home / ".local/share/uv/credentials").mkdir()
    (home / ".local/bin").mkdir()
    (home / ".local/bin/ruff").symlink_to("../share/uv/tools/ruff/bin/ruff")
    assert shown(home, home / ".local/bin") == {
        ".local/bin",
        ".local/share/uv/tools/ruff/bin",
        ".local/share/uv/tools/ruff",
    }


def test_a_virtual_environment_brings_the_interpreter_it_rests_on(home: Path) -> None:
    tool(home / "pythons/3.12/bin/python3")
    (home / "pythons/3.12/lib").mkdir()
    (home / "venv/bin").mkdir(parents=True)
    (home / "venv/bin/python").symlink_to(home / "pythons/3.12/bin/python3")
    (home / "venv/pyvenv.cfg").write_text(f"home = {home}/pythons/3.12/bin\n")
    script = tool(home / "elsewhere/black", f"#!{home}/venv/bin/python\n")
    assert shown(home, programs=(script,)) == {
        "elsewhere", "venv/bin", "venv", "pythons/3.12/bin", "pythons/3.12",
    }  # fmt: skip


def test_nothing_that_would_show_a_secret_is_shown(home: Path) -> None:
    tool(home / "all/bin/it")
    (home / "all/lib").mkdir()
    gate = home / "all/gate"
    gate.mkdir()
    assert shown(home, home / "all/bin", secret=(gate,)) == {"all/bin"}
    assert shown(home, home / "all", secret=(gate,)) == set()
    assert shown(home, home) == set()


def test_of_a_worktree_only_its_environments_are_shown(home: Path) -> None:
    worktree = home / "project"
    for name in ("bin/it", ".venv/bin/python", "node_modules/.bin/tsc"):
        tool(worktree / name)
    (worktree / ".venv/pyvenv.cfg").touch()
    folders = (worktree / "bin", worktree / ".venv/bin", worktree / "node_modules/.bin")
    assert shown(home, *folders, secret=(worktree,)) == {
        "project/.venv/bin", "project/.venv", "project/node_modules/.bin", "project/node_modules",
    }  # fmt: skip


def test_relative_and_absent_entries_of_path_are_nothing(home: Path) -> None:
    private = Private((str(home),))
    assert needed_by(["", ".", "bin", "/usr/bin", str(home / "absent")], ["absent", "/absent"], private) == ()
