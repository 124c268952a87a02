"""What is no approval: nobody named, the wrong key, what cannot be approved, another commit, a log that was edited."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.git.facts import resolve
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp.approving import Word
from gatekeeper.stamp.approving import approve as signed
from gatekeeper.stamp.envelope import IN_TOTO, read, sealed
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.keys import chain_id, load_key
from gatekeeper.stamp.log import Log
from tests.support.approvals import RULE, WHY, Person, approve, check, listed, project, repository
from tests.support.gate_command import ACCEPTED, REJECTED, USAGE, Said
from tests.support.repo import Repo
from tests.support.stamps import Yard
from tests.support.verb import verb
from tests.support.verified import content, stored

NOT_SIGNED = "no signer of the policy at base has signed it as it stands"


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    return Person(tmp_path / "people", "Ana")


def log_of(repo: Repo, home: Home) -> Yard:
    """The same repository, as somebody with an editor sees it."""
    return Yard(repo, home)


def put(repo: Repo, home: Home, person: Person, **changes: Any) -> None:
    """Append an approval to the log as another program with that key would, whatever the policy says."""
    where = repository(repo)
    subject = resolve(where, "work", None, False, store=Store.open(home, where))
    ends = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    said: dict[str, Any] = {
        "rules": ("forbidden-path",),
        "paths": (),
        "reason": "so",
        "expires": ends,
        "same_user": False,
    }
    now = changes.pop("now", datetime.now(UTC))

    def make(chain: Chain) -> bytes:
        return signed(Word(**(said | changes)), subject, chain, person.key)

    log = Log(where, home, now=lambda: now)
    log.append(CommitId(repo.head("work")), chain_id(person.key, home), make, signer=person.key.as_signer)


def only(repo: Repo) -> tuple[int, str]:
    """Exit status of `gate check work`, and the problem of the only approval."""
    status, report = check(repo)
    ((_, used, problem),) = listed(report)
    assert bool(used) is not bool(problem)
    return status, problem


def test_without_a_signer_it_is_refused_with_instructions(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table())
    said = approve(repo, ana, *RULE, *WHY).expect(USAGE, "nobody may approve anything", "gate key show", "on the base")
    command = "gate key trust PUBLIC_KEY --name NAME --no-stamps --approve forbidden-path"
    assert command in said.err
    assert not repo.git("branch", "--list", "gate-log"), "nothing was signed"
    # What it says to do is what has to be done.
    repo.switch("main")
    repo.write("gate.toml", (repo.path / "gate.toml").read_text(encoding="utf-8").partition("\n[[signer]]")[0])
    words = command.replace("PUBLIC_KEY", "KEY").replace("NAME", "Ana").split()[1:]
    verb(repo.path, *(ana.key.public if word == "KEY" else word for word in words)).expect(0, "trusted")
    repo.commit("name Ana")
    repo.switch("work")
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert check(repo)[0] == ACCEPTED


def test_the_workers_own_key_and_an_unknown_one_may_not(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    worker = load_key(gate_home, {})
    stamps = f'\n[[signer]]\nname = "ci"\nkey = "{worker.public}"\n'
    repo = project(tmp_path / "p", stamps, ana.table("forbidden-path"))
    verb(repo.path, "approve", "work", *RULE, *WHY).expect(
        USAGE, "ci may not approve forbidden-path", "Ana (forbidden-path)"
    )
    eve = Person(tmp_path / "people", "Eve")
    approve(repo, eve, *RULE, *WHY).expect(USAGE, "does not know it", "--key FILE", "Ana (forbidden-path)")
    # Commits under the owner's name change nothing: the key decides.
    repo.config("user.name", "Ana")
    approve(repo, eve, *RULE, *WHY).expect(USAGE)
    assert check(repo)[1]["approvals"] == []


def test_whoever_writes_into_the_log_past_the_command_is_listed_and_refused(
    tmp_path: Path, gate_home: Home, ana: Person
) -> None:
    eve = Person(tmp_path / "people", "Eve")
    repo = project(tmp_path / "p", ana.table("paths/symlink-escapes"))
    put(repo, gate_home, eve)
    put(repo, gate_home, ana)
    put(repo, gate_home, ana, rules=("test-failed", "paths/*"))
    status, report = check(repo)
    assert status == REJECTED
    assert [(name, problem) for name, _, problem in listed(report)] == [
        ("", NOT_SIGNED),
        ("Ana", "the policy at base does not name Ana for this rule"),
        ("Ana", "it does not name one to 100 rules"),
    ]
    verb(repo.path, "check", "work").expect(
        REJECTED, "approval refused: forbidden-path by nobody whom the policy knows"
    )


def test_without_any_approver_what_lies_in_the_log_is_listed_too(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table())
    put(repo, gate_home, ana)
    assert only(repo) == (REJECTED, "the policy at base does not name its signer for approvals")


def test_a_branch_cannot_name_its_own_approver(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    eve = Person(tmp_path / "people", "Eve")
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    policy = (repo.path / "gate.toml").read_text(encoding="utf-8")
    repo.commit("let me", {"gate.toml": policy + eve.table("forbidden-path")})
    approve(repo, eve, *RULE, *WHY).expect(USAGE, "does not know it")
    put(repo, gate_home, eve)
    assert only(repo) == (REJECTED, NOT_SIGNED)


def test_a_key_that_was_taken_out_of_the_policy_counts_no_more(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    ben = Person(tmp_path / "people", "Ben")
    repo = project(tmp_path / "p", ana.table("forbidden-path"), ben.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert only(repo) == (ACCEPTED, "")
    repo.switch("main")
    policy = (repo.path / "gate.toml").read_text(encoding="utf-8")
    repo.commit("Ana has left", {"gate.toml": policy.replace(ana.table("forbidden-path"), "")})
    repo.switch("work")
    assert only(repo) == (REJECTED, NOT_SIGNED)


def test_it_ends(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    past = datetime.now(UTC) - timedelta(days=9)
    put(repo, gate_home, ana, now=past, expires=(past + timedelta(days=1)).isoformat())
    status, problem = only(repo)
    assert (status, problem.startswith("it has expired")) == (REJECTED, True)
    put(repo, gate_home, ana, now=datetime.now(UTC) + timedelta(days=2), paths=("deploy/",))
    status, report = check(repo)
    assert status == REJECTED
    assert "a clock is wrong" in listed(report)[1][2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rule", "lint/F401", *WHY), "Ana may not approve lint/F401"),
        (("--rule", "forbidden-path,lint/F401", *WHY), "Ana may not approve lint/F401"),
        (("--rule", "test-failed", *WHY), "cannot be approved: it says what was observed"),
        (("--rule", "contract/worker-merged", *WHY), "the contract is agreed"),
        (("--rule", "evidence-too-weak", *WHY), "an approval is none"),
        (("--rule", "paths/*", *WHY), "is no id of a rule"),
        (("--rule", "", *WHY), "is no id of a rule"),
        (("--rule", "a,,b", *WHY), "is no id of a rule"),
        (("--rule", "two words", *WHY), "is no id of a rule"),
        (("--rule", "\x1b[31mred", *WHY), "is no id of a rule"),
        (("--rule", ",".join(f"r{n}" for n in range(101)), *WHY), "more than 100 rules"),
        ((*RULE, "--reason", "  "), "--reason is empty"),
        (RULE, "required"),
        (WHY, "required"),
        ((*RULE, *WHY, "--expires", "2020-01-01"), "is over already"),
        ((*RULE, *WHY, "--expires", "400d"), "more than 366 days"),
        ((*RULE, *WHY, "--path", "[z-a]"), "matches no path"),
        ((*RULE, *WHY, "--path", "!deploy/a.txt"), "only exceptions"),
        ((*RULE, *WHY, "--path", ""), "matches no path"),
    ],
)
def test_mistakes_are_named_and_nothing_is_stored(
    shared: tuple[Repo, Person], gate_home: Home, words: tuple[str, ...], told: str
) -> None:
    repo, person = shared
    approve(repo, person, *words).expect(USAGE, told)
    assert not repo.git("branch", "--list", "gate-log")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Person]:
    folder = tmp_path_factory.mktemp("shared")
    person = Person(folder / "people", "Ana")
    return project(folder / "p", person.table("paths/*")), person


def test_what_is_to_be_approved_must_be_there(shared: tuple[Repo, Person], gate_home: Home) -> None:
    repo, person = shared
    approve(repo, person, *RULE, *WHY, rev="nowhere").expect(USAGE, "no commit")
    approve(repo, person, *RULE, *WHY, rev="main").expect(4, "nothing")
    approve(repo, person, *RULE, *WHY, "--base", "nowhere").expect(4, "does not exist")
    verb(repo.path, "approve", *RULE, *WHY).expect(USAGE, "REV")


def edited(yard: Yard, path: str, change: Any) -> None:
    """One file of the log about the commit, written over by hand."""
    yard.commit_log({path: change(content(yard, path))})


def test_a_log_that_was_edited_approves_nothing(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("paths/symlink-escapes", "forbidden-path"))
    approve(repo, ana, "--rule", "symlink-escapes", *WHY).expect(0)
    yard = log_of(repo, gate_home)
    (path,) = stored(yard)

    def forge(line: bytes) -> bytes:
        envelope = read(line)
        return sealed(envelope.payload.replace(b"symlink-escapes", b"forbidden-path"), IN_TOTO, envelope.signatures)

    edited(yard, path, forge)
    status, report = check(repo)
    assert status == REJECTED
    assert [(one["rule"], one["problem"]) for one in report["approvals"]] == [("forbidden-path", NOT_SIGNED)]


def test_an_approval_of_another_commit_does_not_travel(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    yard, old = log_of(repo, gate_home), repo.head()
    line = content(yard, stored(yard)[0])
    repo.commit("more", {"deploy/c.txt": "c\n"})
    head = repo.head()
    yard.commit_log({f"stamps/{head[:2]}/{head}/0001-x-00000001.json": line})
    assert only(repo) == (REJECTED, f"it is about another commit ({old[:12]})")


def test_a_withdrawal_that_was_cut_out_of_the_log_is_missed(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    before = repo.head("gate-log")
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(0)
    taken_back = repo.head("gate-log")
    yard = log_of(repo, gate_home)
    # Only the file that is found by its commit: the chain still knows that there was a later word.
    yard.commit_log({stored(yard)[1]: None})
    status, problem = only(repo)
    assert (status, "the log was edited" in problem or "something newer" in problem) == (REJECTED, True), problem
    # The whole branch put back: this machine has seen more of it.
    repo.git("update-ref", "refs/heads/gate-log", before)
    status, problem = only(repo)
    assert status == REJECTED
    assert "the log went back or was replaced" in problem
    assert "gate verify" in problem
    # Put back where it was, all is as it was said.
    repo.git("update-ref", "refs/heads/gate-log", taken_back)
    status, report = check(repo)
    assert (status, len(report["approvals"])) == (REJECTED, 2)


def test_a_machine_that_sees_the_log_first_misses_it_by_the_chain(
    tmp_path: Path, gate_home: Home, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY).expect(0)
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(0)
    yard = log_of(repo, gate_home)
    yard.commit_log({stored(yard)[1]: None})
    monkeypatch.setenv("GATE_HOME", str(tmp_path / "other-home"))
    status, problem = only(repo)
    assert (status, "something newer about this commit that cannot be read or is missing" in problem) == (
        REJECTED,
        True,
    )


def test_a_branch_of_that_name_that_is_no_log_approves_nothing(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"), policy=UNSIGNED)
    repo.git("branch", "gate-log", "main")
    status, report = check(repo)
    assert (status, report["approvals"]) == (REJECTED, [])
    assert any(note.startswith("approvals cannot be read, and none counts") for note in report["notes"])


UNSIGNED = 'extends = []\n[check.paths]\nforbidden = ["/deploy/"]\n[stamp]\nenabled = false\n'


def test_a_clone_reads_what_was_approved_elsewhere(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"), policy=UNSIGNED)
    approve(repo, ana, *RULE, *WHY).expect(0)
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    said: Said = verb(tmp_path / "clone", "check", "origin/work", "--base", "origin/main", "--format", "json")
    assert (said.status, [one["used"] for one in json.loads(said.out)["approvals"]]) == (ACCEPTED, [2])
