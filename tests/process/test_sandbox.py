"""Bubblewrap: what is seen and written in it, and what happens without it. The tests that need it say so."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.process import sandbox
from gatekeeper.process.mounts import View
from gatekeeper.process.sandbox import Ability, ability, signal_of

needs_bubblewrap = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap is missing or not allowed here")
needs_own_network = pytest.mark.skipif(not ability().network, reason="bubblewrap cannot keep the network away here")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has what is taken from it here")
NOBODY = 65534


def inside(script: str, view: View = View(), *, network: bool = True, user: int | None = None) -> str:  # noqa: B008
    """What the script says, its errors included."""
    argv = (*sandbox.sandbox(ability(), view, network=network).words, "--", "sh", "-c", script)
    variables = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    asked = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    done = subprocess.run(argv, cwd="/", env=variables, capture_output=True, text=True, check=False, **asked)  # type: ignore[call-overload]
    return str(done.stdout + done.stderr)


@needs_bubblewrap
def test_only_what_is_named_is_there(tmp_path: Path) -> None:
    for name in ("shown", "secret", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(f"of {name}")
    view = View(visible=(str(tmp_path / "shown"),), writable=((str(tmp_path / "mine"), str(tmp_path / "mine")),))
    said = inside(f"cd {tmp_path}; cat shown/file mine/file secret/file; touch mine/new shown/new; ls .", view)
    assert "of shown" in said
    assert "of mine" in said
    assert "of secret" not in said
    assert (tmp_path / "mine/new").exists()
    assert not (tmp_path / "shown/new").exists()
    assert "mine\nshown\n" in said
    assert "secret\n" not in said


@needs_bubblewrap
def test_nothing_is_writable_but_what_is_named(tmp_path: Path) -> None:
    said = inside("for f in /x /usr/x /etc/x /run/x /home /var/x; do touch $f && echo wrote $f; done; true")
    assert "wrote" not in said


@needs_bubblewrap
def test_a_hidden_folder_in_a_visible_one_is_empty_and_cannot_be_filled(tmp_path: Path) -> None:
    (tmp_path / "all/gate/state").mkdir(parents=True)
    (tmp_path / "all/gate/state/key").write_text("secret")
    view = View(visible=(str(tmp_path / "all"),), hidden=(str(tmp_path / "all/gate"),))
    said = inside(f"cd {tmp_path}/all/gate && find . && touch new && echo wrote", view)
    assert said.splitlines()[0] == "."
    assert "key" not in said
    assert "wrote" not in said


@needs_bubblewrap
def test_what_is_needed_of_a_hidden_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "opt/project/.venv").mkdir(parents=True)
    for name in (".venv/pyvenv.cfg", "code.py"):
        (tmp_path / "opt/project" / name).touch()
    visible = (str(tmp_path / "opt"), str(tmp_path / "opt/project/.venv"))
    view = View(visible=visible, hidden=(str(tmp_path / "opt/project"),))
    said = inside(f"cd {tmp_path}/opt/project && find . | sort; touch .venv/new new", view)
    assert said.split("\n")[:3] == [".", "./.venv", "./.venv/pyvenv.cfg"]
    assert "code.py" not in said
    assert said.count("Read-only") == 2


@needs_bubblewrap
def test_paths_through_links_mean_the_same(tmp_path: Path) -> None:
    (tmp_path / "real/tool").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    said = inside(f"cd {tmp_path}/link/tool && pwd -P", View(visible=(str(tmp_path / "link/tool"),)))
    assert said.strip() == os.path.realpath(tmp_path / "real/tool")


@needs_bubblewrap
@pytest.mark.parametrize("user", [None, NOBODY], ids=["as we are", "as nobody"])
def test_processes_of_others_and_their_variables_are_hidden(user: int | None) -> None:
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can become another user")
    said = inside("cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l", user=user)
    assert "bwrap:" not in said
    assert int(said.split()[-1]) < 8
    assert "PYTEST_CURRENT_TEST" not in said


@needs_bubblewrap
@as_root
def test_root_has_nothing_of_root() -> None:
    attempts = {
        "kernel": "cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern",
        "unmount": "umount /etc",
        "remount": "mount -o remount,rw /",
        "device": "mknod /dev/disk b 254 0",
        "namespace": "unshare --user --mount --map-root-user umount /etc",
        "password": "cat /etc/shadow",
        "owner": "chown 1234 /dev/shm",
    }
    said = inside("; ".join(f"{{ {attempt}; }} && echo did-{name}" for name, attempt in attempts.items()))
    assert "did-" not in said


@needs_own_network
def test_loopback_is_up_and_is_not_that_of_the_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script = f"""python3 -c '
import socket
own = socket.create_server(("127.0.0.1", 0))
socket.create_connection(own.getsockname()).close()
print("own loopback")
socket.create_connection(("127.0.0.1", {port}), 5)
print("reached")
'"""
        without, with_network = inside(script, network=False), inside(script, network=True)
    assert "own loopback" in without
    assert "reached" not in without
    assert "reached" in with_network


@pytest.mark.parametrize(
    ("command", "status", "number"),
    [
        (("/usr/bin/python3",), 139, 11),
        (("sh", "-c", "…"), 139, 0),
        (("/usr/bin/python3",), 3, 0),
        (("/usr/bin/python3",), 128, 0),
        (("/usr/bin/python3",), 255, 0),
        (("/usr/bin/python3",), 0, 0),
    ],
)
def test_a_signal_is_told_from_an_exit_status(command: tuple[str, ...], status: int, number: int) -> None:
    assert signal_of(command, status) == number


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", str(tmp_path))
    yield tmp_path
    sandbox._tried.cache_clear()


def test_without_bubblewrap_the_reason_says_so(tools: Path) -> None:
    assert ability() == Ability(reason="bubblewrap (bwrap) is not installed")
    assert not sandbox.available()


def test_a_bubblewrap_that_does_not_work_is_not_used(tools: Path) -> None:
    (tools / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (tools / "bwrap").chmod(0o755)
    assert ability().program == ""
    assert "setting up uid map: Permission denied" in ability().reason


def test_where_only_the_network_cannot_be_kept_away_files_still_are(tools: Path) -> None:
    refuse = "case $* in *--unshare-net*) echo 'loopback: denied' >&2; exit 1;; esac"
    (tools / "bwrap").write_text(f"#!/bin/sh\n{refuse}\necho '{{ \"exit-code\": 0 }}' >&2\n")
    (tools / "bwrap").chmod(0o755)
    assert (bool(ability().program), ability().network) == (True, False)
    assert "loopback: denied" in ability().reason


def test_a_relative_entry_of_path_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ":.:absent")
    assert not sandbox.available()
