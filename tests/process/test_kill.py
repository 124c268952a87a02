"""What a mark or a leader names is ended; an id that has come round again is somebody else's."""

import os
import subprocess

from gatekeeper.process.kill import end_marked
from gatekeeper.process.tree import process_of
from tests.support.broker import alive

NOBODY = "GATE_LEASE=nobody:has-this"


def test_a_leader_is_believed_only_with_the_time_of_its_start() -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    started = process_of(other.pid)
    assert started is not None
    assert end_marked(NOBODY, other.pid, started.start - 1)
    assert alive(other.pid)
    assert end_marked(NOBODY, other.pid, started.start)
    assert other.wait(20) == -9


def test_a_mark_is_found_in_the_environment_and_a_longer_one_is_another() -> None:
    mark = f"GATE_LEASE=7:test-{os.getpid()}"
    ours, longer = (
        subprocess.Popen(["sleep", "60"], env={**os.environ, "GATE_LEASE": mark.partition("=")[2] + end})
        for end in ("", "0")
    )
    assert end_marked(mark)
    assert ours.wait(20) == -9
    assert alive(longer.pid)
    longer.kill()
    longer.wait()
