"""docs/how-to/verify.md: exactly the commands of the page, run by a shell, without the gate."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.model.vocabulary import Verdict
from gatekeeper.process.home import Home
from gatekeeper.stamp.envelope import IN_TOTO, read, sealed
from tests.support.stamps import Key, Yard
from tests.support.verified import VERIFIED, beside, content, stored, verify

PAGE = (Path(__file__).parents[2] / "docs/how-to/verify.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def _openssl_3() -> bool:
    if not shutil.which("openssl"):
        return False
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout
    return said.startswith("OpenSSL") and int(said.split()[1].split(".")[0]) >= 3


openssl = pytest.mark.skipif(not _openssl_3(), reason="needs OpenSSL 3")


def commands(section: str) -> str:
    """The indented lines of a section."""
    return "".join(line[4:] + "\n" for line in SECTIONS[section].splitlines() if line.startswith("    "))


def by_hand(yard: Yard, rev: str = "work", key: Key | None = None) -> "subprocess.CompletedProcess[str]":
    """Run the section in the worktree; `REV=… BASE=…` of the page is replaced by what is asked about here."""
    script = commands("Without the gate").replace("REV=agent/checkout BASE=main", f"REV={rev} BASE=main")
    assert f"REV={rev}" in script
    (yard.repo.path / "signer.pub").write_text(f"{(key or yard.key).public} somebody@example.org\n")
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        ["sh", "-eu"], cwd=yard.repo.path, env=env, input=script, capture_output=True, text=True, check=False
    )


@pytest.fixture
def yard(tmp_path: Path, gate_home: Home) -> Yard:
    made = Yard.create(tmp_path / "project", gate_home)
    made.stamp(rev="main")
    made.stamp(Verdict.REJECTED)
    made.stamp()
    return made


@openssl
def test_the_page_verifies_what_is_good(yard: Yard) -> None:
    done = by_hand(yard)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Signature Verified Successfully" in done.stdout
    yard.stamp(rev="main")
    done = by_hand(yard)
    assert done.returncode == 0
    previous, digest = re.findall(r"\b[0-9a-f]{64}\b", done.stdout)[-2:]
    assert previous == digest, "the newest stamp of the chain names the sha256 of the one that was verified"


@openssl
@pytest.mark.parametrize("flags", [("--object-format=sha256",)])
def test_the_page_knows_sha256(tmp_path: Path, gate_home: Home, flags: tuple[str, ...]) -> None:
    yard = Yard.create(tmp_path / "sha256", gate_home, flags=flags)
    yard.stamp()
    assert by_hand(yard).returncode == 0


def rejected(yard: Yard) -> None:
    yard.stamp(Verdict.REJECTED)


def by_somebody_else(yard: Yard) -> None:
    yard.stamp(key=Key("stranger"))


def tampered(yard: Yard) -> None:
    line = read(content(yard, stored(yard)[-1]))
    beside(
        yard, "9999-x.json", sealed(line.payload.replace(b"README", b"readme") + b" ", IN_TOTO, line.signatures) + b"\n"
    )


def copied(yard: Yard) -> None:
    beside(yard, "9999-x.json", content(yard, stored(yard, "main")[0]))


def moved_base(yard: Yard) -> None:
    yard.repo.switch("main")
    yard.repo.commit("more", {"more": "1"})


def edited(yard: Yard) -> None:
    yard.commit_log({stored(yard)[0]: None})


def newer_failure_hidden(yard: Yard) -> None:
    """The log is rewritten from its beginning without the newest failure where it is found by its commit."""
    yard.stamp(Verdict.REJECTED)
    yard.commit_log({stored(yard)[-1]: None})
    squash(yard)


def failure_taken_out(yard: Yard) -> None:
    yard.stamp(Verdict.REJECTED)
    yard.stamp(rev="main")
    yard.commit_log({path: None for path in yard.files() if "00000004.json" in path})
    squash(yard)


def squash(yard: Yard) -> None:
    """Two commits without a history: nothing of what was changed can be seen in the log of the log."""
    tree, newest = yard.repo.tree("gate-log"), max(path for path in yard.files() if "/places/" in path)[-13:]
    before = yard.repo.tree(yard.commit_log({path: None for path in yard.files() if path.endswith(newest)}))
    first = yard.repo.git("commit-tree", "-m", "all but the newest", before)
    second = yard.repo.git("commit-tree", "-m", "the newest", "-p", first, tree)
    yard.repo.git("update-ref", "refs/heads/gate-log", second)


@openssl
@pytest.mark.parametrize(
    "how", [rejected, by_somebody_else, tampered, copied, moved_base, edited, newer_failure_hidden, failure_taken_out]
)
def test_the_page_refuses_what_is_not(yard: Yard, how: Callable[[Yard], None]) -> None:
    how(yard)
    assert by_hand(yard).returncode != 0


@openssl
def test_a_log_that_was_only_squashed_is_as_good_as_before(yard: Yard) -> None:
    """So it is not the squashing that the two cases above are refused for."""
    squash(yard)
    assert by_hand(yard).returncode == 0


@openssl
def test_another_key_is_refused(yard: Yard) -> None:
    done = by_hand(yard, key=Key("stranger"))
    assert done.returncode != 0
    assert "Verified Successfully" not in done.stdout


def test_two_logs_merge_by_the_commands_of_the_page(yard: Yard, tmp_path: Path) -> None:
    yard.repo.git("clone", "--quiet", "--bare", str(yard.repo.path), str(tmp_path / "origin.git"))
    yard.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    yard.repo.git("push", "--quiet", "origin", "gate-log")
    yard.repo.git("clone", "--quiet", str(tmp_path / "origin.git"), str(tmp_path / "ci"))
    elsewhere = Yard(type(yard.repo)(tmp_path / "ci"), Home(tmp_path / "ci-home", tmp_path / "ci-home"))
    elsewhere.repo.git("branch", "--quiet", "main", "origin/main")
    elsewhere.stamp(machine="ci")
    elsewhere.repo.git("push", "--quiet", "origin", "gate-log")
    yard.stamp()
    assert yard.repo.git("push", "origin", "gate-log", check=False) == ""
    ours, theirs = yard.repo.head("gate-log"), elsewhere.repo.head("gate-log")
    merge = re.search(
        r"git fetch origin gate-log\n.*?git push origin gate-log\n", commands("Take the log along"), re.DOTALL
    )
    assert merge is not None
    yard.repo.config("user.name", "me")
    yard.repo.config("user.email", "me@example.org")
    done = subprocess.run(
        ["sh", "-eu"], cwd=yard.repo.path, input=merge[0], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for tip in (ours, theirs):
        yard.repo.git("merge-base", "--is-ancestor", tip, "origin/gate-log")
    verify(yard, "work").expect(VERIFIED, "2 chains")
    yard.stamp(Verdict.REJECTED)
    verify(yard, "work").expect(1, "rejected")
