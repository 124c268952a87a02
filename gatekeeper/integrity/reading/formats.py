"""Which files are configuration, and their contents as data."""

import configparser
import json
from posixpath import basename

from gatekeeper.integrity.reading.data import MAX_BYTES, UNKNOWN, Document
from gatekeeper.integrity.reading.script_data import read_json, read_script
from gatekeeper.policy.bounded_toml import UnreadableToml, read_toml

_INI = frozenset({
    "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini", "mypy.ini", ".mypy.ini", ".flake8", ".coveragerc", ".pylintrc",
    "pylintrc", ".bandit", "radon.cfg", ".radon.cfg",
})  # fmt: skip
_WRITTEN_BY_HAND = 1 << 16
"""Bytes up to which JSON and scripts are parsed with lines and comments; the parser takes its time over larger garbage.
"""
_SCRIPT_STEMS = ("eslint.config", "vitest.config", "vite.config", "vitest.workspace", "jest.config",
    "playwright.config",
                 ".eslintrc", ".mocharc", ".size-limit", ".nycrc", "nyc.config")  # fmt: skip
_SCRIPT_ENDS = {".js": False, ".cjs": False, ".mjs": False, ".ts": True, ".cts": True, ".mts": True}
_BARE_JSON = frozenset({".eslintrc", ".nycrc", ".c8rc", ".mocharc", ".jshintrc"})


def is_readable_kind(path: str) -> bool:
    """Would `read_document` look into a file of this name?"""
    return _kind(basename(path)) != ""


def _kind(name: str) -> str:
    if name in _INI:
        return "ini"
    if name in _BARE_JSON:
        return "json or yaml"
    stem, dot, end = name.rpartition(".")
    if f".{end}" in _SCRIPT_ENDS:
        return "script" if stem in _SCRIPT_STEMS else ""
    return (
        {"toml": "toml", "json": "json", "jsonc": "json", "json5": "json", "yml": "yaml", "yaml": "yaml"}.get(end, "")
        if dot
        else ""
    )


def read_document(path: str, raw: bytes) -> Document | None:
    """The data of a configuration file by its name; None when it is none, too large, or cannot be understood."""
    kind = _kind(basename(path))
    if not kind or len(raw) > MAX_BYTES:
        return None
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    data = _read(kind, path, text, raw)
    return None if data is UNKNOWN else Document(data, text)


def _read(kind: str, path: str, text: str, raw: bytes) -> object:
    if kind == "toml":
        return _toml(raw)
    if kind == "ini":
        return _ini(text)
    return _yaml(text) if kind == "yaml" else _script(kind, path, text)


def _script(kind: str, path: str, text: str) -> object:
    """JavaScript, or JSON in any of its forms; bare names may hold YAML, too."""
    clean = text.encode("utf-8", "replace")
    if len(clean) > _WRITTEN_BY_HAND:
        return _strict_json(text) if kind.startswith("json") else UNKNOWN
    if kind == "script":
        return read_script(clean, _SCRIPT_ENDS["." + path.rpartition(".")[2]])
    data = read_json(clean)
    return data if kind == "json" or isinstance(data, dict) else _yaml(text)


def _toml(raw: bytes) -> object:
    try:
        return read_toml(raw, MAX_BYTES)
    except UnreadableToml:
        return UNKNOWN


def _yaml(text: str) -> object:
    # Here and not above: the library takes its time to load, and most branches change no YAML.
    from gatekeeper.integrity.reading.yaml_data import UnreadableYaml, read_yaml  # noqa: PLC0415

    try:
        return read_yaml(text)
    except UnreadableYaml:
        return UNKNOWN


def _strict_json(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return UNKNOWN
    return found


def _ini(text: str) -> object:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True, default_section="\0")
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, RecursionError, AttributeError):  # the last: a value below a bare key
        return UNKNOWN
    return {section: {key: value or "" for key, value in parser.items(section)} for section in parser.sections()}
