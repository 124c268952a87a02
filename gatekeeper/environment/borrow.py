"""Environments that the gate did not build: the main worktree's `.venv` or `node_modules`, else the caller's PATH."""

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from gatekeeper.environment.answers import NOTHING_KEPT, Answers
from gatekeeper.environment.contract import Environment
from gatekeeper.environment.digests import FileDigests
from gatekeeper.environment.installed import everything_below, own_site_folders, site_folders
from gatekeeper.environment.interpreters import ask
from gatekeeper.environment.programs import on_path
from gatekeeper.environment.witness import Witness, look_at

_VENVS = (".venv", "venv")


def borrow_python(
    main_worktree: str | None,
    base_env: Mapping[str, str],
    digests: FileDigests,
    projects: tuple[str, ...],
    answers: Answers = NOTHING_KEPT,
) -> Environment:
    """The main worktree's virtual environment, else the Python on PATH. Its contents are its digest."""
    for name in _VENVS if main_worktree else ():
        python = Path(main_worktree or "", name, "bin", "python")
        if (python.parent.parent / "pyvenv.cfg").is_file() and python.exists():
            origin = f"{name} of the main worktree (the tree does not say which tools to install)"
            return _described(origin, str(python), digests, str(main_worktree), projects)
    found = on_path("python3", base_env) or on_path("python", base_env)
    if found is None:
        return Environment(origin="PATH of the caller", digest="none", problems=("there is no Python on PATH",))
    return _from_path(_behind_script(found, answers), digests, projects)


class _Installed(Struct):
    """Everything in the site folders of an interpreter, looked at once.

    By its stat facts: this environment is on no other machine, and to read tens of thousands of files takes long.
    """

    python: str
    _seen: tuple[str, tuple[Witness, ...]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> tuple[str, tuple[Witness, ...]]:
        with self._lock:
            if self._seen is None:
                seen = look_at(everything_below(site_folders(self.python)))
                self._seen = hashlib.sha256(repr(seen).encode(errors="surrogateescape")).hexdigest(), seen
            return self._seen


def _from_path(python: str, digests: FileDigests, projects: tuple[str, ...]) -> Environment:
    """An interpreter of the machine may have tens of thousands of files: they are looked at when it matters."""
    interpreter = look_at([str(Path(python).resolve())])
    return Environment(
        origin="PATH of the caller (the tree does not say which tools to install)",
        digest=digests.sha256(interpreter[0]),
        python=python,
        bin_dirs=(str(Path(python).parent),),
        witnesses=interpreter,
        contents=_Installed(python),
        local_projects=projects,
    )


def _behind_script(python: str, answers: Answers) -> str:
    """The interpreter behind a version manager's stand-in (a script): a virtual environment cannot rest on that."""
    with Path(python).open("rb") as file:
        if file.read(2) != b"#!":
            return python
    found = ask(python, answers)
    return found.path if found else python


def has_venv(main_worktree: str | None) -> bool:
    """Does the main worktree have a virtual environment that could be borrowed?"""
    return main_worktree is not None and any(Path(main_worktree, name, "pyvenv.cfg").is_file() for name in _VENVS)


def borrow_node(main_worktree: str | None) -> Environment:
    """The main worktree's `node_modules`, for a package.json without a lock file that the gate knows."""
    source = Path(main_worktree or "/nonexistent", "node_modules")
    if not source.is_dir():
        note = "no lock file of npm or pnpm and no node_modules in the main worktree: Node tools come from PATH"
        return Environment(origin="PATH of the caller", digest="none", notes=(note,))
    inventories = [str(source / name) for name in (".package-lock.json", ".modules.yaml", ".yarn-integrity")]
    witnesses = look_at([*inventories, str(source)])
    return Environment(
        origin="node_modules of the main worktree (no lock file of npm or pnpm)",
        digest=hashlib.sha256(repr(witnesses).encode()).hexdigest(),
        links=(("node_modules", str(source)),),
        witnesses=witnesses,
        caller_root=str(main_worktree),
    )


def _described(origin: str, python: str, digests: FileDigests, root: str, projects: tuple[str, ...]) -> Environment:
    sites = own_site_folders(python)
    contents, witnesses = digests.of_files(everything_below(sites), roots=sites)
    interpreter = look_at([str(Path(python).resolve())])
    whole = hashlib.sha256(f"{contents}\n{digests.sha256(interpreter[0])}".encode()).hexdigest()
    return Environment(
        origin=origin,
        digest=whole,
        python=python,
        bin_dirs=(str(Path(python).parent),),
        witnesses=tuple(sorted({*witnesses, *interpreter})),
        caller_root=root,
        local_projects=projects,
    )
