"""The environment that commands see: an allow-list, never the caller's whole environment."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from gatekeeper.process.marker import RUN_MARKER

_PASSED = frozenset({"LANG", "LANGUAGE", "TZ", "TMPDIR"})
_FIXED = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "npm_config_update_notifier": "false",
}
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
_NOTHING: Mapping[str, str] = MappingProxyType({})

# Patterns as text: only what sets up an environment uses them, and compiling takes time at every start.
# Settings that say where packages come from and whom to trust. Not PIP_* and UV_* as a whole: PIP_TARGET or PIP_USER
# would change what an installation means.
_NETWORK = r"""(?ix) ^(?:
      PIP_(?:INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|CERT|PROXY|NO_INDEX|FIND_LINKS|TIMEOUT|DEFAULT_TIMEOUT|RETRIES)
    | UV_(?:\w*INDEX\w*|FIND_LINKS|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS|HTTP_TIMEOUT|OFFLINE|NO_INDEX
         |PYTHON_INSTALL_MIRROR|PYPY_INSTALL_MIRROR|PYTHON_DOWNLOADS|PYTHON_PREFERENCE)
    | POETRY_REPOSITORIES_\w+_URL
    | NPM_CONFIG_(?:.*REGISTRY|CAFILE|CA|STRICT_SSL|PROXY|HTTPS_PROXY|NOPROXY|FETCH_\w+)
    | COREPACK_NPM_REGISTRY | YARN_NPM_REGISTRY_SERVER
    | (?:HTTP|HTTPS|ALL|FTP|NO)_PROXY
    | SSL_CERT_FILE | SSL_CERT_DIR | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | NODE_EXTRA_CA_CERTS | CARGO_HTTP_CAINFO
    )$"""
_PRIVATE = r"(?i)TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|USERNAME|_KEY|_AUTH"
_USERINFO = r"(?<=://)[^/\s?#]*@"
_BARE_USERINFO = r"^[^/\s?#]*@"
_PLACE_ONLY = frozenset({RUN_MARKER, "HOME", "TMPDIR"})


def scrubbed(
    base: Mapping[str, str],
    *,
    path: Sequence[str] = (),
    home: Path,
    extra: Mapping[str, str] = _NOTHING,
    allow: Sequence[str] = (),
) -> dict[str, str]:
    """What a command may see of `base`: language, time zone, a clean PATH, and the names in `allow`.

    `path` goes in front of PATH; `home` is the empty, gate-owned folder that becomes HOME; `extra` is set last.
    GIT_*, PYTHONPATH, tokens and everything else is dropped.
    """
    kept = {name: value for name, value in base.items() if name in _PASSED or name.startswith("LC_") or name in allow}
    kept.setdefault("LANG", "C.UTF-8")
    kept.update(_FIXED)
    kept["PATH"] = ":".join((*path, *_absolute(base.get("PATH") or _DEFAULT_PATH)))
    kept["HOME"] = str(home)
    kept.update(extra)
    return kept


def _absolute(path: str) -> list[str]:
    # An empty or relative entry means "the current folder": the branch could put a `git` of its own there.
    return [entry for entry in path.split(":") if entry.startswith("/")]


def network_settings(base: Mapping[str, str]) -> dict[str, str]:
    """The caller's registry, proxy and certificate settings, for building environments only.

    From variables and, below them, from the pip, npm and uv configuration files of the caller's HOME. Names that look
    like a secret are dropped and user names and passwords are cut out of URLs.
    """
    # Here and not above: parsers of TOML and INI, which only the building of an environment calls for.
    from gatekeeper.process.registry_files import file_settings  # noqa: PLC0415

    return {
        name: without_userinfo(name, value)
        for name, value in {**file_settings(base), **base}.items()
        if re.match(_NETWORK, name) and not re.search(_PRIVATE, name)
    }


def without_userinfo(name: str, value: str) -> str:
    """The value with `user:password@` removed from every URL in it (a proxy may be written without its scheme)."""
    value = re.sub(_USERINFO, "", value)
    if name.upper().endswith("PROXY") and "://" not in value:
        return re.sub(_BARE_USERINFO, "", value)
    return value


def allow_listed_digest(env: Mapping[str, str]) -> str:
    """sha256 over the names and values that can change a result: for cache keys.

    Left out is what only names a place or a run of the gate: HOME, TMPDIR and the run marker.
    """
    digest = hashlib.sha256()
    for name in sorted(env):
        if name not in _PLACE_ONLY:
            digest.update(f"{name}={env[name]}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
