"""Requests to GitHub through PyGithub: its authentication, its connections. What to do about an answer is decided in
`client.py`; PyGithub's own repetitions and pauses are switched off."""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from msgspec import Struct

from gatekeeper.errors import UsageError
from gatekeeper.forge.access import Access

TIMEOUT_S = 30
"""To connect, and between two pieces of an answer."""
WRITING = {"checks": "write", "pull_requests": "write"}
READING = {"checks": "read", "contents": "read", "pull_requests": "read", "statuses": "read"}
"""What the token of an App may do: no more than is needed."""
_EXTRA = "pip install 'branch-gatekeeper[github]'"
_AGENT = "branch-gatekeeper"


class LineError(Exception):
    """The connection failed: nobody knows whether the request arrived."""


class Answer(Struct, frozen=True):
    """Header names are in lower case; `body` is the decoded JSON, None when there was none."""

    status: int
    headers: Mapping[str, str]
    body: Any  # JSON of a server: whoever uses it looks at its shape

    @property
    def message(self) -> str:
        """What GitHub says about a refusal."""
        said = self.body.get("message") if isinstance(self.body, dict) else None
        return said if isinstance(said, str) else ""


class Wire(Protocol):
    """The only door to the network."""

    def send(self, method: str, path: str, query: Mapping[str, str | int], body: object) -> Answer:
        """One request. Raises LineError when no answer came."""
        ...


class PyGithubWire:
    """One connection, kept open. Not for several threads at once."""

    def __init__(self, access: Access, permissions: Mapping[str, str] = WRITING) -> None:
        """`permissions` are what the token of an App is asked for. Raises UsageError: PyGithub is missing."""
        try:
            # Lazily: an optional dependency, and slow to import. The others come with it.
            self._github = import_module("github")
        except ImportError as error:
            raise UsageError("GitHub is reached through PyGithub, which is not installed", _EXTRA) from error
        self._refused: type[Exception] = self._github.GithubException
        self._cut: type[Exception] = import_module("requests.exceptions").RequestException
        jwt, cryptography = import_module("jwt.exceptions"), import_module("cryptography.exceptions")
        self._no_key = (ValueError, TypeError, jwt.PyJWTError, cryptography.UnsupportedAlgorithm)
        self._access, self._permissions = access, dict(permissions)
        self._requester = self._connect(self._token()) if access.app is None else None

    def send(self, method: str, path: str, query: Mapping[str, str | int], body: object) -> Answer:
        """As `Wire`. Raises UsageError when the key of the App is none."""
        try:
            if self._requester is None:
                installed = self._installed()
                if isinstance(installed, Answer):
                    return installed
                self._requester = self._connect(installed)
            url = self._requester.graphql_url if path == "/graphql" else path
            status, headers, text = self._requester.requestJson(method, url, dict(query), input=body)
        except self._refused as error:  # while the App asked for a token
            return Answer(getattr(error, "status", 0), _lower(getattr(error, "headers", None) or {}), _data(error))
        except (self._cut, RuntimeError) as error:  # RuntimeError: sent on to another host, which is not followed
            raise LineError(type(error).__name__) from error
        return Answer(status, _lower(headers), _decoded(text))

    def _connect(self, auth: Any) -> Any:  # PyGithub is imported on use; its types are not known here
        return self._github.Github(
            auth=auth, base_url=self._access.url, timeout=TIMEOUT_S, user_agent=_AGENT, retry=None,
            seconds_between_requests=None, seconds_between_writes=None,
        ).requester  # fmt: skip

    def _token(self) -> Any:
        return self._github.Auth.Token(self._access.token)

    def _installed(self) -> Any:
        """The App as it is installed in the repository; GitHub's answer when it is not."""
        app = self._access.app
        if app is None:
            return self._token()
        auth = self._app_auth(app.id, app.key)
        number = app.installation
        if number is None:
            path = f"/repos/{self._access.repository}/installation"
            status, headers, text = self._connect(auth).requestJson("GET", path)
            found = _decoded(text)
            if status != 200 or not isinstance(found, dict) or not isinstance(found.get("id"), int):
                return Answer(status if status != 200 else 502, _lower(headers), found)
            number = found["id"]
        return auth.get_installation_auth(number, self._permissions)

    def _app_auth(self, app: str, key: str) -> Any:
        try:
            auth = self._github.Auth.AppAuth(app, key)
            auth.create_jwt()
        except self._no_key:  # what they say may hold a part of the key
            raise UsageError(
                "the key of the GitHub App cannot be used: it is no RSA private key in PEM form",
                "download it from the settings of the App, and name it: GATE_GITHUB_APP_KEY_FILE",
            ) from None
        return auth


def _data(error: Exception) -> Any:
    return getattr(error, "data", None)


def _lower(headers: Mapping[str, Any]) -> Mapping[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def _decoded(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None  # a page of a proxy in between
