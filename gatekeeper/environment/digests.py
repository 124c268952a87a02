"""Content digests of files, remembered by their stat facts so that an unchanged file is hashed once."""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from gatekeeper.environment.witness import Witness, look

_SCHEMA = "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, facts TEXT NOT NULL, sha256 TEXT NOT NULL)"


class FileDigests:
    """A stat cache of file digests. A cache that cannot be used costs time only: digests are then made anew.

    The facts include ctime and inode, which a tool that was swapped cannot forge as it can its size and mtime.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._fresh: dict[str, tuple[str, str]] = {}
        self._read: dict[str, tuple[str, str]] = {}
        self._below: set[str] = set()
        self._database: sqlite3.Connection | None = None
        if path is not None:
            with contextlib.suppress(OSError, sqlite3.Error):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(path, timeout=2.0, check_same_thread=False)
                self._database.execute(_SCHEMA)

    def __enter__(self) -> "FileDigests":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sha256(self, witness: Witness) -> str:
        """Hexadecimal sha256 of the file that the witness saw; "absent" or "folder" for what has no contents."""
        path, size = witness[0], witness[1]
        if size < 0:
            return "absent"
        facts = ":".join(map(str, witness[1:]))
        known = self._known(path)
        if known is not None and known[0] == facts:
            return known[1]
        try:
            with Path(path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except IsADirectoryError:
            digest = "folder"
        except OSError:
            return "absent"
        self._fresh[path] = (facts, digest)
        return digest

    def of_files(self, paths: Iterable[str], *, roots: Sequence[str] = ()) -> tuple[str, tuple[Witness, ...]]:
        """One digest over (name, size, contents) of all files, and their witnesses.

        Names are relative to the first of `roots` that holds the file, so that the same contents in another place
        have the same digest. A folder counts by its name: its members are listed themselves.
        """
        self._read_below(roots)
        whole = hashlib.sha256()
        witnesses, rows = [], []
        for path in sorted(set(paths)):
            witness = look(path)
            witnesses.append(witness)
            contents = self.sha256(witness)
            size = "" if contents == "folder" else witness[1]
            rows.append(f"{_short(path, roots)}\0{size}\0{contents}\n")
        for row in sorted(rows):
            whole.update(row.encode(errors="surrogateescape"))
        return whole.hexdigest(), tuple(witnesses)

    def close(self) -> None:
        """Keep what was hashed. Two gates may do so at once: the last one wins, both are right."""
        if self._database is None:
            return
        rows = [(path, facts, digest) for path, (facts, digest) in self._fresh.items()]
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError):
            self._database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)
            self._database.commit()
        self._database.close()
        self._database = None

    def _known(self, path: str) -> tuple[str, str] | None:
        found = self._fresh.get(path) or self._read.get(path)
        if found is not None or self._database is None:
            return found
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError):
            row = self._database.execute("SELECT facts, sha256 FROM files WHERE path = ?", (path,)).fetchone()
            return (str(row[0]), str(row[1])) if row else None
        return None

    def _read_below(self, roots: Sequence[str]) -> None:
        """Everything known below the roots, asked once for each: thousands of single questions take seconds."""
        if self._database is None:
            return
        query = "SELECT path, facts, sha256 FROM files WHERE path >= ? AND path < ?"
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError):
            for root in sorted(roots, key=len):  # outer folders first: what lies in them is known then
                if self._covers(root):
                    continue
                rows = self._database.execute(query, (f"{root}/", f"{root}0")).fetchall()
                self._read.update({path: (facts, digest) for path, facts, digest in rows})
                self._below.add(root)

    def _covers(self, root: str) -> bool:
        return any(root == known or root.startswith(f"{known}/") for known in self._below)


def _short(path: str, roots: Sequence[str]) -> str:
    return next((path.removeprefix(root) for root in roots if path.startswith(f"{root}/")), path)


def files_below(folder: Path, *, skip: frozenset[str] = frozenset({"__pycache__"})) -> Iterator[str]:
    """All files and folders below (the folder itself too); links are not followed. Compiled caches are not contents."""
    yield str(folder)
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in skip)
        for name in (*folders, *files):
            if not name.endswith(".pyc"):
                yield f"{where}/{name}"
