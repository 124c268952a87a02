"""Locks that live as long as their holders, with both ways of holding them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.dispatch.locks import Bytes, Files, OfdBytes, open_locks

Opener = Callable[[str], Bytes]
both = pytest.mark.parametrize("opened", [OfdBytes, Files], ids=["bytes", "files"])


@both
def test_a_lock_is_held_until_its_descriptor_is_closed(tmp_path: Path, opened: Opener) -> None:
    locks, others = opened(f"{tmp_path}/alive"), opened(f"{tmp_path}/alive")
    handle = locks.hold(7)
    assert others.held(7)
    assert locks.held(7)  # also seen by who holds it
    assert not others.held(6)
    assert not others.held(8)
    os.close(handle)
    assert not others.held(7)


@both
def test_nobody_takes_what_is_held(tmp_path: Path, opened: Opener) -> None:
    locks = opened(f"{tmp_path}/alive")
    first = locks.hold(3)
    with pytest.raises(OSError):  # EAGAIN or EWOULDBLOCK
        locks.hold(3)
    os.close(first)


@both
def test_a_job_that_inherits_the_descriptor_holds_it_and_a_kill_gives_it_back(tmp_path: Path, opened: Opener) -> None:
    locks = opened(f"{tmp_path}/alive")
    handle = locks.hold(5)
    job = subprocess.Popen(
        [sys.executable, "-ISc", "input()"], pass_fds=(handle,), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    os.close(handle)
    assert locks.held(5)
    job.kill()
    job.communicate()
    assert not locks.held(5)


@both
def test_all_that_is_held(tmp_path: Path, opened: Opener) -> None:
    locks = opened(f"{tmp_path}/alive")
    handles = [locks.hold(number) for number in (2, 3, 11)]
    assert sorted(locks.all_held()) == [2, 3, 11]
    for handle in handles:
        os.close(handle)
    assert list(locks.all_held()) == []
    locks.forget(2)


@both
def test_a_folder_that_was_made_anew_is_noticed(tmp_path: Path, opened: Opener) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    locks = opened(f"{folder}/alive")
    assert locks.same_file()
    folder.rename(tmp_path / "away")
    assert not locks.same_file()
    folder.mkdir()
    opened(f"{folder}/alive")
    assert not locks.same_file()


def test_a_system_without_locks_of_open_files_gets_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_locks(f"{tmp_path}/a"), OfdBytes)
    monkeypatch.delattr("fcntl.F_OFD_SETLK")
    assert isinstance(open_locks(f"{tmp_path}/b"), Files)
