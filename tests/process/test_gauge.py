"""What a tree of processes holds: pages that they share count once."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.gauge import Gauge
from gatekeeper.process.tree import read_table

MIB = 1 << 20
_SHARING = (
    "import os, sys\n"
    "held = bytearray(b'x' * (64 << 20))\n"
    "child = os.fork()\n"
    "if child:\n    print(child, flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell shared pages")
def test_what_two_processes_share_counts_once() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-ISs", "-c", _SHARING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    table = read_table()
    both = [table[parent.pid], table[child]]
    assert sum(one.rss for one in both) > 120 * MIB
    assert 60 * MIB < Gauge().held(both) < 100 * MIB
    assert Gauge().held(both[:1]) == both[0].rss
    assert Gauge().held([]) == 0
    parent.communicate("")
