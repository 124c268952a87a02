"""gate key: the real command, real keys, real policies."""

import json
import tomllib
from pathlib import Path

import pytest

from gatekeeper.policy.public_key import read_public_key, write_public_key
from gatekeeper.process.home import Home
from tests.support.gate_command import USAGE
from tests.support.repo import Repo
from tests.support.verb import verb

PUBLIC = write_public_key(b"\x01" * 32)


def public_of(where: Path, *words: str) -> str:
    return str(json.loads(verb(where, "key", "show", "--format", "json", *words).out)["public"])


def test_new_show_and_trust(repo: Repo, gate_home: Home) -> None:
    verb(repo.path, "key", "show").expect(USAGE, "there is no key 'default' yet", "gate key new")
    made = verb(repo.path, "key", "new").expect(
        0, f"made {gate_home.state}/keys/default", "gate key trust 'ssh-ed25519 "
    )
    verb(repo.path, "key", "new").expect(USAGE, "already", "--name")
    public = public_of(repo.path)
    assert public in made.out
    assert read_public_key(public).id in made.out
    trusted = verb(repo.path, "key", "trust", public, "--name", "laptop", "--surface", "device", "--no-stamps")
    trusted.expect(0, "There is no gate.toml yet: it is made", 'surfaces = ["device"]', "stamps = false", "on the base")
    assert tomllib.loads((repo.path / "gate.toml").read_text()) == {
        "signer": [{"name": "laptop", "key": public, "stamps": False, "surfaces": ["device"]}]
    }
    assert json.loads(verb(repo.path, "key", "show", "--format", "json").out)["trusted_as"] is None
    repo.commit("trust")
    verb(repo.path, "key", "show").expect(0, "trusted as 'laptop' by the policy at base")
    told = json.loads(verb(repo.path, "key", "show", "--format", "json").out)
    assert told == {
        "schema": "gatekeeper/key/1",
        "name": "default",
        "id": read_public_key(public).id,
        "public": public,
        "file": f"{gate_home.state}/keys/default",
        "trusted_as": "laptop",
    }


def test_keys_with_names(repo: Repo, gate_home: Home) -> None:
    verb(repo.path, "key", "new", "--name", "ci").expect(0, "GATE_KEY=ci")
    copied = verb(repo.path, "key", "new", "--name", "copy", "--from", f"{gate_home.state}/keys/ci")
    copied.expect(0, "kept a copy of")
    assert public_of(repo.path, "ci") == public_of(repo.path, "copy")
    assert json.loads(verb(repo.path, "key", "show", "--format", "json", env={"GATE_KEY": "ci"}).out)["name"] == "ci"
    verb(repo.path, "key", "new", "--name", "../x").expect(USAGE, "no name for a key")
    verb(repo.path, "key", "new", "--from", "missing").expect(USAGE, "there is no key file missing")


def test_trust_only_adds(repo: Repo, gate_home: Home) -> None:
    before = "# ours\nextends = []\n[check.x]\ncommand = 'true'"
    repo.write("gate.toml", before)
    (repo.path / "ci.pub").write_text(f"{PUBLIC} ci@runner\n")
    words = ("key", "trust", "ci.pub", "--name", "ci", "--approve", "gate-change", "--approve", "gate-change")
    verb(repo.path, *words).expect(0, 'approves = ["gate-change"]')
    after = (repo.path / "gate.toml").read_text()
    assert after.startswith(before)
    assert tomllib.loads(after)["signer"] == [{"name": "ci", "key": PUBLIC, "approves": ["gate-change"]}]
    verb(repo.path, *words).expect(USAGE, "has a signer 'ci' already")
    verb(repo.path, "key", "trust", PUBLIC, "--name", "other").expect(USAGE, "trusts this key already, as 'ci'")
    verb(repo.path, "key", "trust", PUBLIC, "--name", "a\nb").expect(USAGE, "no name for a signer")
    assert (repo.path / "gate.toml").read_text() == after


def test_trust_in_pyproject(repo: Repo, gate_home: Home) -> None:
    repo.write("pyproject.toml", '[project]\nname = "x"\n[tool.gate]\nextends = ["default"]\n')
    verb(repo.path, "key", "trust", PUBLIC, "--name", "ci").expect(0, "pyproject.toml: ci is trusted")
    assert tomllib.loads((repo.path / "pyproject.toml").read_text())["tool"]["gate"]["signer"][0]["name"] == "ci"
    assert not (repo.path / "gate.toml").exists()


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "a private key: give the public one"),
        ("hello", "not one line of an OpenSSH public key"),
        ("ssh-rsa AAAA me", "only ssh-ed25519 keys"),
        ("\x1b[31m \x1b[0m x", "only ssh-ed25519 keys"),
    ],
)
def test_what_is_no_public_key_is_not_trusted(repo: Repo, gate_home: Home, contents: str, words: str) -> None:
    (repo.path / "key.pub").write_text(contents)
    verb(repo.path, "key", "trust", "key.pub", "--name", "x").expect(USAGE, words)
    assert not (repo.path / "gate.toml").exists()


def test_where_there_is_nothing_to_write_in(repo: Repo, gate_home: Home, tmp_path: Path) -> None:
    verb(tmp_path, "key", "trust", PUBLIC, "--name", "x").expect(USAGE, "not in a git repository")
    verb(repo.path, "key", "trust", "nowhere.pub", "--name", "x").expect(USAGE, "cannot be read as a file")
    repo.write("gate.toml", "extends = [\n")
    verb(repo.path, "key", "trust", PUBLIC, "--name", "x").expect(USAGE, "gate.toml:")
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    verb(tmp_path / "bare.git", "key", "trust", PUBLIC, "--name", "x").expect(USAGE, "bare repository")
