"""The sandbox of one command: the tree, its own scratch folders, the environment in use, and the system. No more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.checks.bench import PRIVATE, Bench
from gatekeeper.environment.contract import Environment
from gatekeeper.process.remove import remove
from gatekeeper.process.walls import same

if TYPE_CHECKING:
    from gatekeeper.process.sandbox import Sandbox


@contextmanager
def jail(
    bench: Bench,
    stem: str,
    *,
    network: bool,
    programs: Sequence[str] = (),
    kept: Path | None = None,
    also: Environment | None = None,
    visible: Sequence[str] = (),
) -> "Iterator[Sandbox | None]":
    """A sandbox for one command named `stem`, or None where there is none; its /tmp and HOME are empty and go with it.

    `programs` are absolute paths of what is run. `kept` is a folder that outlives the command: it is `~/.cache`, too.
    `also` is an environment in use beside that of the bench; `visible` are further folders to be shown.
    """
    if not bench.isolation.walls.up:
        yield None
        return
    from gatekeeper.environment.layer import in_use  # noqa: PLC0415 - runs without isolation do without

    private = bench.slot.scratch / PRIVATE / stem
    remove(private)
    try:
        secret = bench.isolation.walls.private
        shown = in_use(bench.environment, bench.overlay.python, secret) + (in_use(also, None, secret) if also else ())
        yield bench.isolation.walls.around(
            search=bench.search,
            programs=(*shown, *programs),
            visible=(*shown, *visible, str(bench.slot.scratch / "overlay")),
            writable=_make(bench, private, kept),
            network=network,
        )
    finally:
        bench.broom.remove(private)


def inside(env: Mapping[str, str], sandbox: "Sandbox | None") -> Mapping[str, str]:
    """The variables of the command: the caller's TMPDIR does not exist in a sandbox, /tmp does."""
    return env if sandbox is None else {name: value for name, value in env.items() if name != "TMPDIR"}


def _make(bench: Bench, private: Path, kept: Path | None) -> Iterable[tuple[str, str]]:
    """The writable folders, made where they are not there yet."""
    scratch = bench.slot.scratch
    reports, home, temporary = scratch / "reports", private / "home", private / "tmp"
    for folder in (reports, home, temporary, *((kept,) if kept else ())):
        folder.mkdir(parents=True, exist_ok=True)
    temporary.chmod(0o1777)
    yield from same(bench.slot.path, reports)
    yield str(temporary), "/tmp"  # noqa: S108 - the place inside
    yield str(home), bench.env["HOME"]
    if kept:
        yield str(kept), str(kept)
        yield str(kept), f"{bench.env['HOME']}/.cache"
