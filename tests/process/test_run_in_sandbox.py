"""The process door through a sandbox: endings, signals, memory and clean-up are those of the command itself."""

import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from gatekeeper.model.vocabulary import Ended
from gatekeeper.process import sandbox
from gatekeeper.process.environment import scrubbed
from gatekeeper.process.mounts import View
from gatekeeper.process.run import Command, Completed, run
from gatekeeper.process.sandbox import ability
from gatekeeper.process.tree import _is_first
from gatekeeper.process.walls import same

pytestmark = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap is missing or not allowed here")
Runner = Callable[..., Completed]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def started(tmp_path: Path) -> Runner:
    """Runs a command in a sandbox in which only its folder is writable."""
    work = tmp_path / "work"
    work.mkdir()

    def start(*argv: str, on_sample: Callable[[int], None] | None = None, **settings: object) -> Completed:
        made = sandbox.sandbox(ability(), View(writable=same(work)), network=True)
        values = {"timeout_s": 30.0, "sandbox": made, **settings}
        env = scrubbed({"PATH": "/usr/bin:/bin"}, home=work)
        command = Command(argv, cwd=str(work), env=env, log=tmp_path / "logs/log", **values)  # type: ignore[arg-type]
        return run(command, on_sample=on_sample)

    return start


@pytest.fixture
def seconds(tmp_path: Path) -> str:
    """How long to sleep: too long, and said by no other test and no other run of these tests."""
    return f"{3000 + os.getpid()}.{zlib.crc32(str(tmp_path).encode())}"


def alive_with(marker: str) -> list[int]:
    """Processes with this word in their command line."""
    return [one.pid for one in psutil.process_iter(["cmdline"]) if marker in (one.info["cmdline"] or [])]


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.005)


def test_the_command_is_recorded_and_not_the_sandbox(started: Runner) -> None:
    done = started("sh", "-c", "echo out; echo err >&2; exit 3")
    assert done.argv == ("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.ended, done.exit, done.left_behind) == (Ended.EXITED, 3, 0)
    assert (done.stdout.read_bytes(), done.stderr.read_bytes()) == (b"out\n", b"err\n")


@pytest.mark.parametrize("sandboxed", [True, False])
@pytest.mark.parametrize(
    ("argv", "exit_status", "words"),
    [
        (("absent-tool",), 127, "absent-tool: not found"),
        (("/absent/tool",), 127, "/absent/tool: not found"),
        (("/etc/passwd",), 126, "not executable"),
    ],
)
def test_what_cannot_be_started_is_missing(
    started: Runner, sandboxed: bool, argv: tuple[str, ...], exit_status: int, words: str
) -> None:
    done = started(*argv, **({} if sandboxed else {"sandbox": None}))
    assert (done.ended, done.exit) == (Ended.MISSING, exit_status)
    assert words in done.reason
    assert f"gate: {argv[0]}: " in done.stderr.read_text()


def test_what_is_there_and_is_not_shown_is_said_to_be_so(started: Runner, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    done = started(str(tool))
    assert (done.ended, done.exit) == (Ended.MISSING, 127)
    assert "not there inside the isolation" in done.reason


def test_what_the_command_prints_is_not_taken_for_a_failure_of_the_sandbox(started: Runner) -> None:
    done = started("sh", "-c", "echo 'bwrap: execvp pytest: No such file or directory' >&2; exit 1")
    assert (done.ended, done.exit) == (Ended.EXITED, 1)


def test_a_sandbox_that_cannot_be_made_says_so(started: Runner) -> None:
    broken = sandbox.Sandbox((ability().program, "--bind", "/absent", "/absent"))
    done = started("true", sandbox=broken)
    assert (done.ended, done.exit) == (Ended.MISSING, None)
    assert "the isolation could not be set up" in done.reason
    assert "/absent" in done.reason


def test_a_signal_is_a_signal(started: Runner) -> None:
    done = started("python3", "-c", "import os; os.abort()")
    assert (done.ended, done.exit) == (Ended.SIGNALLED, None)
    assert "SIGABRT" in done.reason


def test_sigterm_comes_first_and_may_be_acted_on(started: Runner) -> None:
    done = started("sh", "-c", "trap 'echo cleaned; exit' TERM; sleep 300 & wait", timeout_s=0.5)
    assert done.ended is Ended.TIMEOUT
    assert done.stdout.read_bytes() == b"cleaned\n"


@pytest.mark.parametrize(
    "script",
    ["setsid sleep N & wait", "(trap '' TERM; exec sleep N) & wait", "env -i setsid sleep N & wait"],
)
def test_timeout_leaves_nothing(started: Runner, script: str, seconds: str) -> None:
    done = started("sh", "-c", script.replace("N", seconds), timeout_s=0.5, grace_s=0.3)
    assert (done.ended, done.exit) == (Ended.TIMEOUT, None)
    assert not alive_with(seconds)


def test_what_outlives_the_command_is_killed(started: Runner, seconds: str) -> None:
    started_at = time.monotonic()
    done = started("sh", "-c", f"env -i setsid sleep {seconds} & sleep 0.2; exit 0")
    assert (done.ended, done.exit) == (Ended.EXITED, 0)
    assert not alive_with(seconds)
    assert time.monotonic() - started_at < 5  # the sleep holds the pipe open, and is not waited for


def test_a_gate_inside_does_not_take_its_own_caller_for_an_orphan(started: Runner) -> None:
    """It cannot see the gate outside, whose mark it and everybody around it carries."""
    code = "from gatekeeper.process.tree import stop_orphans; print('stopped', stop_orphans())"
    made = sandbox.sandbox(ability(), View(visible=(str(ROOT), sys.prefix, sys.base_prefix)), network=True)
    done = started("sh", "-c", f'cd {ROOT} && {sys.executable} -c "{code}" && sleep 0.1', sandbox=made)
    assert (done.ended, done.exit) == (Ended.EXITED, 0), done.stderr.read_text()
    assert done.stdout.read_bytes() == b"stopped 0\n"


def test_the_first_process_of_a_sandbox_is_none_that_was_left_behind(tmp_path: Path, seconds: str) -> None:
    made = sandbox.sandbox(ability(), View(), network=True)
    outer = subprocess.Popen([*made.words, "--", "sleep", seconds])
    try:
        wait_for(lambda: len(psutil.Process(outer.pid).children(recursive=True)) == 2)
        first, sleeper = psutil.Process(outer.pid).children(recursive=True)
        assert [_is_first(pid) for pid in (first.pid, sleeper.pid, outer.pid)] == [True, False, False]
    finally:
        outer.kill()
        outer.wait()


def test_peak_is_that_of_the_whole_tree(started: Runner) -> None:
    hold = "x = bytearray(b'x' * (60 << 20)); import time; time.sleep(0.5)"
    two = f"import subprocess; held = [subprocess.Popen(['python3', '-c', {hold!r}]) for _ in 'ab']"
    done = started("python3", "-c", f"{two}; [one.wait() for one in held]")
    assert done.exit == 0
    assert done.peak_bytes > 120 << 20


def test_memory_above_the_limit_ends_it(started: Runner) -> None:
    done = started("python3", "-c", "x = bytearray(b'x' * (90 << 20)); input()", memory_bytes=40 << 20)
    assert done.ended is Ended.MEMORY


def test_an_interrupt_ends_it(tmp_path: Path, seconds: str) -> None:
    cancelled = threading.Event()
    made = sandbox.sandbox(ability(), View(writable=same(tmp_path)), network=True)
    env = scrubbed({"PATH": "/usr/bin:/bin"}, home=tmp_path)
    command = Command(("sleep", seconds), cwd=str(tmp_path), env=env, timeout_s=30, log=tmp_path / "l", sandbox=made)
    done = run(command, cancelled=cancelled, on_sample=lambda _: cancelled.set() if alive_with(seconds) else None)
    assert done.ended is Ended.INTERRUPTED
    assert not alive_with(seconds)


_GATE = """
import sys
from pathlib import Path
from gatekeeper.process.mounts import View
from gatekeeper.process.run import Command, run
from gatekeeper.process.sandbox import ability, sandbox
from gatekeeper.process.walls import same
made = sandbox(ability(), View(writable=same(Path(sys.argv[1]))), network=True)
script = f"env -i setsid sleep {sys.argv[2]} & exec sleep {sys.argv[2]}"
run(Command(("sh", "-c", script), cwd=sys.argv[1], env={"PATH": "/usr/bin:/bin"}, timeout_s=60,
            log=Path(sys.argv[1]) / "log", sandbox=made))
"""


def test_nothing_outlives_a_gate_that_is_killed(tmp_path: Path, seconds: str) -> None:
    """The kernel ends the whole process id namespace with its parent: nobody has to find orphans."""
    gate = subprocess.Popen([sys.executable, "-c", _GATE, str(tmp_path), seconds], cwd=ROOT, env=dict(os.environ))
    wait_for(lambda: len(alive_with(seconds)) >= 2)
    gate.send_signal(signal.SIGKILL)
    gate.wait()
    wait_for(lambda: not alive_with(seconds))
