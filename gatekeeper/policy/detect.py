"""Languages, tools and lock files of a tree, from its names and a few small files. Executes nothing of it."""

import configparser
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field

from gatekeeper.policy.bounded_toml import MAX_TOML_BYTES, UnreadableToml, read_toml

Read = Callable[[str], bytes | None]

_PYTHON_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "tox.ini")
_LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
_LANGUAGE_OF = {
    **dict.fromkeys((".py", ".pyi"), "python"),
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"), "typescript"),
    **dict.fromkeys((".go", ".rs", ".java", ".kt", ".c", ".cc", ".cpp", ".h", ".rb", ".php", ".cs", ".swift"), "other"),
}
_BUNDLED = {"node_modules", "vendor", "third_party", "dist", "static"}
_INI_SECTIONS = {"mypy": "mypy", "tool:pytest": "pytest", "pytest": "pytest", "flake8": "flake8"}
_SMALL_PART = 0.1


class Found(Struct, frozen=True):
    """A tool that the project configures or depends on, and where that was seen."""

    name: str
    where: str


class Detected(Struct, frozen=True):
    """What a tree says about itself. `minor` are languages present only in a small part of it."""

    languages: tuple[str, ...]
    minor: tuple[str, ...]
    tools: tuple[Found, ...]
    lock_files: tuple[str, ...]
    manifests: tuple[str, ...]
    builds: bool
    tests: tuple[str, ...]
    scripts: Mapping[str, str] = field(default_factory=dict)
    """Scripts of package.json."""
    problems: tuple[str, ...] = ()

    def tool(self, *names: str) -> Found | None:
        """The first of the tools that was found."""
        return next((found for name in names for found in self.tools if found.name == name), None)


def detect(names: Sequence[str], read: Read) -> Detected:
    """Look at a tree: `names` are its paths, `read` gives a file or None. Never raises on what it reads."""
    root = {name for name in names if "/" not in name}
    problems: list[str] = []
    pyproject = _toml(read, root, problems)
    package = _package_json(read, root, problems)
    languages, minor = _languages(names, root)
    return Detected(
        languages=languages,
        minor=minor,
        tools=tuple(_unique([*_python_tools(read, root, pyproject, problems), *_node_tools(root, package)])),
        lock_files=tuple(name for name in _LOCK_FILES if name in root),
        manifests=tuple(sorted(name for name in root if _is_manifest(name))),
        builds="build-system" in pyproject or "setup.py" in root,
        tests=tuple(sorted(name for name in names if _is_test(name))[:50]),
        scripts=_strings(package.get("scripts")),
        problems=tuple(problems),
    )


def _is_manifest(name: str) -> bool:
    return _is_python_manifest(name) or name == "package.json" or _is_tsconfig(name)


def _is_python_manifest(name: str) -> bool:
    return name in _PYTHON_MANIFESTS or (name.startswith("requirements") and name.endswith(".txt"))


def _is_tsconfig(name: str) -> bool:
    return name.startswith("tsconfig") and name.endswith(".json")


def _is_test(name: str) -> bool:
    leaf = PurePosixPath(name).name
    python = leaf.endswith(".py") and (leaf.startswith("test_") or leaf.endswith("_test.py") or leaf == "tests.py")
    return python or ".test." in leaf or ".spec." in leaf


def _languages(names: Sequence[str], root: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A language counts with a manifest at the root or a third of the code; below a tenth of the code it is minor."""
    counts = _code_files(names)
    total = sum(counts.values())
    languages: list[str] = []
    minor: list[str] = []
    for language, stated in (("python", _states_python(root)), ("typescript", _states_typescript(root))):
        share = counts.get(language, 0) / total if total else float(stated)
        if share >= (_SMALL_PART if stated else 1 / 3):
            languages.append(language)
        elif stated or share:
            minor.append(language)
    return tuple(languages), tuple(minor)


def _states_python(root: set[str]) -> bool:
    return any(_is_python_manifest(name) or name.endswith(".py") for name in root)


def _states_typescript(root: set[str]) -> bool:
    return any(name == "package.json" or _is_tsconfig(name) for name in root)


def _code_files(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        path = PurePosixPath(name)
        language = _LANGUAGE_OF.get(path.suffix)
        if language and _BUNDLED.isdisjoint(path.parts) and not name.endswith(".min.js"):
            counts[language] = counts.get(language, 0) + 1
    return counts


def _toml(read: Read, root: set[str], problems: list[str]) -> Mapping[str, object]:
    raw = read("pyproject.toml") if "pyproject.toml" in root else None
    if raw is None:
        return {}
    try:
        return read_toml(raw, MAX_TOML_BYTES)
    except UnreadableToml as error:
        problems.append(f"pyproject.toml cannot be read: {error}")
        return {}


def _package_json(read: Read, root: set[str], problems: list[str]) -> Mapping[str, object]:
    raw = read("package.json") if "package.json" in root else None
    if raw is None:
        return {}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        problems.append(f"package.json cannot be read: {error}")
        return {}
    return value if isinstance(value, dict) else {}


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _strings(value: object) -> dict[str, str]:
    return {key: text for key, text in _table(value).items() if isinstance(text, str)}


def _python_tools(read: Read, root: set[str], pyproject: Mapping[str, object], problems: list[str]) -> Iterable[Found]:
    for tool in _table(pyproject.get("tool")):
        yield Found(tool, f"pyproject.toml [tool.{tool}]")
    for file, tool in {
        "ruff.toml": "ruff",
        ".ruff.toml": "ruff",
        "mypy.ini": "mypy",
        ".mypy.ini": "mypy",
        "pytest.ini": "pytest",
        "pytest.toml": "pytest",
        ".flake8": "flake8",
        "pyrightconfig.json": "pyright",
    }.items():
        if file in root:
            yield Found(tool, file)
    for file in ("setup.cfg", "tox.ini"):
        yield from _ini_tools(file, read(file) if file in root else None, problems)
    if ".pre-commit-config.yaml" in root and b"ruff-format" in (read(".pre-commit-config.yaml") or b""):
        yield Found("ruff-format", ".pre-commit-config.yaml")


def _ini_tools(file: str, raw: bytes | None, problems: list[str]) -> Iterable[Found]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string((raw or b"").decode("utf-8"))
    except (configparser.Error, ValueError) as error:
        problems.append(f"{file} cannot be read: {str(error).splitlines()[0]}")
        return
    for section in parser.sections():
        if tool := _INI_SECTIONS.get(section):
            yield Found(tool, f"{file} [{section}]")


def _node_tools(root: set[str], package: Mapping[str, object]) -> Iterable[Found]:
    for prefix, tool in {
        "eslint.config.": "eslint",
        ".eslintrc": "eslint",
        "vitest.config.": "vitest",
        "jest.config.": "jest",
    }.items():
        for name in sorted(name for name in root if name.startswith(prefix)):
            yield Found(tool, name)
    if "tsconfig.json" in root:
        yield Found("tsc", "tsconfig.json")
    if "eslintConfig" in package:
        yield Found("eslint", "package.json eslintConfig")
    for group in ("devDependencies", "dependencies"):
        for name in _table(package.get(group)):
            if name in {"vitest", "jest", "jest-junit", "mocha"}:
                yield Found(name, f"package.json {group}")


def _unique(found: Iterable[Found]) -> Iterable[Found]:
    """One entry per tool: the first place where it was seen."""
    return {entry.name: entry for entry in reversed(list(found))}.values()
