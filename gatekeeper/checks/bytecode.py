"""Byte code of a slot's modules, made by the gate before the tests run a second time there.

A slot is swept from run to run, for a stale or forged `.pyc` would be run in place of its source. So every run of the
tests compiled every module anew: a second for a project of middle size. What the gate keeps instead lies outside of the
tree under the sha256 of the source. It is made by a process that runs nothing of the tree, and it cannot be written
where tests run (see `tools/inside/gate_bytecode.py`); without isolation there is none.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.checks.bench import Bench
from gatekeeper.checks.jail import inside, jail
from gatekeeper.checks.start import Start
from gatekeeper.git.slots import Slot
from gatekeeper.process.remove import remove
from gatekeeper.process.run import Command, run

if TYPE_CHECKING:
    from gatekeeper.checks.command import Floor

_FOLDER, _WANTED, _MISSED = "bytecode", "wanted.json", "missed.json"
_WORTH_BYTES = 64 << 10
"""So much source takes longer to compile than Python and pytest take to start."""
_LARGEST_BYTES = 4 << 20
_MOST_KEPT = 256 << 20
_MOST_ROWS = 20_000
_LONGEST_PATH = 4096
_TIMEOUT_S = 120.0
_MEMORY_BYTES = 2 << 30
_KINDS = frozenset({"plain", "rewritten"})
_WORD = b'{"n":'

Row = tuple[str, str, str]
"""(kind, path relative to the tree, sha256 of the source) of a module that a run had to compile."""


def folder_of(bench: Bench) -> Path | None:
    """Where the byte code of this slot lies; None where commands are not kept from writing there."""
    return bench.slot.scratch / _FOLDER if bench.isolation.apart else None


def prepare(start: Start, bench: Bench, floor: "Floor") -> None:
    """Make what earlier runs missed, when that is worth a process. Should it fail, tests compile for themselves."""
    folder = folder_of(bench)
    rows = [] if folder is None else _read(bench.slot)
    worth = [(row, size) for row in rows if (size := size_of(bench.slot.path, row)) >= 0]
    if folder is None or sum(size for _, size in worth) < _WORTH_BYTES:
        return
    if sum(file.stat().st_size for file in folder.iterdir()) > _MOST_KEPT:
        remove(folder)
        folder.mkdir()
    (folder / _WANTED).write_text(json.dumps([row[:2] for row, _ in worth]))
    _missed(bench.slot).unlink()
    argv = (*start.executable[: start.words], "--compile")
    with (
        jail(bench, _FOLDER, network=False, programs=argv[:1], kept=folder, visible=start.visible) as sandbox,
        floor.cores.lease(floor.cancelled),
    ):
        command = Command(
            argv,
            cwd=str(bench.slot.path),
            env={**inside(bench.env, sandbox), **start.variables},
            timeout_s=_TIMEOUT_S,
            memory_bytes=_MEMORY_BYTES,
            log=floor.logs / _FOLDER,
            sandbox=sandbox,
        )
        run(command, cancelled=floor.cancelled)


def remember(bench: Bench, channel: Path) -> None:
    """Keep what the run has missed. The run may have said anything: it is only asked which modules to compile."""
    folder = folder_of(bench)
    if folder is None:
        return
    known = {row[:2]: row for row in _read(bench.slot)}
    known.update({row[:2]: row for row in said(channel.read_bytes())})
    _missed(bench.slot).write_text(json.dumps(list(known.values())[-_MOST_ROWS:]))


def said(channel: bytes) -> Iterator[Row]:
    """The rows that came over the channel of a run, as far as they can be modules of the tree."""
    for line in channel.splitlines():
        if line.startswith(_WORD):
            try:
                yield from _rows(json.loads(line).get("n"))
            except (ValueError, RecursionError):
                continue


def _rows(value: object) -> Iterator[Row]:
    for row in value if isinstance(value, list) else ():
        match row:
            case [str(kind), str(path), str(digest)] if kind in _KINDS and _is_inner(path):
                yield kind, path, digest


def _is_inner(path: str) -> bool:
    if len(path) > _LONGEST_PATH or not path.endswith(".py"):
        return False
    return not path.startswith("/") and "\0" not in path and ".." not in path.split("/")


def _missed(slot: Slot) -> Path:
    return slot.scratch / _MISSED


def _read(slot: Slot) -> Sequence[Row]:
    try:
        return list(_rows(json.loads(_missed(slot).read_bytes())))
    except (OSError, ValueError):
        return []


def size_of(root: Path, row: Row) -> int:
    """Bytes of a module whose source is still the one that was missed; -1 for any other."""
    path = root / row[1]
    try:
        if path.resolve() != path or not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
            return -1
        source = path.read_bytes()
    except (OSError, ValueError, RuntimeError):  # also for what is no name of a file, and for links in a circle
        return -1
    return len(source) if hashlib.sha256(source).hexdigest() == row[2] else -1
