"""The contracts of every repository: versioned, hashed, append-only, outside every worktree.

A damaged file is never moved aside as a damaged ledger is: a gate that forgot what was agreed would pass what must not.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish
from gatekeeper.ledger import codec
from gatekeeper.ledger.database import BUSY_S, DamagedError, explained, open_for_writing, require_version
from gatekeeper.model.contract import Contract
from gatekeeper.model.subject import Repository

T = TypeVar("T")
VERSION = 1
NAME = "contracts file"
_SCHEMA = (
    # `contents` is NULL in a version that takes the contract away.
    """CREATE TABLE contracts (
  repository TEXT NOT NULL, branch TEXT NOT NULL, version INTEGER NOT NULL, made TEXT NOT NULL, made_by TEXT NOT NULL,
  digest TEXT NOT NULL, contents TEXT, PRIMARY KEY (repository, branch, version)
) STRICT""",
    "CREATE TRIGGER no_update BEFORE UPDATE ON contracts BEGIN SELECT RAISE(ABORT, 'contracts are append-only'); END",
    "CREATE TRIGGER no_delete BEFORE DELETE ON contracts BEGIN SELECT RAISE(ABORT, 'contracts are append-only'); END",
)
_COLUMNS = "branch, version, made, made_by, digest, contents"
_NEWEST = f"SELECT {_COLUMNS} FROM contracts WHERE repository = ? AND branch = ? ORDER BY version DESC LIMIT 1"  # noqa: S608
_ALL = (
    f"SELECT {_COLUMNS} FROM contracts AS one WHERE repository = ? AND version ="  # noqa: S608
    " (SELECT max(version) FROM contracts WHERE repository = one.repository AND branch = one.branch) ORDER BY branch"
)
_HISTORY = f"SELECT {_COLUMNS} FROM contracts WHERE repository = ? AND branch = ? ORDER BY version"  # noqa: S608
_CIRCUMSTANCES = frozenset({"version", "made", "by", "digest", "base_tip", "head"})
"""Fields that say when and by whom, not what."""


class Version(Struct, frozen=True):
    """One line of a branch's history. `contract` is None when this version took the contract away."""

    number: int
    made: str
    by: str
    contract: Contract | None


class Stated(Struct, frozen=True):
    """What holds after `set`, and what held before. `new` is False when the same had been agreed already."""

    contract: Contract
    before: Contract | None
    new: bool


class Contracts:
    """The contracts file at `path`. Reading makes no file; without one there are no contracts.

    Every method raises CannotEstablish when the file is damaged, read-only, locked for over ten seconds, of another
    version, or the disk is full.
    """

    def __init__(self, path: Path | str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = str(path)
        self._now = now

    def set(self, repository: Repository, drafts: Sequence[Contract]) -> tuple[Stated, ...]:
        """States the whole contract of each branch, all or none. What holds already makes no new version.

        `version`, `made` and `digest` of the drafts are filled in here; a contract that goes on keeps its beginning.
        """
        return self._write(lambda file: tuple(self._state(file, _key(repository), draft) for draft in drafts))

    def remove(self, repository: Repository, branch: str, by: str) -> bool:
        """Ends the contract of a branch with a version that says so; False when there is none."""

        def end(file: sqlite3.Connection) -> bool:
            newest = self._newest(file, _key(repository), branch)
            if newest is None or newest.contract is None:
                return False
            self._append(file, _key(repository), Version(newest.number + 1, self._time(), by, None), branch)
            return True

        return self._write(end)

    def current(self, repository: Repository, branch: str) -> Contract | None:
        """The contract that binds the branch now."""
        newest = self._read(lambda file: self._newest(file, _key(repository), branch), None)
        return newest.contract if newest else None

    def all(self, repository: Repository) -> tuple[Contract, ...]:
        """Every contract that holds now, by the name of its branch."""
        found = (version.contract for version in self._versions(_ALL, (_key(repository),)))
        return tuple(contract for contract in found if contract is not None)

    def history(self, repository: Repository, branch: str) -> tuple[Version, ...]:
        """Every version of one branch, oldest first."""
        return self._versions(_HISTORY, (_key(repository), _text(branch)))

    def _versions(self, query: str, parts: tuple[str, ...]) -> tuple[Version, ...]:
        return self._read(lambda file: tuple(self._version(row) for row in file.execute(query, parts)), ())

    def _state(self, file: sqlite3.Connection, key: str, draft: Contract) -> Stated:
        newest = self._newest(file, key, draft.branch)
        digest = digest_of(draft)
        if newest and newest.contract and newest.contract.digest == digest:
            return Stated(newest.contract, newest.contract, new=False)
        number = newest.number + 1 if newest else 1
        draft = _continued(draft, newest.contract) if newest and newest.contract else draft
        contract = replace(draft, version=number, made=self._time(), digest=digest)
        self._append(file, key, Version(number, contract.made, contract.by, contract), draft.branch)
        return Stated(contract, newest.contract if newest else None, new=True)

    def _append(self, file: sqlite3.Connection, key: str, version: Version, branch: str) -> None:
        contract = version.contract
        said = (contract.digest, codec.dumps(contract)) if contract else ("", None)
        row = (key, _text(branch), version.number, version.made, _text(version.by), *said)
        file.execute("INSERT INTO contracts VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _time(self) -> str:
        return self._now().isoformat(timespec="seconds")

    def _newest(self, file: sqlite3.Connection, key: str, branch: str) -> Version | None:
        row = file.execute(_NEWEST, (key, _text(branch))).fetchone()
        return self._version(row) if row else None

    def _version(self, row: tuple[Any, ...]) -> Version:  # Any: sqlite3 says no more; the columns are STRICT
        branch, number, made, by, digest, contents = row
        if contents is None:
            return Version(number, made, by, None)
        try:
            contract = codec.loads(Contract, contents)
        except codec.CodecError as error:
            raise self._spoilt(f"version {number} of the contract of {branch} cannot be read: {error}") from error
        if digest_of(contract) != digest or contract.digest != digest or contract.version != number:
            raise self._spoilt(f"version {number} of the contract of {branch} is not what its digest says")
        return Version(number, made, by, contract)

    def _spoilt(self, what: str) -> CannotEstablish:
        hint = f"Put {self.path} back from a backup. Removing it forgets every contract: state them again afterwards."
        return CannotEstablish(f"{what} ({self.path})", hint)

    def _read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        if not Path(self.path).exists():
            return nothing
        with self._explained(), contextlib.closing(self._open_existing()) as file:
            version = int(file.execute("PRAGMA user_version").fetchone()[0])
            if version == 0 and not file.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                return nothing  # its maker was killed before the first contract
            require_version(version, VERSION, self.path, NAME)
            return work(file)

    def _open_existing(self) -> sqlite3.Connection:
        # "rw", not "ro": only a writer may take back what a killed process left half done. It makes no file.
        address = Path(self.path).absolute().as_uri() + "?mode=rw"
        return sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._explained():
            opened = open_for_writing(self.path, name=NAME, schema=_SCHEMA, version=VERSION, wal=False)
            with contextlib.closing(opened) as file:
                file.execute("BEGIN IMMEDIATE")  # read the newest version and write the next with nobody between
                try:
                    done = work(file)
                    file.execute("COMMIT")
                except BaseException:
                    if file.in_transaction:
                        file.execute("ROLLBACK")
                    raise
                return done

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with explained(self.path, NAME):
                yield
        except DamagedError as damage:
            raise self._spoilt(str(damage)) from damage


def _continued(draft: Contract, before: Contract) -> Contract:
    """A new version of a contract that holds begins where that began, or restating it would hide what was merged."""
    same = draft.base == before.base and before.base_tip
    return replace(draft, base_tip=before.base_tip if same else draft.base_tip, head=before.head or draft.head)


def digest_of(contract: Contract) -> str:
    """sha256 (hexadecimal) over what is agreed, as canonical JSON; when and by whom does not matter."""
    agreed = [name for name in contract.__struct_fields__ if name not in _CIRCUMSTANCES]
    values = {name: codec.encode(getattr(contract, name)) for name in agreed}
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _key(repository: Repository) -> str:
    """One repository whatever worktree it is asked from."""
    return _text(repository.common_dir)


def _text(name: str) -> str:
    """Names that are no UTF-8 as SQLite can store them."""
    return name.encode("utf-8", "backslashreplace").decode()
