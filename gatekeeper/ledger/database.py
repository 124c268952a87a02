"""Opening the gate's SQLite files: the ledger, and the contracts beside it. Light imports only."""

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence

from gatekeeper.errors import CannotEstablish

VERSION = 1
BUSY_S = 10.0

_SCHEMA = """
CREATE TABLE runs (
  run TEXT PRIMARY KEY, started TEXT NOT NULL, repository TEXT NOT NULL, branch TEXT, base TEXT, head TEXT NOT NULL,
  tree TEXT NOT NULL, verdict TEXT NOT NULL, policy_digest TEXT NOT NULL, exit_status INTEGER NOT NULL,
  duration_s REAL NOT NULL, report TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_repository ON runs (repository, started);
CREATE TABLE observations (
  key TEXT PRIMARY KEY, run TEXT NOT NULL, check_id TEXT NOT NULL, observation TEXT NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE verdicts (
  key TEXT PRIMARY KEY, run TEXT NOT NULL, witness BLOB NOT NULL, valid_until REAL NOT NULL,
  exit_status INTEGER NOT NULL, text TEXT NOT NULL
) STRICT"""


class DamagedError(Exception):
    """The file cannot be read as what it should be."""


def open_for_writing(
    path: str, *, name: str = "ledger", schema: Sequence[str] = (), version: int = VERSION, wal: bool = True
) -> sqlite3.Connection:
    """A connection to a file of the right version, made if need be. Raises CannotEstablish or DamagedError.

    Without `wal` every commit changes the file itself, so that a witness of it sees the change.
    """
    with explained(path, name):
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 (pathlib costs 5 ms)
        except OSError as error:
            raise CannotEstablish(
                f"the {name} {path} cannot be made: {error.strerror}", "Name a writable folder: GATE_HOME=DIR gate …"
            ) from error
        connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        try:
            if wal:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
            _ensure_schema(connection, path, name, schema or _SCHEMA.split(";"), version)
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def explained(path: str, name: str = "ledger") -> Iterator[None]:
    """SQLite's errors in the gate's words: DamagedError for a damaged file, CannotEstablish for the rest."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise CannotEstablish(f"the {name} {path} cannot be used: {error}", _next_step(error)) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise  # IntegrityError and the like are mistakes of this program
        raise DamagedError(f"the {name} {path} is damaged: {error}") from error


def move_aside(path: str) -> str | None:
    """Renames a damaged ledger to `<path>.damaged-N`; the new name, or None when another gate has mended it already."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _damaged(path):
            return None
        number = 1
        while os.path.exists(f"{path}.damaged-{number}"):  # noqa: PTH110
            number += 1
        aside = f"{path}.damaged-{number}"
        os.rename(path, aside)  # noqa: PTH104
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.rename(path + suffix, aside + suffix)  # noqa: PTH104
        return aside
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        raise CannotEstablish(
            f"the damaged ledger {path} cannot be moved aside: {reason}", f"Remove {path}."
        ) from error
    finally:
        os.close(lock)


def _damaged(path: str) -> bool:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return False  # locked or unreadable is not damaged
    except sqlite3.DatabaseError:
        return True


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _ensure_schema(connection: sqlite3.Connection, path: str, name: str, schema: Sequence[str], wanted: int) -> None:
    version = _version(connection)
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")  # two gates may arrive at once: the second sees the first's version
        try:
            version = _version(connection)
            if version == 0:
                for statement in schema:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {wanted}")
                version = wanted
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    require_version(version, wanted, path, name)


def require_version(version: int, wanted: int, path: str, name: str) -> None:
    """Raises CannotEstablish for a file of another version."""
    if version != wanted:
        raise CannotEstablish(
            f"the {name} {path} has version {version}, this gate knows {wanted}",
            "Use the newer gate, or another GATE_HOME.",
        )


def _next_step(error: sqlite3.OperationalError) -> str:
    text = str(error)
    if "full" in text:
        return "Free some space, or name another folder: GATE_HOME=DIR gate …"
    if "locked" in text or "busy" in text:
        return "Another process holds it; try again."
    return "Name a writable folder: GATE_HOME=DIR gate …"
