"""gate attest: the real command; what it stores is what `standing` hears."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.git.facts import find_repository
from gatekeeper.model.target import Attestation, Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp.attestation import standing
from gatekeeper.stamp.keys import PrivateKey, load_key, new_key
from gatekeeper.stamp.log import Log
from tests.support.gate_command import BLOCKED, USAGE, Said
from tests.support.repo import Repo
from tests.support.verb import verb

POLICY = """extends = []
[check.x]
command = "true"
[target.shop]
surface = "preprod"
probe = "sh probe.sh"
"""
SAID = ("--label", "direct", "--reason", "opened the checkout", "--by", "Ana")


def project(path: Path, *signers: str) -> Repo:
    made = Repo.create(path)
    made.commit("begin", {"gate.toml": POLICY + "".join(signers)})
    made.branch("work")
    made.commit("work", {"a.txt": "a\n"})
    return made


def trusted(key: PrivateKey, *surfaces: str) -> str:
    listed = ", ".join(f'"{surface}"' for surface in surfaces)
    return f'[[signer]]\nname = "lab"\nkey = "{key.public}"\nsurfaces = [{listed}]\n'


def heard(repo: Repo, key: PrivateKey, commit: str | None = None) -> list[Attestation]:
    head = CommitId(commit or repo.head())
    lines = Log(find_repository(str(repo.path))).lines(head)
    return list(standing(lines, head, [Signer("lab", key.public, key.id)], datetime.now(UTC)))


def attest(repo: Repo, *words: str) -> Said:
    return verb(repo.path, "attest", *words)


def test_what_is_attested_is_in_the_log(tmp_path: Path, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    repo = project(tmp_path / "p", trusted(key, "preprod"))
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"pixels")
    digest = hashlib.sha256(b"pixels").hexdigest()
    said = attest(repo, "shop", *SAID, "--artefact", str(photo))
    said.expect(0, f"attested shop: direct, for {repo.head()[:12]} (work)", digest, "It counts as stated")
    (one,) = heard(repo, key)
    assert (one.target, one.label, one.by, one.reason, one.problem) == (
        "shop", "direct", "Ana", "opened the checkout", "",
    )  # fmt: skip
    held = datetime.fromisoformat(one.expires) - datetime.fromisoformat(one.made)
    assert abs(held - timedelta(days=30)) < timedelta(minutes=5)
    assert str(tmp_path) not in Log(find_repository(str(repo.path))).lines(CommitId(repo.head()))[0].decode()


def test_rev_may_stand_at_either_end_and_binds_the_commit(tmp_path: Path, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    repo = project(tmp_path / "p", trusted(key))
    work = repo.head()
    repo.switch("main")
    attest(repo, "shop", *SAID, "work").expect(0, f"for {work[:12]} (work)", "It counts as proxy at most")
    attest(repo, "shop", "work", *SAID).expect(0, f"for {work[:12]} (work)", "stored   2")
    assert [bool(one.problem) for one in heard(repo, key, work)] == [True, False]
    assert heard(repo, key) == []


def test_a_key_that_the_policy_does_not_know_is_said_to_count_for_nothing(tmp_path: Path, gate_home: Home) -> None:
    repo = project(tmp_path / "p")
    said = attest(repo, "shop", *SAID).expect(0, "It counts for nothing yet", "--surface preprod")
    assert load_key(gate_home, {}).public in said.out


def test_another_key_signs_when_it_is_named(tmp_path: Path, gate_home: Home) -> None:
    lab = new_key(Home(cache=tmp_path / "c", state=tmp_path / "s"))
    repo = project(tmp_path / "p", trusted(lab, "preprod"))
    attest(repo, "shop", *SAID, "--key", str(lab.path)).expect(0, "It counts as stated")
    assert [one.problem for one in heard(repo, lab)] == [""]
    lab.path.chmod(0o644)
    attest(repo, "shop", *SAID, "--key", str(lab.path)).expect(USAGE, "can be read by others", "chmod 600")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("shop", *SAID, "--expires", "0d"), "is no day"),
        (("shop", *SAID, "--expires", "soon"), "is no day"),
        (("shop", *SAID, "--expires", "2020-01-01"), "is over already"),
        (("shop", *SAID, "--expires", "400d"), "more than 366 days"),
        (("shop", *SAID, "--expires", "9999-12-31"), "more than 366 days"),
        (("shpo", *SAID), "no target 'shpo'"),
        (("x", *SAID), "no target 'x'"),
        (("shop", *SAID, "--reason", " "), "--reason is empty"),
        (("shop", *SAID, "--label", "certain"), "invalid choice"),
        (("shop", "--label", "direct"), "required"),
        (("shop", *SAID, "no-such-branch"), "there is no commit 'no-such-branch'"),
    ],
)
def test_mistakes_are_named_and_nothing_is_stored(
    tmp_path: Path, gate_home: Home, words: tuple[str, ...], told: str
) -> None:
    repo = project(tmp_path / "p")
    attest(repo, *words).expect(USAGE, told)
    assert not repo.git("branch", "--list", "gate-log")


def test_an_artefact_must_be_there(tmp_path: Path, gate_home: Home) -> None:
    repo = project(tmp_path / "p")
    attest(repo, "shop", *SAID, "--artefact", "nowhere.png").expect(BLOCKED, "nowhere.png cannot be read")
