"""Private keys: made once, readable for their owner alone, interchangeable with OpenSSH's."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish, ConfigurationError, UsageError
from gatekeeper.model.target import Signer
from gatekeeper.process.home import Home
from gatekeeper.stamp.envelope import IN_TOTO, read, sign
from gatekeeper.stamp.keys import chain_id, find_key, keys_dir, load_key, machine_id, new_key, read_key
from tests.support.users import give_away

MAKE = """
import os
from gatekeeper.process.home import find_home
from gatekeeper.stamp.keys import chain_id, load_key
home = find_home(os.environ)
print(chain_id(load_key(home, {}), home))
"""


def ssh_keygen(path: Path, *options: str) -> Path:
    kind = () if "-t" in options else ("-t", "ed25519")
    phrase = () if "-N" in options else ("-N", "")
    argv = ["ssh-keygen", "-q", "-C", "me@here", *kind, *phrase, *options, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


def test_the_first_use_makes_a_key_for_its_owner_alone(gate_home: Home) -> None:
    key = load_key(gate_home, {})
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys_dir(gate_home).stat().st_mode) == 0o700
    assert load_key(gate_home, {}) == key
    assert sorted(path.name for path in keys_dir(gate_home).iterdir()) == [".lock", "default"]


def test_nothing_of_the_private_half_is_shown(gate_home: Home) -> None:
    key = load_key(gate_home, {})
    body = "".join(key.path.read_text().splitlines()[1:-1])
    assert body not in repr(key)
    assert repr(key) == f"PrivateKey(id={key.id!r}, public={key.public!r}, path={key.path!r})"


def test_several_processes_at_once_make_one_key(gate_home: Home) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MAKE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [err for _, err in said] == [""] * 6
    assert len({out for out, _ in said}) == 1
    assert said[0][0].strip() == chain_id(load_key(gate_home, {}), gate_home)


def test_openssh_reads_what_the_gate_makes(gate_home: Home) -> None:
    key = load_key(gate_home, {})
    said = subprocess.run(["ssh-keygen", "-y", "-f", str(key.path)], capture_output=True, text=True, check=True)
    assert said.stdout.split()[:2] == key.public.split()


def test_the_gate_signs_with_what_openssh_makes(tmp_path: Path, gate_home: Home) -> None:
    path = ssh_keygen(tmp_path / "id_ed25519")
    public = Path(f"{path}.pub").read_text()
    key = load_key(gate_home, {"GATE_KEY": str(path)})
    assert key.public.split() == public.split()[:2]
    assert not keys_dir(gate_home).exists()
    me = Signer("me", public, key.id)
    assert read(sign(b"{}", IN_TOTO, key)).signer([me]) == me


def test_a_copy_of_an_openssh_key_is_kept_under_a_name(tmp_path: Path, gate_home: Home) -> None:
    path = ssh_keygen(tmp_path / "id_ed25519")
    kept = new_key(gate_home, "work", path)
    assert kept.id == read_key(path).id
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    path.unlink()
    assert load_key(gate_home, {"GATE_KEY": "work"}) == kept
    assert find_key(gate_home, {}, "work") == kept


def test_no_key_is_ever_overwritten(tmp_path: Path, gate_home: Home) -> None:
    first = new_key(gate_home)
    with pytest.raises(UsageError, match="already") as raised:
        new_key(gate_home)
    assert "--name" in raised.value.hint
    with pytest.raises(UsageError, match="already"):
        new_key(gate_home, source=ssh_keygen(tmp_path / "other"))
    assert load_key(gate_home, {}) == first


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".lock", ".x", "machine.id", "a b", "a\n", "x" * 65])
def test_a_name_cannot_leave_the_folder(gate_home: Home, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a key"):
        new_key(gate_home, name)


def test_looking_for_a_key_makes_none(gate_home: Home) -> None:
    with pytest.raises(UsageError, match="no key 'default' yet") as raised:
        find_key(gate_home, {})
    assert raised.value.hint == "make it: `gate key new`"
    with pytest.raises(UsageError, match="no key 'ci' yet"):
        load_key(gate_home, {"GATE_KEY": "ci"})
    assert not gate_home.state.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(gate_home: Home, mode: int) -> None:
    path = load_key(gate_home, {}).path
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="can be read by others") as raised:
        load_key(gate_home, {})
    assert raised.value.hint.startswith(f"chmod 600 {path}")


def test_a_folder_that_others_can_look_into_is_refused(gate_home: Home) -> None:
    load_key(gate_home, {})
    keys_dir(gate_home).chmod(0o755)
    for action in (lambda: load_key(gate_home, {}), lambda: new_key(gate_home, "x"), lambda: find_key(gate_home, {})):
        with pytest.raises(ConfigurationError, match="can be read by others"):
            action()


def test_the_key_of_another_user_is_refused(gate_home: Home) -> None:
    path = load_key(gate_home, {}).path
    give_away(path)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        load_key(gate_home, {})


def test_a_passphrase_is_said_with_the_next_step(tmp_path: Path) -> None:
    path = ssh_keygen(tmp_path / "locked", "-N", "correct horse")
    with pytest.raises(ConfigurationError, match="passphrase") as raised:
        read_key(path)
    assert "gate key new" in raised.value.hint
    assert "ssh-keygen -p" in raised.value.hint


def test_who_can_be_asked_gives_the_passphrase(tmp_path: Path) -> None:
    path = ssh_keygen(tmp_path / "locked", "-N", "correct horse")
    asked: list[Path] = []

    def ask(file: Path) -> bytes:
        asked.append(file)
        return b"correct horse"

    key = read_key(path, ask)
    assert key.public == path.with_suffix(".pub").read_text(encoding="utf-8").rpartition(" ")[0]
    assert asked == [path]
    with pytest.raises(ConfigurationError, match="not the passphrase"):
        read_key(path, lambda _: b"wrong")
    with pytest.raises(ConfigurationError, match="not the passphrase"):
        read_key(path, lambda _: b"")
    plain = ssh_keygen(tmp_path / "plain", "-N", "")
    assert read_key(plain, lambda _: pytest.fail("nobody has to be asked")).id


def test_other_kinds_of_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no ed25519 key"):
        read_key(ssh_keygen(tmp_path / "rsa", "-t", "rsa", "-b", "2048"))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"ssh-ed25519 AAAA me\n", "a public key"),
        (b"", "no OpenSSH private key"),
        (b"\xff\xfe hello", "no OpenSSH private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no OpenSSH private key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "cannot be read"),
    ],
)
def test_what_is_no_key_says_so(tmp_path: Path, contents: bytes, words: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(contents)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match=words):
        read_key(path)


def test_folders_pipes_and_nothing_are_no_keys(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in (".", "pipe"):
        with pytest.raises(ConfigurationError, match="not a file"):
            read_key(tmp_path / name)
    with pytest.raises(UsageError, match="no key file"):
        read_key(tmp_path / "missing")


def test_a_state_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotEstablish, match="cannot write"):
        load_key(Home(cache=tmp_path / "cache", state=tmp_path / "file" / "state"), {})


def test_a_chain_is_named_after_key_and_machine(tmp_path: Path, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    here = chain_id(key, gate_home)
    assert here == f"{key.id}-{machine_id(gate_home)}"
    elsewhere = Home(cache=tmp_path / "c", state=tmp_path / "s")
    assert machine_id(elsewhere) != machine_id(gate_home)
    assert len(machine_id(elsewhere)) == 16
    assert chain_id(key, gate_home) == here


def test_a_damaged_machine_id_is_said(gate_home: Home) -> None:
    machine_id(gate_home)
    (keys_dir(gate_home) / "machine.id").write_text("../../x")
    with pytest.raises(ConfigurationError, match="damaged"):
        machine_id(gate_home)
