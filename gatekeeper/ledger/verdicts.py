"""Verdicts that may be said again while nothing changed. Light imports only: this *is* the cached path."""

import contextlib
import sqlite3

from gatekeeper.errors import CannotEstablish
from gatekeeper.ledger.database import DamagedError, explained, open_for_reading


class StoredVerdict:
    """What was printed, and until when (Unix seconds) it may be said again while `witness` still holds."""

    # No dataclass: importing dataclasses costs more than the whole look-up.
    __slots__ = ("exit_status", "run", "text", "valid_until", "witness")

    def __init__(self, run: str, witness: bytes, valid_until: float, exit_status: int, text: str) -> None:
        self.run = run
        self.witness = witness
        self.valid_until = valid_until
        self.exit_status = exit_status
        self.text = text


def find_verdict(path: str, key: str, now: float) -> StoredVerdict | None:
    """The verdict under `key` that is still valid at `now`, or None. A ledger that cannot be read is None too."""
    try:
        connection = open_for_reading(path)
        if connection is None:
            return None
        with contextlib.closing(connection), explained(path):
            row = connection.execute(
                "SELECT run, witness, valid_until, exit_status, text FROM verdicts WHERE key = ? AND valid_until > ?",
                (key, now),
            ).fetchone()
    except (CannotEstablish, DamagedError):
        return None  # the way without the cache will say what is wrong
    return StoredVerdict(*row) if row else None


def keep_verdict(connection: sqlite3.Connection, key: str, verdict: StoredVerdict) -> None:
    """Stores or replaces the verdict of `key` (inside the caller's transaction)."""
    connection.execute(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (key, verdict.run, verdict.witness, verdict.valid_until, verdict.exit_status, verdict.text),
    )
