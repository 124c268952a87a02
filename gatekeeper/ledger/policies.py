"""Resolved policies, kept by the commit that they were read from: the usual run neither parses nor validates TOML.

A commit cannot change, and with it the answer can only change when the gate does: the key holds the commit and the
stat facts of everything that makes a policy (the gate's own code and the shipped policies). What is found must be whole
and must be the one that was asked for; else it is as if it were not there. Only text in the shape of the model is
read, nothing that could carry code.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from gatekeeper import __version__
from gatekeeper.ledger import codec
from gatekeeper.model.policy import Policy
from gatekeeper.model.vocabulary import CommitId

_PACKAGE = Path(__file__).resolve().parent.parent
_MAKERS = (_PACKAGE / "policy", _PACKAGE / "model", _PACKAGE / "ledger", _PACKAGE / "policies")
_SHIPPED_BESIDE = _PACKAGE.parent / "policies"
"""Where the shipped policies lie in a checkout; a wheel has them inside the package."""
_NO_MAKERS = frozenset({"__pycache__", "cases"})
"""Folders below them that make no policy: compiled modules, and what shipped policies are tested with."""
_MOST = 64
"""Files that are kept; the oldest go first."""


class _Kept(Struct, frozen=True):
    """What a file holds."""

    key: str
    policy: Policy


class KeptPolicies:
    """The folder `folder`, which may be deleted at any time. `makers` are the folders whose files make a policy."""

    def __init__(self, folder: Path, makers: tuple[Path, ...] = (*_MAKERS, _SHIPPED_BESIDE)) -> None:
        self._folder = folder
        self._gate = _facts_of(makers)

    def of(self, commit: CommitId, where: str, load: Callable[[], Policy]) -> Policy:
        """The policy of `commit`, which `where` names in words; made by `load` when none is kept.

        Raises whatever `load` raises: a mistake is found anew each time.
        """
        facts = (__version__, sys.version, commit, where, *self._gate)
        key = hashlib.sha256("\0".join(facts).encode("utf-8", "surrogateescape")).hexdigest()
        found = self._find(key)
        if found is None:
            found = load()
            self._keep(key, found)
        return found

    def _find(self, key: str) -> Policy | None:
        try:
            digest, _, text = (self._folder / key).read_bytes().partition(b"\n")
            if digest.decode() != hashlib.sha256(text).hexdigest():
                return None
            kept = codec.loads(_Kept, text.decode())
        except (OSError, ValueError):  # codec.CodecError is a ValueError
            return None
        return kept.policy if kept.key == key else None

    def _keep(self, key: str, policy: Policy) -> None:
        """Kept only when it reads back as what it is. A folder that cannot be written costs time, not the verdict."""
        with contextlib.suppress(OSError, codec.CodecError):
            text = codec.dumps(_Kept(key, policy))
            if codec.loads(_Kept, text).policy != policy:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            partial = self._folder / f"{key}.{os.getpid()}.tmp"
            partial.write_bytes(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode())
            partial.replace(self._folder / key)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        entries = sorted(self._folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in entries[_MOST:]:
            entry.unlink(missing_ok=True)


def _facts_of(folders: tuple[Path, ...]) -> tuple[str, ...]:
    """Name, size, times and inode of every source and data file: another version of any of them is another gate."""
    return tuple(row for folder in folders for row in sorted(_rows(str(folder))))


def _rows(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name not in _NO_MAKERS:
                yield from _rows(entry.path)
            elif entry.name.endswith((".py", ".toml")):
                facts = entry.stat()
                yield f"{entry.path} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino}"
