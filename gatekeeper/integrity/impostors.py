"""Files that stand in for something else when a tool starts: modules, programs, start-up hooks, installed trees,
environments. Pure.
"""

import sys
from collections.abc import Iterator
from posixpath import basename

from gatekeeper.integrity.added import added_lines, is_binary
from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.roles import is_test_name

_RUNNERS = frozenset({
    "pytest", "_pytest", "py", "pluggy", "iniconfig", "unittest", "doctest", "coverage", "pytest_cov", "xdist",
    "hypothesis", "nose", "nose2", "tox",
    "nox", "mypy", "ruff", "pyright", "pylint", "flake8", "black", "isort", "bandit", "radon", "xenon", "pip",
    "setuptools", "importlib",
    "trace", "runpy", "site", "builtins", "gatekeeper",
})  # fmt: skip
_HOOKS = frozenset({"sitecustomize", "usercustomize"})
_PROGRAMS = frozenset({
    "pytest", "py.test", "mypy", "ruff", "pyright", "pylint", "flake8", "black", "isort", "tox", "nox", "coverage",
    "bandit", "radon", "python", "python3",
    "pip", "uv", "git", "node", "npm", "npx", "pnpm", "yarn", "vitest", "jest", "mocha", "tsc", "eslint", "prettier",
    "make", "bash", "sh", "env", "gate",
})  # fmt: skip
_ROOTS = ("", "src", "lib")
"""Folders that hold a project's own packages."""
_ENDS = ("/__init__.py", ".py")
_SCRIPTS = (".exe", ".cmd", ".bat", ".ps1")
_INSTALLED = ("node_modules", "site-packages", ".venv", "venv", "dist-packages", ".tox", ".nox")
_STANDARD = (
    frozenset(sys.stdlib_module_names)
    - _RUNNERS
    - {"test", "this", "antigravity", "idlelib", "turtledemo", "lib2to3", "distutils"}
)
_PATHS = (b"PYTHONPATH", b"PYTEST_ADDOPTS", b"PYTEST_PLUGINS", b"NODE_OPTIONS", b"PYTHONSTARTUP", b"LD_PRELOAD",
    b"PATH=", b"PYTHONHOME", b"script-shell",
          b"NODE_PATH", b"PATH_add", b"MYPYPATH")  # fmt: skip
_ENVIRONMENTS = (".envrc", ".npmrc", "pip.conf")
_FIXTURES = ("tests/", "test/", "testdata/", "fixtures/", "docs/", "examples/")


def impostors(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Hits for a file that is new under its name; an environment file also when it changes."""
    if change.new is None and not change.new_mode.startswith("12"):
        return
    name = basename(change.path)
    if name == ".env" or name.startswith(".env.") or name in _ENVIRONMENTS:
        yield from _environment(change, diff)
    if change.old is not None and change.path == change.before:
        return
    yield from _modules(change, diff)
    yield from _start_up(change)
    yield from _programs(change)
    yield from _installed(change, diff)


def _modules(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """`pytest.py`, `pytest/__init__.py`, … in a folder that can be on the path: one that is no package itself."""
    module, folder = _module_of(change.path)
    if not module or f"{folder}/__init__.py".lstrip("/") in diff.head_names or _was_there(module, folder, diff):
        return
    if module in _RUNNERS:
        rule = "runner-shadowed" if _is_import_root(folder, diff) else "module-name-taken"
        says = f"`import {module}` finds this file where {folder or 'the root'} is on the path"
        yield Hit(rule, change.path, says, line=1, symbol=module)
    elif module in _HOOKS:
        yield Hit("runner-shadowed", change.path, f"Python runs {module} before anything else", line=1, symbol=module)
    elif module in _STANDARD and folder in ("", "src", "tests", "test"):
        yield Hit(
            "module-name-taken",
            change.path,
            f"`import {module}` finds this file, not Python's own module",
            line=1,
            symbol=module,
        )


def _is_import_root(folder: str, diff: Diff) -> bool:
    """Folders that are on the path in ordinary projects: the root, src, lib, and those that hold tests (pytest puts
    them there).
    """
    if folder in _ROOTS:
        return True
    return any(is_test_name(name) or name.endswith("/conftest.py") for name in _inside(folder, diff))


def _inside(folder: str, diff: Diff) -> list[str]:
    return [name for name in diff.head_names if name.startswith(f"{folder}/") and "/" not in name[len(folder) + 1 :]]


def _module_of(path: str) -> tuple[str, str]:
    """(module, folder that holds it) for a file that makes a module importable by that name; ("", "") for others."""
    folder, _, name = path.rpartition("/")
    stem, dot, end = name.partition(".")
    if not dot or end.rpartition(".")[2] not in ("py", "pyc", "so", "pyd"):
        return "", ""
    above, _, package = folder.rpartition("/")
    if package in _RUNNERS | _HOOKS:
        return package, above
    return (package, above) if stem == "__init__" else (stem, folder)


def _was_there(module: str, folder: str, diff: Diff) -> bool:
    """The project had a module of this name here or at its root before: it is that tool, or lives with it."""
    if any(f"{root}/{module}{end}".lstrip("/") in diff.base_names for root in _ROOTS for end in _ENDS):
        return True
    start = f"{folder}/{module}".lstrip("/")
    if "modules" not in diff.cache:
        diff.cache["modules"] = frozenset(name.rpartition("/")[0] for name in diff.base_names) | diff.base_names
    known = diff.cache["modules"]
    return isinstance(known, frozenset) and (start in known or f"{start}.py" in known)


def _start_up(change: FileChange) -> Iterator[Hit]:
    """Text files that end in .pth are read, and partly run, when Python starts; a model's weights are binary."""
    if change.path.endswith(".pth") and change.new is not None and not is_binary(change.new) and change.new.strip():
        yield Hit(
            "runner-shadowed",
            change.path,
            "Python reads .pth files of its site folders when it starts",
            line=1,
            symbol=".pth",
        )


def _programs(change: FileChange) -> Iterator[Hit]:
    name = basename(change.path)
    stem = next((name.removesuffix(end) for end in _SCRIPTS if name.endswith(end)), name)
    runs = change.new_mode in ("100755", "120000") or stem != name
    if stem in _PROGRAMS and runs and not change.path.startswith(_FIXTURES):
        yield Hit(
            "tool-impersonated",
            change.path,
            f"a program called {stem} comes before the real one where this folder is on the PATH",
            symbol=stem,
        )


def _installed(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """One hit per installed tree, with the number of its files."""
    root = _installed_root(change.path)
    if not root or change.path.startswith(_FIXTURES):
        return
    said = diff.cache.setdefault(("installed", root), change.path)
    if said == change.path and not any(known.startswith(root + "/") for known in diff.base_names):
        count = sum(1 for other in diff.changes if other.path.startswith(root + "/") and other.old is None)
        yield Hit(
            "dependencies-committed",
            change.path,
            f"{count} files below {root}: tools would take them for what was installed",
            symbol=root,
        )


def _installed_root(path: str) -> str:
    """The outermost folder of the path that has the name of an installed tree; "" where there is none."""
    parts = path.split("/")
    name = next((part for part in parts[:-1] if part in _INSTALLED), "")
    return "/".join(parts[: parts.index(name) + 1]) if name else ""


def _environment(change: FileChange, diff: Diff) -> Iterator[Hit]:
    for line, text in added_lines(change, diff, _PATHS):
        name = text.strip().removeprefix(b"export ").partition(b"=")[0].strip().decode("utf-8", "replace")
        if not name.startswith("#"):
            yield Hit(
                "environment-steered",
                change.path,
                f"{name[:40]} changes what tools find or how they run",
                line=line,
                symbol=name[:40],
            )
