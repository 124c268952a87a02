"""`gate verify` against a log, a repository and notes that somebody has worked on: it never says yes to that."""

import os
import zlib
from pathlib import Path

import pytest

from gatekeeper.model.vocabulary import Verdict
from gatekeeper.process.home import Home
from gatekeeper.stamp.envelope import IN_TOTO, Signature, read, sealed
from gatekeeper.stamp.strict import MAX_BYTES
from tests.support.stamps import Key, Yard
from tests.support.verified import REJECTED, UNESTABLISHED, VERIFIED, as_json, beside, content, failing, stored, verify


@pytest.fixture
def yard(tmp_path: Path, gate_home: Home) -> Yard:
    return Yard.create(tmp_path / "project", gate_home)


def forget(yard: Yard) -> None:
    """As if this verifier had never seen the log: only the log itself can tell now."""
    for file in (yard.home.state / "logs-seen").glob("[0-9a-f]*"):
        file.unlink()


def edited(yard: Yard, change: dict[str, bytes | None]) -> None:
    yard.commit_log(change)
    forget(yard)


def tampered(line: bytes) -> bytes:
    """The same envelope, with another verdict inside."""
    envelope = read(line)
    payload = envelope.payload.replace(b'"verdict":"rejected"', b'"verdict":"accepted"').replace(b"run", b"RUN")
    assert payload != envelope.payload
    return sealed(payload, IN_TOTO, envelope.signatures) + b"\n"


# Forged ---------------------------------------------------------------------------------------------------------------


def test_a_tampered_payload_is_forged(yard: Yard) -> None:
    yard.stamp(Verdict.REJECTED)
    changed = {path: tampered(content(yard, path)) for path in yard.files() if path.endswith(".json")}
    edited(yard, changed)  # type: ignore[arg-type]
    assert failing(yard, "work") == (REJECTED, "signer")
    verify(yard, "work").expect(REJECTED, "forged or damaged", "ci")


def test_a_tampered_line_does_not_hide_a_good_one(yard: Yard) -> None:
    yard.stamp()
    beside(yard, "0000-first.json", tampered(content(yard, stored(yard)[0])))
    assert failing(yard, "work") == (VERIFIED, "")
    (line,) = as_json(yard, "work")["not_counted"]
    assert (line["file"], line["step"], line["forged"]) == ("0000-first.json", 3, True)


def test_the_newest_failure_tampered_with_does_not_bring_the_old_pass_back(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    newest = [path for path in yard.files() if "00000002.json" in path]
    assert len(newest) == 3
    edited(yard, dict.fromkeys(newest, b"{}\n"))
    assert failing(yard, "work") == (UNESTABLISHED, "chain")
    yard.stamp(machine="ci")
    assert failing(yard, "work") == (UNESTABLISHED, "chain")


def test_a_good_signature_of_another_envelope_is_none(yard: Yard) -> None:
    yard.stamp()
    envelope = read(content(yard, stored(yard)[0]).strip())
    stranger = Key("stranger").sign(b"whatever")
    mixed = sealed(envelope.payload, IN_TOTO, [Signature(yard.key.id, stranger)])
    edited(yard, dict.fromkeys(yard.files(), None) | {"format": b"gatekeeper/log/1\n"})
    beside(yard, "1.json", mixed)
    assert failing(yard, "work") == (REJECTED, "signer")


def test_a_stamp_of_another_commit_copied_over_counts_for_nothing(yard: Yard) -> None:
    yard.stamp(rev="main")
    name = stored(yard, "main")[0]
    beside(yard, name.rsplit("/", 1)[1], content(yard, name))
    assert failing(yard, "work") == (UNESTABLISHED, "subject")
    verify(yard, "work").expect(UNESTABLISHED, "another commit", yard.repo.head("main")[:12])


def test_a_stamp_of_another_commit_with_the_same_tree_counts_for_nothing(yard: Yard) -> None:
    yard.stamp()
    yard.repo.git("commit", "--quiet", "--amend", "-m", "the same tree")
    old = yard.repo.head("work@{1}")
    path = next(path for path in yard.files() if path.startswith(f"stamps/{old[:2]}/{old}/"))
    beside(yard, "1.json", content(yard, path))
    assert yard.repo.tree("work") == yard.repo.tree(old)
    assert failing(yard, "work") == (UNESTABLISHED, "subject")


# The log --------------------------------------------------------------------------------------------------------------


def test_a_log_that_went_back_is_refused(yard: Yard) -> None:
    yard.stamp()
    verify(yard, "work").expect(VERIFIED)
    yard.stamp(Verdict.REJECTED)
    assert failing(yard, "work") == (REJECTED, "verdict")
    yard.repo.git("branch", "--force", "gate-log", "gate-log~1")
    assert failing(yard, "work") == (UNESTABLISHED, "log")
    verify(yard, "work").expect(UNESTABLISHED, "went back or was replaced", "--forget-log")
    verify(yard, "work", "--forget-log").expect(VERIFIED, "seen for the first time")
    assert failing(yard, "work") == (VERIFIED, "")


def test_what_was_appended_here_is_remembered_without_a_verification(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    yard.repo.git("branch", "--force", "gate-log", "gate-log~1")
    assert failing(yard, "work") == (UNESTABLISHED, "log")
    yard.stamp(machine="ci")  # goes on from what is there, and forgets nothing
    assert failing(yard, "work") == (UNESTABLISHED, "log")


def test_a_replaced_log_is_refused(yard: Yard, tmp_path: Path) -> None:
    yard.stamp()
    other = Yard.create(tmp_path / "other", yard.home)
    other.repo.git("fetch", "--quiet", str(yard.repo.path), "work:mine")
    other.stamp()
    other.stamp()
    yard.repo.git("fetch", "--quiet", str(other.repo.path), "+gate-log:gate-log")
    assert failing(yard, "work") == (UNESTABLISHED, "log")


@pytest.mark.parametrize("how", ["deleted", "file removed", "file changed"])
def test_a_log_that_lost_something_is_refused(yard: Yard, how: str) -> None:
    yard.stamp()
    path = stored(yard)[0]
    if how == "deleted":
        yard.repo.git("branch", "-D", "gate-log")
    else:
        yard.commit_log({path: None if how == "file removed" else b"{}\n"})
    assert failing(yard, "work") == (UNESTABLISHED, "log")


def test_a_damaged_memory_is_said_and_can_be_forgotten(yard: Yard) -> None:
    yard.stamp()
    (file,) = (yard.home.state / "logs-seen").glob("[0-9a-f]*")
    file.write_text("--help\n")
    verify(yard, "work").expect(UNESTABLISHED, "damaged", "--forget-log")
    verify(yard, "work", "--forget-log").expect(VERIFIED)


def test_a_state_that_cannot_be_written_keeps_nobody_from_an_answer(yard: Yard) -> None:
    yard.stamp()
    forget(yard)
    folder = yard.home.state / "logs-seen"
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    said = verify(yard, "work")
    assert said.status in {VERIFIED, UNESTABLISHED}
    said.expect(said.status, str(folder))


def test_a_failure_taken_out_of_the_log_is_missed(yard: Yard) -> None:
    """By a verifier that sees the log for the first time: the newest stamp of the chain vouches for all before it."""
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    yard.stamp(rev="main")
    edited(yard, {path: None for path in yard.files() if "00000002.json" in path})
    assert failing(yard, "work") == (UNESTABLISHED, "chain")


def test_a_failure_that_only_its_chain_still_holds_is_missed(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    edited(yard, {stored(yard)[1]: None})
    assert failing(yard, "work") == (UNESTABLISHED, "chain")
    verify(yard, "work").expect(UNESTABLISHED, "place 2", "newer")


def test_a_failure_exchanged_for_another_stamp_of_the_chain_is_noticed(yard: Yard) -> None:
    yard.stamp()
    yard.stamp(Verdict.REJECTED)
    yard.stamp(rev="main")
    first, second = (content(yard, path) for path in stored(yard))
    edited(yard, {path: first for path in yard.files() if content(yard, path) == second})
    assert failing(yard, "work")[1] == "chain"


def test_a_stamp_without_its_chain_counts_for_nothing(yard: Yard) -> None:
    yard.stamp()
    edited(yard, {path: None for path in yard.files() if path.startswith("chains/")})
    assert failing(yard, "work") == (UNESTABLISHED, "chain")


def test_a_branch_that_is_no_log_is_said(yard: Yard) -> None:
    yard.repo.git("branch", "gate-log", "main")
    verify(yard, "work").expect(UNESTABLISHED, "not a log of gatekeeper")


# Junk -----------------------------------------------------------------------------------------------------------------

JUNK = {
    "empty": b"",
    "text": b"hello\n",
    "deep": b"[" * 100_000,
    "twice": b'{"payload":"e30=","payload":"e30=","payloadType":"x","signatures":[]}',
    "binary": bytes(range(256)) * 10,
    "newline\nin a name": b"{}",
    "--help": b"{}",
    "\x1b[2J.json": b"{}",
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_listed_and_hides_nothing(yard: Yard, name: str) -> None:
    yard.stamp()
    beside(yard, name, JUNK[name])
    said = verify(yard, "work").expect(VERIFIED, "not counted")
    assert said.out.count("\n") == 10
    assert [line["file"] for line in as_json(yard, "work")["not_counted"]] == [name]


def test_much_junk_is_counted_and_hides_nothing(yard: Yard) -> None:
    yard.stamp()
    head = yard.repo.head("work")
    yard.commit_log({f"stamps/{head[:2]}/{head}/{number:03}": b"x%d" % number for number in range(50)})
    said = verify(yard, "work").expect(VERIFIED, "30 more")
    assert said.out.count("\n") == 9 + 20 + 1
    assert len(as_json(yard, "work")["not_counted"]) == 50


def test_junk_alone_is_no_stamp(yard: Yard) -> None:
    yard.stamp(rev="main")
    beside(yard, "x", b"junk")
    assert failing(yard, "work") == (UNESTABLISHED, "envelope")


@pytest.mark.parametrize("size", [MAX_BYTES + 2, 50 << 20])
def test_fifty_megabytes_are_not_even_read(yard: Yard, size: int) -> None:
    yard.stamp()
    line = content(yard, stored(yard)[0]).strip()
    beside(yard, "big.json", line + b" " * (size - len(line)))
    assert failing(yard, "work") == (VERIFIED, "")
    (refused,) = as_json(yard, "work")["not_counted"]
    assert f"above {MAX_BYTES}" in refused["reason"], "the view's words, not the parser's"


def test_links_and_folders_in_the_log_are_not_followed(yard: Yard, tmp_path: Path) -> None:
    yard.stamp()
    (tmp_path / "secret").write_text("secret\n")
    head = yard.repo.head("work")
    yard.repo.switch("gate-log")
    folder = yard.repo.path / "stamps" / head[:2] / head
    os.symlink(tmp_path / "secret", folder / "link.json")
    (folder / "folder").mkdir()
    (folder / "folder" / "x").write_text("x")
    yard.repo.commit("more")
    yard.repo.switch("work")
    said = verify(yard, "work").expect(VERIFIED, "link.json: not a plain file", "folder: not a plain file")
    assert "secret" not in said.text


# Notes ----------------------------------------------------------------------------------------------------------------


def test_notes_that_an_amend_rewrote_change_no_answer(yard: Yard) -> None:
    yard.stamp()
    old = yard.repo.head("work")
    assert yard.repo.git("notes", "--ref=gate", "show", old) == content(yard, stored(yard)[0]).decode().strip()
    yard.repo.config("notes.rewriteRef", "refs/notes/gate")
    yard.repo.config("notes.rewriteMode", "overwrite")
    yard.repo.git("commit", "--quiet", "--amend", "-m", "another message")
    assert yard.repo.git("notes", "--ref=gate", "show", "work") != ""
    assert failing(yard, "work") == (UNESTABLISHED, "envelope")
    yard.repo.git("notes", "--ref=gate", "add", "--force", "-m", "whatever", old)
    assert failing(yard, old) == (VERIFIED, "")
    yard.repo.git("update-ref", "-d", "refs/notes/gate")
    assert failing(yard, old) == (VERIFIED, "")


# The repository -------------------------------------------------------------------------------------------------------


def overwrite(yard: Yard, oid: str, kind: str, data: bytes) -> None:
    file = yard.repo.path / ".git" / "objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data))


def test_a_replaced_commit_is_not_followed(yard: Yard) -> None:
    """`git replace`: everything else of git shows another commit for a name that was accepted."""
    yard.stamp()
    bad = yard.repo.commit("bad", {"bad.txt": "bad\n"})
    yard.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    yard.repo.git("replace", bad, yard.repo.head("work"))
    assert yard.repo.git("rev-parse", f"{bad}^{{tree}}") == yard.repo.tree("work")
    assert failing(yard, bad) == (UNESTABLISHED, "envelope")
    yard.repo.git("replace", "-d", bad)
    yard.repo.git("replace", yard.repo.head("work"), bad)
    assert failing(yard, "work") == (VERIFIED, "")


@pytest.mark.parametrize("kind", ["commit", "tree"])
def test_a_commit_that_was_written_over_is_noticed(yard: Yard, kind: str) -> None:
    yard.stamp()
    head, tree = yard.repo.head("work"), yard.repo.tree("work")
    other = yard.repo.tree("main")
    if kind == "commit":
        overwrite(yard, head, kind, yard.repo.git("cat-file", kind, head).replace(tree, other).encode() + b"\n")
    else:
        overwrite(yard, tree, kind, b"40000 sub\0" + bytes.fromhex(other))
    for name in (head, "work"):
        verify(yard, name).expect(UNESTABLISHED, "not what its id says", "git fsck")


def test_a_policy_that_was_written_over_at_the_base_is_noticed(yard: Yard) -> None:
    """Else everybody who can write into .git could name a signer of their own."""
    yard.stamp(key=Key("stranger"))
    policy = yard.repo.git("cat-file", "blob", "main:gate.toml").replace(yard.key.public, Key("stranger").public)
    overwrite(yard, yard.repo.git("rev-parse", "main:gate.toml"), "blob", policy.encode() + b"\n")
    verify(yard, "work").expect(UNESTABLISHED, "not what its id says")


def test_a_graft_changes_no_answer(yard: Yard) -> None:
    yard.stamp()
    grafts = yard.repo.path / ".git" / "info" / "grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{yard.repo.head('work')}\n")
    assert failing(yard, "work") == (VERIFIED, "")
