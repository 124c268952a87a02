"""A long command of our own: its status, and that it ends when it is told to."""

import os
import sys
import threading
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.stoppable import run_until

WAITS = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


def test_status_and_output(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"
    argv = (sys.executable, "-c", "import sys; print('said'); sys.exit(7)")
    assert run_until(argv, cwd="/", env=os.environ, stop=threading.Event(), log=log, timeout_s=60) == 7
    assert log.read_text() == "said\n"


@pytest.mark.parametrize("why", ["stop", "time"])
def test_it_ends_when_it_is_told_to_and_when_its_time_is_over(tmp_path: Path, why: str) -> None:
    stop, log = threading.Event(), tmp_path / "x.log"
    if why == "stop":
        stop.set()
    argv = (sys.executable, "-c", WAITS)
    timeout_s = 0.0 if why == "time" else 60.0
    assert run_until(argv, cwd="/", env=os.environ, stop=stop, log=log, timeout_s=timeout_s) is None
    for said in log.read_text().split():  # nothing, when it was ended before it spoke
        with pytest.raises(ProcessLookupError):
            os.kill(int(said), 0)


def test_a_command_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CannotEstablish, match="cannot start"):
        run_until(("/nowhere/x",), cwd="/", env={}, stop=threading.Event(), log=tmp_path / "x", timeout_s=1)
