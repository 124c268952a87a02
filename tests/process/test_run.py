"""The process door against real processes: nothing outlives a command, nothing is lost, nothing fills the disk."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from gatekeeper.errors import CannotEstablish, Interrupted
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.environment import scrubbed
from gatekeeper.process.run import Command, Completed, run
from gatekeeper.process.spool import Spool
from gatekeeper.process.tree import Tree, stop_orphans

Runner = Callable[..., Completed]
ROOT = Path(__file__).parents[2]


def command(tmp_path: Path, *argv: str, **settings: object) -> Command:
    values = {"timeout_s": 30.0, **settings}
    env = scrubbed(os.environ, home=tmp_path)
    return Command(argv, cwd=str(tmp_path), env=env, log=tmp_path / "logs" / "log", **values)  # type: ignore[arg-type]


@pytest.fixture
def started(tmp_path: Path) -> Runner:
    return lambda *argv, **settings: run(command(tmp_path, *argv, **settings))


def alive(pid_file: Path) -> bool:
    """Is the process whose id was written there still running?"""
    pid = int(pid_file.read_text())
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.005)


def test_output_exit_and_digest_are_kept(started: Runner) -> None:
    done = started("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.ended, done.exit) == (Ended.EXITED, 3)
    assert done.stdout.read_bytes() == b"out\n"
    assert done.stderr.read_bytes() == b"err\n"
    assert done.log_sha256 == sha256(b"out\nerr\n").hexdigest()
    assert not done.truncated
    assert done.left_behind == 0
    assert done.duration_s > 0


def test_a_short_command_has_a_peak(started: Runner) -> None:
    assert started("true").peak_bytes > 0


def test_peak_is_that_of_the_whole_tree(started: Runner) -> None:
    done = started(sys.executable, "-c", _TWO_HOLDERS)
    assert done.exit == 0
    assert done.peak_bytes > 120 << 20


_TWO_HOLDERS = """
import subprocess, sys, time
hold = "x = bytearray(b'x' * (60 << 20)); print(1, flush=True); input()"
held = [subprocess.Popen([sys.executable, "-c", hold], stdin=-1, stdout=-1) for _ in range(2)]
for one in held: one.stdout.readline()
time.sleep(1.5)  # longer than the distance of two samples, also on a busy machine
for one in held: one.communicate(b"go")
"""


def test_looking_that_takes_long_is_done_less_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, looks = Tree.sample, list[float]()

    def slow(self: Tree) -> int:
        looks.append(time.monotonic())
        began = time.thread_time()
        while time.thread_time() < began + 0.02:  # what a table of a thousand processes takes
            pass
        return plain(self)

    monkeypatch.setattr(Tree, "sample", slow)
    run(command(tmp_path, "sleep", "0.7"))
    between = [after - before for before, after in itertools.pairwise(looks)]
    assert between
    assert all(0.5 < seconds < 1.2 for seconds in between), between
    assert len(looks) <= 3


def test_a_command_is_found_when_its_process_id_was_somebody_else_s_a_moment_ago(tmp_path: Path) -> None:
    process = subprocess.Popen(["sleep", "300"], cwd=tmp_path, start_new_session=True)
    try:
        tree = Tree(process.pid, "mark", frozenset({process.pid}))
        assert [member.pid for member in tree.members()] == [process.pid]
    finally:
        process.kill()
        process.wait()


def test_samples_are_reported(tmp_path: Path) -> None:
    samples: list[int] = []
    run(command(tmp_path, "sleep", "0.35"), on_sample=samples.append)
    assert len(samples) >= 2
    assert all(sample > 0 for sample in samples)


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("sleep 300 & echo $! > pid; wait", "behind a shell"),
        ("(trap '' TERM; sleep 300) & echo $! > pid; wait", "deaf to SIGTERM"),
        ("setsid sh -c 'echo $$ > pid; exec sleep 300' & wait", "in a session of its own"),
        ("sh -c 'setsid sh -c \"echo \\$\\$ > pid; exec sleep 300\" &'; sleep 300", "re-parented, in its own session"),
        ("sh -c 'echo $$ > pid; kill -STOP $$' & wait", "stopped"),
    ],
)
def test_timeout_kills_the_whole_tree(started: Runner, tmp_path: Path, script: str, what: str) -> None:
    done = started("sh", "-c", script, timeout_s=1.0, grace_s=0.3)
    assert (done.ended, done.exit) == (Ended.TIMEOUT, None)
    assert "1 s" in done.reason
    assert not alive(tmp_path / "pid"), what


def test_sigterm_comes_first(started: Runner) -> None:
    done = started("sh", "-c", "trap 'echo cleaned; exit' TERM; sleep 300 & wait", timeout_s=0.3)
    assert done.ended is Ended.TIMEOUT
    assert done.stdout.read_bytes() == b"cleaned\n"


@pytest.mark.parametrize("launch", ["sleep 300 & echo $! > pid", "setsid sh -c 'echo $$ > pid; exec sleep 300' & "])
def test_what_outlives_the_command_is_killed_and_counted(started: Runner, tmp_path: Path, launch: str) -> None:
    done = started("sh", "-c", f"{launch}\nwhile ! [ -s pid ]; do :; done; exit 0")
    assert (done.ended, done.exit) == (Ended.EXITED, 0)
    assert done.left_behind >= 1
    assert not alive(tmp_path / "pid")
    assert done.duration_s < 5  # the sleep held the pipe open, and was not waited for


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("env -i sh -c 'echo $$ > pid; exec sleep 300' &", "without a mark, but in the session"),
        (
            "env -i setsid sh -c 'echo $$ > pid; exec sleep 300' & sleep 0.4",
            "without a mark or session, but seen before",
        ),
    ],
)
def test_an_emptied_environment_does_not_hide_a_process(
    started: Runner, tmp_path: Path, script: str, what: str
) -> None:
    done = started("sh", "-c", f"{script}\nwhile ! [ -s pid ]; do :; done; exit 0")
    assert done.left_behind >= 1
    assert not alive(tmp_path / "pid"), what


def test_a_stopped_process_may_clean_up(started: Runner) -> None:
    done = started("sh", "-c", "trap 'echo cleaned; exit' TERM; kill -STOP $$", timeout_s=0.3)
    assert done.stdout.read_bytes() == b"cleaned\n"


def test_one_run_does_not_kill_the_processes_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of run 1 must not be found as the beginning of the mark of run 10."""
    monkeypatch.setattr("gatekeeper.process.run._counter", iter([1, 10]))
    (tmp_path / "long").mkdir()
    results: list[Completed] = []
    wait = "echo started > it; while ! [ -e end ]; do sleep 0.01; done"
    threads: list[threading.Thread] = []

    def start_long(_: int) -> None:
        if not threads:  # from the first sample of run 1: after its start, before its end
            threads.append(
                threading.Thread(target=lambda: results.append(run(command(tmp_path / "long", "sh", "-c", wait))))
            )
            threads[0].start()
            wait_for((tmp_path / "long" / "it").exists)
            (tmp_path / "end").touch()

    short = run(command(tmp_path, "sh", "-c", wait), on_sample=start_long)
    (tmp_path / "long" / "end").touch()
    threads[0].join(10)
    assert short.left_behind == 0
    assert [(done.ended, done.exit) for done in results] == [(Ended.EXITED, 0)]


def test_a_flood_is_capped_and_drained(started: Runner) -> None:
    done = started("sh", "-c", "head -c 200000000 /dev/zero; echo end >&2; exit 5", max_output_bytes=1000)
    assert done.exit == 5
    assert done.truncated
    assert done.stdout.stat().st_size == 1000
    assert done.stderr.read_bytes() == b"end\n"


def test_exactly_the_limit_is_not_truncated(started: Runner) -> None:
    assert not started("head", "-c", "1000", "/dev/zero", max_output_bytes=1000).truncated
    assert started("head", "-c", "1001", "/dev/zero", max_output_bytes=1000).truncated


def test_invalid_utf8_and_escapes_are_kept_as_they_are(started: Runner) -> None:
    assert started("printf", r"\377\033[31m\000").stdout.read_bytes() == b"\xff\x1b[31m\x00"


@pytest.mark.parametrize(
    ("content", "mode", "exits", "words"),
    [
        (None, 0, 127, "not found"),
        ("#!/bin/sh\n", 0o644, 126, "not executable"),
        ("#!/no/such/interpreter\n", 0o755, 127, "interpreter"),
        ("\x00\x01", 0o755, 126, "not executable"),
    ],
)
def test_missing_tools(tmp_path: Path, content: str | None, mode: int, exits: int, words: str) -> None:
    if content is not None:
        (tmp_path / "tool").write_text(content)
        (tmp_path / "tool").chmod(mode)
    done = run(command(tmp_path, "./tool"))
    assert (done.ended, done.exit) == (Ended.MISSING, exits)
    assert words in done.reason
    assert words.encode() in done.stderr.read_bytes()


def test_a_tool_is_looked_up_in_the_given_path_only(tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "my-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 7\n")
    tool.chmod(0o755)
    base = {"PATH": "/usr/bin:/bin"}
    found = scrubbed(base, path=[str(tool.parent)], home=tmp_path)
    log = tmp_path / "log"
    assert run(Command(("my-tool",), str(tmp_path), found, 10, log)).exit == 7
    absent = scrubbed(base, home=tmp_path)
    assert run(Command(("my-tool",), str(tmp_path), absent, 10, log)).ended is Ended.MISSING


def test_a_crash_is_named(started: Runner) -> None:
    done = started("sh", "-c", "kill -SEGV $$")
    assert (done.ended, done.exit) == (Ended.SIGNALLED, None)
    assert "SIGSEGV" in done.reason


def test_memory_limit(started: Runner) -> None:
    eat = "import time; x = bytearray(b'x' * (200 << 20)); time.sleep(300)"
    done = started(sys.executable, "-c", eat, memory_bytes=100 << 20)
    assert done.ended is Ended.MEMORY
    assert done.peak_bytes > 100 << 20


def test_cancelled_from_another_thread(tmp_path: Path) -> None:
    cancelled = threading.Event()
    ask = command(tmp_path, "sh", "-c", "sleep 300 & echo $! > pid; wait")
    results: list[Completed] = []
    thread = threading.Thread(target=lambda: results.append(run(ask, cancelled=cancelled)))
    thread.start()
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    cancelled.set()
    thread.join(10)
    assert results[0].ended is Ended.INTERRUPTED
    assert not alive(tmp_path / "pid")


def test_standard_input(started: Runner) -> None:
    text = b"x" * 1_000_000
    assert started("cat", stdin=text).stdout.read_bytes() == text
    assert started("true", stdin=text).exit == 0  # nobody reads it
    assert started("cat").stdout.read_bytes() == b""  # no terminal to wait for


def test_there_is_no_terminal(started: Runner) -> None:
    assert started("sh", "-c", "exec 3</dev/tty").exit != 0


def test_the_folder_must_exist(tmp_path: Path) -> None:
    gone = Command(("true",), cwd=str(tmp_path / "gone"), env={"PATH": "/bin"}, timeout_s=5, log=tmp_path / "log")
    with pytest.raises(CannotEstablish, match="folder to run in is missing"):
        run(gone)


def test_unwritable_log(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    with pytest.raises(CannotEstablish, match="cannot write the log") as caught:
        run(command(tmp_path, "true"))
    assert "GATE_HOME" in caught.value.hint


def test_a_full_disk_is_reported_once() -> None:
    """Cleaning up goes on draining into the same log."""
    spool = Spool(Path("/dev/full"), 100)
    with pytest.raises(CannotEstablish, match="No space left"):
        spool.write(b"x")
    spool.write(b"x")
    assert spool.received == 2


def test_full_disk_kills_the_tree(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "log.out").symlink_to("/dev/full")
    ask = command(tmp_path, "sh", "-c", "sleep 300 & echo $! > pid; echo hello; wait")
    with pytest.raises(CannotEstablish, match="No space left"):
        run(ask)
    assert not alive(tmp_path / "pid")


_GATE = """
import sys
from pathlib import Path
from gatekeeper.errors import Interrupted
from gatekeeper.process.run import Command, run
try:
    argv = ("sh", "-c", "sleep 300 & echo $! > pid; wait")
    run(Command(argv, sys.argv[1], {"PATH": "/usr/bin:/bin"}, 60, Path("log")))
except Interrupted:
    sys.exit(130)
"""


def gate_process(tmp_path: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    gate = subprocess.Popen([sys.executable, "-c", _GATE, str(tmp_path)], cwd=tmp_path, env=env)
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    return gate


def test_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    gate = gate_process(tmp_path)
    assert alive(tmp_path / "pid")
    gate.send_signal(signal.SIGINT)
    assert gate.wait(10) == 130
    assert not alive(tmp_path / "pid")


def test_ctrl_c_while_it_is_being_started_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child may run before the call that starts it has come back: then nobody knows its id."""
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(*args: object, **settings: object) -> object:
        started.append(real(*args, **settings))
        wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
        raise KeyboardInterrupt

    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(Interrupted):
        run(command(tmp_path, "sh", "-c", "echo $$ > pid; sleep 300"))
    started[0].wait(10)
    assert not alive(tmp_path / "pid")


def test_orphans_of_a_killed_gate_are_found_and_those_of_a_living_one_left_alone(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    (tmp_path / "living").mkdir()
    killed, living = gate_process(tmp_path / "killed"), gate_process(tmp_path / "living")
    try:
        killed.kill()
        killed.wait(10)
        assert alive(tmp_path / "killed" / "pid")
        assert stop_orphans() >= 1
        wait_for(lambda: not alive(tmp_path / "killed" / "pid"))
        assert alive(tmp_path / "living" / "pid")
    finally:
        living.send_signal(signal.SIGINT)
        living.wait(10)


def test_ignored_sigchld_does_not_lose_the_exit_status(tmp_path: Path) -> None:
    """A parent that ignores SIGCHLD hands that on; the kernel then forgets statuses and Python says 0."""
    script = (
        "import signal, subprocess, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        "from pathlib import Path; from gatekeeper.process.run import Command, capture, run; "
        "env = {'PATH': '/usr/bin:/bin'}; "
        "assert capture(['false'], cwd='/', env=env).exit == 1; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        "assert run(Command(('sh', '-c', 'exit 9'), '/', env, 9, Path('log'))).exit == 9"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, check=False).returncode == 0
