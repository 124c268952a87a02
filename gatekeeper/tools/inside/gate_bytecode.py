"""Code objects of the judged tree, compiled by the gate and kept outside of the tree: found by content, never by time.

A slot is swept from run to run, so Python and pytest would compile every module of the tree anew each time. Here they
are asked for under the sha256 of kind, place and source. Only `make` writes them, in a process that runs nothing of
the tree; where tests run the folder cannot be written. What was not found is told at the end, and made before another
run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import marshal
import os
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, Dict, List, Tuple

PLAIN, REWRITTEN = "plain", "rewritten"
"""As Python compiles a module, and as pytest does with the assertions of a test module."""
WANTED = "wanted.json"
_MOST = 20_000
_missed: Dict[Tuple[str, str], str] = {}
"""(kind, path relative to the root): sha256 of the source."""


def use(folder: str, root: str) -> None:
    """Let modules below `root` be taken from `folder`."""
    from _pytest.assertion import rewrite

    compiled: Any = SourceFileLoader.source_to_code
    rewritten: Any = rewrite._rewrite_test
    start = root.rstrip("/") + "/"

    def source_to_code(self: Any, data: Any, path: Any, **more: Any) -> Any:
        known = isinstance(data, bytes) and str(path).startswith(start)
        found = _find(folder, start, PLAIN, str(path), data) if known else None
        return compiled(self, data, path, **more) if found is None else found

    def _rewrite_test(fn: Path, config: Any) -> Any:
        # Whoever wants it written asks for more than the code; with the hook of that name it is another code.
        plain = sys.dont_write_bytecode and not config.getini("enable_assertion_pass_hook")
        known = plain and str(fn).startswith(start)
        found = _find(folder, start, REWRITTEN, str(fn), fn.read_bytes()) if known else None
        return rewritten(fn, config) if found is None else (None, found)

    setattr(SourceFileLoader, "source_to_code", source_to_code)
    setattr(rewrite, "_rewrite_test", _rewrite_test)


def missed() -> List[List[str]]:
    """[kind, path relative to the root, sha256 of the source] of every module that had to be compiled."""
    return [[kind, path, digest] for (kind, path), digest in _missed.items()]


def add_missed(rows: List[List[str]]) -> None:
    """What a worker had to compile."""
    _missed.update({(kind, path): digest for kind, path, digest in rows})


def make(folder: str, root: str) -> None:
    """Compile what `WANTED` in the folder lists, [kind, path relative to the root], as far as that can be done.

    Nothing of the tree is run.
    """
    for kind, path in json.loads(Path(folder, WANTED).read_bytes()):
        place = Path(root, path)
        try:
            source = place.read_bytes()
            code = _rewritten(place) if kind == REWRITTEN else compile(source, str(place), "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # whoever imports it is told
        _keep(Path(folder, _key(kind, str(place), source)), marshal.dumps(code))


def _rewritten(place: Path) -> CodeType:
    from _pytest.assertion import rewrite

    whatever: Any = None  # the configuration, for what `use` leaves to pytest
    return rewrite._rewrite_test(place, whatever)[1]


def _keep(place: Path, data: bytes) -> None:
    made = place.with_suffix(".new")
    made.write_bytes(data)
    made.replace(place)


def _find(folder: str, start: str, kind: str, path: str, source: bytes) -> CodeType | None:
    try:
        with open(os.path.join(folder, _key(kind, path, source)), "rb") as file:
            code = marshal.loads(file.read())  # noqa: S302 - only `make` writes here
    except (OSError, ValueError, EOFError, TypeError):
        code = None
    if isinstance(code, CodeType):
        return code
    if len(_missed) < _MOST:
        _missed[kind, path[len(start) :]] = hashlib.sha256(source).hexdigest()
    return None


def _key(kind: str, path: str, source: bytes) -> str:
    import pytest

    made_by = [sys.version, importlib.util.MAGIC_NUMBER.hex(), str(sys.flags.optimize), pytest.__version__]
    digest = hashlib.sha256("\0".join([kind, path, *made_by, ""]).encode("utf-8", "surrogateescape"))
    digest.update(source)
    return digest.hexdigest()
