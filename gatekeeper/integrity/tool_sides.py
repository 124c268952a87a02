"""All settings of one version of one configuration file: which part of which file belongs to which tool. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from posixpath import basename, dirname

from gatekeeper.integrity import pytest_options, python_tools, script_runners, selection, web_tools
from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.gate_file import gate_file
from gatekeeper.integrity.hooks_file import pre_commit
from gatekeeper.integrity.knobs import Kind, Knob, Panel, Side
from gatekeeper.integrity.known_tests import python_tests, script_tests
from gatekeeper.integrity.reading.data import Document, get, rows, table
from gatekeeper.integrity.reading.formats import is_readable_kind, read_document

_SMALL_TOOLS = ("interrogate", "vulture", "bandit", "importlinter")
_INI_TOOLS = {
    "flake8": "flake8",
    "tool:pytest": "pytest",
    "pytest": "pytest",
    "mypy": "mypy",
    "interrogate": "interrogate",
}
_WEB_STEMS = {"jest.config": "jest", ".mocharc": "mocha", ".nycrc": "nyc", "nyc.config": "nyc", ".c8rc": "c8",
    ".eslintrc": "eslint",
              "eslint.config": "eslint", "playwright.config": "playwright", ".size-limit": "size-limit",
              "vitest.config": "vitest",
              "vite.config": "vitest", "vitest.workspace": "vitest"}  # fmt: skip
Part = tuple[str, object, tuple[str, ...]]
"""A tool, its settings, and the path of keys that leads to them."""


def side_of(change: FileChange, diff: Diff, new: bool) -> Side:
    """Settings of the file before or after the change; none where there is no file. Cached in the diff."""
    key = ("settings", id(change), new)
    if key not in diff.cache:
        path, raw = (change.path, change.new) if new else (change.before, change.old)
        mode = change.new_mode if new else change.old_mode
        regular = raw is not None and mode.startswith("100")
        diff.cache[key] = _read(path, raw, diff) if raw is not None and regular and is_tool_file(path) else Side()
    found = diff.cache[key]
    return found if isinstance(found, Side) else Side()


@lru_cache(maxsize=1 << 15)
def is_tool_file(path: str) -> bool:
    """Does any detector of settings look into a file of this name?"""
    name = basename(path)
    return is_readable_kind(path) and (
        name in _BY_NAME or name.partition(".")[0] in ("tsconfig", "jsconfig") or _web_tool(name) != ""
    )


def unreadable(change: FileChange, diff: Diff) -> bool:
    """Was it understood before, and is it not any more?"""
    return (
        change.new is not None
        and side_of(change, diff, True).document is None
        and side_of(change, diff, False).document is not None
    )


def _web_tool(name: str) -> str:
    return next((tool for stem, tool in _WEB_STEMS.items() if name == stem or name.startswith(stem + ".")), "")


def _read(path: str, raw: bytes, diff: Diff) -> Side:
    document = read_document(path, raw)
    if document is None:
        return Side(path)
    knobs: dict[tuple[str, str, str], Knob] = {}
    parts = list(_parts(path, document))
    for tool, section, where in parts:
        panel = Panel(tool, where)
        _fill(panel, tool, section, path, diff)
        knobs.update(panel.found)
    return Side(path, frozenset(tool for tool, _, _ in parts), knobs, document)


def _parts(path: str, document: Document) -> Iterator[Part]:
    name = basename(path)
    data = document.data
    if name == "pyproject.toml":
        yield from _pyproject(table(data))
    elif name in ("ruff.toml", ".ruff.toml", "gate.toml"):
        yield name.lstrip(".").removesuffix(".toml"), data, ()
    elif name in ("pytest.toml", ".pytest.toml"):
        yield "pytest", get(data, "pytest"), ("pytest",)
    elif name == "package.json":
        yield from _package(table(data))
    elif name.partition(".")[0] in ("tsconfig", "jsconfig"):
        yield "tsconfig", data, ()
    elif name in _OWN_FILES:
        yield _OWN_FILES[name], data, ()
    elif name in _INI_FILES:
        yield from _ini(name, table(data))
    elif tool := _web_tool(name):
        yield tool, data, ()


def _pyproject(data: dict[str, object]) -> Iterator[Part]:
    tools = table(data.get("tool"))
    for tool in ("coverage", "mypy", "ruff", "pylint", "pyright", "basedpyright", "flake8", "gate", *_SMALL_TOOLS):
        if tool in tools:
            yield tool, tools[tool], ("tool", tool)
    plugins = get(data, "project", "entry-points", "pytest11")
    if plugins:
        yield "pytest plugins", plugins, ("project", "entry-points", "pytest11")
    pytest = table(tools.get("pytest"))
    if pytest:
        inner = pytest.get("ini_options")
        yield "pytest", inner if isinstance(inner, dict) else pytest, ("tool", "pytest", "ini_options")


def _package(data: dict[str, object]) -> Iterator[Part]:
    for key, tool in (("jest", "jest"), ("nyc", "nyc"), ("c8", "c8"), ("mocha", "mocha"), ("eslintConfig", "eslint"),
                      ("size-limit", "size-limit"), ("bundlesize", "size-limit")):  # fmt: skip
        if key in data:
            yield tool, data[key], (key,)


def _ini(name: str, data: dict[str, object]) -> Iterator[Part]:
    if name in (".pylintrc", "pylintrc"):
        yield "pylint", data, ()
        return
    for section, tool in _INI_TOOLS.items():
        if section in data:
            settings = table(data[section])
            yield tool, {**settings, "overrides": _mypy_overrides(data)} if tool == "mypy" else settings, (section,)
    yield from _ini_coverage(name, data)
    pylint = {key: value for key, value in data.items() if key.lower().startswith("pylint")}
    if pylint:
        yield "pylint", pylint, ()


def _ini_coverage(name: str, data: dict[str, object]) -> Iterator[Part]:
    """`[run]` and `[report]` of .coveragerc; elsewhere `[coverage:run]` and `[coverage:report]`."""
    prefix = "" if name == ".coveragerc" else "coverage:"
    found = {part: data[prefix + part] for part in ("run", "report") if prefix + part in data}
    if found or name == ".coveragerc":
        yield "coverage", found, ()


def _mypy_overrides(data: dict[str, object]) -> list[object]:
    sections = [(key, table(value)) for key, value in data.items() if key.startswith("mypy-")]
    return [{**settings, "module": key.removeprefix("mypy-").split(",")} for key, settings in sections]


def _fill(panel: Panel, tool: str, section: object, path: str, diff: Diff) -> None:
    settings = table(section)
    if tool in _PLAIN:
        _PLAIN[tool](panel, settings)
    elif tool in _ANY:
        _ANY[tool](panel, section)
    elif tool in _SMALL_TOOLS:
        python_tools.others(panel, settings)
    elif tool == "mypy":
        python_tools.mypy(panel, settings, own_modules(diff))
    elif tool == "pytest":
        pytest_options.pytest(panel, settings, python_tests(diff, dirname(path)))
    elif tool in ("jest", "vitest"):
        _script_runner(panel, tool, section, script_tests(diff, dirname(path)))


def _script_runner(panel: Panel, tool: str, section: object, names: tuple[str, ...]) -> None:
    for part in rows(section):
        settings = table(part)
        if tool == "jest":
            script_runners.jest(panel, settings)
            left = selection.jest_left_out(settings, names)
            at: tuple[str, ...] = ("testPathIgnorePatterns" if "testPathIgnorePatterns" in settings else "testMatch",)
        else:
            script_runners.vitest(panel, settings)
            left = selection.vitest_left_out(settings, names)
            at = ("test", "exclude" if get(settings, "test", "exclude") else "include")
        panel.add("tests-deselected", Kind.QUIET, "test files left out", left, at=at, adopted=False)


def own_modules(diff: Diff) -> frozenset[str]:
    """First names of the project's own Python modules. Cached in the diff."""
    if "own modules" not in diff.cache:
        diff.cache["own modules"] = _own_modules(diff.base_names | diff.head_names)
    found = diff.cache["own modules"]
    return found if isinstance(found, frozenset) else frozenset()


def _own_modules(names: frozenset[str]) -> frozenset[str]:
    return _top_packages(names) | _plain_modules(names) | _below_src(names)


def _top_packages(names: frozenset[str]) -> frozenset[str]:
    """Packages that are in no other package."""
    packages = {name.rpartition("/")[0] for name in names if name.endswith("/__init__.py")}
    return frozenset(basename(package) for package in packages if package.rpartition("/")[0] not in packages)


def _plain_modules(names: frozenset[str]) -> frozenset[str]:
    """Modules in no package, at the root or in a folder of sources."""
    return frozenset(
        basename(name).removesuffix(".py")
        for name in names
        if name.endswith(".py") and name.rpartition("/")[0] in ("", "src", "lib")
    )


def _below_src(names: frozenset[str]) -> frozenset[str]:
    """Folders of `src` with Python somewhere in them: packages also without an `__init__.py`."""
    return frozenset(
        name.split("/")[1] for name in names if name.startswith("src/") and name.count("/") > 1 and name.endswith(".py")
    )


_PLAIN = {
    "coverage": python_tools.coverage, "ruff": python_tools.ruff, "flake8": python_tools.flake8,
    "pylint": python_tools.pylint,
    "pyright": python_tools.pyright, "basedpyright": python_tools.pyright, "nyc": script_runners.nyc,
    "c8": script_runners.nyc,
    "mocha": script_runners.mocha, "playwright": script_runners.playwright, "tsconfig": web_tools.tsconfig,
    "gate": gate_file,
    "codecov": web_tools.codecov, "pytest plugins": pytest_options.plugins,
}  # fmt: skip
_ANY = {"eslint": web_tools.eslint, "size-limit": web_tools.size_limit, "pre-commit": pre_commit}
_OWN_FILES = {
    "pyrightconfig.json": "pyright", "codecov.yml": "codecov", ".codecov.yml": "codecov", "codecov.yaml": "codecov",
    ".pre-commit-config.yaml": "pre-commit", ".pre-commit-config.yml": "pre-commit", ".bundlesizerc.json": "size-limit",
}  # fmt: skip
_INI_FILES = frozenset({
    "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini", "mypy.ini", ".mypy.ini", ".flake8", ".coveragerc",
    ".pylintrc", "pylintrc",
})  # fmt: skip
_BY_NAME = _INI_FILES | _OWN_FILES.keys() | {
    "pyproject.toml", "ruff.toml", ".ruff.toml", "gate.toml", "package.json", "pytest.toml", ".pytest.toml",
}  # fmt: skip
