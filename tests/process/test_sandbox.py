"""Bubblewrap: what is written where, and what happens without it."""

from pathlib import Path

import pytest

from gatekeeper.process import sandbox
from gatekeeper.process.capture import Captured, capture

needs_bubblewrap = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap is missing or not allowed here")
ENV = {"PATH": "/usr/bin:/bin"}


def inside(script: str, tree: Path, *writable: Path, read_only: tuple[Path, ...] = ()) -> Captured:
    argv = sandbox.wrap(("sh", "-c", script), tree=tree, writable=writable, read_only=read_only)
    return capture(argv, cwd=str(tree), env=ENV)


@needs_bubblewrap
def test_only_the_named_folders_are_writable(tmp_path: Path) -> None:
    tree, scratch, kept, other = (tmp_path / name for name in ("tree", "scratch", "tree/kept", "other"))
    for folder in (tree, scratch, kept, other):
        folder.mkdir()
    script = f"touch {tree}/a {scratch}/b; touch {kept}/c; touch {other}/d; pwd"
    done = inside(script, tree, scratch, read_only=(kept,))
    assert done.stdout.decode().strip() == str(tree)
    assert (tree / "a").exists()
    assert (scratch / "b").exists()
    assert not (kept / "c").exists()
    assert not (other / "d").exists()


@needs_bubblewrap
def test_a_writable_folder_inside_a_protected_one(tmp_path: Path) -> None:
    inner = tmp_path / "tree" / "env" / "cache"
    inner.mkdir(parents=True)
    inside(f"touch {inner}/a; touch {inner}/../b", tmp_path / "tree", inner, read_only=(inner.parent,))
    assert (inner / "a").exists()
    assert not (inner.parent / "b").exists()


@needs_bubblewrap
def test_exit_status_comes_through_and_processes_are_hidden(tmp_path: Path) -> None:
    done = inside("ls -d /proc/[0-9]* | wc -l; exit 7", tmp_path)
    assert done.exit == 7
    assert int(done.stdout) < 6


@needs_bubblewrap
def test_private_tmp(tmp_path: Path) -> None:
    argv = sandbox.wrap(("sh", "-c", "touch /tmp/x; ls /tmp"), tree=tmp_path, private_tmp=True)
    shown = capture(argv, cwd=str(tmp_path), env=ENV).stdout.decode().split()
    assert "x" in shown
    assert not Path("/tmp/x").exists()


def test_without_bubblewrap_the_command_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda: None)
    assert sandbox.wrap(["ls", "-l"], tree=tmp_path) == ("ls", "-l")


def test_a_bubblewrap_that_does_not_work_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    sandbox._bubblewrap.cache_clear()
    sandbox.available.cache_clear()
    try:
        assert not sandbox.available()
    finally:
        sandbox._bubblewrap.cache_clear()
        sandbox.available.cache_clear()
