"""Which files hold commands that judge, and those commands before and after. Cached in the diff."""

from collections.abc import Iterator
from functools import lru_cache
from posixpath import basename

from msgspec import Struct

from gatekeeper.integrity.commands import recipes, services, tasks
from gatekeeper.integrity.commands.command import Judge
from gatekeeper.integrity.commands.github import Workflow, read_workflow
from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.reading.data import MAX_BYTES
from gatekeeper.integrity.reading.formats import read_document

_SERVICES = frozenset({".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", "appveyor.yml", ".appveyor.yml",
    "bitbucket-pipelines.yml",
                       ".drone.yml", ".cirrus.yml", "buildspec.yml", "cloudbuild.yaml"})  # fmt: skip
_MAKE = frozenset({"makefile", "gnumakefile", "justfile", ".justfile"})
_SCRIPT_FOLDERS = (".ci/", "ci/", ".husky/", ".githooks/", "scripts/", "bin/", "tools/", ".github/", ".buildkite/")


class Carried(Struct, frozen=True):
    """What one version of a file holds."""

    judges: tuple[Judge, ...] = ()
    workflow: Workflow | None = None


@lru_cache(maxsize=1 << 15)
def kind_of(path: str) -> str:
    """ "github", "service", "make", "package", "tox", "nox", "hooks", "pyproject", "shell?" (its contents decide), or
    "".
    """
    name = basename(path).lower()
    if name.endswith((".yml", ".yaml")):
        return _yaml_kind(path, name)
    if name in _MAKE or name.endswith(".mk"):
        return "make"
    known = {
        "package.json": "package",
        "tox.ini": "tox",
        "setup.cfg": "tox",
        "noxfile.py": "nox",
        "pyproject.toml": "pyproject",
        "tox.toml": "tox table",
    }
    if name in known:
        return known[name]
    in_folder = path.startswith(_SCRIPT_FOLDERS) and "." not in name
    return "shell?" if name.endswith((".sh", ".bash")) or in_folder else ""


def _yaml_kind(path: str, name: str) -> str:
    if path.startswith(".github/workflows/") or name in ("action.yml", "action.yaml"):
        return "github"
    if name in (".pre-commit-config.yaml", ".pre-commit-config.yml"):
        return "hooks"
    service = (
        name in _SERVICES
        or path.startswith((".circleci/", ".gitlab/", ".buildkite/"))
        or name.startswith("azure-pipelines")
    )
    return "service" if service else ""


def is_service(path: str) -> bool:
    """Does a service run this file by itself (rather than a person or another file)?"""
    return kind_of(path) in ("github", "service")


def carried(change: FileChange, diff: Diff, new: bool) -> Carried:
    """What the file holds before or after the change."""
    key = ("commands", id(change), new)
    if key not in diff.cache:
        path, raw, mode = (
            (change.path, change.new, change.new_mode) if new else (change.before, change.old, change.old_mode)
        )
        kind = kind_of(path)
        diff.cache[key] = (
            _read(kind, path, raw)
            if kind and raw is not None and mode.startswith("100") and len(raw) <= MAX_BYTES
            else Carried()
        )
    found = diff.cache[key]
    return found if isinstance(found, Carried) else Carried()


def _read(kind: str, path: str, raw: bytes) -> Carried:
    if kind == "github":
        document = read_document(path, raw)
        workflow = read_workflow(document.data) if document else None
        return Carried(workflow.judges if workflow else (), workflow)
    return Carried(tuple(_judges(kind, path, raw)))


def _judges(kind: str, path: str, raw: bytes) -> Iterator[Judge]:
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    if kind == "make":
        yield from recipes.makefile(text)
    elif kind == "nox":
        yield from tasks.noxfile(raw)
    elif kind == "shell?":
        if recipes.is_shell_script(path, text) or path.startswith(".husky/"):
            yield from recipes.shell_script(text)
    elif (document := read_document(path, raw)) is not None:
        reader = {"service": services.service, "package": tasks.package_scripts, "tox": tasks.tox_commands,
                  "hooks": tasks.hooks, "pyproject": tasks.pyproject_tasks,
                  "tox table": tasks.tox_table}[kind]  # fmt: skip
        yield from reader(document.data)
