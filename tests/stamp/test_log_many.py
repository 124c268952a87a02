"""Many writers at once, and writers that are killed: nothing is lost, and nobody waits for the dead."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp import layout
from gatekeeper.stamp.log import Log
from tests.support.envelopes import maker, walk
from tests.support.repo import Repo
from tests.support.stamps import Key

ROOT = Path(__file__).parents[2]
KEY = Key()
WRITER = """
import sys
from pathlib import Path
from gatekeeper.git.facts import find_repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp import log
from tests.support.envelopes import maker
from tests.support.stamps import Key

repository, home, number, count, machine, lock = sys.argv[1:]
if lock == "no lock":
    from contextlib import nullcontext
    log.folder_locked = lambda *_: nullcontext(False)
key, found = Key(), find_repository(repository)
writer = log.Log(found, Home(Path(home), Path(home)), patience_s=600)
print("ready", flush=True)
sys.stdin.readline()
for turn in range(int(count)):
    about = CommitId(f"{int(number) * 1000 + turn:040x}")
    writer.append(about, f"{key.id}-{machine}", maker(about, key, 1000), signer=key.signer)
"""


def start(*argv: str, script: str = WRITER, env: dict[str, str] | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *argv],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def write_all(repo: Repo, home: Path, writers: int, stamps: int, machines: int, lock: str) -> None:
    """`stamps` in total by `writers` processes that begin together, in `machines` chains."""
    counts = [stamps // writers + (number < stamps % writers) for number in range(writers)]
    running = [
        start(str(repo.path), str(home), str(number), str(count), f"m{number % machines}", lock)
        for number, count in enumerate(counts)
    ]
    for one in running:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.wait() for one in running] == [0] * writers


def must_be_whole(repo: Repo, stamps: int, chains: int, *, notes: bool = True) -> None:
    names = repo.git("ls-tree", "-r", "--name-only", layout.BRANCH).split("\n")
    asked = "".join(f"{layout.BRANCH}:{name}\n" for name in names if "/places/" in name).encode()
    said = repo.git("cat-file", "--batch=%(objectsize)", stdin=asked).encode()
    lines = [line for line in said.split(b"\n") if line.startswith(b"{")]
    by_chain: dict[str, list[bytes]] = {}
    places = [name.split("/")[1] for name in names if "/places/" in name]
    for chain, line in zip(places, lines, strict=True):
        by_chain.setdefault(chain, []).append(line)
    assert sum(len(walk(chain)) for chain in by_chain.values()) == stamps
    assert len(by_chain) == chains
    assert sum(name.startswith("stamps/") for name in names) == stamps
    assert repo.git("rev-list", "--count", layout.BRANCH) == str(stamps)
    if notes:  # best effort: without the lock a writer may find that somebody else has moved them
        assert len(repo.git("notes", "--ref=gate", "list").split("\n")) == stamps


@pytest.mark.parametrize("lock", ["lock", "no lock"])
def test_eight_writers_at_once_lose_nothing(repo: Repo, tmp_path: Path, lock: str) -> None:
    write_all(repo, tmp_path / "home", writers=8, stamps=24, machines=2, lock=lock)
    must_be_whole(repo, stamps=24, chains=2, notes=lock == "lock")


@pytest.mark.slow
def test_thirty_two_writers_lose_nothing(repo: Repo, tmp_path: Path) -> None:
    write_all(repo, tmp_path / "home", writers=32, stamps=160, machines=1, lock="lock")
    must_be_whole(repo, stamps=160, chains=1)


@pytest.mark.slow
def test_without_the_lock_compare_and_swap_loses_nothing(repo: Repo, tmp_path: Path) -> None:
    write_all(repo, tmp_path / "home", writers=12, stamps=48, machines=3, lock="no lock")
    must_be_whole(repo, stamps=48, chains=3, notes=False)


def append(repo: Repo) -> int:
    about = CommitId(repo.head())
    log = Log(find_repository(str(repo.path)), patience_s=30)
    return log.append(about, f"{KEY.id}-m", maker(about, KEY), signer=KEY.signer).sequence


HOLDER = """
import sys
from gatekeeper.git.facts import find_repository
from gatekeeper.stamp.log import Log
from tests.support.stamps import Key

def make(chain):
    print("holding", flush=True)
    sys.stdin.read()

Log(find_repository(sys.argv[1])).append("f" * 40, Key().id + "-m", make)
"""


def test_a_writer_that_is_killed_with_the_lock_holds_up_nobody(repo: Repo) -> None:
    assert append(repo) == 1
    holder = start(str(repo.path), script=HOLDER)
    assert holder.stdout is not None and holder.stdout.readline() == "holding\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert append(repo) == 2
    must_be_whole_for_one(repo, 2)


@pytest.mark.parametrize("command", ["unpack-objects", "update-ref"])
def test_a_writer_that_is_killed_while_git_writes_leaves_nothing_broken(
    repo: Repo, tmp_path: Path, command: str
) -> None:
    assert append(repo) == 1
    tip, here = repo.head("gate-log"), tmp_path / "here"
    os.mkfifo(here)
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    stop = f'case "$*" in *{command}*) echo $$ > {here}; exec sleep 600;; esac'
    shim.write_text(f'#!/bin/sh\n{stop}\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    path = f"{shim.parent}:{os.environ['PATH']}"
    writer = start(str(repo.path), str(tmp_path / "home"), "1", "1", "m", "lock", env={"PATH": path})
    assert writer.stdin is not None
    writer.stdin.write("go\n")
    writer.stdin.flush()
    stuck = int(here.read_text())
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    os.kill(stuck, signal.SIGKILL)
    assert repo.head("gate-log") == tip
    assert append(repo) == 2
    must_be_whole_for_one(repo, 2)
    assert "missing" not in repo.git("fsck", "--strict")


def must_be_whole_for_one(repo: Repo, stamps: int) -> None:
    lines = Log(find_repository(str(repo.path))).lines(CommitId(repo.head()))
    assert len(walk(list(lines))) == stamps
