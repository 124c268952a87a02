"""`gate verify`, the real command on real repositories: what counts, what does not, and what to do next."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.ledger.contracts import Contracts
from gatekeeper.model.contract import Contract
from gatekeeper.model.vocabulary import Label, Outcome, Verdict
from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import load_key
from tests.support.gate_command import project
from tests.support.plain import plain_variables
from tests.support.stamps import Key, Yard, of_label
from tests.support.verb import verb
from tests.support.verified import REJECTED, UNESTABLISHED, USAGE, VERIFIED, as_json, beside, failing, verify


@pytest.fixture
def yard(tmp_path: Path, gate_home: Home) -> Yard:
    return Yard.create(tmp_path / "project", gate_home)


# What it says ---------------------------------------------------------------------------------------------------------


def test_an_accepted_commit_is_verified_step_by_step(yard: Yard) -> None:
    yard.stamp()
    said = verify(yard, "work").expect(VERIFIED, "VERIFIED  work", "has only grown", "tests local")
    assert [line.split()[:3:2] for line in said.out.splitlines()[1:8]] == [
        [str(number), "ok"] for number in range(1, 8)
    ]
    assert verify(yard, "work", "-q").text == ""
    assert verify(yard).status == VERIFIED


def test_the_json_has_it_all(yard: Yard) -> None:
    place = yard.stamp()
    beside(yard, "junk.json", b"junk\n")
    found = as_json(yard, "work")
    assert (found["schema"], found["answer"], found["commit"]) == (
        "gatekeeper/verify/1",
        "verified",
        yard.repo.head("work"),
    )
    assert [(one["name"], one["ok"]) for one in found["steps"]][-1] == ("verdict", True)
    (stamp,) = found["stamps"]
    assert (stamp["chain"], stamp["sequence"], stamp["key"], stamp["verdict"]) == (place.id, 1, yard.key.id, "accepted")
    assert found["not_counted"] == [{"file": "junk.json", "step": 2, "reason": "not JSON in UTF-8", "forged": False}]


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.REJECTED, REJECTED), (Verdict.BLOCKED, UNESTABLISHED)])
def test_any_other_verdict_is_none(yard: Yard, verdict: Verdict, status: int) -> None:
    yard.stamp(verdict)
    assert failing(yard, "work") == (status, "verdict")


def test_without_a_log_or_a_stamp_nothing_is_established(yard: Yard) -> None:
    verify(yard, "work").expect(UNESTABLISHED, "no log of stamps", "gate check work", "git fetch")
    yard.stamp(rev="main")
    assert failing(yard, "work") == (UNESTABLISHED, "envelope")


@pytest.mark.parametrize("flags", [("--object-format=sha256",), ()])
def test_it_works_with_every_kind_of_repository(tmp_path: Path, gate_home: Home, flags: tuple[str, ...]) -> None:
    yard = Yard.create(tmp_path / "other", gate_home, flags=flags)
    yard.stamp()
    side = yard.repo.worktree("side", tmp_path / "side")
    yard.repo.git("clone", "--quiet", "--bare", str(yard.repo.path), str(tmp_path / "bare.git"))
    yard.repo.git("gc", "--quiet", "--prune=now")
    for folder in (side.path, tmp_path / "bare.git", yard.repo.path):
        verify(yard, "work", cwd=folder).expect(VERIFIED)


def test_a_clone_reads_the_log_of_its_origin(yard: Yard, tmp_path: Path) -> None:
    yard.stamp()
    yard.repo.git("clone", "--quiet", str(yard.repo.path), str(tmp_path / "clone"))
    verify(yard, "origin/work", "--base", "origin/main", cwd=tmp_path / "clone").expect(VERIFIED)


def test_nothing_heavy_is_imported_once_the_policy_is_kept(yard: Yard) -> None:
    """pydantic alone costs more than the whole verb."""
    yard.stamp()
    verify(yard, "work").expect(VERIFIED)
    heavy = ("pydantic", "securesystemslib", "sqlite3", "rich", "random", "gatekeeper.policy.load")
    run = "import sys; from gatekeeper.cli.main import run; run(['verify', 'work', '-q'])"
    script = f"{run}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=yard.repo.path,
        env=plain_variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


# Latest wins ----------------------------------------------------------------------------------------------------------


def test_an_old_pass_never_beats_a_newer_failure(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    assert failing(yard, "work") == (REJECTED, "verdict")
    yard.stamp()
    assert failing(yard, "work") == (VERIFIED, "")


def test_a_newer_block_takes_a_pass_back(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.BLOCKED)
    assert failing(yard, "work") == (UNESTABLISHED, "verdict")


def test_of_several_chains_one_that_rejects_is_enough(yard: Yard) -> None:
    yard.stamp(Verdict.REJECTED, machine="laptop")
    yard.stamp(machine="ci")
    assert failing(yard, "work") == (REJECTED, "verdict")
    yard.stamp(machine="laptop")
    assert failing(yard, "work") == (VERIFIED, "")


def test_a_block_elsewhere_says_nothing_against_it(yard: Yard) -> None:
    yard.stamp(machine="ci")
    yard.stamp(Verdict.BLOCKED, machine="laptop")
    assert failing(yard, "work") == (VERIFIED, "")


# Requirements ---------------------------------------------------------------------------------------------------------


def test_what_is_required_must_be_reached(yard: Yard) -> None:
    yard.stamp(Verdict.ACCEPTED, of_label("tests", Label.LOCAL), of_label("lint", Label.PROXY))
    for words, status in (
        (["lint=proxy"], VERIFIED),
        (["lint=local", "tests=local"], VERIFIED),
        (["lint=direct"], UNESTABLISHED),
        (["lint=proxy", "lint=direct"], UNESTABLISHED),
        (["tests=proxy"], UNESTABLISHED),
    ):
        said = verify(yard, "work", *(f"--require={word}" for word in words))
        assert said.status == status, (words, said.text)
    verify(yard, "work", "--require", "tests=proxy").expect(UNESTABLISHED, "tests must be proxy, and is passed, local")


def test_what_nobody_looked_at_is_not_reached(yard: Yard) -> None:
    yard.stamp()
    verify(yard, "work", "--require", "lint=local").expect(UNESTABLISHED, "lint: no stamp says anything about it")


def test_what_does_not_apply_meets_the_policy_and_no_caller(yard: Yard) -> None:
    yard.stamp(Verdict.ACCEPTED, of_label("tests", None, Outcome.NOT_APPLICABLE))
    assert failing(yard, "work") == (VERIFIED, "")
    assert failing(yard, "work", "--require", "tests=local") == (UNESTABLISHED, "verdict")


def test_an_optional_check_that_failed_is_a_rejection_when_it_is_asked_for(yard: Yard) -> None:
    yard.stamp(Verdict.ACCEPTED, of_label("tests", Label.LOCAL), of_label("lint", Label.LOCAL, Outcome.FAILED))
    assert failing(yard, "work") == (VERIFIED, "")
    assert failing(yard, "work", "--require", "lint=local") == (REJECTED, "verdict")


@pytest.mark.parametrize("word", ["tests", "tests=", "=local", "tests=blocked", "tests=Local", "nothing=local"])
def test_a_requirement_that_is_none_is_a_usage_error(yard: Yard, word: str) -> None:
    yard.stamp()
    verify(yard, "work", "--require", word).expect(
        USAGE, "for example tests=local" if word[-6:] != "=local" else "there are: lint, tests"
    )


def test_no_requirement_at_all_is_no_yes(tmp_path: Path, gate_home: Home) -> None:
    yard = Yard.create(
        tmp_path / "loose", gate_home, 'extends = []\n[check.tests]\ncommand = "pytest"\nrequired = false\n'
    )
    yard.stamp()
    verify(yard, "work").expect(USAGE, "nothing is required", "--require")
    verify(yard, "work", "--require", "tests=local").expect(VERIFIED)


# Who is trusted -------------------------------------------------------------------------------------------------------


def test_nobody_is_trusted_by_default(tmp_path: Path, gate_home: Home) -> None:
    yard = Yard.create(tmp_path / "open", gate_home, trusts=None)
    yard.stamp()
    verify(yard, "work").expect(UNESTABLISHED, "nobody is trusted", "gate key trust", "--trust")
    verify(yard, "work", "--trust", yard.key.public).expect(VERIFIED)


def test_a_key_that_nobody_named_counts_for_nothing(yard: Yard) -> None:
    yard.stamp(key=Key("stranger"))
    assert failing(yard, "work") == (UNESTABLISHED, "signer")
    verify(yard, "work").expect(UNESTABLISHED, "gate key trust", Key("stranger").id[:16])
    verify(yard, "work", "--trust", Key("stranger").public).expect(VERIFIED)


def test_a_signer_of_other_things_stamps_nothing(tmp_path: Path, gate_home: Home) -> None:
    yard = Yard.create(tmp_path / "lab", gate_home, trusts=Key().table + Key("lab").table + "stamps = false\n")
    yard.stamp(key=Key("lab"))
    verify(yard, "work").expect(UNESTABLISHED, "lab is trusted for other things")
    yard.stamp()
    verify(yard, "work").expect(VERIFIED)


def test_trust_can_be_a_file_of_openssh(yard: Yard, tmp_path: Path) -> None:
    yard.stamp(key=Key("release"))
    line, file = Key("release").public, tmp_path / "trusted"
    for text, status in (
        (f"{line} release@example.org\n", VERIFIED),
        (f"# who\n\nrelease@example.org {line}\n", VERIFIED),
        (f'release@example.org namespaces="git,gate" {line}\n', VERIFIED),
        (f'release@example.org namespaces="git" {line}\n', UNESTABLISHED),
        (f'release@example.org valid-before="20200101" {line}\n', UNESTABLISHED),
        (f'release@example.org valid-after="29990101Z",namespaces="gate" {line}\n', UNESTABLISHED),
        (f"release@example.org cert-authority {line}\n", UNESTABLISHED),
        ("ssh-rsa AAAA x\n", UNESTABLISHED),
        ("", UNESTABLISHED),
    ):
        file.write_text(text)
        said = verify(yard, "work", "--trust", str(file))
        assert said.status == status, (text, said.text)
    verify(yard, "work", "--trust", str(tmp_path / "missing")).expect(USAGE, "neither a public key nor a file")
    file.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    verify(yard, "work", "--trust", str(file)).expect(USAGE, "private key")


# Freshness ------------------------------------------------------------------------------------------------------------


def test_a_moved_base_makes_a_stamp_outdated(yard: Yard) -> None:
    yard.stamp()
    old = yard.repo.head("main")
    yard.repo.switch("main")
    yard.repo.commit("more", {"more.txt": "more\n"})
    assert failing(yard, "work") == (UNESTABLISHED, "freshness")
    verify(yard, "work").expect(UNESTABLISHED, "outdated", old[:12], "gate check work", f"--base {old[:12]}")
    verify(yard, "work", "--base", old).expect(VERIFIED)
    yard.stamp()
    assert failing(yard, "work") == (VERIFIED, "")


def test_a_stamp_by_another_policy_or_of_the_whole_tree_is_outdated(yard: Yard) -> None:

    yard.stamp(policy=replace(yard.policy, digest="ab" * 32))
    verify(yard, "work").expect(UNESTABLISHED, "judged by policy abababababab")
    yard.stamp(subject=replace(yard.report().subject, whole=True))
    verify(yard, "work").expect(UNESTABLISHED, "the whole tree was judged")


def test_an_outdated_rejection_elsewhere_is_only_noted(yard: Yard) -> None:
    yard.stamp(Verdict.REJECTED, machine="laptop")
    yard.repo.switch("main")
    yard.repo.commit("more", {"more.txt": "more\n"})
    yard.stamp(machine="ci")
    verify(yard, "work").expect(VERIFIED, "note:", "outdated")


def test_a_contract_that_changed_makes_a_stamp_outdated(yard: Yard) -> None:

    contracts = Contracts(yard.home.state / "contracts.sqlite3")
    draft = Contract(branch="work", version=0, made="", by="me", digest="", allow=("src/**",))
    stated = contracts.set(yard.repository, [draft])[0].contract
    yard.stamp()
    assert failing(yard, "work") == (UNESTABLISHED, "freshness")
    yard.stamp(contract=stated)
    assert failing(yard, "work", "--require", "tests=local") == (VERIFIED, "")
    assert failing(yard, yard.repo.head("work"), "--require", "tests=local") == (VERIFIED, "")
    contracts.remove(yard.repository, "work", "me")
    verify(yard, "work").expect(UNESTABLISHED, "contract of the branch has changed")


@pytest.mark.parametrize("words", [["--base", "nothing"], ["nothing"], ["--base=--help"], ["--repo", "/nonexistent"]])
def test_a_name_that_is_none_is_said(yard: Yard, words: list[str]) -> None:
    said = verify(yard, *words)
    assert said.status in {USAGE, UNESTABLISHED}
    assert "internal error" not in said.text


# From the check to the answer -----------------------------------------------------------------------------------------


def test_what_gate_check_signs_gate_verify_believes(tmp_path: Path, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    policy = f'[check.x]\ncommand = "sh probe.sh"\n[[signer]]\nname = "here"\nkey = "{key.public}"\n'
    repo = project(tmp_path / "p", "test ! -e bad.txt\n", policy)
    said = verb(repo.path, "verify")
    assert said.status == UNESTABLISHED
    assert verb(repo.path, "check").status == 0
    said = verb(repo.path, "verify").expect(VERIFIED, "signed by here")
    assert verb(repo.path, "check").status == 0, "from the cache; the stamp is still there"
    assert verb(repo.path, "verify", "-q").status == VERIFIED
    repo.commit("bad", {"bad.txt": "bad\n"})
    assert verb(repo.path, "verify").status == UNESTABLISHED
    assert verb(repo.path, "check").status == 1
    verb(repo.path, "verify").expect(REJECTED, "here says rejected")
    verb(repo.path, "verify", "HEAD~1").expect(VERIFIED)
    side = repo.worktree("side", tmp_path / "side")
    side.commit("more", {"more.txt": "more\n"})
    assert verb(side.path, "check").status == 1
    assert verb(side.path, "verify").status == REJECTED
