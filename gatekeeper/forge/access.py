"""Where GitHub is and who asks: from the environment or a file, never from an argument, and never shown."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from gatekeeper.errors import UsageError

DEFAULT_URL = "https://api.github.com"
INSTALLED = "ghs_"
"""What the tokens of installed Apps begin with."""
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
MAX_SECRET_BYTES = 64 << 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\Z")
_REMOTE = re.compile(r"(?:[a-z+]+://(?:[^/@]*@)?[^/]+/|[^/:@]+@[^/:]+:/?)(?P<name>[^/]+/[^/]+?)(?:\.git)?/?\Z")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SETUP = "set GITHUB_TOKEN, or GATE_GITHUB_APP_ID and GATE_GITHUB_APP_KEY_FILE"


class App(Struct, frozen=True):
    """A GitHub App. `key` is its private key (PEM); `installation` is looked up when it is None."""

    id: str
    key: str
    installation: int | None = None

    def __repr__(self) -> str:
        """Without the key."""
        return f"App({self.id!r})"


class Access(Struct, frozen=True):
    """`url` is the base of the REST interface without a slash at its end; `repository` is "owner/name"."""

    url: str
    repository: str
    token: str = ""
    app: App | None = None

    def __repr__(self) -> str:
        """Without the token."""
        return f"Access({self.url!r}, {self.repository!r})"

    @property
    def as_app(self) -> bool:
        """May check runs be made? GitHub takes them from Apps alone; the token of a job is one of an App."""
        return self.app is not None or self.token.startswith(INSTALLED)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(filter(None, (self.token, self.app.key if self.app else "")))


def find_access(env: Mapping[str, str], repository: str | None, remote: str) -> Access:
    """`remote` is the URL of origin, "" without one. Raises UsageError that names the variable that is missing."""
    url = _url(env.get("GITHUB_API_URL") or DEFAULT_URL)
    name = _repository(repository or env.get("GITHUB_REPOSITORY") or named_by(remote))
    app = _app(env)
    token = "" if app else _token(env)
    return Access(url, name, token, app)


def named_by(remote: str) -> str:
    """owner/name in the URL of a remote; "" when there is none. Hosts are not compared: Enterprise has any."""
    found = _REMOTE.match(remote.strip())
    return found["name"] if found else ""


def _url(text: str) -> str:
    if not _is_safe(text):
        raise UsageError(
            f"GITHUB_API_URL is no https address without user and password: {text.rpartition('@')[2]!r}",
            "https://api.github.com, or https://HOST/api/v3 of GitHub Enterprise",
        )
    return text.rstrip("/")


def _is_safe(text: str) -> bool:
    """May a token be sent there?"""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return encrypted and bool(host) and port != 0 and not (parts.username or parts.query or parts.fragment)


def _repository(name: str) -> str:
    if not _NAME.match(name) or name.rpartition("/")[2] in {".", ".."}:
        said = f"{name!r} is no repository of GitHub" if name else "which repository of GitHub is meant is not said"
        raise UsageError(said, "--repository OWNER/NAME, or set GITHUB_REPOSITORY")
    return name


def _app(env: Mapping[str, str]) -> App | None:
    app = env.get("GATE_GITHUB_APP_ID", "").strip()
    key = env.get("GATE_GITHUB_APP_KEY", "").strip() or _file(env, "GATE_GITHUB_APP_KEY_FILE")
    if not app and not key:
        return None
    if not (app and key):
        missing = "GATE_GITHUB_APP_ID" if key else "GATE_GITHUB_APP_KEY_FILE"
        raise UsageError(f"a GitHub App is half set up: {missing} is not set", "set both, or neither")
    return App(app, key, _installation(env.get("GATE_GITHUB_APP_INSTALLATION", "").strip()))


def _installation(wanted: str) -> int | None:
    if wanted and not wanted.isdecimal():
        raise UsageError("GATE_GITHUB_APP_INSTALLATION is no number", "leave it out, and it is looked up")
    return int(wanted) if wanted else None


def _token(env: Mapping[str, str]) -> str:
    token = _file(env, "GATE_GITHUB_TOKEN_FILE") or next((env[name].strip() for name in TOKENS if env.get(name)), "")
    if not token:
        raise UsageError("there is no token for GitHub", f"{_SETUP}; a file: GATE_GITHUB_TOKEN_FILE")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token for GitHub is malformed: blanks or line ends within", _SETUP)
    return token


def secret_of(env: Mapping[str, str], variable: str) -> str:
    """What `variable` holds, or the file that `variable`_FILE names. Raises UsageError when there is neither."""
    secret = env.get(variable, "").strip() or _file(env, f"{variable}_FILE")
    if not secret:
        raise UsageError(f"{variable} is not set", f"the secret of the webhook; in a file: {variable}_FILE")
    return secret


def _file(env: Mapping[str, str], variable: str) -> str:
    """The content of the file that a variable names; "" when it is not set."""
    name = env.get(variable)
    if not name:
        return ""
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_SECRET_BYTES).decode("ascii").strip()
    except OSError as error:
        raise UsageError(f"{variable} names {name}, which cannot be read: {error.strerror}", "mend the path") from error
    except ValueError:
        content = ""
    if not content:
        raise UsageError(f"{variable} names {name}, which holds no text", "put the secret there, alone")
    return content
