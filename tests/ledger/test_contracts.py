"""The contracts on a real file: versions, digests, history, and everything that can be wrong with the file."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish
from gatekeeper.ledger import contracts as module
from gatekeeper.ledger import database
from gatekeeper.ledger.contracts import Contracts, digest_of
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CheckId, Label
from tests.support.plain import plain_variables

HERE = Repository("/work/project", "/work/project/.git", "/work/project/.git")
ELSEWHERE = Repository("/work/other", "/work/other/.git", "/work/other/.git")


def draft(branch: str = "work", **terms: object) -> Contract:
    made = {"branch": branch, "version": 0, "made": "", "by": "Kim", "digest": ""}
    return Contract(**{**made, **terms})  # type: ignore[arg-type]


def noon() -> datetime:
    return datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "contracts.sqlite3"


@pytest.fixture
def contracts(path: Path) -> Contracts:
    return Contracts(path, now=noon)


def test_looking_makes_no_file(contracts: Contracts, path: Path) -> None:
    assert contracts.current(HERE, "work") is None
    assert contracts.all(HERE) == ()
    assert contracts.history(HERE, "work") == ()
    assert not path.parent.exists()


def test_what_was_agreed_comes_back(contracts: Contracts) -> None:
    terms = draft(
        base="main",
        worktree="/work/w",
        allow=("src/**",),
        forbid=("*.key",),
        requires={CheckId("tests"): Label.LOCAL},
        title="T",
        pr_title="P",
        commit_format="^x",
        package="P-1",
        base_tip="b" * 40,
        head="c" * 40,
    )
    (now,) = contracts.set(HERE, [terms])
    assert now.new
    assert now.before is None
    assert now.contract == replace(terms, version=1, made="2026-01-02T12:00:00+00:00", digest=digest_of(terms))
    assert contracts.current(HERE, "work") == now.contract
    assert contracts.current(ELSEWHERE, "work") is None
    assert contracts.current(HERE, "other") is None


def test_a_new_version_states_the_whole_contract(contracts: Contracts) -> None:
    contracts.set(HERE, [draft(allow=("a",), title="T")])
    (now,) = contracts.set(HERE, [draft(allow=("b",))])
    assert (now.contract.version, now.contract.allow, now.contract.title) == (2, ("b",), "")
    assert now.before is not None
    assert now.before.title == "T"
    assert [version.contract.allow for version in contracts.history(HERE, "work") if version.contract] == [
        ("a",),
        ("b",),
    ]


def test_the_same_makes_no_new_version_whoever_says_it(contracts: Contracts) -> None:
    (first,) = contracts.set(HERE, [draft(allow=("a",))])
    (second,) = contracts.set(HERE, [draft(allow=("a",), by="Alex", base_tip="d" * 40, head="e" * 40)])
    assert not second.new
    assert second.contract == first.contract
    assert len(contracts.history(HERE, "work")) == 1


def test_an_earlier_version_that_is_stated_again_is_a_new_one(contracts: Contracts) -> None:
    for title in ("a", "b", "a"):
        contracts.set(HERE, [draft(title=title)])
    assert [version.number for version in contracts.history(HERE, "work")] == [1, 2, 3]


def test_a_contract_that_goes_on_keeps_its_beginning(contracts: Contracts) -> None:
    contracts.set(HERE, [draft(title="a", base_tip="1" * 40)])
    (now,) = contracts.set(HERE, [draft(title="b", base_tip="2" * 40, head="3" * 40)])
    assert (now.contract.base_tip, now.contract.head) == ("1" * 40, "3" * 40)
    (other,) = contracts.set(HERE, [draft(title="b", base="release", base_tip="4" * 40)])
    assert other.contract.base_tip == "4" * 40, "another base begins elsewhere"
    contracts.remove(HERE, "work", "Kim")
    (anew,) = contracts.set(HERE, [draft(title="b", base="release", base_tip="5" * 40)])
    assert (anew.contract.base_tip, anew.contract.head) == ("5" * 40, "")


def test_an_ended_contract_binds_no_more_and_stays_in_the_history(contracts: Contracts) -> None:
    assert contracts.remove(HERE, "work", "Kim") is False
    contracts.set(HERE, [draft(title="T")])
    assert contracts.remove(HERE, "work", "Alex") is True
    assert contracts.remove(HERE, "work", "Alex") is False
    assert contracts.current(HERE, "work") is None
    assert contracts.all(HERE) == ()
    told = [(version.number, version.by, version.contract is None) for version in contracts.history(HERE, "work")]
    assert told == [(1, "Kim", False), (2, "Alex", True)]
    (now,) = contracts.set(HERE, [draft(title="T")])
    assert (now.new, now.contract.version) == (True, 3)


def test_all_lists_the_newest_of_each_branch_of_this_repository(contracts: Contracts) -> None:
    contracts.set(HERE, [draft("b", title="1"), draft("a"), draft("gone")])
    contracts.set(HERE, [draft("b", title="2")])
    contracts.remove(HERE, "gone", "Kim")
    contracts.set(ELSEWHERE, [draft("c")])
    assert [(one.branch, one.version) for one in contracts.all(HERE)] == [("a", 1), ("b", 2)]


def test_several_are_stated_all_or_none(contracts: Contracts) -> None:
    contracts.set(HERE, [draft("a", title="old")])
    broken = draft("b", title=object())
    with pytest.raises(module.codec.CodecError):
        contracts.set(HERE, [draft("a", title="new"), broken])
    kept = contracts.current(HERE, "a")
    assert kept is not None
    assert kept.title == "old"


def test_names_that_are_no_utf8(contracts: Contracts) -> None:
    place = replace(HERE, common_dir="/work/\udcff/.git")
    contracts.set(place, [draft("b\udcfe", worktree="/w/\udcff")])
    found = contracts.current(place, "b\udcfe")
    assert found is not None
    assert (found.branch, found.worktree) == ("b\udcfe", "/w/\udcff")


texts = st.text(max_size=10)
drafts = st.builds(
    draft,
    allow=st.lists(texts, max_size=2).map(tuple),
    forbid=st.lists(texts, max_size=2).map(tuple),
    requires=st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(list(Label))),
    title=texts,
    base=texts,
)


@given(drafts, drafts)
def test_the_digest_is_that_of_what_is_agreed(one: Contract, other: Contract) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)
    said = replace(one, version=9, made="now", by="somebody", digest="x", base_tip="y", head="z")
    assert digest_of(said) == digest_of(one)
    if one.requires:
        turned = dict(reversed(list(one.requires.items())))
        assert digest_of(replace(one, requires=turned)) == digest_of(one)


def test_history_cannot_be_rewritten(contracts: Contracts, path: Path) -> None:
    contracts.set(HERE, [draft()])
    with sqlite3.connect(path) as file:
        for statement in ("UPDATE contracts SET made_by = 'x'", "DELETE FROM contracts"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                file.execute(statement)
    file.close()


def _tampered(path: Path, statement: str) -> None:
    file = sqlite3.connect(path)
    file.executescript(f"DROP TRIGGER no_update; {statement}")
    file.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contracts SET contents = replace(contents, 'secret', 'public');",
        "UPDATE contracts SET digest = 'x';",
        "UPDATE contracts SET contents = '{';",
        "UPDATE contracts SET contents = '{\"colour\": 1}';",
        "UPDATE contracts SET version = 7;",
    ],
)
def test_a_changed_row_is_said_and_never_used(contracts: Contracts, path: Path, statement: str) -> None:
    contracts.set(HERE, [draft(forbid=("secret",))])
    _tampered(path, statement)
    uses: list[Callable[[], object]] = [
        lambda: contracts.current(HERE, "work"),
        lambda: contracts.all(HERE),
        lambda: contracts.history(HERE, "work"),
        lambda: contracts.set(HERE, [draft()]),
        lambda: contracts.remove(HERE, "work", "Kim"),
    ]
    for use in uses:
        with pytest.raises(CannotEstablish, match="of the contract of work") as raised:
            use()
        assert "backup" in raised.value.hint
        assert str(path) in raised.value.what


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_said_and_stays_where_it_is(contracts: Contracts, path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for use in (lambda: contracts.current(HERE, "work"), lambda: contracts.set(HERE, [draft()])):
        with pytest.raises(CannotEstablish, match="damaged") as raised:
            use()
        assert "forgets every contract" in raised.value.hint
    assert path.read_bytes() == content


def test_a_read_only_file_can_be_read_and_not_written(
    contracts: Contracts, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts.set(HERE, [draft()])
    # Root may write to read-only files, so the connection itself is opened read-only.
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda _path, **given: real(f"file:{path}?mode=ro", **{**given, "uri": True})
    )
    assert contracts.current(HERE, "work") is not None
    with pytest.raises(CannotEstablish, match="readonly") as raised:
        contracts.set(HERE, [draft(title="x")])
    assert "contracts file" in raised.value.what
    assert "GATE_HOME" in raised.value.hint


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(CannotEstablish, match="contracts file"):
        Contracts(tmp_path / "state" / "contracts.sqlite3").set(HERE, [draft()])


def test_a_newer_file_is_left_alone(contracts: Contracts, path: Path) -> None:
    contracts.set(HERE, [draft()])
    file = sqlite3.connect(path)
    file.execute("PRAGMA user_version = 99")
    file.close()
    for use in (lambda: contracts.current(HERE, "work"), lambda: contracts.set(HERE, [draft("x")])):
        with pytest.raises(CannotEstablish, match="version 99"):
            use()


def test_a_locked_file_is_said(contracts: Contracts, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts.set(HERE, [draft()])
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    monkeypatch.setattr(module, "BUSY_S", 0.01)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    for use in (lambda: contracts.current(HERE, "work"), lambda: contracts.set(HERE, [draft("x")])):
        with pytest.raises(CannotEstablish, match="locked"):
            use()
    holder.close()


def test_an_empty_file_of_a_killed_maker_holds_nothing(contracts: Contracts, path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert contracts.current(HERE, "work") is None
    contracts.set(HERE, [draft()])
    assert contracts.current(HERE, "work") is not None


def test_a_full_disk_is_said_and_nothing_is_half_written(contracts: Contracts, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts.set(HERE, [draft(title="old")])
    real = database.open_for_writing

    def tight(place: str, **given: object) -> sqlite3.Connection:
        opened = real(place, **given)  # type: ignore[arg-type]
        opened.execute(f"PRAGMA max_page_count = {opened.execute('PRAGMA page_count').fetchone()[0]}")
        return opened

    monkeypatch.setattr(module, "open_for_writing", tight)
    with pytest.raises(CannotEstablish, match="full"):
        contracts.set(HERE, [draft("a"), draft(allow=("x" * 10**6,))])
    monkeypatch.undo()
    assert [(one.branch, one.title) for one in contracts.all(HERE)] == [("work", "old")]


_WRITER = """
import sys
from pathlib import Path
from gatekeeper.ledger.contracts import Contracts
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository

here = Repository("/work/project", "/work/project/.git", "/work/project/.git")
contracts = Contracts(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    contracts.set(here, [Contract("work", 0, "", sys.argv[2], "", title=f"{sys.argv[2]} {number}")])
"""


def test_two_processes_at_once_lose_nothing(contracts: Contracts, path: Path) -> None:
    argv = (sys.executable, "-c", _WRITER, str(path))
    writers = [
        subprocess.Popen([*argv, name, "20"], stdin=subprocess.PIPE, env=plain_variables()) for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    assert [writer.wait(60) for writer in writers] == [0, 0]
    history = contracts.history(HERE, "work")
    assert [version.number for version in history] == list(range(1, 41))
    for name in ("one", "two"):
        told = [version.contract.title for version in history if version.contract and version.by == name]
        assert told == [f"{name} {number}" for number in range(20)]


def test_nobody_comes_between_reading_the_newest_and_writing_the_next(
    contracts: Contracts, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts.set(HERE, [draft(title="old")])

    def looking(contract: Contract) -> str:
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        return digest_of(contract)

    monkeypatch.setattr(module, "digest_of", looking)
    contracts.set(HERE, [draft(title="new")])


def test_killed_in_the_middle_of_a_change_leaves_what_was(contracts: Contracts, path: Path) -> None:
    contracts.set(HERE, [draft(title="old")])
    code = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('PRAGMA cache_size = 1')\n"
        "c.execute('BEGIN IMMEDIATE')\n"
        "for n in range(2, 200):\n"
        "    c.execute('INSERT INTO contracts VALUES (?, ?, ?, ?, ?, ?, ?)',"
        " ('/work/project/.git', 'work', n, '', '', '', 'x' * 5000))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=os.getcwd())
    assert killed.returncode == -signal.SIGKILL
    assert Path(f"{path}-journal").exists(), "the change was on its way to the disk"
    found = contracts.current(HERE, "work")
    assert found is not None
    assert found.title == "old"
    (now,) = contracts.set(HERE, [draft(title="new")])
    assert now.contract.version == 2


def test_every_change_changes_the_file_itself(contracts: Contracts, path: Path) -> None:
    """A remembered verdict looks at this one file."""
    contracts.set(HERE, [draft()])
    reader = sqlite3.connect(path)
    reader.execute("SELECT count(*) FROM contracts").fetchone()
    before = path.read_bytes()
    contracts.set(HERE, [draft(title="x")])
    assert path.read_bytes() != before
    reader.close()
