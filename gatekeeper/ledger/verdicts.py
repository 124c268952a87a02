"""Verdicts that may be said again while nothing changed. Light imports only: this *is* the cached path."""

import os
import sqlite3

BUSY_S = 10.0
_QUERY = "SELECT run, witness, valid_until, exit_status, text FROM verdicts WHERE key = ? AND valid_until > ?"


class StoredVerdict:
    """What was printed, and until when (Unix seconds) it may be said again while `witness` still holds."""

    # No struct: importing msgspec costs more than the whole look-up.
    __slots__ = ("exit_status", "run", "text", "valid_until", "witness")

    def __init__(self, run: str, witness: bytes, valid_until: float, exit_status: int, text: str) -> None:
        self.run = run
        self.witness = witness
        self.valid_until = valid_until
        self.exit_status = exit_status
        self.text = text


def find_verdict(path: str, key: str, now: float) -> StoredVerdict | None:
    """The verdict under `key` that is still valid at `now`, or None. A ledger that cannot be read is None too."""
    if not os.path.exists(path):  # noqa: PTH110 (pathlib costs 5 ms)
        return None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only = 1")
            row = connection.execute(_QUERY, (key, now)).fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return None  # the way without the cache will say what is wrong
    return StoredVerdict(*row) if row else None


def keep_verdict(connection: sqlite3.Connection, key: str, verdict: StoredVerdict) -> None:
    """Stores or replaces the verdict of `key` (inside the caller's transaction)."""
    connection.execute(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)",
        (key, verdict.run, verdict.witness, verdict.valid_until, verdict.exit_status, verdict.text),
    )
