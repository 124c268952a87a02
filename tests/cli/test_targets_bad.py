"""Targets that hang, fork, die, lie or tell secrets: nothing is left running, nothing is told, nothing passes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from gatekeeper.process.sandbox import ability
from tests.support.gate import run_gate
from tests.support.shop import (
    PROBE,
    REMOTE,
    SERVER,
    STARTED,
    deployed,
    facts,
    judged,
    kept,
    logs,
    marked,
    own_probe,
    running,
    variables,
    why,
    work,
)
from tests.support.warm import gatekeeper

SLEEPS = "import time\ntime.sleep(600)\n"
STARTS = {
    "surface": '"runtime"',
    "start": '"python shop/server.py"',
    "ready": '"python probes/get.py http://127.0.0.1:$GATE_PORT/"',
}


@pytest.mark.parametrize("script", ["", "import os; open(os.environ['GATE_ARTEFACTS'] + '/empty', 'w')"])
def test_an_exit_status_alone_is_no_observation(tmp_path: Path, gate_home: Home, script: str) -> None:
    text, base = own_probe(script)
    found = judged(work(tmp_path, text, base=base))
    assert facts(found) == (3, "blocked", "blocked")
    assert "an exit status alone is no observation" in why(found)


@pytest.mark.parametrize("status", [69, 75, 77])
def test_a_probe_can_say_that_it_could_not_look(tmp_path: Path, gate_home: Home, status: int) -> None:
    text, base = own_probe(f"import sys; print('no phone is attached', file=sys.stderr); sys.exit({status})")
    found = judged(work(tmp_path, text, base=base))
    assert facts(found) == (3, "blocked", "blocked")
    assert "no phone is attached" in why(found)


FORKS = """
import os, pathlib, subprocess, sys, time
sleeps = "import time; print(flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", sleeps, sys.argv[1]], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
pathlib.Path(os.environ["GATE_ARTEFACTS"], "seen").write_text("something")
"""


@pytest.mark.parametrize(("end", "status", "label"), [("time.sleep(600)", 3, "blocked"), ("", 0, "proxy")])
def test_a_probe_that_hangs_or_forks_leaves_nothing_running(
    tmp_path: Path, gate_home: Home, end: str, status: int, label: str
) -> None:
    mark = marked(tmp_path)
    timeout = '"3s"' if end else '"60s"'
    text, base = own_probe(FORKS + end, timeout=timeout, probe=f'"python probes/own.py {mark}"')
    found = judged(work(tmp_path, text, base=base))
    assert (found.status, found.check("shop")["label"]) == (status, label)
    assert ("did not finish in time" in why(found)) is (status == 3)
    notes = found.check("shop")["observation"]["notes"]
    assert ("the probe left 1 process behind; it was stopped" in notes) is (status == 0)
    assert running(mark) == []


def test_an_identify_that_hangs_is_blocked_and_nothing_is_probed(tmp_path: Path, gate_home: Home) -> None:
    mark = marked(tmp_path)
    script = f"import sys, time\nif {mark!r} in sys.argv: time.sleep(600)\nprint('probed')\n"
    text, base = own_probe(script, identify=f'"python probes/own.py {mark}"', timeout='"2s"')
    found = judged(work(tmp_path, text, base=base))
    assert facts(found) == (3, "blocked", "blocked")
    assert "did not finish in time" in why(found)
    assert len(found.check("shop")["observation"]["commands"]) == 1
    assert running(mark) == []


def test_a_server_that_dies_at_start_is_blocked_with_its_last_words(tmp_path: Path, gate_home: Home) -> None:
    text = STARTED.replace('"20s"', '"100s"')
    found = judged(work(tmp_path, text, {"shop/server.py": "raise SystemExit('no disk left')"}))
    assert facts(found) == (3, "blocked", "blocked")
    assert "python ended with 1: no disk left (before it was ready)" in why(found), "long before ready_timeout"


def test_a_server_that_is_never_ready_is_blocked_and_stopped(tmp_path: Path, gate_home: Home) -> None:
    mark = marked(tmp_path)
    text = STARTED.replace('ready_timeout = "20s"', 'ready_timeout = "1s"').replace("server.py", f"server.py {mark}")
    found = judged(work(tmp_path, text, {"shop/server.py": SLEEPS}))
    assert facts(found) == (3, "blocked", "blocked")
    assert "was not ready within 1 s: ready" in why(found)
    assert running(mark) == []


def test_a_server_that_dies_while_it_is_probed_has_not_been_observed(tmp_path: Path, gate_home: Home) -> None:
    asks = "import os, pathlib, sys, urllib.request\npathlib.Path(os.environ['GATE_ARTEFACTS'], 'x').write_text('x')\n"
    asks += "try: urllib.request.urlopen(sys.argv[1] + '/exit', timeout=5)\nexcept OSError: pass\n"
    text, base = own_probe(asks, **{**STARTS, "probe": '"python probes/own.py http://127.0.0.1:$GATE_PORT"'})
    mortal = SERVER.replace("        body =", "        if self.path == '/exit': os._exit(7)\n        body =")
    found = judged(work(tmp_path, text, {"shop/server.py": mortal}, base))
    assert facts(found) == (3, "blocked", "blocked")
    assert "python ended with 7" in why(found)


def test_somebody_else_who_answers_is_not_what_was_started(tmp_path: Path, gate_home: Home) -> None:
    with deployed("1.0") as url:
        keys = {"probe": f'"python probes/own.py {url}"', "ready": f'"python probes/get.py {url}"'}
        text, base = own_probe(PROBE, **{**STARTS, **keys, "requires": '"direct"'})
        found = judged(work(tmp_path, text, {"shop/server.py": SLEEPS}, base))
    assert facts(found) == (1, "failed", "proxy")
    assert "nothing that the gate started listens on $GATE_PORT" in why(found)


@pytest.mark.parametrize(("price", "then", "expected"), [
    ("broken", "0123456789abcdef" * 2 + "01234567", (3, "blocked", "blocked")),
    ('{"price": 3}', "1.0", (1, "failed", "proxy")),
])  # fmt: skip
def test_what_was_seen_while_others_deployed_something_else_does_not_count(
    tmp_path: Path, gate_home: Home, price: str, then: str, expected: tuple[int, str, str]
) -> None:
    repo = work(tmp_path, REMOTE)
    with deployed(repo.head(), price, then=then) as url:
        found = judged(repo, SHOP_URL=url)
    assert facts(found) == expected
    assert then in why(found)


TOKEN = {"SHOP_TOKEN": "open-sesame-77"}
TELLS = """
import os, pathlib, sys
token = os.environ["SHOP_TOKEN"]
assert token and token == sys.argv[1], sys.argv
print("using", token); print("using", token, file=sys.stderr)
pathlib.Path(os.environ["GATE_ARTEFACTS"], "answer.txt").write_text("you said " + token)
pathlib.Path(os.environ["GATE_ARTEFACTS"], "image.bin").write_bytes(b"\\0" + token.encode())
sys.exit("refused: " + token)
"""


def test_values_of_variables_reach_the_probe_and_nothing_that_is_kept(tmp_path: Path, gate_home: Home) -> None:
    keys = {"pass_env": '["SHOP_TOKEN"]', "probe": '"python probes/own.py $SHOP_TOKEN"'}
    text, base = own_probe(TELLS, identify='["sh", "-c", "echo commit of $SHOP_TOKEN"]', **keys)
    repo = work(tmp_path, text, base=base)
    found = judged(repo, **TOKEN)
    assert facts(found) == (1, "failed", "proxy")
    assert b"using [redacted]" in logs(gate_home)
    assert list(kept(gate_home).values()) == [b"you said [redacted]"]
    assert found.check("shop")["observation"]["argv"][-1] == "$SHOP_TOKEN"
    assert "refused: [redacted]" in why(found)
    shown = gatekeeper("show", str(found.report["run"]), cwd=repo.path)
    assert shown.returncode == 0
    everything = b"".join(path.read_bytes() for path in gate_home.state.parent.rglob("*") if path.is_file())
    for told in (everything, found.out.encode(), found.err.encode(), shown.stdout, shown.stderr):
        assert b"open-sesame-77" not in told


def test_what_is_started_gets_no_variable_of_the_probe(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, STARTED + 'pass_env = ["SHOP_TOKEN"]\n')
    assert facts(judged(repo, **TOKEN)) == (0, "passed", "direct")
    assert b"serving with ['GATE_PORT', 'GATE_RUN_ID']" in logs(gate_home)


SPIES = """
import pathlib
def spied():
    seen = 0
    for file in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            seen += b"SHOP_TOKEN=" in file.read_bytes()
        except OSError:
            pass
    print("spied", seen, flush=True)
"""


@pytest.mark.skipif(not ability().program, reason="bubblewrap does not work here")
def test_what_is_started_cannot_look_into_the_processes_that_have_the_values(tmp_path: Path, gate_home: Home) -> None:
    server = SPIES + SERVER.replace("        body =", "        spied()\n        body =")
    repo = work(tmp_path, STARTED + 'pass_env = ["SHOP_TOKEN"]\n', {"shop/server.py": server})
    found = run_gate(cwd=repo.path, env=TOKEN, cold=True)
    assert facts(found) == (0, "passed", "direct")
    assert found.check("shop")["observation"]["isolation"] == "files"
    assert b"spied 0" in logs(gate_home)
    assert b"spied 1" not in logs(gate_home)


def test_what_a_probe_or_a_server_writes_into_its_checkout_is_gone_afterwards(tmp_path: Path, gate_home: Home) -> None:
    littering = "open('litter', 'w').write('x')\n"
    repo = work(tmp_path, STARTED, {"shop/server.py": littering + SERVER}, {"probes/price.py": littering + PROBE})
    assert facts(judged(repo)) == (0, "passed", "direct")
    trees = list(gate_home.slots_dir.glob("*/*/tree"))
    assert len(trees) == 2, "one of the base, one of the head"
    assert not any((tree / "litter").exists() for tree in trees)


def test_ctrl_c_stops_what_was_started(tmp_path: Path, gate_home: Home) -> None:
    mark, probing = marked(tmp_path), tmp_path / "probing"
    os.mkfifo(probing)
    script = f"import sys, time\nopen({str(probing)!r}, 'w').write('now')\ntime.sleep(600)\n"
    keys = {"start": f'"python shop/server.py {mark}"', "probe": f'"python probes/own.py {mark}"', "timeout": '"90s"'}
    text, base = own_probe(script, **{**STARTS, **keys})
    repo = work(tmp_path, text, base=base)
    argv = [sys.executable, "-m", "gatekeeper", "check"]
    with subprocess.Popen(argv, cwd=repo.path, env=variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as gate:
        assert probing.read_text() == "now", "the other end opens when the probe is at work"
        assert len(running(mark)) >= 2
        gate.send_signal(signal.SIGINT)
        gate.communicate(timeout=60)
    assert gate.returncode == 130
    assert running(mark) == []
