"""Has any of these files changed since we looked? A flat list of stat facts, checked in milliseconds.

Imports nothing but `os`, `struct` and `zlib`: this module is on the path of a cached verdict.
"""

import os
import struct
import zlib
from collections.abc import Iterable

Witness = tuple[str, int, int, int, int]
"""(absolute path, size in bytes, mtime in ns, ctime in ns, inode); all numbers are -1 where there was nothing."""

_MAGIC = b"gatew1\n"
_ROW = struct.Struct("<qqqq")
_ABSENT = (-1, -1, -1, -1)


def look(path: str) -> Witness:
    """The witness of a file or folder as it is now. Links are followed: one that moved counts as a change."""
    return (path, *_facts(path))


def look_at(paths: Iterable[str]) -> tuple[Witness, ...]:
    """Witnesses of many paths, sorted, each once."""
    return tuple(look(path) for path in sorted(set(paths)))


def pack(witnesses: Iterable[Witness]) -> bytes:
    """One compact blob for the ledger. `unchanged` reads it."""
    rows = sorted(set(witnesses))
    numbers = b"".join(_ROW.pack(*row[1:]) for row in rows)
    names = os.fsencode("\0".join([row[0] for row in rows]))  # all at once: there are hundreds
    return _MAGIC + zlib.compress(struct.pack("<I", len(rows)) + numbers + names, 1)


def unpack(blob: bytes) -> tuple[Witness, ...]:
    """The inverse of `pack`. Raises ValueError for anything that `pack` did not write."""
    if not blob.startswith(_MAGIC):
        raise ValueError("not a witness list")
    try:
        plain = zlib.decompress(blob[len(_MAGIC) :])
        (count,) = struct.unpack_from("<I", plain)
        end = 4 + count * _ROW.size
        names = os.fsdecode(plain[end:]).split("\0") if count else []
        numbers = list(_ROW.iter_unpack(plain[4:end]))
    except (zlib.error, struct.error) as error:
        raise ValueError(f"damaged witness list: {error}") from error
    if len(names) != count or len(numbers) != count:
        raise ValueError("damaged witness list: it is cut short")
    return tuple((name, *row) for name, row in zip(names, numbers, strict=True))


def unchanged(blob: bytes) -> bool:
    """True when every witness still says the same. A damaged list counts as changed: it proves nothing."""
    try:
        witnesses = unpack(blob)
    except ValueError:
        return False
    return all(_facts(row[0]) == row[1:] for row in witnesses)


def _facts(path: str) -> tuple[int, int, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib would double the start-up time of the cached path
    except (OSError, ValueError):
        return _ABSENT
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
