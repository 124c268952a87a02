"""The project itself, installed per slot (`--no-deps`, editable) over the shared environment, and `node_modules`.

Kept in the slot's scratch folder and redone only when what an installation depends on has changed. Files that it
generated in the tree (`_version.py`) are kept beside it and put back, because a slot is swept clean between two trees.
"""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatekeeper.dispatch.leases import UNLEASED, Leases
from gatekeeper.environment.contract import Environment, Overlay, SlotLike
from gatekeeper.environment.farm import place
from gatekeeper.environment.installed import find_distribution, site_folders
from gatekeeper.environment.kitchen import Kitchen, failure, remove
from gatekeeper.environment.layer import in_use, make_layer
from gatekeeper.environment.names import list_names
from gatekeeper.environment.origin import top_level_packages
from gatekeeper.environment.programs import find_programs, on_path
from gatekeeper.environment.recipe import UV
from gatekeeper.environment.requirements import strings, table, toml_of
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.home import Home
from gatekeeper.process.walls import Walls, default_walls

_FORMAT = "1"
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in")
_VERSION_FILES = ("VERSION", "_version.py", "version.py", "__version__.py", "__about__.py", "__init__.py")
_COMPILED = (".so", ".pyd", ".dylib")
_SOURCES = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".pyx", ".pxd", ".pyi", ".rs", ".f90", ".cu")
_PRETENDED = "9999.0.0"
"""There is no .git in a slot to compute a version from; high, so that "at least" conditions of plugins hold."""


def install_project(
    environment: Environment,
    slot: SlotLike,
    *,
    home: Home,
    base_env: Mapping[str, str],
    log: Path,
    timeout_s: float = 600.0,
    cancelled: threading.Event | None = None,
    walls: Walls | None = None,
    leases: Leases = UNLEASED,
) -> Overlay:
    """Put the environment under the slot. `log` is the stem of the installation's log files.

    An installation that fails is told in `problems` (what needs the project is blocked). Raises Interrupted.
    """
    placed, notes = list[str](), list[str]()
    for name, source in environment.links:
        notes += place(Path(source), slot.path / name, borrowed=bool(environment.caller_root))
        placed.append(name)
    node_bins = [str(slot.path / name / ".bin") for name in placed if (slot.path / name / ".bin").is_dir()]
    if environment.python is None:
        bins = (*environment.bin_dirs, *node_bins)
        return Overlay(
            None, bins, environment.env, environment.digest, tuple(notes), environment.problems, tuple(placed)
        )
    folder = slot.scratch / "overlay"
    around = default_walls(home, base_env, walls)
    kitchen = Kitchen(home, dict(base_env), log, timeout_s, lambda _: None, cancelled, around, leases)
    key = _key(environment, slot.path)
    state = _kept(folder, key, slot.path) or _install(environment, slot, folder, key, kitchen)
    bins = (str(folder / "bin"), *node_bins)
    return Overlay(
        python=str(folder / "bin" / "python"),
        bin_dirs=bins,
        env={**environment.env, "VIRTUAL_ENV": str(folder)},
        digest=hashlib.sha256(f"{environment.digest}\n{key}".encode()).hexdigest(),
        notes=(*notes, *strings(state.get("notes"))),
        problems=(*environment.problems, *strings(state.get("problems"))),
        placed=(*placed, *strings(state.get("generated"))),
    )


def _install(
    environment: Environment, slot: SlotLike, folder: Path, key: str, kitchen: Kitchen
) -> Mapping[str, object]:
    remove(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _, notes = make_layer(environment, slot.path, folder)
    before = set(list_names(slot.path))
    problems = _install_projects(environment, slot, folder, kitchen) if environment.local_projects else ()
    generated = _generated(slot.path, before)
    for name in generated:
        (folder / "generated" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(slot.path / name, folder / "generated" / name)
    state: dict[str, object] = {
        "key": key,
        "notes": list(notes),
        "problems": list(problems),
        "generated": list(generated),
        "sources": _sources(slot.path) if any(name.endswith(_COMPILED) for name in generated) else "",
    }
    if not problems:  # a failed installation is tried again: it may have been the network
        (folder / "complete").write_text(json.dumps(state))
    return state


def _install_projects(environment: Environment, slot: SlotLike, folder: Path, kitchen: Kitchen) -> tuple[str, ...]:
    work = slot.scratch / "install"
    python = str(folder / "bin" / "python")
    targets = [part for path in environment.local_projects for part in ("-e", str(slot.path / path))]
    pretended = [] if (slot.path / "PKG-INFO").is_file() else _pretend()
    for number, command in enumerate((*_installer(environment, slot, kitchen, python),)):
        whole = (*command, *targets) if command[-1] == "--no-deps" else command
        argv = ("/usr/bin/env", *pretended, *whole)
        done = kitchen.run(
            argv,
            cwd=slot.path,
            work=work,
            name=f"project{number}",
            writable=[slot.scratch],
            visible=in_use(environment, python, kitchen.walls.private),
        )
        if done.ended is not Ended.EXITED or done.exit != 0:
            return (failure(whole, done).replace("setting up the environment", "installing the project", 1),)
    remove(work)
    return ()


def _installer(environment: Environment, slot: SlotLike, kitchen: Kitchen, python: str) -> Iterator[tuple[str, ...]]:
    """uv where it is (ten times faster), else the environment's own pip, else a uv that is fetched for the gate."""
    has_pip = find_distribution("pip", site_folders(environment.python or "")) is not None
    if on_path("uv", kitchen.base_env) is None and has_pip:
        yield (python, "-m", "pip", "install", "--quiet", "--no-deps")
        return
    programs = find_programs([(UV,)], slot.path, home=kitchen.home, base_env=kitchen.base_env)
    yield from programs.before
    yield (*programs.argv[UV], "pip", "install", "--quiet", "--python", python, "--no-deps")


def _pretend() -> list[str]:
    names = (
        "SETUPTOOLS_SCM_PRETEND_VERSION",
        "PBR_VERSION",
        "PDM_BUILD_SCM_VERSION",
        "POETRY_DYNAMIC_VERSIONING_BYPASS",
    )
    return [f"{name}={_PRETENDED}" for name in names]


def _key(environment: Environment, tree: Path) -> str:
    """Everything that an installation depends on. The place of the slot is not part of it: results are shared."""
    parts = [_FORMAT, environment.digest, *environment.local_projects]
    for path in environment.local_projects:
        folder = tree / path
        names = [*_MANIFESTS, *(_version_files(folder) if _computes_version(folder) else ())]
        parts += [f"{path}/{name} {_sha256(folder / name)}" for name in names]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _computes_version(folder: Path) -> bool:
    content = toml_of(folder / "pyproject.toml")
    project = table(content, "project")
    return not project or "version" in strings(project.get("dynamic"))


def _version_files(folder: Path) -> Iterator[str]:
    packages = [f"{where}{name}/" for name in top_level_packages(folder) for where in ("", "src/")]
    yield from (f"{package}{name}" for package in ("", *packages) for name in _VERSION_FILES)


def _kept(folder: Path, key: str, tree: Path) -> Mapping[str, object] | None:
    """The earlier installation where it still holds, with its generated files put back. None: install anew."""
    try:
        state = json.loads((folder / "complete").read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(state, dict) or state.get("key") != key:
        return None
    if state.get("sources") and state["sources"] != _sources(tree):
        return None
    for name in strings(state.get("generated")):
        if not (tree / name).exists() and (folder / "generated" / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / "generated" / name, tree / name)
    return state


def _generated(tree: Path, before: set[str]) -> tuple[str, ...]:
    """Files that the installation wrote into the tree; build leftovers are swept away, metadata folders stay."""
    new = [name for name in list_names(tree) if name not in before and ".egg-info/" not in name]
    if not any(name.startswith("build/") for name in before) and any(name.startswith("build/") for name in new):
        shutil.rmtree(tree / "build", ignore_errors=True)
    return tuple(name for name in new if not name.startswith("build/"))


def _sources(tree: Path) -> str:
    rows = [f"{name} {_sha256(tree / name)}" for name in list_names(tree) if name.endswith(_SOURCES)]
    return hashlib.sha256(os.fsencode("\n".join(rows))).hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "absent"  # also a link to a device, which would never end
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"
