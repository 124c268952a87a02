"""Registry, proxy and certificate settings from the caller's pip, npm and uv configuration files.

Commands get an empty HOME, so these files would be lost to them, and with them a company's package index. Only the
settings named here are taken over, as variables; tokens and passwords stay where they are. Files that cannot be read or
parsed are passed over: the tool they belong to would complain, not the gate.
"""

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

_PIP = ("index-url", "extra-index-url", "trusted-host", "cert", "proxy", "no-index", "find-links", "timeout", "retries")
_NPM = ("registry", "cafile", "strict-ssl", "proxy", "https-proxy", "noproxy")
_UV = ("index-url", "extra-index-url", "default-index", "native-tls", "find-links", "allow-insecure-host")
_UV_NAMES = {"allow-insecure-host": "UV_INSECURE_HOST"}


def file_settings(base: Mapping[str, str]) -> dict[str, str]:
    """Name of the equivalent variable → value, unfiltered: `environment.network_settings` takes secrets out."""
    home = Path(base.get("HOME") or "/nonexistent")
    config = Path(base.get("XDG_CONFIG_HOME") or home / ".config")
    found: dict[str, str] = {}
    # Later files win over earlier ones, as they do for pip.
    for path in (home / ".pip/pip.conf", config / "pip/pip.conf", Path(base.get("PIP_CONFIG_FILE") or "/nonexistent")):
        found.update(_pip(_text(path)))
    found.update(_npm(_text(Path(base.get("NPM_CONFIG_USERCONFIG") or home / ".npmrc"))))
    found.update(_uv(_text(Path(base.get("UV_CONFIG_FILE") or config / "uv/uv.toml"))))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _pip(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    found: dict[str, str] = {}
    for section in ("global", "install"):  # the more special section wins
        for key in _PIP:
            if parser.has_option(section, key):
                value = parser.get(section, key) or ""
                found[f"PIP_{key.upper().replace('-', '_')}"] = " ".join(value.split())
    return found


def _npm(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        # "${TOKEN}" is replaced by npm from an environment that commands do not get.
        if equals and "${" not in value and (key in _NPM or (key.startswith("@") and key.endswith(":registry"))):
            found[f"npm_config_{key.replace('-', '_') if key in _NPM else key}"] = value.strip("\"'")
    return found


def _uv(text: str) -> dict[str, str]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    pip = table.get("pip")
    found: dict[str, str] = {}
    for source in (pip, table):
        for key in _UV:
            if isinstance(source, dict) and key in source:
                found[_UV_NAMES.get(key, f"UV_{key.upper().replace('-', '_')}")] = _words(source[key])
    found.update(_uv_indexes(table.get("index")))
    return found


def _uv_indexes(indexes: object) -> Iterator[tuple[str, str]]:
    """[[index]] tables: the one marked as default, and all others as named or plain URLs."""
    tables = [entry for entry in indexes if isinstance(entry, dict)] if isinstance(indexes, list) else []
    others: list[str] = []
    for table in tables:
        url, name = str(table.get("url", "")), table.get("name")
        if table.get("default"):
            yield "UV_DEFAULT_INDEX", url
        elif url:
            others.append(f"{name}={url}" if name else url)
    if others:
        yield "UV_INDEX", " ".join(others)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return " ".join(str(part) for part in value) if isinstance(value, list) else str(value)
