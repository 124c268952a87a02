"""The book may be lost, damaged, locked or of another version: who holds leases is known all the same."""

import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from gatekeeper.dispatch import book as book_module
from gatekeeper.dispatch.book import Book, clock
from gatekeeper.dispatch.job import MIB, Phase
from gatekeeper.dispatch.rows import Ask
from gatekeeper.errors import CannotEstablish, GaveUpWaiting
from tests.support.broker import broker
from tests.support.users import STRANGER, give_away


def rows(book: Book) -> int:
    return int(str(book.look("SELECT count(*) FROM leases")[0][0]))


@pytest.mark.parametrize("loss", ["deleted", "damaged", "cut", "emptied", "another"])
def test_a_lost_book_is_made_anew_and_those_that_run_write_themselves_in(tmp_path: Path, loss: str) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(40 * MIB, name="runs"))
    path = Path(some.book.path)
    if loss == "deleted":
        path.unlink()
    elif loss == "damaged":
        path.write_bytes(os.urandom(8192))
    elif loss == "cut":
        os.truncate(path, 5000)
    elif loss == "emptied":
        os.truncate(path, 0)
    else:
        path.unlink()
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE other (x)")
        connection.close()
    other = broker(tmp_path)
    with pytest.raises(GaveUpWaiting):  # its lock is held, and nobody knows yet how much that is
        other.acquire(Ask(40 * MIB, name="early"), wait_s=0.0)
    lease.tick(10 * MIB)
    lease.tick(12 * MIB)
    (job,) = other.look()[0].running
    assert (job.id, job.phase, job.reserved) == (lease.number, Phase.RUNNING, 40 * MIB)
    some.release(lease)
    other.release(other.acquire(Ask(60 * MIB), wait_s=5.0))


def test_the_whole_folder_removed_while_a_job_runs(tmp_path: Path) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(40 * MIB, name="runs"))
    shutil.rmtree(some.settings.folder)
    lease.tick(20 * MIB)
    other = broker(tmp_path)
    assert [job.held for job in other.look()[0].running] == [40 * MIB]
    with pytest.raises(GaveUpWaiting):
        other.acquire(Ask(40 * MIB), wait_s=0.0)
    some.release(lease)
    assert other.look()[0].running == ()


def test_numbers_are_not_used_twice_after_a_loss(tmp_path: Path) -> None:
    some = broker(tmp_path)
    for _ in range(5):
        some.release(some.acquire(Ask(MIB)))
    lease = some.acquire(Ask(MIB))
    Path(some.book.path).unlink()
    other = broker(tmp_path)
    second = other.acquire(Ask(MIB), wait_s=10.0)
    assert second.number > lease.number
    other.release(second)
    some.release(lease)


def test_what_stood_in_it_before_the_machine_was_started_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(MIB))
    monkeypatch.setattr(book_module, "_boot", lambda: "another")
    assert broker(tmp_path).look()[1] == []
    some.release(lease)


def test_another_version_is_refused_by_name(tmp_path: Path) -> None:
    some = broker(tmp_path)
    some.tidy()
    some.close()
    connection = sqlite3.connect(some.book.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CannotEstablish, match="version 99, this gate knows 1"):
        broker(tmp_path).acquire(Ask(MIB))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotEstablish, match="cannot be used") as caught:
        Book(str(tmp_path / "file" / "broker"))
    assert "GATE_BROKER_DIR" in caught.value.hint


def test_a_folder_of_another_user_is_refused_unless_it_is_shared(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    give_away(folder)
    with pytest.raises(CannotEstablish, match=f"belongs to user {STRANGER}"):
        Book(str(folder))
    assert Book(str(folder), shared=True).look("SELECT count(*) FROM leases") == [(0,)]


def test_a_full_disk_is_said_and_a_running_job_goes_on(tmp_path: Path) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(MIB))

    def full(connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0]}")

    some.book.change(full)
    with pytest.raises(CannotEstablish, match=r"cannot be used.*full") as caught:
        some.book.change(lambda connection: connection.execute("INSERT INTO facts VALUES ('x', ?)", ("y" * 100_000,)))
    assert "free some space" in caught.value.hint
    assert lease.tick(MIB) is Phase.RUNNING
    some.release(lease)


def test_a_read_only_book_is_said_and_a_running_job_goes_on(tmp_path: Path) -> None:
    some = broker(tmp_path)
    lease = some.acquire(Ask(MIB))
    some.book.look("PRAGMA query_only = 1")
    with pytest.raises(CannotEstablish, match="cannot be used"):
        some.acquire(Ask(MIB))
    assert lease.tick(50 * MIB) is Phase.RUNNING
    some.book.look("PRAGMA query_only = 0")
    some.release(lease)
    assert rows(some.book) == 0


def test_a_jump_of_the_clock_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = broker(tmp_path)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    lease = some.acquire(Ask(MIB))
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert 0 <= clock() - lease.since < 60
    some.release(lease)


def test_who_holds_the_folders_lock_for_ever_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_module, "_PATIENCE_S", 0.05)
    one, two = Book(str(tmp_path / "b")), Book(str(tmp_path / "b"))
    inside, leave = threading.Event(), threading.Event()

    def stay(_: sqlite3.Connection) -> None:
        inside.set()
        leave.wait(20)

    thread = threading.Thread(target=one.change, args=(stay,))
    thread.start()
    inside.wait(20)
    with pytest.raises(CannotEstablish, match="locked by another process"):
        two.change(lambda _: None)
    leave.set()
    thread.join()
    two.change(lambda _: None)


def test_a_change_that_fails_is_undone(tmp_path: Path) -> None:
    book = Book(str(tmp_path / "b"))

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO facts VALUES ('half', 'done')")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        book.change(fail)
    assert book.look("SELECT 1 FROM facts WHERE name = 'half'") == []
    book.change(lambda _: None)
