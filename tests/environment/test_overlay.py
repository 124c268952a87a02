import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gatekeeper.environment import overlay
from gatekeeper.environment.contract import Environment, Overlay
from gatekeeper.environment.farm import place
from gatekeeper.process.home import Home

MakeSlot = Callable[..., Any]


@pytest.fixture
def shared(tmp_path: Path, make_venv: Any, install: Any) -> Environment:
    site = make_venv(tmp_path / "env")
    install(
        site, "helper", "def main():\n    import sys, shop\n    print(sys.prefix, shop.__file__)\n", script="helper"
    )
    scripts = tmp_path / "env" / "bin"
    (scripts / "helper").write_text(f"#!{scripts}/python\nimport sys\nfrom helper import main\nsys.exit(main())\n")
    (scripts / "helper").chmod(0o555)
    (scripts / "compiled").write_bytes(b"\x7fELF")
    return Environment("test", "shared", python=str(scripts / "python"), bin_dirs=(str(scripts),))


@pytest.fixture
def lay(
    home: Home, base_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Overlay]:
    """Lays the environment over a slot; installing writes a .pth, as an editable installation does, and is counted."""
    calls: list[str] = []

    def fake(_: Environment, slot: Any, folder: Path, __: object) -> tuple[str, ...]:
        calls.append(str(slot.path))
        site = next(folder.glob("lib/python3*/site-packages"))
        (site / "shop.pth").write_text(f"{slot.path}/src\n")
        (slot.path / "src/shop/_version.py").write_text("v = 1\n")
        (slot.path / "build").mkdir()
        (slot.path / "build/left.txt").write_text("")
        return ()

    monkeypatch.setattr(overlay, "_install_projects", fake)

    def make(environment: Environment, slot: Any) -> Overlay:
        return overlay.install_project(environment, slot, home=home, base_env=base_env, log=tmp_path / "log")

    make.calls = calls  # type: ignore[attr-defined]
    return make


FILES = {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n', "src/shop/__init__.py": ""}


def test_scripts_of_the_shared_environment_see_the_slots_project(
    lay: Any, shared: Environment, make_slot: MakeSlot
) -> None:
    environment = replace(shared, local_projects=(".",))
    for name in "ab":
        slot = make_slot(FILES, name)
        over = lay(environment, slot)
        answer = subprocess.run([f"{over.bin_dirs[0]}/helper"], capture_output=True, text=True, check=True, cwd="/")
        assert answer.stdout.split() == [str(slot.scratch / "overlay"), str(slot.path / "src/shop/__init__.py")]
        assert (Path(over.bin_dirs[0]) / "compiled").resolve() == Path(shared.bin_dirs[0]) / "compiled"


def test_installed_again_only_when_the_manifest_changed_and_generated_files_come_back(
    lay: Any, shared: Environment, make_slot: MakeSlot
) -> None:
    environment, slot = replace(shared, local_projects=(".",)), make_slot(FILES)
    first = lay(environment, slot)
    assert first.placed == ("src/shop/_version.py",) and not (slot.path / "build").exists()
    (slot.path / "src/shop/_version.py").unlink()  # as the sweep of the slot does
    (slot.path / "src/shop/new.py").write_text("")
    assert lay(environment, slot) == first and len(lay.calls) == 1
    assert (slot.path / "src/shop/_version.py").read_text() == "v = 1\n"
    (slot.path / "pyproject.toml").write_text(FILES["pyproject.toml"] + "[project.scripts]\nshop = 'shop:x'\n")
    assert lay(environment, slot).digest != first.digest and len(lay.calls) == 2


def test_the_digest_does_not_depend_on_the_slot(lay: Any, shared: Environment, make_slot: MakeSlot) -> None:
    environment = replace(shared, local_projects=(".",))
    digests = {lay(environment, make_slot(FILES, name)).digest for name in "ab"}
    assert len(digests) == 1


def test_without_a_project_there_is_only_the_layer(lay: Any, shared: Environment, make_slot: MakeSlot) -> None:
    over = lay(shared, make_slot({"a.py": ""}))
    subprocess.run([over.python, "-c", "import helper"], check=True)
    assert lay.calls == [] and over.placed == ()


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """node_modules as npm makes it: a package, a scope, a workspace link, a script."""
    source = tmp_path / "env" / "node_modules"
    for name in ("left", "@s/right", ".cache/x"):
        (source / name).mkdir(parents=True)
        (source / name / "index.js").write_text("1")
    (tmp_path / "env" / "packages" / "a").mkdir(parents=True)
    (source / "@s" / "a").symlink_to("../../packages/a")
    (source / ".bin").mkdir()
    (source / ".bin" / "left").symlink_to("../left/index.js")
    return source


@pytest.mark.parametrize("borrowed", [False, True])
def test_workspace_members_resolve_inside_the_slot(modules: Path, make_slot: MakeSlot, borrowed: bool) -> None:
    slot = make_slot({"packages/a/index.js": "mine"})
    target = slot.path / "node_modules"
    assert place(modules, target, borrowed=borrowed) == []
    assert not target.is_symlink() and not (target / ".cache").exists()
    assert (target / "@s/a").resolve() == slot.path / "packages/a"
    assert (target / "@s/right/index.js").read_text() == "1" == (target / ".bin/left").read_text()
    assert (target / "left").is_symlink() is not borrowed  # borrowed packages would find the other checkout's members
    before = target.stat().st_mtime_ns
    assert place(modules, target, borrowed=borrowed) == [] and target.stat().st_mtime_ns == before


def test_another_environment_replaces_the_farm(modules: Path, make_slot: MakeSlot, tmp_path: Path) -> None:
    target = make_slot({}).path / "node_modules"
    place(modules, target, borrowed=False)
    other = tmp_path / "other" / "node_modules"
    (other / "only").mkdir(parents=True)
    place(other, target, borrowed=False)
    assert sorted(path.name for path in target.iterdir()) == [".gate-environment", "only"]


def test_what_the_branch_committed_there_is_left_alone_and_said(modules: Path, make_slot: MakeSlot) -> None:
    slot = make_slot({"node_modules/own/index.js": "branch"})
    (note,) = place(modules, slot.path / "node_modules", borrowed=False)
    assert "part of the tree" in note
    assert not (slot.path / "node_modules/left").exists()
