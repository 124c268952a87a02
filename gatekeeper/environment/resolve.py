"""Which file answers to a tool's name, and what exactly is it? A path and a version are not enough.

The script of a Python tool is a 200-byte wrapper: the digest is over the installed contents of the distribution, of
everything it depends on, and of the interpreter. Two popular task runners replay a green after the tool was swapped.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.environment.contract import ResolvedTool
from gatekeeper.environment.digests import FileDigests
from gatekeeper.environment.installed import Closure, closure, distribution_of_script, site_folders
from gatekeeper.environment.witness import look, look_at
from gatekeeper.model.observation import ToolIdentity

LAST_RESORT = frozenset({"mypy", "radon", "ruff"})
"""Tools that gatekeeper brings along. pytest never: tests run with what their project asks for, or not at all."""
OWN_ORIGIN = "gatekeeper's own (last resort)"
_AS_MODULE = frozenset({"build", "coverage", "mypy", "pytest", "radon"})
_BOUND = frozenset({"coverage", "pytest"})
"""Run by another interpreter than the project's, these would only report imports that fail."""
_SHEBANG_BYTES = 512


def resolve_tool(
    name: str,
    search: Sequence[str],
    *,
    python: str | None = None,
    fallback: bool = True,
    digests: FileDigests | None = None,
    inside: Sequence[str] = (),
) -> ResolvedTool | None:
    """Find a tool by name; None when it is nowhere.

    `search` are folders in order (the environment's `bin_dirs`, then PATH); `inside` those of them that belong to the
    environment, for the words of `origin`. Python tools that are installed for `python` run as `python -m NAME`, so
    that the interpreter is the one that was meant. With `fallback`, ruff, mypy and radon come from gatekeeper's own
    environment when they are nowhere else. A name with a slash is taken as a path.
    """
    digests = digests or FileDigests()
    if python is not None and name in _AS_MODULE:
        found = _module_tool(name, python, digests)
        if found is not None or name in _BOUND:
            return found
    script = next(iter(_candidates(name, search)), None)
    if script is not None:
        return _script_tool(name, script, _origin(script, python, inside), digests)
    return _own(name, digests) if fallback and name in LAST_RESORT else None


def _origin(script: Path, python: str | None, inside: Sequence[str]) -> str:
    beside = python is not None and script.parent == Path(python).parent
    return "the environment" if beside or script.parent.name == ".bin" or str(script.parent) in inside else "PATH"


def _module_tool(name: str, python: str, digests: FileDigests) -> ResolvedTool | None:
    found = closure(name, site_folders(python))
    argv = (python, "-m", name)
    return _identified(name, found, argv, runner=python, origin="the environment", digests=digests) if found else None


def _own(name: str, digests: FileDigests) -> ResolvedTool | None:
    python = sys.executable
    found = closure(name, (*site_folders(python), *_running_sites()))
    if found is None:
        return None
    executable: tuple[str, ...] = (python, "-m", name)
    if name == "ruff":
        binary = next((file for file in found.files if file.endswith("/bin/ruff")), None)
        executable = (binary,) if binary else executable
    return _identified(name, found, executable, runner=python, origin=OWN_ORIGIN, digests=digests)


def _running_sites() -> tuple[str, ...]:
    return tuple(folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages")))


def _candidates(name: str, search: Sequence[str]) -> list[Path]:
    places = [Path(name)] if "/" in name else [Path(folder) / name for folder in search if folder]
    return [place for place in places if place.is_file() and os.access(place, os.X_OK)]


def _script_tool(name: str, script: Path, origin: str, digests: FileDigests) -> ResolvedTool:
    """Identity of a file found on a search folder: as a Python or a Node package where it is one, else by its bytes."""
    if script.parent.name == ".bin":
        from gatekeeper.environment.nodes import node_closure  # noqa: PLC0415 - only for tools of Node

        package = node_closure(script)
        if package is not None:
            node = next(iter(_candidates("node", os.environ.get("PATH", "").split(os.pathsep))), None)
            return _identified(name, package, (str(script),), runner=str(node or ""), origin=origin, digests=digests)
    python = interpreter_of(script) or _neighbour(script)
    if python is not None:
        sites = site_folders(python)
        owner = distribution_of_script(script.name, sites)
        found = closure(owner, sites) if owner else None
        if found is not None:
            return _identified(name, found, (str(script),), runner=python, origin=origin, digests=digests)
    alone = Closure(name, "", (), (str(script.resolve()),), (str(script.resolve().parent),))
    return _identified(name, alone, (str(script),), runner="", origin=origin, digests=digests)


def interpreter_of(script: Path) -> str | None:
    """The Python that a script's first lines name, also in the `/bin/sh` form of long paths. None: not Python."""
    try:
        with script.open("rb") as file:
            head = file.read(_SHEBANG_BYTES)
    except OSError:
        return None
    if not head.startswith(b"#!"):
        return None
    first, _, rest = head.decode(errors="replace").partition("\n")
    words = first[2:].split()
    if words[:1] == ["/bin/sh"] and rest.startswith("'''exec'"):
        words = rest.removeprefix("'''exec'").split()
    program = words[0].strip("\"'") if words else ""
    return program if Path(program).name.startswith("python") and Path(program).is_file() else None


def _neighbour(script: Path) -> str | None:
    """A compiled tool (ruff) of a virtual environment has no first line; its interpreter lies beside it."""
    python = script.parent / "python"
    return str(python) if (script.parent.parent / "pyvenv.cfg").is_file() and python.exists() else None


def _identified(
    name: str, found: Closure, executable: tuple[str, ...], *, runner: str, origin: str, digests: FileDigests
) -> ResolvedTool:
    """The digest says nothing about where things lie: the same tool seen from two slots is the same tool."""
    contents, witnesses = digests.of_files(found.files, roots=found.roots)
    interpreter = digests.sha256(look(str(Path(runner).resolve()))) if runner else ""
    whole = hashlib.sha256("\n".join((*found.members, interpreter, contents)).encode()).hexdigest()
    identity = ToolIdentity(name=name, version=found.version, path=" ".join(executable), digest=whole, origin=origin)
    also = look_at(path for path in (executable[0], runner) if path)
    return ResolvedTool(executable=executable, identity=identity, witnesses=tuple(sorted({*witnesses, *also})))
