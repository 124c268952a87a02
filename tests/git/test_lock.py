"""Locks that end with their holder."""

import subprocess
import sys
from pathlib import Path

from gatekeeper.git.lock import folder_locked, jitter

HOLD = """
import sys
from gatekeeper.git.lock import folder_locked
with folder_locked(sys.argv[1], 0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_at_a_time_holds_a_folder(tmp_path: Path) -> None:
    with folder_locked(str(tmp_path), 1) as first:
        assert first
        with folder_locked(str(tmp_path), 0.02) as second:
            assert not second
    with folder_locked(str(tmp_path), 0) as again:
        assert again
    assert list(tmp_path.iterdir()) == []


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with folder_locked(str(tmp_path), 0) as held:
        assert not held
    holder.kill()
    holder.wait()
    with folder_locked(str(tmp_path), 10) as held:
        assert held


def test_a_folder_that_cannot_be_opened_is_not_locked(tmp_path: Path) -> None:
    with folder_locked(str(tmp_path / "missing"), 1) as held:
        assert not held


def test_jitter_stays_within_its_bounds() -> None:
    values = [jitter(2.0) for _ in range(200)]
    assert 0 <= min(values) < max(values) <= 2.0
