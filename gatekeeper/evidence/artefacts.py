"""What a probe left behind, kept by sha256: `artefacts/ab/abcdef…` in the gate's state.

Only regular files are taken, a bounded number of bounded size. Values that must not reach a log are taken out of text;
other files that hold one are not kept.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.model.target import Artefact
from gatekeeper.process.redact import Redactor

MAX_FILES = 200
MAX_FILE_BYTES = 64 << 20
MAX_BYTES = 256 << 20
"""Of everything that one probe may leave."""
REPORT = "report"
"""Name of the artefact that is the report."""
_MAX_NAME = 200


class Kept(Struct, frozen=True):
    """`notes` say in words what was not kept, and why. `report` is the content of the report, redacted."""

    artefacts: tuple[Artefact, ...]
    report: bytes | None
    notes: tuple[str, ...]


def keep(folder: Path, report: Path, store: Path, redactor: Redactor) -> Kept:
    """Keep the report and every file below `folder`. Raises CannotEstablish when `store` cannot be written."""
    artefacts: list[Artefact] = []
    notes: list[str] = []
    told: bytes | None = None
    left = MAX_BYTES
    for name, path in (*_if_there(report), *_files(folder)):
        shown = redactor.text(name)[:_MAX_NAME]
        if len(artefacts) >= MAX_FILES:
            notes.append(f"only {MAX_FILES} artefacts are kept")
            break
        content = _content(path, min(left, MAX_FILE_BYTES))
        if isinstance(content, bytes) and not _is_text(content) and redactor.holds(content):
            content = "it is no text, and holds the value of a variable of pass_env"
        if isinstance(content, str):
            notes.append(f"the artefact {shown} is not kept: {content}")
            continue
        content = redactor.clean(content)
        if path == report:
            told = content
        left -= len(content)
        artefacts.append(Artefact(shown, _store(content, store), len(content)))
    return Kept(tuple(artefacts), told, tuple(notes))


def _if_there(report: Path) -> tuple[tuple[str, Path], ...]:
    return ((REPORT, report),) if os.path.lexists(report) else ()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name below `folder`, path), in the order of names; links to folders are named, never followed."""
    found = []
    for where, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(where, name).is_symlink()]
        found += [Path(where, name) for name in (*linked, *files)]
    for path in sorted(found):
        yield path.relative_to(folder).as_posix(), path


def _content(path: Path, limit: int) -> bytes | str:
    """The bytes of a regular file with something in it, or why they are not taken."""
    if path.is_symlink():
        return "it is a symbolic link"
    try:
        # Neither a link that was put there meanwhile nor a FIFO that nobody writes to.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return error.strerror or "it cannot be read"
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return "it is no regular file"
        content = file.read(limit + 1)
    if len(content) > limit:
        return f"it is too large ({MAX_FILE_BYTES >> 20} MiB for one, {MAX_BYTES >> 20} MiB together)"
    return content or "it is empty"


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _store(content: bytes, store: Path) -> str:
    """Write it under its sha256, whole or not at all; gives the digest."""
    digest = hashlib.sha256(content).hexdigest()
    place = store / digest[:2] / digest
    try:
        if place.is_file() and place.stat().st_size == len(content):
            return digest
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(place)
    except OSError as error:
        raise CannotEstablish(
            f"cannot keep an artefact in {store}: {error.strerror or error}",
            "free or unlock that folder, or name another one: GATE_HOME=/a/writable/folder gate …",
        ) from error
    return digest
