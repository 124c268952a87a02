"""The command that the other tests fork says and does what the command that a person starts does."""

import contextlib
import os
import subprocess
from pathlib import Path

import psutil
import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import project
from tests.support.warm import COMMAND, gatekeeper


def cold(*words: str, cwd: Path, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    env = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run([*COMMAND, *words], cwd=cwd, env=env, input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--version",), 0),
        (("check", "--no-such-option"), 2),
        (("check", "no-such-branch"), 2),
        (("explain", "\udcff é"), 2),
        (("policy", "show"), 0),
        (("explain", "sync"), 0),
        (("run", "--", "sh", "-c", "cat; echo $GATE_LEASE | wc -w; pwd; exit 7"), 7),
    ],
)
def test_it_is_the_same_as_when_it_is_started(
    tmp_path: Path, gate_home: Home, words: tuple[str, ...], status: int
) -> None:
    repo = project(tmp_path / "p")
    started = cold(*words, cwd=repo.path, stdin="übergeben".encode())
    forked = gatekeeper(*words, cwd=repo.path, stdin="übergeben".encode())
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)
    assert forked.returncode == status, forked.stderr


def test_each_call_has_the_variables_and_the_folder_that_it_was_given(
    tmp_path: Path, gate_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("run", "--", "sh", "-c", 'echo "${MINE-none}"; pwd')
    monkeypatch.setenv("MINE", "yes")
    assert gatekeeper(*words, cwd=tmp_path).stdout.decode() == f"yes\n{tmp_path}\n"
    monkeypatch.delenv("MINE")
    assert gatekeeper(*words, cwd=gate_home.state.parent.parent).stdout.startswith(b"none\n")
    assert gatekeeper(*words, cwd=tmp_path, env={**os.environ, "MINE": "other"}).stdout.startswith(b"other\n")


def test_one_that_is_given_up_is_killed_and_the_next_is_answered(tmp_path: Path, gate_home: Home) -> None:
    script = f"echo $$ $PPID > {tmp_path}/pids; exec sleep 300"
    with pytest.raises(subprocess.TimeoutExpired):
        gatekeeper("run", "--", "sh", "-c", script, cwd=tmp_path, timeout_s=3)
    assert gatekeeper("--version", cwd=tmp_path).returncode == 0
    command, gate = (int(word) for word in (tmp_path / "pids").read_text().split())
    assert not psutil.pid_exists(gate)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(command).kill()
