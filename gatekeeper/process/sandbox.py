"""Bubblewrap around a command, where the machine has it: the root is read-only, only named folders are writable."""

import functools
import shutil
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture

_PLAIN = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid", "--die-with-parent")


@functools.cache
def available() -> bool:
    """True when bubblewrap is installed and this kernel (or container) lets it work. Tried once per process."""
    return _bubblewrap() is not None


@functools.cache
def _bubblewrap() -> str | None:
    found = shutil.which("bwrap")
    if found is None:
        return None
    try:
        tried = capture((found, *_PLAIN, "--", "/bin/sh", "-c", ":"), cwd="/", env={}, timeout_s=10)
    except CannotEstablish:
        return None
    return found if tried.exit == 0 else None


def wrap(
    argv: Sequence[str],
    *,
    tree: Path,
    writable: Sequence[Path] = (),
    read_only: Sequence[Path] = (),
    private_tmp: bool = False,
) -> tuple[str, ...]:
    """The argv that runs `argv` in a sandbox, or `argv` itself where none is available.

    Writable are `tree` and `writable`; `read_only` protects folders inside those. All must exist. The command has
    process ids of its own (nothing outlives it) and keeps the network. `private_tmp` covers /tmp with an empty folder.
    """
    bubblewrap = _bubblewrap()
    if bubblewrap is None:
        return tuple(argv)
    binds = [("--bind", path) for path in (tree, *writable)] + [("--ro-bind", path) for path in read_only]
    # Parents first: a later mount covers an earlier one, so the more special must come last.
    binds.sort(key=lambda bind: len(bind[1].parts))
    options = [part for option, path in binds for part in (option, str(path), str(path))]
    temporary = ("--tmpfs", "/tmp") if private_tmp else ()  # noqa: S108 - a mount point, not a file of ours
    return (bubblewrap, *_PLAIN, *temporary, *options, "--", *argv)
