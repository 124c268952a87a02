"""The broker's book: one SQLite file (write-ahead log) and one file of locks in one folder per machine and user.

Changes are made one at a time, under a lock of the folder; SQLite alone would let those that wait sleep too long. The
book is no record of anything: it may be deleted, and those that hold leases write themselves into the new one.
"""

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gatekeeper.dispatch.locks import Bytes, open_locks
from gatekeeper.errors import CannotEstablish

T = TypeVar("T")
VERSION = 1
YOUNG_S = 3.0
"""So long after a book was made, holders of locks that are not in it are given time to write themselves in."""
_PATIENCE_S = 20.0
_ANOTHER = "name another one: GATE_HOME=DIR gate …, or for the broker alone GATE_BROKER_DIR=DIR"
_LOCK_PAUSE_S = 0.0003
_SCHEMA = (
    """CREATE TABLE leases (
      id INTEGER PRIMARY KEY AUTOINCREMENT, phase TEXT NOT NULL, asked REAL NOT NULL, granted REAL,
      estimate INTEGER NOT NULL, reserved INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0,
      peak INTEGER NOT NULL DEFAULT 0, slope REAL NOT NULL DEFAULT 0, seen REAL NOT NULL DEFAULT 0,
      cores INTEGER NOT NULL, priority INTEGER NOT NULL, share TEXT NOT NULL, grp TEXT NOT NULL, group_limit INTEGER,
      locks TEXT NOT NULL, alone INTEGER NOT NULL, expected_s REAL, suspendable INTEGER NOT NULL, key TEXT NOT NULL,
      name TEXT NOT NULL, branch TEXT NOT NULL, check_id TEXT NOT NULL, directory TEXT NOT NULL,
      holder INTEGER NOT NULL, leader INTEGER NOT NULL DEFAULT 0, leader_start REAL NOT NULL DEFAULT 0,
      cage TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE TABLE shares (share TEXT PRIMARY KEY, gib_s REAL NOT NULL, at REAL NOT NULL) STRICT",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


def clock() -> float:
    """Seconds since the machine was started, sleep included: it never jumps, and is the same for all processes."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class DamagedError(Exception):
    """The file is not what it should be; it has been moved aside by now."""


class Book:
    """One open book. Safe for use by several threads of one process; not across a fork."""

    def __init__(self, folder: str, *, shared: bool = False) -> None:
        self.folder = folder
        self._mode = 0o660 if shared else 0o600
        _ensure_folder(folder, shared=shared)
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._mutex = -1
        self._locks: Bytes | None = None
        self.born = 0.0
        """When this book was made, by `clock`."""

    @property
    def path(self) -> str:
        return f"{self.folder}/broker.sqlite3"

    @property
    def locks(self) -> Bytes:
        """The locks by which holders and jobs are alive."""
        if self._locks is None or not self._locks.same_file():
            if self._locks is not None:
                self._locks.close()
            _ensure_folder(self.folder, shared=self._mode != 0o600)
            self._locks = open_locks(f"{self.folder}/alive", self._mode)
        return self._locks

    def change(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Run `action` as one change of the book; nobody else changes it meanwhile. It may be run a second time.

        Raises CannotEstablish when the book cannot be written.
        """
        with self._lock, self._explained():
            try:
                return self._changed(action)
            except DamagedError:
                return self._changed(action)

    def look(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Rows as they are now, without waiting for anybody."""
        with self._lock, self._explained():
            try:
                if self._connection is None or self._inode_now() != self._inode:
                    with self._alone():  # it may have to be made
                        self._current()
                return self._current().execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if not _damage(error):
                    raise
                return self.change(lambda connection: connection.execute(query, values).fetchall())

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._mutex >= 0:
                os.close(self._mutex)
                self._mutex = -1
            if self._locks is not None:
                self._locks.close()
                self._locks = None

    def _changed(self, action: Callable[[sqlite3.Connection], T]) -> T:
        with self._alone():
            try:
                connection = self._current()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    result = action(connection)
                    connection.execute("COMMIT")
                    return result
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.DatabaseError as error:
                if not _damage(error):
                    raise
                self._move_aside()
                raise DamagedError(str(error)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The folder's lock. Not waited for in the kernel: its holder may have been stopped."""
        deadline = time.monotonic() + _PATIENCE_S
        handle = self._mutex_handle()
        pause = _LOCK_PAUSE_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CannotEstablish(
                        f"{self.folder} has been locked by another process for {_PATIENCE_S:g} s",
                        "a gate may have been stopped (fg or kill -CONT continues it); then try again",
                    ) from None
            time.sleep(pause)
            pause = min(0.004, pause * 1.3)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)

    def _mutex_handle(self) -> int:
        path = f"{self.folder}/lock"
        with contextlib.suppress(OSError):
            if self._mutex >= 0 and os.stat(path).st_ino == os.fstat(self._mutex).st_ino:  # noqa: PTH116
                return self._mutex
        if self._mutex >= 0:
            os.close(self._mutex)
        _ensure_folder(self.folder, shared=self._mode != 0o600)
        self._mutex = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode)
        return self._mutex

    def _current(self) -> sqlite3.Connection:
        """The connection to the file that others see: somebody may have deleted the one that was open."""
        inode = self._inode_now()
        if self._connection is None or inode != self._inode:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._connection = self._open()
            self._inode = os.stat(self.path).st_ino  # noqa: PTH116
        return self._connection

    def _inode_now(self) -> int:
        try:
            return os.stat(self.path).st_ino  # noqa: PTH116 - hot path
        except FileNotFoundError:
            return 0

    def _nothing_there(self) -> bool:
        """No file, or one that was emptied under its log."""
        try:
            size = os.stat(self.path).st_size  # noqa: PTH116
        except FileNotFoundError:
            return True
        return size == 0 and os.path.exists(f"{self.path}-wal")  # noqa: PTH110

    def _open(self) -> sqlite3.Connection:
        _ensure_folder(self.folder, shared=self._mode != 0o600)
        if self._nothing_there():
            # A log that belonged to a file that is gone, or was emptied, must not be read into the new one.
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.path + suffix)  # noqa: PTH108
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, self._mode))
        connection = sqlite3.connect(self.path, timeout=5.0, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # Nothing in it outlives the machine: no disk is waited for.
            connection.execute("PRAGMA synchronous = OFF")
            self._make(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise CannotEstablish(
                f"the broker's book {self.path} has version {version}, this gate knows {VERSION}",
                "use the same version of the gate everywhere; when nothing runs, remove that folder",
            )
        boot = _boot()
        if version == VERSION:
            facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
            self.born = float(facts.get("born", "0"))
            if facts.get("boot") == boot:
                return
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                # After what was given out from a book that is gone: numbers are locks, and locks may still be held.
                top = max(self.locks.all_held(), default=1) // 2
                connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('leases', ?)", (top,))
            connection.execute("DELETE FROM leases WHERE 1")  # of before the machine was started
            connection.execute("DELETE FROM shares WHERE 1")
            self.born = clock()
            rows = (("boot", boot), ("born", repr(self.born)))
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _move_aside(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        with contextlib.suppress(FileNotFoundError):
            os.replace(self.path, f"{self.path}.damaged")  # noqa: PTH105
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path + suffix)  # noqa: PTH108

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, DamagedError) as error:
            what = getattr(error, "strerror", None) or error
            raise CannotEstablish(
                f"the broker's book {self.path} cannot be used: {what}",
                f"free some space or unlock that folder, or {_ANOTHER}",
            ) from error


def _damage(error: sqlite3.DatabaseError) -> bool:
    """A file that is no database, or lacks what it should have; not one that is locked, full or read-only."""
    if type(error) is sqlite3.DatabaseError:
        return True
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith(("no such table", "no such column"))


def _boot() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        # Not Linux: the time of the start, coarse enough that a corrected clock does not move it.
        return f"{(time.time() - clock()) // 600:.0f}"


def _ensure_folder(folder: str, *, shared: bool) -> None:
    """Raises CannotEstablish when it cannot be made, or belongs to somebody else."""
    try:
        owner = os.stat(folder).st_uid  # noqa: PTH116 - hot path
    except FileNotFoundError:
        try:
            os.makedirs(folder, mode=0o770 if shared else 0o700, exist_ok=True)  # noqa: PTH103
            owner = os.stat(folder).st_uid  # noqa: PTH116
        except OSError as error:
            raise _unusable(folder, error.strerror or str(error)) from error
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error
    if owner != os.geteuid() and not shared:
        why = f"it belongs to user {owner}, and is not set up as shared"
        raise CannotEstablish(
            f"the broker's folder {folder} cannot be used: {why}",
            f"say shared = true in the machine settings, or {_ANOTHER}",
        )


def _unusable(folder: str, why: str) -> CannotEstablish:
    return CannotEstablish(
        f"the broker's folder {folder} cannot be used: {why}", f"free or unlock that folder, or {_ANOTHER}"
    )
