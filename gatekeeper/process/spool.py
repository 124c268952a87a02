"""A log file that takes what it is given and keeps no more than its limit."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.errors import CannotEstablish

if TYPE_CHECKING:
    from gatekeeper.process.redact import Redactor, Stream


class Spool:
    """Keeps the first `limit` bytes; the rest is counted and thrown away: a tool never blocks on a full pipe."""

    def __init__(self, path: Path, limit: int, redactor: "Redactor | None" = None) -> None:
        self.path = path
        self.received = 0
        self._left = limit
        self._redacted = _stream(redactor) if redactor else None
        self._cut = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise _unwritable(path, error) from error

    @property
    def truncated(self) -> bool:
        """True when something was thrown away."""
        return self._cut

    def write(self, chunk: bytes) -> None:
        """Raises CannotEstablish when the disk is full."""
        self.received += len(chunk)
        self._keep(self._redacted.feed(chunk) if self._redacted else chunk)

    def _keep(self, chunk: bytes) -> None:
        kept = memoryview(chunk)[: self._left]
        self._left -= len(kept)
        self._cut = self._cut or len(kept) < len(chunk)
        try:
            while kept:
                kept = kept[os.write(self._file.fileno(), kept) :]
        except OSError as error:
            self._left = 0  # whoever cleans up keeps draining into this spool, and must not fail again
            raise _unwritable(self.path, error) from error

    def close(self) -> bool:
        """Close the file; gives whether the output was truncated."""
        try:
            if self._redacted:
                self._keep(self._redacted.end())
        finally:
            self._file.close()
        return self._cut


def _unwritable(path: Path, error: OSError) -> CannotEstablish:
    return CannotEstablish(
        f"cannot write the log {path}: {error.strerror or error}",
        "free or unlock that folder, or name another one: GATE_HOME=/a/writable/folder gate …",
    )


def _stream(redactor: "Redactor") -> "Stream":
    from gatekeeper.process.redact import Stream  # noqa: PLC0415 - few logs have anything to take out

    return Stream(redactor)


def digest_of(*paths: Path) -> str:
    """sha256 over the contents of the files one after the other: what `cat a b | sha256sum` prints."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
