"""The environment in which the project is built: what [build-system] requires, and nothing else.

`python -m build` makes such a thing itself, from the network. Where a build runs without network it is made before,
like the tools' environment: once per content of what it depends on, and kept.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.environment.build import built
from gatekeeper.environment.contract import Environment
from gatekeeper.environment.installed import find_distribution, site_folders
from gatekeeper.environment.kitchen import Kitchen
from gatekeeper.environment.programs import on_path
from gatekeeper.environment.recipe import PYTHON, UV, Recipe
from gatekeeper.environment.requirements import strings, table, toml_of

_FRONT_END = "build>=1.2"
_LEGACY = ("setuptools>=40.8.0",)
"""Without [build-system], as PEP 517 says."""
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg")
_BACK_ENDS = ("setuptools", "hatch", "flit", "poetry", "pdm", "scikit-build", "meson-python", "maturin")
"""Their tables in pyproject.toml may name more requirements; a changed ruff rule must build nothing anew."""
_REQUIREMENTS = ".gate-requirements.txt"
_PEP_508 = re.compile(r"[A-Za-z0-9][^\r\n]*")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def build_environment(tree: Path, project_python: str | None, kitchen: Kitchen) -> Environment:
    """For the project in `tree`. Where it cannot be made, the project's own serves, if it has everything by name.

    Its `python` has the front end (`build`) and the back end; any of `problems` blocks the build.
    """
    pyproject = toml_of(tree / "pyproject.toml")
    needs = _needs(pyproject)
    made = built(_recipe(needs, tree, pyproject, kitchen.base_env), tree, kitchen, ())
    if made.problems and project_python and all(_has(project_python, need) for need in needs):
        note = f"built in the project's environment: a missing build requirement goes unseen ({made.problems[0]})"
        return replace(
            made, python=project_python, problems=(), notes=(note,), digest=f"{made.digest} in the project's"
        )
    return made


def _needs(pyproject: Mapping[str, object]) -> tuple[str, ...]:
    system = table(pyproject, "build-system")
    wanted = strings(system.get("requires")) if "requires" in system else _LEGACY
    # A line of a requirement file could also be an option ("--index-url …"); a requirement starts with a name.
    return (_FRONT_END, *(line for line in wanted if _PEP_508.fullmatch(line)))


def _recipe(needs: tuple[str, ...], tree: Path, pyproject: Mapping[str, object], base_env: Mapping[str, str]) -> Recipe:
    fast = on_path("uv", base_env) is not None
    make = (PYTHON, "-m", "venv", *(("--without-pip",) if fast else ()), ".venv")
    pip = (UV, "pip", "install", "--python", ".venv/bin/python")
    fill = (*(pip if fast else (".venv/bin/python", "-m", "pip", "install")), "--quiet", "-r", _REQUIREMENTS)
    said = (pyproject.get("build-system"), *(table(pyproject, "tool", name) for name in _BACK_ENDS))
    return Recipe(
        origin="[build-system] requires",
        inputs=tuple(name for name in _MANIFESTS if (tree / name).is_file()),
        commands=(make, fill, fill),
        provides=(".venv",),
        files=((_REQUIREMENTS, "".join(f"{need}\n" for need in needs)),),
        relevant={"pyproject.toml": repr((said, table(pyproject, "project").get("requires-python")))},
        build_of_tree=True,
    )


def _has(python: str, need: str) -> bool:
    name = _NAME.match(need)
    return name is not None and find_distribution(name.group(), site_folders(python)) is not None
