"""Which file configures pytest, and what in it loads plugins of the tree itself. Pure: contents come in."""

import ast
import configparser
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence

Read = Callable[[str], bytes | None]

NAMES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""In pytest's order (`_pytest.config.findpaths.CONFIG_LOADERS_BY_NAME`); the first two since pytest 9."""
WHOLE = frozenset(NAMES[:4])
"""They configure nothing else, and count even when they are empty."""
_VERSION = re.compile(r"(\d+)")


def config_name(read: Read, version: str = "") -> str:
    """Name of the file at the root by which pytest is configured; "" without one. `version` is pytest's."""
    found = _VERSION.match(version)
    names = NAMES[2:] if found and int(found[1]) < 9 else NAMES
    return next((name for name in names if options(name, read(name)) is not None), "")


def options(name: str, content: bytes | None) -> Mapping[str, object] | None:
    """pytest's options in one file; None when the file does not configure pytest (or is not there)."""
    if content is None:
        return None
    leaf = name.rpartition("/")[2]
    found = _of_toml(leaf, content) if leaf.endswith(".toml") else _of_ini(leaf, content)
    return {} if found is None and leaf in WHOLE else found


def _of_toml(name: str, content: bytes) -> Mapping[str, object] | None:
    try:
        tables = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if name != "pyproject.toml" and isinstance(tables.get("pytest"), dict):
        return dict(tables["pytest"])
    tool = tables.get("tool")
    table = tool.get("pytest") if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        return None
    inner = table.get("ini_options")
    own = {key: value for key, value in table.items() if key != "ini_options"}
    return dict(inner) if isinstance(inner, dict) else own or None


def _of_ini(name: str, content: bytes) -> Mapping[str, object] | None:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, ValueError):
        return None
    section = "tool:pytest" if name == "setup.cfg" or name.endswith(".cfg") else "pytest"
    return dict(parser[section]) if parser.has_section(section) else None


def added_options(found: Mapping[str, object] | None) -> tuple[str, ...]:
    """The words of `addopts`."""
    stated = (found or {}).get("addopts", "")
    if isinstance(stated, list):
        return tuple(word for word in stated if isinstance(word, str))
    try:
        return tuple(shlex.split(str(stated)))
    except ValueError:
        return ()


def plugins(words: Sequence[str]) -> tuple[str, ...]:
    """Names behind `-p`, without those that are switched off."""
    named = (words[at] for at, _ in _plugin_words(words))
    return tuple(name.removeprefix("-p") if name.startswith("-p") else name for name in named if "no:" not in name[:5])


def without_plugins(words: Sequence[str], unwanted: frozenset[str]) -> tuple[str, ...]:
    """The words without `-p NAME` for these names."""
    gone = {
        place for at, places in _plugin_words(words) if words[at].removeprefix("-p") in unwanted for place in places
    }
    return tuple(word for at, word in enumerate(words) if at not in gone)


def _plugin_words(words: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(where the name of a plugin stands, every place that belongs to the option)."""
    for at, word in enumerate(words):
        if word == "-p" and at + 1 < len(words):
            yield at + 1, (at, at + 1)
        elif word.startswith("-p") and len(word) > 2 and not word.startswith("--"):
            yield at, (at,)


def entry_points(read: Read) -> tuple[str, ...] | None:
    """Names under which the project itself offers plugins to pytest (the group pytest11), as its files state them.

    None when setup.py speaks of the group in a way that only running it would tell.
    """
    setup = read("setup.py") or b""
    of_setup = tuple(_points_of_setup(setup))
    if b"pytest11" in setup and not of_setup:
        return None
    found = (*_points_of_toml(read("pyproject.toml") or b""), *_points_of_cfg(read("setup.cfg") or b""), *of_setup)
    return tuple(dict.fromkeys(found))


def _points_of_toml(content: bytes) -> Iterator[str]:
    try:
        tables = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return
    poetry = _table(_table(tables.get("tool")).get("poetry"))
    flit = _table(_table(_table(tables.get("tool")).get("flit")).get("entrypoints"))
    for group in (
        _table(_table(tables.get("project")).get("entry-points")),
        _table(poetry.get("plugins")),
        flit,
    ):
        yield from _table(group.get("pytest11"))


def _points_of_cfg(content: bytes) -> Iterator[str]:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, ValueError):
        return
    yield from _names(parser.get("options.entry_points", "pytest11", fallback=""))


def _points_of_setup(content: bytes) -> Iterator[str]:
    """`entry_points={"pytest11": ["name = module"]}`, or the same as text with a line `[pytest11]`."""
    try:
        nodes = list(ast.walk(ast.parse(content)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Dict):
            yield from _points_of_dict(node)
        elif "[pytest11]" in (text := _text(node)):
            yield from _names(text.partition("[pytest11]")[2].partition("[")[0])


def _points_of_dict(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and _text(key) == "pytest11":
            yield from (name for part in ast.walk(value) for name in _names(_text(part)))


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _names(text: str) -> Iterator[str]:
    return (line.partition("=")[0].strip() for line in text.splitlines() if "=" in line)


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
