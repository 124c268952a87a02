"""The ledger on a real file: runs, caches, and everything that can be wrong with the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.ledger import database
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.verdicts import StoredVerdict, find_verdict
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CheckId, CommitId, RunId, Verdict
from tests.support.plain import plain_variables
from tests.support.reports import a_hostile_report, a_mixed_report, an_approved_report


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


def _run(number: int, repository: str = "/work/project/.git") -> Report:
    report = a_mixed_report()
    place = replace(report.subject.repository, common_dir=repository)
    return replace(
        report,
        run=RunId(f"{number:016x}"),
        started=f"2026-01-02T03:04:{number % 60:02d}Z",
        subject=replace(report.subject, repository=place),
    )


def test_a_run_comes_back_by_any_unambiguous_prefix(path: Path) -> None:
    report = a_mixed_report()
    Ledger(path).record(report, 1)
    other = Ledger(path)
    assert other.find("0123456789abcdef") == report
    assert other.find("01") == report


def test_a_hostile_run_comes_back(path: Path) -> None:
    report = a_hostile_report()
    Ledger(path).record(report, 1)
    assert Ledger(path).find(report.run) == report
    assert Ledger(path).runs()[0].head == report.subject.head


def test_unknown_ambiguous_and_silly_prefixes_are_usage_errors(path: Path) -> None:
    ledger = Ledger(path)
    ledger.record(_run(0x10), 0)
    ledger.record(_run(0x11), 0)
    for prefix, said in (("f", "no run"), ("000", "several runs"), ("%", "not a run id"), ("", "not a run id")):
        with pytest.raises(UsageError, match=said):
            ledger.find(prefix)


def test_what_a_check_did_in_earlier_runs_is_remembered_by_repository(path: Path) -> None:
    ledger, again = Ledger(path), RunId("0" * 16)
    seen = next(result.observation for result in _run(1).results if result.observation.commands)
    for number, executed, cached in ((1, 40, None), (2, 50, None), (3, 50, again), (4, 0, None)):
        report = _run(number)
        results = tuple(
            replace(result, observation=replace(seen, counts={"executed": executed}, cached_from=cached))
            if result.observation.commands
            else result
            for result in report.results
        )
        ledger.record(replace(report, results=results), 0)
    check = next(result.id for result in _run(1).results if result.observation.commands)
    assert ledger.past("/work/project/.git", check) == (Past(50, seen.duration_s), Past(40, seen.duration_s))
    assert ledger.past("/work/project/.git", check, limit=1) == ()
    assert ledger.past("/elsewhere/.git", check) == ()
    assert ledger.past("/work/project/.git", "nothing") == ()


def test_runs_are_newest_first_of_one_repository_and_limited(path: Path) -> None:
    ledger = Ledger(path)
    for number in (2, 1, 3):
        ledger.record(_run(number), 0)
    ledger.record(_run(9, repository="/elsewhere/.git"), 3)
    assert [int(row.run, 16) for row in ledger.runs("/work/project/.git")] == [3, 2, 1]
    assert [int(row.run, 16) for row in ledger.runs(limit=2)] == [9, 3]
    newest = ledger.runs(limit=1)[0]
    assert (newest.verdict, newest.exit_status, newest.branch, newest.base) == (
        Verdict.REJECTED,
        3,
        "feature/x",
        "main",
    )


def test_a_cached_observation_says_which_run_made_it(path: Path) -> None:
    ledger = Ledger(path)
    seen = Observation(check=CheckId("lint"), tree="d" * 40, counts={"findings": 2})
    assert ledger.observation("key") is None
    ledger.keep_observation("key", seen, RunId("abc"))
    assert ledger.observation("key") == replace(seen, cached_from=RunId("abc"))
    assert ledger.observation("other") is None


def test_an_observation_of_another_version_is_observed_again(path: Path) -> None:
    ledger = Ledger(path)
    ledger.keep_observation("key", Observation(check=CheckId("lint"), tree="t"), RunId("abc"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE observations SET observation = '{\"colour\": 1}'")
    connection.close()
    assert ledger.observation("key") is None


def test_a_run_and_its_caches_are_one_transaction(path: Path) -> None:
    ledger = Ledger(path)
    unwritable = StoredVerdict("r", b"", 0.0, 0, None)  # type: ignore[arg-type]  # text is NOT NULL
    with pytest.raises(sqlite3.IntegrityError):
        ledger.record(_run(1), 0, observations={"k": Observation(CheckId("a"), "t")}, verdict=("key", unwritable))
    assert ledger.runs() == ()
    assert ledger.observation("k") is None


def test_a_verdict_is_found_until_it_expires(path: Path) -> None:
    assert find_verdict(str(path), "key", now=0.0) is None, "no ledger yet"
    Ledger(path).record(_run(1), 1, verdict=("key", StoredVerdict("1", b"\0w", 100.0, 1, "REJECTED\n")))
    found = find_verdict(str(path), "key", now=99.0)
    assert found is not None
    assert (found.run, found.witness, found.exit_status, found.text) == ("1", b"\0w", 1, "REJECTED\n")
    assert find_verdict(str(path), "key", now=100.0) is None
    assert find_verdict(str(path), "other", now=0.0) is None


def test_looking_up_a_verdict_imports_nothing_heavy() -> None:
    code = "import sys, gatekeeper.ledger.verdicts; print(*sys.modules)"
    argv = [sys.executable, "-c", code]
    names = subprocess.run(argv, capture_output=True, text=True, check=True, env=plain_variables()).stdout.split()
    assert "sqlite3" in names
    heavy = {"contextlib", "pydantic", "rich", "asyncio", "dataclasses"}
    assert not heavy.union({"gatekeeper.ledger.database", "gatekeeper.model.result"}) & set(names)


def test_a_damaged_ledger_is_moved_aside_and_said(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)
    ledger = Ledger(path)
    ledger.record(_run(1), 0)
    assert ledger.find("0" * 15 + "1") == _run(1)
    aside = path.with_name("ledger.sqlite3.damaged-1")
    assert aside.read_bytes().startswith(b"this is no database")
    assert str(aside) in ledger.notes[0]
    assert find_verdict(str(aside), "key", now=0.0) is None


def test_a_second_gate_does_not_move_the_mended_ledger_aside(path: Path) -> None:
    Ledger(path).record(_run(1), 0)
    assert database.move_aside(str(path)) is None
    assert len(Ledger(path).runs()) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(CannotEstablish, match="state") as caught:
        Ledger(tmp_path / "state" / "ledger.sqlite3").record(_run(1), 0)
    assert "GATE_HOME" in caught.value.hint


def test_a_read_only_ledger_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(path).record(_run(1), 0)
    # Root may write to read-only files, so the connection itself is opened read-only.
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda _path, **given: real(f"file:{path}?mode=ro", uri=True, **given))
    with pytest.raises(CannotEstablish, match="readonly"):
        Ledger(path).record(_run(2), 0)


def test_a_full_disk_is_said_and_nothing_is_half_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(path).record(_run(1), 0)
    real = database.open_for_writing

    def tight(name: str) -> sqlite3.Connection:
        connection = real(name)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr("gatekeeper.ledger.record.open_for_writing", tight)
    big = replace(_run(2), notes=("x" * 10**6,))
    with pytest.raises(CannotEstablish, match="full") as caught:
        Ledger(path).record(big, 0)
    assert "space" in caught.value.hint
    monkeypatch.undo()
    assert len(Ledger(path).runs()) == 1


def test_a_locked_ledger_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(path).record(_run(1), 0)
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CannotEstablish, match="locked"):
        Ledger(path).record(_run(2), 0)
    holder.close()


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    Ledger(path).record(_run(1), 0)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CannotEstablish, match="version 99"):
        Ledger(path).runs()
    assert find_verdict(str(path), "key", now=0.0) is None


def test_many_gates_write_at_once(path: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            Ledger(path).record(_run(number), 0)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(Ledger(path).runs(limit=50)) == 12


def test_killed_in_the_middle_of_a_transaction_leaves_nothing(path: Path) -> None:
    Ledger(path).record(_run(1), 0)
    code = (
        "import os, signal, sys\n"
        "from gatekeeper.ledger.database import open_for_writing\n"
        "c = open_for_writing(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); c.execute('DELETE FROM runs')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=os.getcwd())
    assert killed.returncode == -signal.SIGKILL
    ledger = Ledger(path)
    assert len(ledger.runs()) == 1
    ledger.record(_run(2), 0)
    assert len(ledger.runs()) == 2


def test_the_heads_of_a_branch_are_listed_once_the_newest_first(path: Path) -> None:
    ledger, place = Ledger(path), _run(1).subject.repository.common_dir
    for number, (branch, head) in enumerate([*(("work", head) for head in "abacd"), ("other", "e")], start=1):
        report = _run(number)
        ledger.record(replace(report, subject=replace(report.subject, branch=branch, head=CommitId(head * 40))), 0)
    assert ledger.heads(place, "work") == tuple(head * 40 for head in "dcab")
    assert ledger.heads(place, "work", limit=1) == ("d" * 40,)
    assert ledger.heads(place, "nobody") == ledger.heads("/elsewhere", "work") == ()
    hostile = a_hostile_report().subject.branch
    assert ledger.heads(place, hostile or "") == ()


def test_approvals_come_back_with_their_run(path: Path) -> None:
    report = an_approved_report()
    Ledger(path).record(report, 3)
    assert Ledger(path).find(report.run).decision.approvals == report.decision.approvals
