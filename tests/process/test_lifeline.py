"""A process of our own that answers one question, and ends when we do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gatekeeper.process.lifeline import ask
from tests.support.broker import alive

ANSWERS = (
    "import sys\nfrom gatekeeper.process.lifeline import question\n"
    "line = question(lambda: None)\nsys.stdout.write(line.decode() * 2); sys.stderr.write('words')\n"
)


def test_a_question_of_any_size_is_answered() -> None:
    asked = b"x" * 300_000
    done = ask((sys.executable, "-c", ANSWERS), asked, os.environ)
    assert (done.exit, done.stdout, done.stderr) == (0, asked + b"\n" + asked + b"\n", b"words")


def test_one_that_ends_without_listening_is_no_error() -> None:
    assert ask(("false",), b"x" * 300_000, os.environ).exit == 1


def test_a_killed_parent_is_noticed(tmp_path: Path) -> None:
    child = (
        "import os, time\nfrom pathlib import Path\nfrom gatekeeper.process.lifeline import question\n"
        f"line = question(lambda: os._exit(7))\nPath('{tmp_path}/part').write_text(str(os.getpid()))\n"
        f"os.rename('{tmp_path}/part', '{tmp_path}/pid')\ntime.sleep(600)\n"
    )
    parent = "import os, sys\nfrom gatekeeper.process.lifeline import ask\n"
    parent += f"ask((sys.executable, '-c', {child!r}), b'', os.environ)"
    process = subprocess.Popen([sys.executable, "-c", parent], start_new_session=True)
    while not (tmp_path / "pid").exists():
        time.sleep(0.01)
    pid = (tmp_path / "pid").read_text()
    process.send_signal(signal.SIGKILL)
    process.wait()
    while alive(pid):
        time.sleep(0.01)
