"""Bad input, end to end: the disk, another gate, a signal."""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import ACCEPTED, BLOCKED, INTERRUPTED, SHELL_CHECK, argv, gate, project
from tests.support.repo import Repo

_UNSHARE = ("unshare", "--mount")


def _may_mount() -> bool:
    if not shutil.which("unshare"):
        return False
    probe = ["sh", "-c", "mount -t tmpfs none /mnt && mount --bind -o ro /mnt /mnt"]
    return subprocess.run([*_UNSHARE, *probe], capture_output=True, check=False).returncode == 0


mounts = pytest.mark.skipif(not _may_mount(), reason="mounting needs root (and a mount namespace)")


def _mounted(script: str, home: Path) -> tuple[str, ...]:
    """The gate in a mount namespace of its own, after `script`, which finds the gate's home as $1."""
    return (*_UNSHARE, "sh", "-ec", f'{script}; shift; exec "$@"', "sh", str(home))


@mounts
@pytest.mark.parametrize("size", ["64k", "1m"])
def test_disk_full(tmp_path: Path, gate_home: Home, size: str) -> None:
    """Whatever runs out first, it is named, and there is no verdict that is not one."""
    home = tmp_path / "gate-home"
    home.mkdir()
    blob = os.urandom(3 << 20)
    repo = project(tmp_path / "p", files={"blob.bin": blob})
    full = gate(repo, prefix=_mounted(f'mount -t tmpfs -o size={size} none "$1"', home))
    full.expect(BLOCKED, str(repo.path), "free space")
    gate(repo).expect(ACCEPTED)


@mounts
def test_disk_full_says_why(tmp_path: Path, gate_home: Home) -> None:
    home = tmp_path / "gate-home"
    home.mkdir()
    repo = project(tmp_path / "p", files={"blob.bin": os.urandom(3 << 20)})
    full = gate(repo, prefix=_mounted('mount -t tmpfs -o size=1m none "$1"', home))
    assert "o space left on device" in full.err


@mounts
def test_read_only_home(tmp_path: Path, gate_home: Home) -> None:
    home = tmp_path / "gate-home"
    home.mkdir()
    repo = project(tmp_path / "p")
    said = gate(repo, prefix=_mounted('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"', home))
    said.expect(BLOCKED, str(home), "ead-only file system", "GATE_HOME")
    assert list(home.iterdir()) == []


def test_home_is_a_file(tmp_path: Path, gate_home: Home) -> None:
    (tmp_path / "gate-home").write_text("in the way\n")
    gate(project(tmp_path / "p")).expect(BLOCKED, str(tmp_path / "gate-home"), "GATE_HOME")


NOT_ISOLATED = f'{SHELL_CHECK}\n[isolation]\nuse = "off"\n'
"""Inside there is neither the FIFO of a test nor the check's process id as others know it. See test_isolation.py."""


class Held:
    """A gate whose check says that it runs, and waits until it is told to go on: FIFOs, no clock.

    Each check waits at a FIFO of its own: two readers of one would share the bytes of a single release.
    """

    def __init__(self, folder: Path) -> None:
        self.here, self.go = folder / "here", folder / "go"
        os.mkfifo(self.here)
        # For reading and writing: nobody waits for the other end, and no end of file swallows who speaks next.
        self._open = [os.open(self.here, os.O_RDWR | os.O_NONBLOCK)]
        self._said = b""
        self.probe = f"mkfifo {self.go}.$$\necho $$ > {self.here}\nread word < {self.go}.$$\nexit 0\n"

    def start(self, repo: Repo, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            argv(*words), cwd=repo.path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def running(self) -> int:
        """Waits for the next check that has started; its process id."""
        while b"\n" not in self._said:
            ready, _, _ = select.select(self._open[:1], [], [], 60)
            assert ready, "no check has started within a minute"
            self._said += os.read(self._open[0], 4096)
        first, _, self._said = self._said.partition(b"\n")
        return int(first)

    def release(self, pid: int) -> None:
        self._open.append(os.open(f"{self.go}.{pid}", os.O_RDWR | os.O_NONBLOCK))
        os.write(self._open[-1], b"on\n")


def _gone(pid: int) -> bool:
    try:
        psutil.wait_procs([psutil.Process(pid)], timeout=10)
        return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_two_gates_at_once_on_one_branch(tmp_path: Path, gate_home: Home) -> None:
    """Both checks run at the same time, in checkouts of their own, and both come to a verdict."""
    held = Held(tmp_path)
    repo = project(tmp_path / "p", held.probe, NOT_ISOLATED)
    both = [held.start(repo, "--no-cache") for _ in range(2)]
    pids = {held.running(), held.running()}
    assert len(pids) == 2
    folders = {os.readlink(f"/proc/{pid}/cwd") for pid in pids}
    assert len(folders) == 2, "both judge in one folder"
    for pid in pids:
        held.release(pid)
    for process in both:
        out, err = process.communicate(timeout=30)
        assert process.returncode == ACCEPTED, (out + err).decode()


def test_killed_in_the_middle_then_run_again(tmp_path: Path, gate_home: Home) -> None:
    held = Held(tmp_path)
    repo = project(tmp_path / "p", held.probe, NOT_ISOLATED)
    first = held.start(repo)
    check = held.running()
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=30)
    again = held.start(repo)
    second = held.running()
    assert second != check
    assert _gone(check), "the check of the gate that was killed still runs"
    held.release(second)
    out, err = again.communicate(timeout=30)
    assert again.returncode == ACCEPTED, (out + err).decode()
    listed = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "log"], cwd=repo.path, capture_output=True, text=True, check=True
    )
    assert listed.stdout.count("accepted") == 1, listed.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_the_user(tmp_path: Path, gate_home: Home, number: signal.Signals) -> None:
    """130, one line, no process left; nothing was recorded; the next run is as good as new."""
    held = Held(tmp_path)
    repo = project(tmp_path / "p", f"sleep 300 &\n{held.probe}", NOT_ISOLATED)
    process = held.start(repo)
    check = held.running()
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED, (out + err).decode()
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert _gone(check)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    again = held.start(repo)
    held.release(held.running())
    assert again.wait(timeout=30) == ACCEPTED
    again.communicate()
