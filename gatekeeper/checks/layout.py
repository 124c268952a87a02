"""Where the code of a Python project is, from the names in its tree."""

import configparser
from collections.abc import Callable, Sequence

from gatekeeper.policy.bounded_toml import MAX_TOML_BYTES, UnreadableToml, read_toml

_NOT_CODE = frozenset({"tests", "test", "docs", "doc", "examples", "example", "benchmarks", "scripts", "build", "dist"})
_SETUP_FILES = frozenset({"setup.py", "conftest.py", "noxfile.py", "tasks.py"})


def packages(names: Sequence[str]) -> tuple[str, ...]:
    """Paths of the top-level packages and modules: `src/<package>` or `<package>`, tests and docs left out."""
    found = {_top(name, "src/") for name in names} | {_top(name, "") for name in names}
    return tuple(sorted(path for path in found if path))


def _top(name: str, prefix: str) -> str:
    if not name.startswith(prefix) or not name.endswith(".py"):
        return ""
    parts = name[len(prefix) :].split("/")
    if len(parts) == 2 and parts[1] == "__init__.py" and parts[0] not in _NOT_CODE:
        return prefix + parts[0]
    if len(parts) == 1 and parts[0] not in _SETUP_FILES:
        return name
    return ""


def mypy_targets(names: Sequence[str], read: Callable[[str], bytes | None]) -> tuple[str, ...]:
    """What mypy is asked to check: nothing extra where its configuration says it, else packages, else everything."""
    if _mypy_configures_files(names, read):
        return ()
    return packages(names) or (".",)


_MYPY_TARGETS = frozenset({"files", "packages", "modules"})


def _mypy_configures_files(names: Sequence[str], read: Callable[[str], bytes | None]) -> bool:
    ini = (name for name in ("mypy.ini", ".mypy.ini", "setup.cfg") if name in names)
    if any(_MYPY_TARGETS & _ini_keys(read(name) or b"") for name in ini):
        return True
    return bool(_MYPY_TARGETS & _toml_keys(read("pyproject.toml") or b""))


def _ini_keys(content: bytes) -> set[str]:
    """Keys of [mypy] in an ini file; none when it cannot be read (mypy will say so)."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        return set()
    return set(parser["mypy"]) if parser.has_section("mypy") else set()


def _toml_keys(content: bytes) -> set[str]:
    """Keys of [tool.mypy] in a pyproject.toml; none when it cannot be read."""
    try:
        tool = read_toml(content, MAX_TOML_BYTES).get("tool")
    except UnreadableToml:
        return set()
    settings = tool.get("mypy") if isinstance(tool, dict) else None
    return set(settings) if isinstance(settings, dict) else set()
