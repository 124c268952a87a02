"""Isolation end to end: what the code of a branch tries from inside a check, and what still has to work there."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gatekeeper.process import sandbox
from gatekeeper.process.home import Home
from gatekeeper.process.sandbox import ability
from tests.support.gate import Judged, project, run_gate
from tests.support.lean import own_tools
from tests.support.repo import Repo

needs_isolation = pytest.mark.skipif(
    not ability().network, reason="bubblewrap is missing, or cannot keep files and network away here"
)
TESTS = '[check.tests]\nlanguages = ["python"]\n'
ALONE = {"pytest.ini": "[pytest]\n"}
ENOUGH = ("sh", "git", "env", "cat", "python3", "uname", "ls")
"""Programs that the gate and the checks here need."""


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this machine's loopback on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def without_bubblewrap(tmp_path: Path) -> dict[str, str]:
    """Variables whose PATH has what is needed, and no bubblewrap."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ENOUGH:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(os.path.realpath(found))
    return {"PATH": f"{own_tools()}:{folder}"}


def counts(judged: Judged) -> dict[str, int]:
    return dict(judged.check("tests")["observation"]["counts"])


ATTACKS = """
import glob
import os
import pathlib
import socket

import pytest

PLACES = {places!r}


@pytest.mark.parametrize("path", PLACES)
def test_read(path):
    with pytest.raises(OSError):
        pathlib.Path(path).read_bytes()


def test_write_outside():
    with pytest.raises(OSError):
        pathlib.Path({outside!r}).write_text("was here")


def test_variables_of_the_gate():
    for file in glob.glob("/proc/[0-9]*/environ"):
        try:
            said = pathlib.Path(file).read_bytes()
        except OSError:
            continue
        assert b"the-gate-s-own-secret" not in said


def test_connect_to_this_machine():
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", {port}), 5).close()


def test_connect_to_an_agent():
    with pytest.raises(OSError):
        with socket.socket(socket.AF_UNIX) as agent:
            agent.connect({agent!r})


def test_abstract_socket():
    with pytest.raises(OSError):
        with socket.socket(socket.AF_UNIX) as agent:
            agent.connect("\\0" + {abstract!r})
"""


@pytest.fixture
def hostile(tmp_path: Path, gate_home: Home, listener: int) -> Iterator[Repo]:
    """A branch whose tests try to get at everything that is not theirs; each passes when it could not."""
    user = Path(os.environ["HOME"])
    repo = project(tmp_path / "p", TESTS, {"app.py": "X = 1\n", **ALONE})
    other = repo.worktree("other", tmp_path / "other")
    other.write("notes.txt", "of another worker")
    places = [
        gate_home.state / "keys/gate.key",
        gate_home.ledger,
        gate_home.slots_dir / "other/7/tree/app.py",
        gate_home.environments_dir / "other/tree/.venv/secret",
        gate_home.store_dir / "other/config",
        user / ".ssh/id_ed25519",
        user / ".aws/credentials",
        user / "letter.txt",
        other.path / "notes.txt",
        repo.path / ".git/config",
        repo.path / "gate.toml",
    ]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() and place != gate_home.ledger:
            place.write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    agent, abstract = str(tmp_path / "agent.sock"), f"gate-test-{os.getpid()}"
    text = ATTACKS.format(
        places=[str(place) for place in places], outside=str(tmp_path / "elsewhere/file"), port=listener, agent=agent,
        abstract=abstract,
    )  # fmt: skip
    repo.commit("mine", {"test_attack.py": text})
    with socket.socket(socket.AF_UNIX) as by_name, socket.socket(socket.AF_UNIX) as abstractly:
        for server, address in ((by_name, agent), (abstractly, f"\0{abstract}")):
            server.bind(address)
            server.listen()
        yield repo


ATTEMPTS = 11 + 5


@needs_isolation
def test_every_attack_fails_inside(hostile: Repo, tmp_path: Path) -> None:
    judged = run_gate(cwd=hostile.path, env={"SECRET_OF_THE_GATE": "the-gate-s-own-secret"}, cold=True)
    assert (judged.status, judged.outcome("tests")) == (0, "passed"), judged.out
    assert counts(judged)["passed"] == ATTEMPTS
    assert judged.check("tests")["observation"]["isolation"] == "files+network"
    assert not (tmp_path / "elsewhere/file").exists()


def test_every_attack_succeeds_without(hostile: Repo, tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    policy = hostile.path / "gate.toml"
    off = tmp_path / "off.toml"
    off.write_text(policy.read_text() + '[isolation]\nuse = "off"\n')
    judged = run_gate(
        "--policy", str(off), cwd=hostile.path, env={"SECRET_OF_THE_GATE": "the-gate-s-own-secret"}, cold=True
    )  # fmt: skip
    assert counts(judged)["failed"] == ATTEMPTS, judged.out
    assert judged.check("tests")["observation"]["isolation"] == "none"


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_network_leads_out_only_where_the_policy_says_so(tmp_path: Path, listener: int) -> None:
    reach = f"import socket; socket.create_connection(('127.0.0.1', {listener}), 5)"
    checks = "".join(
        f'[check.{name}]\ncommand = ["python3", "-c", "{reach}"]\n{extra}'
        for name, extra in (("with", "network = true\n"), ("without", 'baseline = "all"\n'))
    )
    repo = project(tmp_path / "p", checks, {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.outcome("with") == "passed"
    assert judged.outcome("without") == "blocked"
    assert judged.check("with")["observation"]["isolation"] == "files"


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_no_address_outside_can_be_reached(tmp_path: Path) -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737). A datagram needs a route to it, not an answer.
    unreachable = """
        import errno, socket

        def test_address():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                assert sender.connect_ex(("192.0.2.1", 9)) == errno.ENETUNREACH

        def test_devices():
            assert [name for _, name in socket.if_nameindex()] == ["lo"]
    """
    repo = project(tmp_path / "p", TESTS, {"app.py": "X = 1\n", **ALONE})
    repo.commit("mine", {"test_net.py": textwrap.dedent(unreachable)})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("tests"), counts(judged)["passed"]) == ("passed", 2), judged.out


ORDINARY = """
    import http.server
    import multiprocessing
    import os
    import pathlib
    import pwd
    import sqlite3
    import subprocess
    import sys
    import tempfile
    import threading
    import urllib.request

    import shop


    def test_served_over_loopback():
        with http.server.HTTPServer(("127.0.0.1", 0), shop.Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://localhost:{server.server_port}/"
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            assert opener.open(address).read() == b"answer 42"
            server.shutdown()


    def test_processes(tmp_path):
        code = "import shop; print(shop.ANSWER)"
        said = subprocess.run([sys.executable, "-c", code], cwd="src", capture_output=True, text=True)
        assert said.stdout == "42\\n", said.stderr
        with multiprocessing.Pool(2) as pool:
            assert pool.map(abs, [-1, -2]) == [1, 2]


    def test_places(tmp_path):
        assert tempfile.gettempdir() == "/tmp"
        for folder in (tmp_path, pathlib.Path.home(), pathlib.Path("/dev/shm"), pathlib.Path.cwd()):
            (folder / "new.txt").write_text("x")
            (folder / "new.txt").unlink()
        sqlite3.connect(tmp_path / "d.sqlite3").execute("create table a (b)")
        assert pwd.getpwuid(os.getuid()).pw_name
        assert os.cpu_count()


    def test_git(tmp_path):
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
"""
SERVER = """
    import http.server

    ANSWER = 42


    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"answer {ANSWER}".encode())
"""


@needs_isolation
@pytest.mark.usefixtures("gate_home")
@pytest.mark.parametrize("temporary", ["", "/var/tmp"])
def test_an_ordinary_project_passes(tmp_path: Path, temporary: str) -> None:
    files = {"src/shop/__init__.py": textwrap.dedent(SERVER), "tests/test_shop.py": textwrap.dedent(ORDINARY)}
    repo = project(tmp_path / "p", TESTS, {**files, "pytest.ini": "[pytest]\npythonpath = src\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path, env={"PYTHONPATH": "", **({"TMPDIR": temporary} if temporary else {})})
    assert (judged.status, judged.outcome("tests")) == (0, "passed"), judged.out
    assert counts(judged)["passed"] == 4


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_nothing_is_left_for_the_next_check(tmp_path: Path) -> None:
    """HOME and /tmp are empty each time: a setting left there would decide for another branch. {cache} is kept."""
    leave = "for f in $HOME/.npmrc /tmp/left {cache}/kept; do test ! -e $f && echo x > $f || exit 4; done"
    look = "test ! -e $HOME/.npmrc && test ! -e /tmp/left"
    checks = f'[check.a]\ncommand = ["sh", "-c", "{leave}"]\n[check.b]\ncommand = ["sh", "-c", "{look}"]\n'
    repo = project(tmp_path / "p", checks, {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "b\n"})
    judged = run_gate("--jobs", "1", cwd=repo.path)
    assert (judged.outcome("a"), judged.outcome("b")) == ("passed", "passed")
    assert run_gate("--jobs", "1", "--no-cache", cwd=repo.path).outcome("a") == "failed"  # what is in {cache} is there


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_the_environment_cannot_be_poisoned(tmp_path: Path) -> None:
    poison = """
        import os, pathlib, sys
        import pytest

        @pytest.mark.parametrize("folder", [os.environ["VIRTUAL_ENV"], pytest.__path__[0], sys.base_prefix, "/usr"])
        def test_poison(folder):
            assert pathlib.Path(folder).is_dir()
            assert os.statvfs(folder).f_flag & os.ST_RDONLY
    """
    repo = project(tmp_path / "p", TESTS, {"app.py": "X = 1\n", **ALONE})
    repo.commit("mine", {"test_poison.py": textwrap.dedent(poison)})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("tests"), counts(judged)["passed"]) == ("passed", 4), judged.out


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_what_the_policy_shows_is_seen_and_cannot_be_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "set.csv").write_text("1\n")
    command = f"cat {data}/set.csv && ! touch {data}/new"
    repo = project(
        tmp_path / "p",
        f'[isolation]\nvisible = ["{data}"]\n[check.x]\ncommand = ["sh", "-c", "{command}"]\n',
        {"a.txt": "a\n"},
    )
    repo.commit("mine", {"a.txt": "b\n"})
    assert run_gate(cwd=repo.path).outcome("x") == "passed"


@needs_isolation
def test_the_policy_cannot_show_the_gate_s_own_things(tmp_path: Path, gate_home: Home) -> None:
    (gate_home.state / "keys").mkdir(parents=True)
    (gate_home.state / "keys/gate.key").write_text("secret")
    visible = f'["{tmp_path}", "{gate_home.state}", "{gate_home.state}/keys/gate.key"]'
    command = f"! cat {gate_home.state}/keys/gate.key && test -d {tmp_path}/p"
    repo = project(
        tmp_path / "p",
        f'[isolation]\nvisible = {visible}\n[check.x]\ncommand = ["sh", "-c", "{command}"]\n',
        {"a.txt": "a\n"},
    )
    repo.commit("mine", {"a.txt": "b\n"})
    assert run_gate(cwd=repo.path).outcome("x") == "passed"


@needs_isolation
@pytest.mark.parametrize("by_path", [True, False], ids=["on PATH", "by its whole path"])
def test_a_tool_in_the_home_folder_works_and_its_neighbours_are_hidden(
    tmp_path: Path, gate_home: Home, by_path: bool
) -> None:
    share = Path(os.environ["HOME"]) / ".local/share/uv"
    tool = share / "tools/spell/bin/spell"
    for path, text in {
        tool: f"#!/bin/sh\ncat {share}/tools/spell/lib/words && ! cat {share}/credentials/token\n",
        share / "tools/spell/lib/words": "words\n",
        share / "credentials/token": "secret\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    tool.chmod(0o755)
    bin_folder = Path(os.environ["HOME"]) / ".local/bin"
    bin_folder.mkdir()
    (bin_folder / "spell").symlink_to(tool)
    command = "spell" if by_path else str(tool)
    repo = project(tmp_path / "p", f'[check.x]\ncommand = "{command}"\n', {"a.txt": "a\n"})
    repo.commit("mine", {"a.txt": "b\n"})
    judged = run_gate(cwd=repo.path, path=(str(bin_folder),) if by_path else ())
    assert judged.outcome("x") == "passed", judged.out


@needs_isolation
@pytest.mark.usefixtures("gate_home")
@pytest.mark.parametrize("shown", ["folder", "folder/key"])
def test_a_signing_key_is_never_shown_wherever_it_lies(tmp_path: Path, shown: str) -> None:
    key = tmp_path / "folder/key"
    key.parent.mkdir()
    key.write_text("secret")
    repo = project(
        tmp_path / "p",
        f'[isolation]\nvisible = ["{tmp_path / shown}"]\n[check.x]\ncommand = ["sh", "-c", "! cat {key}"]\n',
        {"a.txt": "a\n"},
    )
    repo.commit("mine", {"a.txt": "b\n"})
    assert run_gate(cwd=repo.path, env={"GATE_KEY": str(key)}).outcome("x") == "passed"
    assert run_gate("--no-cache", cwd=repo.path).outcome("x") == "failed"  # then it is a file like any other


def shell(use: str = "") -> str:
    stated = f'[isolation]\nuse = "{use}"\n' if use else ""
    return f'{stated}[check.x]\ncommand = "sh probe.sh"\n[check.y]\ncommand = "sh probe.sh"\n'


@pytest.mark.usefixtures("gate_home")
def test_auto_runs_without_bubblewrap_and_says_so_once(tmp_path: Path, without_bubblewrap: dict[str, str]) -> None:
    repo = project(tmp_path / "p", shell(), {"probe.sh": "true\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path, env=without_bubblewrap)
    assert (judged.status, judged.outcome("x")) == (0, "passed"), judged.out + judged.err
    assert judged.check("x")["observation"]["isolation"] == "none"
    said = [note for note in judged.report["notes"] if note.startswith("isolation:")]
    assert len(said) == 1
    assert "bubblewrap (bwrap) is not installed" in said[0]


@pytest.mark.usefixtures("gate_home")
def test_require_blocks_without_bubblewrap_and_says_what_to_install(
    tmp_path: Path, without_bubblewrap: dict[str, str]
) -> None:
    repo = project(tmp_path / "p", shell("require"), {"probe.sh": "touch ran\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path, env=without_bubblewrap)
    assert (judged.status, judged.outcome("x")) == (3, "blocked")
    reason = " ".join(judged.check("x")["reasons"])
    assert "the policy requires isolation" in reason
    assert "install bubblewrap" in reason


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_a_result_of_one_level_is_not_taken_for_another(tmp_path: Path, without_bubblewrap: dict[str, str]) -> None:
    repo = project(tmp_path / "p", shell(), {"probe.sh": "true\n"})
    repo.commit("mine", {"a.txt": "a\n"})
    tools = {"PATH": f"{without_bubblewrap['PATH']}:{Path(ability().program).parent}"}

    def level(variables: dict[str, str]) -> tuple[bool, str]:
        seen = run_gate(cwd=repo.path, env=variables).check("x")["observation"]
        return seen["cache"] is not None, seen["isolation"]

    assert [level(tools), level(tools)] == [(False, "files+network"), (True, "files+network")]
    assert level(without_bubblewrap) == (False, "none")


def sleepers(seconds: str) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", seconds]]


@needs_isolation
@pytest.mark.usefixtures("gate_home")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_gate_that_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    seconds = f"{3000 + os.getpid()}.{zlib.crc32(str(tmp_path).encode())}"
    probe = f"if test -e stay; then setsid sleep {seconds} & sleep {seconds}; fi\n"
    repo = project(tmp_path / "p", '[check.x]\ncommand = "sh probe.sh"\n', {"probe.sh": probe})
    repo.commit("mine", {"stay": "s\n"})
    argv = [sys.executable, "-m", "gatekeeper", "check"]
    with subprocess.Popen(argv, cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as gate:
        until = time.monotonic() + 60
        while len(sleepers(seconds)) < 2:
            assert time.monotonic() < until
            assert gate.poll() is None
            time.sleep(0.01)
        gate.send_signal(number)
        gate.communicate(timeout=60)
    assert gate.returncode == (-number if number is signal.SIGKILL else 130)
    psutil.wait_procs(sleepers(seconds), timeout=10)
    assert sleepers(seconds) == []
    repo.commit("go on", {"stay": None})
    assert run_gate(cwd=repo.path).outcome("x") == "passed"


REACH = """
    import pathlib, socket, sys

    port = int(pathlib.Path("port.txt").read_text())
    if pathlib.Path("broken").exists():
        sys.exit(3)
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError as error:
        sys.exit(f"no database: {error}")
"""


def database(tmp_path: Path, port: int, policy: str) -> Repo:
    """A project whose check needs what listens on a port of this machine."""
    return project(tmp_path / "p", policy, {"reach.py": textwrap.dedent(REACH), "port.txt": f"{port}\n"})


OWN = '[check.x]\ncommand = "python3 reach.py"\n'


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_red_only_inside_is_blocked_and_not_failed(tmp_path: Path, listener: int) -> None:
    repo = database(tmp_path, listener, OWN)
    repo.commit("mine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("x")) == (3, "blocked"), judged.out
    reason = " ".join(judged.check("x")["reasons"])
    assert "red only inside the isolation" in reason
    assert "network = true in [check.x]" in reason
    assert run_gate(cwd=repo.path).outcome("x") == "blocked"


@needs_isolation
@pytest.mark.usefixtures("gate_home")
@pytest.mark.parametrize(
    ("policy", "change", "outcome"),
    [
        (OWN, {"broken": "b\n"}, "failed"),
        (f"{OWN}network = true\n", {"a.txt": "a\n"}, "passed"),
        (f'{OWN}[isolation]\nuse = "off"\n', {"a.txt": "a\n"}, "passed"),
        (f'{OWN}[isolation]\nuse = "require"\n', {"a.txt": "a\n"}, "failed"),
    ],
    ids=["broken by the branch", "network", "off", "require runs nothing outside"],
)
def test_what_else_red_inside_may_mean(
    tmp_path: Path, listener: int, policy: str, change: dict[str, str], outcome: str
) -> None:
    repo = database(tmp_path, listener, policy)
    repo.commit("mine", change)
    assert run_gate(cwd=repo.path).outcome("x") == outcome


@needs_isolation
@pytest.mark.usefixtures("gate_home")
def test_red_inside_and_outside_at_the_base_is_failed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    repo = database(tmp_path, port, OWN)  # nobody listens any more
    repo.commit("mine", {"a.txt": "a\n"})
    assert run_gate(cwd=repo.path).outcome("x") == "failed"


@needs_isolation
@pytest.mark.usefixtures("gate_home")
@pytest.mark.parametrize("excuse", ["", 'failing_at_base = "report"\n'])
@pytest.mark.parametrize(("broken", "outcome"), [(False, "blocked"), (True, "failed")])
def test_of_many_tests_only_those_that_the_isolation_breaks_are_excused(
    tmp_path: Path, listener: int, excuse: str, broken: bool, outcome: str
) -> None:
    reach = f"import socket\n\n\ndef test_db():\n    socket.create_connection(('127.0.0.1', {listener}), 5)\n"
    own = "from app import X\n\n\ndef test_x():\n    assert X == 1\n"
    repo = project(tmp_path / "p", TESTS + excuse, {"app.py": "X = 1\n", "test_a.py": reach, "test_b.py": own, **ALONE})
    repo.commit("mine", {"app.py": f"X = {2 if broken else 1}\n", "a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.outcome("tests") == outcome, judged.out
    severities = {one["symbol"].split("::")[-1]: one["severity"] for one in judged.check("tests")["findings"]}
    assert severities == {"test_db": "note", **({"test_x": "error"} if broken else {})}
    assert "red only inside" in " ".join(judged.check("tests")["reasons"])


def test_available_agrees_with_the_marks() -> None:
    assert sandbox.available() or not ability().network
