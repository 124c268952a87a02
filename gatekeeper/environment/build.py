"""The tools' environment, built once per digest of what it depends on, and kept.

Built in place (a virtual environment cannot be moved) under a lock that the kernel gives back when its holder dies;
the file `complete` is written last, so that what a killed gate left is built again.
"""

import hashlib
import json
import platform
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.dispatch.leases import UNLEASED, Leases
from gatekeeper.environment.answers import Answers
from gatekeeper.environment.borrow import borrow_node, borrow_python, has_venv
from gatekeeper.environment.contract import NO_ENVIRONMENT, Environment
from gatekeeper.environment.digests import FileDigests
from gatekeeper.environment.installed import own_site_folders
from gatekeeper.environment.kitchen import Kitchen
from gatekeeper.environment.names import list_names
from gatekeeper.environment.programs import Programs, find_programs
from gatekeeper.environment.recipe import Recipe, declared, infer_node, infer_python, local_projects
from gatekeeper.environment.witness import look_at
from gatekeeper.model.policy import EnvironmentSettings
from gatekeeper.process.home import Home, ensure_writable
from gatekeeper.process.walls import Walls, default_walls

__all__ = ["Environment", "built", "digest_of", "merged", "prepare"]

_FORMAT = "1"
"""Raised when environments are built differently, so that old ones are not taken."""


def prepare(
    settings: EnvironmentSettings,
    *,
    slot: Path,
    home: Home,
    main_worktree: str | None,
    base_env: Mapping[str, str],
    log: Path,
    on_progress: Callable[[str], None] | None = None,
    cancelled: threading.Event | None = None,
    digests: FileDigests | None = None,
    walls: Walls | None = None,
    leases: Leases = UNLEASED,
) -> Environment:
    """The environment for the tree in `slot`: declared, or inferred from its lock files, or borrowed from the caller.

    `log` is the stem of the set-up's log files. A set-up that fails is told in `problems`; CannotEstablish is raised
    only when the cache cannot be written, Interrupted when it was stopped. `on_progress` gets a line before slow work.
    `walls` keep set-up commands from the rest of the machine; not given, they are raised around the gate and the user.
    """
    names = list_names(slot)
    around = default_walls(home, base_env, walls)
    say = on_progress or _silent
    kitchen = Kitchen(home, dict(base_env), log, settings.timeout_s, say, cancelled, around, leases)
    explicit, projects = declared(settings, names), local_projects(slot, names)
    if explicit is not None:
        return built(explicit, slot, kitchen, projects)
    python = infer_python(slot, names)
    parts = []
    if python is not None and not (python.weak and has_venv(main_worktree)):
        parts.append(built(python, slot, kitchen, projects))
    elif python is not None or _has_python(names):
        parts.append(
            borrow_python(main_worktree, base_env, digests or FileDigests(), projects, Answers(home.cache / "answers"))
        )
    if "package.json" in names:
        parts.append(_node(main_worktree, names, slot, kitchen))
    return merged(parts)


def _silent(_: str) -> None:
    pass


def _has_python(names: tuple[str, ...]) -> bool:
    return any(name.endswith(".py") for name in names)


def _node(main_worktree: str | None, names: tuple[str, ...], slot: Path, kitchen: Kitchen) -> Environment:
    recipe = infer_node(names)
    return built(recipe, slot, kitchen, ()) if recipe is not None else borrow_node(main_worktree)


def merged(parts: list[Environment]) -> Environment:
    """Python's part and then Node's as one. They are built apart: a new package-lock.json rebuilds no `.venv`."""
    if not parts:
        return NO_ENVIRONMENT
    python, *others = parts
    if not others:
        return python
    (node,) = others
    return replace(
        python,
        origin=f"{python.origin} and {node.origin}",
        digest=hashlib.sha256(f"{python.digest}\n{node.digest}".encode()).hexdigest(),
        links=(*python.links, *node.links),
        notes=(*python.notes, *node.notes),
        problems=(*python.problems, *node.problems),
        witnesses=tuple(sorted({*python.witnesses, *node.witnesses})),
        root=python.root or node.root,
        caller_root=python.caller_root or node.caller_root,
    )


def digest_of(recipe: Recipe, tree: Path, programs: Programs) -> str:
    """sha256 over everything that decides what the environment holds: inputs, commands, programs and platform."""
    inputs = {name: recipe.relevant.get(name) or _sha256(tree / name) for name in recipe.inputs}
    machine = (sys.platform, platform.machine(), *platform.libc_ver())
    written = (recipe.files, recipe.commands, recipe.provides, recipe.metadata_of_tree, recipe.extras)
    asked = ("asked for build requirements",) if recipe.build_of_tree else ()
    facts = (_FORMAT, sorted(inputs.items()), (*written, *asked), programs.identity, machine)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "absent"  # also a link to a device, which would never end
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"


def built(recipe: Recipe, tree: Path, kitchen: Kitchen, projects: tuple[str, ...]) -> Environment:
    """The environment of a recipe: the kept one, or made now. What goes wrong is told in `problems`."""
    programs = find_programs(recipe.commands, tree, home=kitchen.home, base_env=kitchen.base_env)
    digest = digest_of(recipe, tree, programs)
    if programs.problems:
        return Environment(origin=recipe.origin, digest=digest, notes=recipe.notes, problems=programs.problems)
    ensure_writable(kitchen.home.environments_dir)
    folder = kitchen.home.environments_dir / digest[:32]
    problem = kitchen.build(recipe, programs, tree, folder)
    notes = (*recipe.notes, *(programs.notes if not problem else ()))
    if problem:
        return Environment(origin=recipe.origin, digest=digest, notes=notes, problems=(problem,))
    return _described(recipe, digest, folder, notes, projects)


def _described(
    recipe: Recipe, digest: str, folder: Path, notes: tuple[str, ...], projects: tuple[str, ...]
) -> Environment:
    inside = folder / "tree"
    python = inside / ".venv" / "bin" / "python"
    has_python = ".venv" in recipe.provides and python.exists()
    links = [(name, str(inside / name)) for name in json.loads((folder / "complete").read_text())["links"]]
    sites = own_site_folders(str(python)) if has_python else ()
    return Environment(
        origin=recipe.origin,
        digest=digest,
        python=str(python) if has_python else None,
        bin_dirs=(str(python.parent),) if has_python else (),
        links=tuple(links),
        notes=notes,
        witnesses=look_at([str(folder / "complete"), *sites, *(source for _, source in links)]),
        root=str(folder),
        local_projects=projects if has_python else (),
    )
