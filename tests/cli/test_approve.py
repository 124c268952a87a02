"""gate approve: the real command, from a rejected branch to an accepted one that says who let it through."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import load_key
from tests.support.approvals import RULE, WHY, Person, approve, check, listed, project
from tests.support.gate_command import ACCEPTED, REJECTED, USAGE
from tests.support.verb import verb


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    return Person(tmp_path / "people", "Ana")


def test_a_rejecting_finding_is_approved_accepted_and_listed(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("paths/*"))
    status, report = check(repo)
    assert (status, report["verdict"]) == (REJECTED, "rejected")
    verb(repo.path, "approve", "work", *RULE, *WHY, *ana.words).expect(
        0, f"approved forbidden-path for {repo.head()[:12]} (work)", "by       Ana, key", "It settles 2 of the",
        "deploy/a.txt  paths/forbidden-path", "approved anew", "Judge it again: gate check work",
    )  # fmt: skip
    said = verb(repo.path, "check", "work", "--format", "json")
    status, report = said.status, json.loads(said.out)
    assert (status, report["verdict"]) == (ACCEPTED, "accepted")
    assert listed(report) == [("Ana", 2, "")]
    assert [one["approval"] for one in report["findings"]] == ["Ana: agreed with operations"] * 2
    assert not any(one["rejects"] for one in report["findings"])
    (one,) = report["approvals"]
    assert (one["rule"], one["reason"], one["signer"]) == ("forbidden-path", "agreed with operations", ana.key.id)
    assert report["reasons"] == ["2 checks passed on the committed tree; 2 findings approved by a person"]
    for words in (
        ("check", "work"),
        ("show",),
        ("check", "work", "--format", "markdown"),
        ("check", "--format", "brief"),
    ):
        verb(repo.path, *words).expect(0, "Ana", "agreed with operations")
    page = tmp_path / "page.html"
    verb(repo.path, "show", "--html", str(page)).expect(0)
    assert "approved by Ana: agreed with operations" in page.read_text(encoding="utf-8")


def test_only_the_named_rule_in_the_named_files_is_settled(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("paths/*"))
    approve(repo, ana, "--rule", "paths/symlink-escapes", *WHY).expect(0, "No run of this commit is recorded here")
    assert check(repo)[0] == REJECTED
    approve(repo, ana, *RULE, *WHY, "--path", "deploy/a.txt").expect(
        0, "It settles 1", "Left open: paths/forbidden-path"
    )
    status, report = check(repo)
    assert status == REJECTED
    assert listed(report) == [("Ana", 0, ""), ("Ana", 1, "")]
    assert [(one["path"], one["rejects"]) for one in report["findings"]] == [
        ("deploy/a.txt", False), ("deploy/b.txt", True),
    ]  # fmt: skip
    approve(repo, ana, *RULE, *WHY, "--path", "deploy/b.*").expect(0, "It settles 1")
    assert check(repo)[0] == ACCEPTED


def test_the_stamp_names_what_it_rests_on_and_verify_holds_it_against_today(
    tmp_path: Path, gate_home: Home, ana: Person
) -> None:
    machine = load_key(gate_home, {})
    stamps = f'\n[[signer]]\nname = "ci"\nkey = "{machine.public}"\n'
    repo = project(tmp_path / "p", stamps, ana.table("paths/*"))
    check(repo)
    verb(repo.path, "verify", "work").expect(REJECTED, "ci says rejected")
    approve(repo, ana, *RULE, *WHY).expect(0)
    approve(repo, ana, "--rule", "symlink-escapes", *WHY).expect(0)
    verb(repo.path, "verify", "work").expect(REJECTED, "approved: forbidden-path by Ana")
    assert check(repo)[0] == ACCEPTED
    verb(repo.path, "verify", "work").expect(ACCEPTED, "VERIFIED", "approved: forbidden-path by Ana", WHY[1])
    told = json.loads(verb(repo.path, "verify", "work", "--format", "json").out)
    assert [(one["name"], one["rule"], one["problem"]) for one in told["approvals"]] == [
        ("Ana", "forbidden-path", ""), ("Ana", "symlink-escapes", ""),
    ]  # fmt: skip
    assert told["not_counted"] == []
    # Whose stamps are believed for this once does not decide who may approve.
    trusted = verb(repo.path, "verify", "work", "--trust", machine.public).expect(ACCEPTED, "approved: forbidden-path")
    assert "not counted" not in trusted.out
    assert "approval refused" not in trusted.out
    approve(repo, ana, *RULE, "--reason", "a mistake", "--withdraw").expect(0, "withdrawn: forbidden-path")
    verb(repo.path, "verify", "work").expect(
        3, "it rests on an approval of forbidden-path that does not hold", "approval withdrawn", "a mistake"
    )


def test_withdrawn_it_rejects_again_and_can_be_approved_anew(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(USAGE, "approved no forbidden-path", "here: nothing")
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert check(repo)[0] == ACCEPTED
    approve(repo, ana, *RULE, *WHY, "--path", "deploy/a.txt", "--withdraw").expect(USAGE, "in deploy/a.txt")
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(0)
    status, report = check(repo)
    assert (status, [bool(one[2]) for one in listed(report)]) == (REJECTED, [True, True])
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert check(repo)[0] == ACCEPTED


def test_approved_twice_is_approved_once_and_both_are_listed(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0, "stored   1")
    approve(repo, ana, *RULE, "--reason", "looked again", "--expires", "2d").expect(0, "stored   2")
    status, report = check(repo)
    assert status == ACCEPTED
    assert listed(report) == [("Ana", 0, "its signer has said something newer about this rule"), ("Ana", 2, "")]
    assert {one["approval"] for one in report["findings"]} == {"Ana: looked again"}


def test_of_two_people_each_speaks_for_themselves(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    ben = Person(tmp_path / "people", "Ben")
    repo = project(tmp_path / "p", ana.table("forbidden-path"), ben.table("paths/forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    approve(repo, ben, "--rule", "paths/forbidden-path", *WHY).expect(0)
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(0)
    status, report = check(repo)
    assert status == ACCEPTED
    assert [one[0] for one in listed(report) if not one[2]] == ["Ben"]


def test_it_is_bound_to_the_commit(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    approved = repo.head()
    assert check(repo)[0] == ACCEPTED
    repo.git("commit", "--quiet", "--amend", "-m", "the same tree, another commit")
    status, report = check(repo)
    other = f"it is about another commit ({approved[:12]}): after an amend, a rebase or a commit more it is given anew"
    assert (status, listed(report)) == (REJECTED, [("Ana", 0, other)])
    repo.switch("main")
    repo.commit("base moves", {"other.txt": "o\n"})
    repo.switch("work")
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert [one[2] for one in listed(check(repo)[1])] == [""], "given anew, the old one is not of interest"
    repo.git("rebase", "--quiet", "main")
    status, report = check(repo)
    assert (status, len(listed(report))) == (REJECTED, 2)


def test_the_machines_own_key_approves_when_the_policy_names_it(tmp_path: Path, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    table = f'\n[[signer]]\nname = "me"\nkey = "{key.public}"\napproves = ["forbidden-path"]\n'
    repo = project(tmp_path / "p", table)
    verb(repo.path, "approve", *RULE, *WHY, "work").expect(0, "by       me", "same-user")
    status, report = check(repo)
    assert (status, report["approvals"][0]["same_user"]) == (ACCEPTED, True)


def test_an_approved_check_backs_the_claim_of_the_worker(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    """What an approval settles is settled before claims are held against it."""
    policy = 'extends = []\n[check.paths]\nforbidden = ["/deploy/"]\n[check.self-review]\n'
    repo = project(tmp_path / "p", ana.table("forbidden-path"), policy=policy)
    repo.commit("done\n\nGate-Claim: paths=local; git log; nothing forbidden")
    status, report = check(repo)
    assert {one["rule"] for one in report["findings"] if one["rejects"]} == {"forbidden-path", "overclaim"}
    approve(repo, ana, *RULE, *WHY).expect(0)
    status, report = check(repo)
    assert (status, [one["rule"] for one in report["findings"] if one["rejects"]]) == (ACCEPTED, [])


def test_a_key_with_a_passphrase_asks_a_person(tmp_path: Path, gate_home: Home) -> None:
    """A worker that runs as the same user can read the file, and cannot use it."""
    path = tmp_path / "ana"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", str(path)], check=True)
    public = path.with_suffix(".pub").read_text(encoding="utf-8").strip()
    repo = project(tmp_path / "p", f'\n[[signer]]\nname = "Ana"\nkey = "{public}"\napproves = ["forbidden-path"]\n')
    words = ("approve", "work", *RULE, *WHY, "--key", str(path))
    alone = subprocess.run(
        [sys.executable, "-m", "gatekeeper", *words],
        cwd=repo.path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip
    assert (alone.returncode, "no terminal to ask" in alone.stderr) == (USAGE, True), alone.stderr
    assert _at_a_terminal(repo.path, words, "wrong")[0] == USAGE
    status, said = _at_a_terminal(repo.path, words, "correct horse")
    assert (status, "approved forbidden-path" in said, "correct horse" in said) == (0, True, False), said
    assert check(repo)[0] == ACCEPTED


def _at_a_terminal(where: Path, words: tuple[str, ...], typed: str) -> tuple[int, str]:
    """Exit status, and what stood on the terminal of somebody who types one line when asked."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(where)
        os.execv(sys.executable, [sys.executable, "-m", "gatekeeper", *words])  # noqa: S606 - no shell is wanted
    said = b""
    try:
        while part := os.read(terminal, 1 << 14):
            said += part
            if b"passphrase of" in said and typed:
                os.write(terminal, typed.encode() + b"\n")
                typed = ""
    except OSError:
        pass  # Linux says so when the last process has closed the terminal
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode(errors="replace")
