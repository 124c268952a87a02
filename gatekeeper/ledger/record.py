"""Runs and observations in the ledger. A run is one transaction at its end: killed before, nothing is half written."""

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.ledger import codec
from gatekeeper.ledger.database import DamagedError, explained, move_aside, open_for_writing
from gatekeeper.ledger.verdicts import StoredVerdict, keep_verdict
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CommitId, RunId, Verdict

T = TypeVar("T")
_PREFIX = re.compile(r"[0-9a-f]{1,64}\Z")
_PAST = """
SELECT json_extract(one.value, '$.observation.counts.executed') AS executed,
  (SELECT sum(json_extract(run.value, '$.duration_s')) FROM json_each(one.value, '$.observation.commands') AS run)
FROM (SELECT report FROM runs WHERE repository = ?1 ORDER BY started DESC, rowid DESC LIMIT ?2),
  json_each(report, '$.results') AS one
WHERE json_extract(one.value, '$.id') = ?3 AND executed > 0
  AND json_extract(one.value, '$.observation.cached_from') IS NULL
"""


class RunRow(Struct, frozen=True):
    """One line of `gate log`. `started` is ISO 8601 UTC, `duration_s` in seconds."""

    run: RunId
    started: str
    repository: str
    branch: str | None
    base: str | None
    head: str
    tree: str
    verdict: Verdict
    policy_digest: str
    exit_status: int
    duration_s: float
    contract_digest: str | None = None
    """That of the contract in force, None without one."""


class Failure(Struct, frozen=True):
    """A finding that rejected a head of a branch."""

    run: str
    branch: str
    head: str
    fingerprint: str
    check: str
    rule: str
    message: str


class Ledger:
    """The ledger at `path`. Opens lazily; a damaged file is moved aside and said in `notes`.

    Every method raises CannotEstablish when the file is read-only, locked for over ten seconds, or the disk is full.
    """

    def __init__(self, path: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        self.path = str(path)
        self.notes: tuple[str, ...] = ()
        self._clock = clock
        self._connection: sqlite3.Connection | None = None

    def record(
        self,
        report: Report,
        exit_status: int,
        *,
        observations: Mapping[str, Observation] | None = None,
        verdict: tuple[str, StoredVerdict] | None = None,
        push: tuple[str, StoredVerdict] | None = None,
    ) -> None:
        """Writes the run, the observations to cache (by key) and what may be said again, all or nothing.

        `verdict` answers the same request, `push` the pre-push hook.
        """
        row = _row(report, exit_status)
        kept = [
            (key, report.run, seen.check, codec.dumps(seen), self._clock())
            for key, seen in (observations or {}).items()
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", row)
            connection.executemany("INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)", kept)
            for kept_verdict in (verdict, push):
                if kept_verdict is not None:
                    keep_verdict(connection, *kept_verdict)

        self._use(write)

    def runs(self, repository: str | None = None, limit: int = 20) -> tuple[RunRow, ...]:
        """The newest runs first; of one repository (its common git directory), or of all with None."""
        columns = (
            "run, started, repository, branch, base, head, tree, verdict, policy_digest, exit_status, duration_s,"
            " json_extract(report, '$.contract.digest')"
        )
        query = (
            f"SELECT {columns} FROM runs WHERE ?1 IS NULL OR repository = ?1 ORDER BY started DESC, rowid DESC LIMIT ?2"  # noqa: S608
        )
        rows = self._use(lambda connection: connection.execute(query, (repository, limit)).fetchall())
        return tuple(_run_row(row) for row in rows)

    def past(self, repository: str, check: str, limit: int = 20) -> tuple[Past, ...]:
        """What a check did in the newest runs of a repository in which it was observed and nothing was reused."""
        rows = self._use(lambda connection: connection.execute(_PAST, (_text(repository), limit, check)).fetchall())
        return tuple(Past(executed, seconds) for executed, seconds in rows)

    def heads(self, repository: str, branch: str, limit: int = 10) -> tuple[CommitId, ...]:
        """The commits that were judged as the head of a branch, the one of the newest run first, each once."""
        query = "SELECT head FROM runs WHERE repository = ? AND branch = ? ORDER BY started DESC, rowid DESC LIMIT ?"
        wanted = (_text(repository), _text(branch), 20 * limit)
        rows = self._use(lambda connection: connection.execute(query, wanted).fetchall())
        return tuple(dict.fromkeys(CommitId(head) for (head,) in rows))[:limit]

    def find(self, prefix: str) -> Report:
        """The run whose id starts with `prefix`. Raises UsageError when none or several do."""
        if not _PREFIX.match(prefix):
            raise UsageError(f"{prefix!r} is not a run id", "Run ids are hexadecimal digits; gate log lists them.")
        query = "SELECT run, report FROM runs WHERE substr(run, 1, length(?1)) = ?1 ORDER BY started DESC LIMIT 10"
        rows = self._use(lambda connection: connection.execute(query, (prefix,)).fetchall())
        if not rows:
            raise UsageError(f"no run starts with {prefix}", "gate log lists the runs.")
        if len(rows) > 1 and all(run != prefix for run, _ in rows):
            raise UsageError(f"several runs start with {prefix}", "One of: " + ", ".join(run for run, _ in rows))
        text = next((report for run, report in rows if run == prefix), rows[0][1])
        try:
            return codec.loads(Report, text)
        except codec.CodecError as error:
            raise CannotEstablish(
                f"run {prefix} was written by another version: {error}", "Run gate check again."
            ) from error

    def rejected_before(self, repository: str, branch: str, head: str, limit: int) -> tuple[frozenset[str], ...]:
        """Fingerprints of what rejected the earlier heads of a branch, newest head first; the last run of each counts.

        `head` itself and verdicts of a policy on trial are left out.
        """
        query = """
            SELECT head, (SELECT json_group_array(json_extract(found.value, '$.fingerprint'))
                FROM json_each(runs.report, '$.results') AS result, json_each(result.value, '$.findings') AS found
                WHERE json_extract(found.value, '$.severity') = 'error'
                  AND json_extract(found.value, '$.novelty') = 'new'
                  AND json_extract(found.value, '$.waiver') IS NULL)
            FROM runs WHERE repository = ?1 AND branch = ?2 AND head <> ?3
              AND NOT json_extract(report, '$.policy.trial') ORDER BY started DESC, rowid DESC LIMIT ?4"""
        rows = self._use(lambda db: db.execute(query, (repository, branch, head, limit)).fetchall())
        newest = {head: frozenset(json.loads(found)) for head, found in reversed(rows)}
        return tuple(newest[head] for head in dict.fromkeys(head for head, _ in rows))

    def failures(self, repository: str, limit: int) -> tuple[Failure, ...]:
        """What rejected in the newest `limit` runs of a repository, newest run first; trials are left out."""
        columns = ", ".join(
            f"json_extract(found.value, '$.{name}')" for name in ("fingerprint", "check", "rule", "message")
        )
        query = f"""
            SELECT run, coalesce(branch, ''), head, {columns}
            FROM (SELECT *, rowid AS number FROM runs WHERE repository = ?1
                ORDER BY started DESC, number DESC LIMIT ?2) AS runs,
                json_each(runs.report, '$.results') AS result, json_each(result.value, '$.findings') AS found
            WHERE json_extract(found.value, '$.severity') = 'error' AND json_extract(found.value, '$.novelty') = 'new'
              AND json_extract(found.value, '$.waiver') IS NULL AND NOT json_extract(runs.report, '$.policy.trial')
            ORDER BY started DESC, number DESC"""  # noqa: S608 - the columns are named above
        rows = self._use(lambda db: db.execute(query, (repository, limit)).fetchall())
        return tuple(Failure(*row) for row in rows)

    def observation(self, key: str) -> Observation | None:
        """The observation cached under `key`, marked with the run that made it; None when there is none to rely on."""
        query = "SELECT run, observation FROM observations WHERE key = ?"
        row = self._use(lambda connection: connection.execute(query, (key,)).fetchone())
        if row is None:
            return None
        try:
            return replace(codec.loads(Observation, row[1]), cached_from=RunId(row[0]))
        except codec.CodecError:
            return None  # another version of the model: observe again

    def keep_observation(self, key: str, observation: Observation, run: RunId) -> None:
        """Caches one observation at once, so that a run that is killed later has not worked for nothing."""
        row = (key, run, observation.check, codec.dumps(observation), self._clock())
        self._use(
            lambda connection: connection.execute("INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)", row)
        )

    def keep_verdict(self, key: str, verdict: StoredVerdict) -> None:
        """Caches what was printed under the key of the request."""
        self._use(lambda connection: keep_verdict(connection, key, verdict))

    def close(self) -> None:
        """Closes the file; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._transact(work)
        except DamagedError as damage:
            self.close()
            aside = move_aside(self.path)
            if aside:
                self.notes += (f"{damage}; it was moved to {aside} and a new one was begun",)
        try:
            return self._transact(work)
        except DamagedError as damage:
            raise CannotEstablish(str(damage), f"Remove {self.path}.") from damage

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = open_for_writing(self.path)
        with explained(self.path), _transaction(self._connection):
            return work(self._connection)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _run_row(row: tuple[Any, ...]) -> RunRow:  # Any: sqlite3 says no more; the columns are STRICT
    run, started, repository, branch, base, head, tree, verdict, *rest = row
    return RunRow(run, started, repository, branch, base, head, tree, Verdict(verdict), *rest)


def stored(name: str) -> str:
    """A name as it is kept: bytes that are not UTF-8 become visible."""
    return name.encode("utf-8", "backslashreplace").decode()


def _row(report: Report, exit_status: int) -> tuple[str | int | float | None, ...]:
    subject = report.subject
    return (
        report.run,
        report.started,
        _text(subject.repository.common_dir),
        subject.branch and _text(subject.branch),
        _text(subject.base.name) if subject.base else None,
        subject.head,
        subject.head_tree,
        report.decision.verdict.value,
        report.policy.digest,
        exit_status,
        report.duration_s,
        codec.dumps(report),
    )


def _text(name: str) -> str:
    """A name as SQLite takes it: bytes that are no UTF-8 are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()
