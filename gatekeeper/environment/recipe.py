"""How an environment is built: which files it depends on and which commands make it. Nothing is executed here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from gatekeeper.environment.nodes import read_manifest
from gatekeeper.environment.requirements import (
    WORK_GROUPS,
    Needs,
    extras_needs,
    project_needs,
    requirement_files,
    table,
    toml_of,
    without_local,
)
from gatekeeper.model.policy import EnvironmentSettings

PYTHON, UV, POETRY, NPM, PNPM = "{python}", "{uv}", "{poetry}", "{npm}", "{pnpm}"
"""Placeholders for programs: found (or fetched) only when the environment is really built."""
_MANIFESTS = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "poetry.toml", "uv.toml", ".python-version"}
    | {"package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"}
    | {"yarn.lock", ".yarnrc.yml", ".pnpmfile.cjs", "Pipfile", "Pipfile.lock", "pdm.lock"}
)
_PYTHON_MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", ".python-version", "uv.toml", "poetry.toml"})
_STANDARD = {"uv": UV, "poetry": POETRY, "npm": NPM, "pnpm": PNPM, "python": PYTHON, "python3": PYTHON}
_LOCAL_SOURCE = re.compile(r"\b(?:editable|directory|virtual)['\"]?\s*=|package\.source")
_LOCKED = re.compile(
    r'^\[\[package\]\]\nname = "([^"]+)"\n(?:version = .*\n)?'
    r'source = \{ (?:editable|directory|virtual) = "([^"]+)" \}$',
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.-]+")
_PIP_INSTALL = (".venv/bin/python", "-m", "pip", "install", "--no-warn-script-location")


class Recipe(Struct, frozen=True):
    """One environment. `inputs` are paths in the tree; `files` are (name, text) pairs that the gate writes itself.

    `relevant` says which part of an input matters, by path, where it is not the whole file. With `metadata_of_tree`
    the dependencies are those that the project's own build backend reports.
    """

    origin: str
    inputs: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()
    relevant: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    metadata_of_tree: bool = False
    build_of_tree: bool = False
    """Before the last command the build backend is asked what else it needs to build the tree."""
    extras: tuple[str, ...] = ()
    weak: bool = False
    """True when nothing names the tools of the work (pytest, …): an environment that a person made knows better."""


def declared(settings: EnvironmentSettings, names: Sequence[str]) -> Recipe | None:
    """What `[environment]` says. None when it names no set-up command."""
    if not settings.setup:
        return None
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - heavy, and only here

    wanted = set(GitIgnoreSpec.from_lines(settings.inputs).match_files(names)) | _named(names, _MANIFESTS)
    return Recipe(
        origin="[environment] of the policy: " + "; ".join(" ".join(command) for command in settings.setup),
        inputs=tuple(sorted(wanted)),
        commands=tuple((_STANDARD.get(command[0], command[0]), *command[1:]) for command in settings.setup if command),
        provides=settings.provides or (".venv", "node_modules"),
    )


def infer_python(tree: Path, names: Sequence[str]) -> Recipe | None:
    """From the lock file, else the requirement files, else what the project declares. None: nothing says anything."""
    present = set(names)
    pyproject = toml_of(tree / "pyproject.toml")
    if "uv.lock" in present and "pyproject.toml" in present:
        return _uv(tree, names, pyproject)
    poetry = table(pyproject, "tool", "poetry")
    if poetry and ("poetry.lock" in present or not table(pyproject, "project")):
        inputs = tuple(sorted({"poetry.lock"} & present | _named(names, _PYTHON_MANIFESTS)))
        commands = ((POETRY, "install", "--no-root", "--no-interaction", "--no-ansi", "--compile"),)
        return Recipe("poetry.lock" if "poetry.lock" in present else "[tool.poetry]", inputs, commands, (".venv",))
    if {"pyproject.toml", "setup.py", "setup.cfg"} & present or requirement_files(names):
        return _pip(tree, names)
    return None


def infer_node(names: Sequence[str]) -> Recipe | None:
    """From the lock file of npm or pnpm. Install scripts of packages are not run."""
    present = set(names)
    manifests = _named(names, {"package.json", ".npmrc"})
    note = "install scripts of Node packages are not run; [environment] setup can say otherwise"
    for lock in ("npm-shrinkwrap.json", "package-lock.json"):
        if lock in present:
            commands = ((NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),)
            return Recipe(lock, tuple(sorted({lock} | manifests)), commands, ("node_modules",), notes=(note,))
    if "pnpm-lock.yaml" not in present:
        return None
    patches = {name for name in names if name.startswith("patches/")}
    extra = {"pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs"} & present
    install = ((PNPM, "install", "--frozen-lockfile", "--ignore-scripts"),)
    inputs = tuple(sorted(extra | manifests | patches))
    return Recipe("pnpm-lock.yaml", inputs, install, ("node_modules",), notes=(note,))


def local_projects(tree: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Folders of the projects that are installed per slot: the root where it is a package, and uv workspace members."""
    found = ["."] if _is_package(tree, uv="uv.lock" in names) else []
    found.extend(path for _, path in _locked_here(tree) if path != "." and _is_package(tree / path, uv=True))
    return tuple(dict.fromkeys(found))


def _uv(tree: Path, names: Sequence[str], pyproject: Mapping[str, object]) -> Recipe:
    groups = table(pyproject, "dependency-groups")
    extras = table(pyproject, "project", "optional-dependencies")
    argv = [UV, "sync", "--frozen", "--no-install-project"]
    for name in (name for name, _ in _locked_here(tree)):
        argv += ["--no-install-package", name]
    for option, table_of_names in (("--group", groups), ("--extra", extras)):
        for name in sorted(table_of_names):
            argv += [option, name] if name.lower() in WORK_GROUPS else []
    inputs = {"uv.lock"} | _named(names, _PYTHON_MANIFESTS)
    relevant = {name: relevant_part(tree / name) for name in inputs if name.endswith("pyproject.toml")}
    return Recipe("uv.lock", tuple(sorted(inputs)), (tuple(argv),), (".venv",), relevant=relevant)


def _locked_here(tree: Path) -> list[tuple[str, str]]:
    """(name, folder) of the packages of uv.lock that lie in the tree itself."""
    text = _text(tree / "uv.lock")
    # As uv writes it, a search is a hundred times faster than reading the TOML; written otherwise, the TOML is read.
    found = _LOCKED.findall(text)
    if len(found) != len(_LOCAL_SOURCE.findall(text)):
        found = _locked_by_toml(tree)
    return [(name, place) for name, place in found if not place.startswith(("/", "..")) and _NAME.fullmatch(name)]


def _locked_by_toml(tree: Path) -> list[tuple[str, str]]:
    packages = toml_of(tree / "uv.lock").get("package")
    found = []
    for package in packages if isinstance(packages, list) else ():
        source = table(package, "source") if isinstance(package, dict) else {}
        place = source.get("editable") or source.get("directory") or source.get("virtual")
        if isinstance(place, str):
            found.append((str(package.get("name", "")), place))
    return found


def _pip(tree: Path, names: Sequence[str]) -> Recipe | None:
    needs, listed = project_needs(tree), requirement_files(names)
    if not listed and not needs.requirements and not needs.dynamic:
        return None
    files, asked = _without_local_lines(tree, names)
    lines = dict.fromkeys((*needs.requirements, *extras_needs(tree, asked)))
    files.append((".gate-requirements.txt", "".join(f"{line}\n" for line in lines)))
    options = [part for name in listed for part in ("-r", name)]
    install = (*_PIP_INSTALL, *options, "-r", ".gate-requirements.txt")
    inputs = _named(names, {"setup.py", "setup.cfg"}) if needs.dynamic else set[str]()
    return Recipe(
        origin=_pip_origin(needs, listed),
        inputs=tuple(sorted(inputs | ({"pyproject.toml"} & set(names)))),
        commands=((PYTHON, "-m", "venv", ".venv"), install),
        provides=(".venv",),
        files=tuple(files),
        relevant={"pyproject.toml": relevant_part(tree / "pyproject.toml")},
        metadata_of_tree=needs.dynamic,
        extras=tuple(dict.fromkeys((*needs.extras, *asked))),
        weak=not (listed or needs.extras or needs.groups),
    )


def _pip_origin(needs: Needs, listed: Sequence[str]) -> str:
    said = [*listed]
    said += ["the project's dependencies"] if needs.requirements or needs.dynamic else []
    said += [f"extra {name}" for name in needs.extras] + [f"group {name}" for name in needs.groups]
    return "pip: " + ", ".join(said)


def _without_local_lines(tree: Path, names: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """All requirement files (they include one another by relative path), and the extras of the tree they ask for."""
    files, asked = [], list[str]()
    for name in (name for name in names if re.search(r"(?i)(requirements|reqs|constraints).*\.txt$", name)):
        text, extras = without_local((tree / name).read_text(encoding="utf-8", errors="replace"))
        files.append((name, text))
        asked.extend(extras)
    return files, asked


def relevant_part(path: Path) -> str:
    """The tables of a pyproject.toml that an environment depends on: a changed ruff rule must not rebuild it."""
    content = toml_of(path)
    project = table(content, "project")
    keys = ("name", "requires-python", "dependencies", "optional-dependencies", "dynamic")
    parts: list[object] = [{key: project.get(key) for key in keys}]
    parts += [content.get("dependency-groups"), content.get("build-system")]
    parts += [table(content, "tool", name) for name in ("uv", "poetry", "setuptools", "hatch")]
    return repr(parts)


def _is_package(folder: Path, *, uv: bool) -> bool:
    content = toml_of(folder / "pyproject.toml")
    managed = table(content, "tool", "uv").get("package") is not False
    if table(content, "tool", "poetry").get("package-mode") is False or not managed:
        return False
    if content.get("build-system") or (folder / "setup.py").is_file():
        return True
    legacy = "[metadata]" in _text(folder / "setup.cfg")
    # Without [build-system] uv sees a mere list of dependencies; pip would guess, and flat layouts break.
    return legacy or (bool(content.get("project")) and not uv and (folder / "src").is_dir())


def _text(path: Path) -> str:
    if not path.is_file():
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _named(names: Iterable[str], wanted: Iterable[str]) -> set[str]:
    return {name for name in names if name.rpartition("/")[2] in wanted}


def package_manager_version(tree: Path) -> str:
    """Version of pnpm that package.json asks for ("pnpm@9.1.0+sha…"); "latest" when it says nothing."""
    said = re.match(r"pnpm@(\d+(?:\.\d+)*)", str(read_manifest(tree / "package.json").get("packageManager", "")))
    return said.group(1) if said else "latest"
