"""`gate simulate` by the real command."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

GATE = (sys.executable, "-m", "gatekeeper", "simulate")


def simulate(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*GATE, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_a_made_up_fleet_as_text_data_and_picture(tmp_path: Path) -> None:
    words = ("--branches", "20", "--nodes", "2", "--memory", "4GiB")
    done = simulate(*words, "--svg", str(tmp_path / "few.svg"))
    assert done.returncode == 0
    assert "times the bound" in done.stdout
    drawn = ET.parse(tmp_path / "few.svg").getroot()  # noqa: S314 - our own
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}title")) == 60
    facts = json.loads(simulate(*words, "--format", "json").stdout)
    assert facts["makespan_s"] >= facts["bound_s"] > 0
    assert len(facts["waits_s"]) == 60


def test_many_nodes_are_drawn_as_shades(tmp_path: Path) -> None:
    assert simulate("--branches", "30", "--nodes", "20", "--svg", str(tmp_path / "many.svg")).returncode == 0
    ET.parse(tmp_path / "many.svg")  # noqa: S314 - our own


def test_a_trace_from_standard_input_with_a_hostile_name() -> None:
    line = json.dumps({"memory": "99GiB", "duration": 1, "name": "\x1b[2Jx"})
    done = simulate("--trace", "-", stdin=line)
    assert done.returncode == 0
    assert "refused" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        (), ("--trace", "no-such-file"), ("--branches", "0"), ("--branches", "-1"),
        ("--branches", "1", "--memory", "0"), ("--branches", "1", "--policy", "luck"),
        ("--branches", "1", "--policy", "jobs:0"),
        ("--branches", "1", "--error", "0"), ("--branches", "1", "--svg", "/no/such/folder/x.svg"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_exit_2(words: tuple[str, ...]) -> None:
    done = simulate(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
