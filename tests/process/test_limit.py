"""The kernel's limit on one job: it ends that job alone, and goes with it."""

import os
import subprocess
from pathlib import Path

import pytest

from gatekeeper.process.limit import killed_by_limit, lift_limit, limit_memory
from tests.support.broker import holding

MIB = 1 << 20
NAME = f"gate-{os.getpid()}-test"


@pytest.fixture
def job() -> "subprocess.Popen[bytes]":
    """Takes 200 MiB as soon as it is told to."""
    return subprocess.Popen(["sh", "-c", 'read go; "$@"', "sh", *holding(200, 0, steps=1)], stdin=subprocess.PIPE)


def test_what_takes_more_is_killed_by_the_kernel_and_that_is_known(job: "subprocess.Popen[bytes]") -> None:
    folder = limit_memory("", NAME, 64 * MIB, [job.pid])
    if not folder:
        job.kill()
        job.communicate()
        pytest.skip("no memory cgroup of version 1 can be made here")
    assert not killed_by_limit(folder)
    job.communicate(b"go\n", timeout=30)
    assert job.returncode != 0
    assert killed_by_limit(folder)
    lift_limit(folder)
    assert not Path(folder).exists()


def test_what_takes_less_is_left_alone(job: "subprocess.Popen[bytes]") -> None:
    folder = limit_memory("", NAME, 4096 * MIB, [job.pid])
    job.communicate(b"go\n", timeout=30)
    assert job.returncode == 0
    assert not killed_by_limit(folder)
    lift_limit(folder)
    assert not folder or not Path(folder).exists()


def test_a_cage_of_version_2_carries_the_limit_itself(tmp_path: Path) -> None:
    cage = tmp_path / "gate-1-1"
    cage.mkdir()
    for name, text in (("memory.max", "max"), ("memory.oom.group", "0"), ("memory.events", "oom 1\noom_kill 2\n")):
        (cage / name).write_text(text)
    assert limit_memory(str(cage), NAME, 64 * MIB, [], root=str(tmp_path / "no-version-1")) == str(cage)
    assert (cage / "memory.max").read_text() == str(64 * MIB)
    assert (cage / "memory.oom.group").read_text() == "1"
    assert killed_by_limit(str(cage))
    lift_limit(str(cage))
    assert cage.exists()  # its cage opens it


def test_version_1_is_found_by_the_process_and_what_killed_gates_left_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "sys/fs/cgroup/memory/box"
    (place / "gate-999999999-3").mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("4:cpu,memory:/box\n0::/\n")
    # No file of a limit comes with a folder that is no cgroup: there is none then, and nothing is left behind.
    assert limit_memory("", NAME, 64 * MIB, [], root=str(tmp_path)) == ""
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("groups", ["", "0::/\n", "4:memory:/../../etc\n", "4:memory:/gone\n"])
def test_without_a_place_there_is_no_limit(tmp_path: Path, groups: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    assert limit_memory("", NAME, 64 * MIB, [], root=str(tmp_path)) == ""
    assert not killed_by_limit("")
    lift_limit("")
