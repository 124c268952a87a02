"""A cgroup around a job: nothing leaves it."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from gatekeeper.process.cage import cage_place, make_cage, open_cage, put_in

needs_cgroups = pytest.mark.skipif(not cage_place(), reason="no cgroup can be made here")


@needs_cgroups
def test_all_that_is_in_it_ends_with_it_whatever_it_did_to_leave(tmp_path: Path) -> None:
    script = f"read go; env -i setsid sh -c 'echo $$ >{tmp_path}/pid; sleep 600' & sleep 600"
    job = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE)
    assert job.stdin is not None
    cage = make_cage(f"gate-test-{os.getpid()}")
    put_in(cage, [job.pid])
    job.stdin.write(b"go\n")
    job.stdin.flush()
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        time.sleep(0.01)
    escaped = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    open_cage(cage)
    assert job.wait(20) == -9
    while escaped.exists() and b") Z " not in escaped.read_bytes():
        time.sleep(0.01)
    open_cage(cage)
    assert not Path(cage).exists()


@needs_cgroups
def test_a_process_that_is_gone_cannot_be_put_in_and_that_is_no_error() -> None:
    cage = make_cage(f"gate-test-{os.getpid()}")
    put_in(cage, [2**22 - 1])
    open_cage(cage)
    assert not Path(cage).exists()


def test_only_cages_are_opened(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    open_cage(str(tmp_path / "other"))
    open_cage("")
    assert (tmp_path / "other").exists()


def test_where_none_can_be_made_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatekeeper.process.cage.cage_place", lambda: "")
    assert make_cage("gate-x") == ""
