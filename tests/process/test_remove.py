"""Whatever a hostile check leaves behind is removed, and nothing else."""

import os
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.remove import Broom, remove


def test_files_folders_and_links_are_removed_and_links_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").touch()
    (tmp_path / "folder/inner").mkdir(parents=True)
    (tmp_path / "folder/link").symlink_to(tmp_path / "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "link", "file", "pipe", "absent"):
        remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept/file").exists()


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    for name in ("a/b/c", "a/b", "a"):
        (tmp_path / name).chmod(0)
    remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("depth", "length"), [(100, 200), (1500, 1)], ids=["longer than a path", "deep"])
def test_folders_in_folders_without_end_are_removed(tmp_path: Path, depth: int, length: int) -> None:
    here = Path.cwd()
    try:
        (tmp_path / "top").mkdir()
        os.chdir(tmp_path / "top")
        for _ in range(depth):
            os.mkdir("d" * length)
            os.chdir("d" * length)
        os.chmod(".", 0)
    finally:
        os.chdir(here)
    remove(tmp_path / "top")
    assert not (tmp_path / "top").exists()


def test_what_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()

    def refuse(_: Path) -> None:
        raise OSError(16, "busy")

    monkeypatch.setattr("gatekeeper.process.remove._remove", refuse)
    monkeypatch.setattr("gatekeeper.process.remove._ENV", {"PATH": str(tmp_path)})
    for name in ("chmod", "rm"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'rm: cannot remove: it is busy' >&2\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(CannotEstablish, match=r"cannot remove .*it is busy"):
        remove(tmp_path / "a")


def test_a_broom_frees_the_name_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    broom = Broom()
    for _ in range(3):
        (tmp_path / "used/inner").mkdir(parents=True)
        (tmp_path / "used/inner").chmod(0)
        broom.remove(tmp_path / "used")
        assert not (tmp_path / "used").exists()
    broom.remove(tmp_path / "absent")
    broom.close()
    assert list(tmp_path.iterdir()) == []


def test_a_broom_says_when_it_is_closed_what_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise CannotEstablish(f"cannot remove {path}", "")

    monkeypatch.setattr("gatekeeper.process.remove.remove", refuse)
    broom = Broom()
    (tmp_path / "used").mkdir()
    broom.remove(tmp_path / "used")
    with pytest.raises(CannotEstablish, match="cannot remove"):
        broom.close()
