"""Secrets in added lines, found by detect-secrets' own patterns of keys that are told by their form.

In this process, without its settings, without asking any service whether a key is valid. A hit never holds the secret:
only
its kind, its line, and the first digits of a hash of it.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Protocol

from gatekeeper.integrity.added import added_lines
from gatekeeper.integrity.contract import Diff, FileChange, Hit, Role

_PLUGINS = (
    ("aws", "AWSKeyDetector"),
    ("azure_storage_key", "AzureStorageKeyDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("npm", "NpmDetector"),
    ("openai", "OpenAIDetector"),
    ("private_key", "PrivateKeyDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
)
_SIGNS = (
    b"AKIA",
    b"ASIA",
    b"AccountKey=",
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"glpat-",
    b"gldt-",
    b"glrt-",
    b"glptt-",
    b":_authToken=",
    b"T3BlbkFJ",
    b"PRIVATE KEY",
    b"PuTTY-User-Key",
    b"pypi-AgE",
    b"SG.",
    b"xox",
    b"hooks.slack.com/",
    b"sq0csp-",
    b"k_live_",
)
"""What a line must hold before a pattern is tried on it."""
_MAX_LINE = 4000
_MAX_HITS = 50
_SHORTEST = 16
_PLACEHOLDERS = (
    "example",
    "xxxxx",
    "00000",
    "dummy",
    "fake",
    "placeholder",
    "redacted",
    "12345678",
    "abcdefgh",
    "<",
    "${",
    "{{",
    "aaaaa",
    "changeme",
)
_ASIDE = frozenset(
    {"tests", "test", "testing", "fixtures", "testdata", "docs", "examples", "example", "__tests__", "spec"}
)
_BLOCK_ENDS = "PRIVATE KEY"
_KEY_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_BODY_LENGTH = 32


class _Plugin(Protocol):
    secret_type: str

    def analyze_string(self, string: str) -> Iterator[str]:
        """Raw secrets in a line."""
        ...


@cache
def _plugins() -> tuple[_Plugin, ...]:
    # Here and not above: the package takes 100 ms to import, and hardly any branch has a line that needs it.
    return tuple(getattr(import_module(f"detect_secrets.plugins.{module}"), name)() for module, name in _PLUGINS)


def secrets(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """At most 50 hits in one file. In tests, fixtures and documentation keys are mostly made up: another rule."""
    rule = "secret-in-tests" if _is_aside(change) else "secret-added"
    count = 0
    for number, line in added_lines(change, diff, _SIGNS):
        for kind, secret in _found(line[:_MAX_LINE].decode("utf-8", "replace")):
            if kind == "Private Key" and not _has_body(change.new or b"", number):
                continue
            count += 1
            if count > _MAX_HITS:
                return
            digest = hashlib.sha256(secret.encode()).hexdigest()[:8]
            yield Hit(rule, change.path, f"{kind} (sha256 {digest}…)", line=number, symbol=f"{kind} {digest}")


def _found(line: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for plugin in _plugins():
        for match in plugin.analyze_string(line):
            for secret in _whole(line, match):
                if secret not in seen and not any(word in secret.lower() for word in _PLACEHOLDERS):
                    seen.add(secret)
                    yield plugin.secret_type, secret


def _whole(line: str, match: str) -> list[str]:
    """Some patterns give only the first letters of the key (`ghp`), or the words before it: the whole words then."""
    if len(match) >= _SHORTEST and _BLOCK_ENDS not in match:
        return [match]
    words = line.replace('"', " ").replace("'", " ").replace("`", " ").split()
    return [line] if _BLOCK_ENDS in match else [word for word in words if match in word]


def _has_body(contents: bytes, line: int) -> bool:
    """A line that begins a private key is one only when something like a key follows, there or below."""
    lines = contents.split(b"\n")[line - 1 : line + 6]
    text = b" ".join(lines).decode("utf-8", "replace").replace("\\n", " ")
    words = text.replace('"', " ").replace("'", " ").split()
    return any(len(word) >= _BODY_LENGTH and set(word) <= _KEY_CHARACTERS and len(set(word)) > 8 for word in words)


def _is_aside(change: FileChange) -> bool:
    if change.role in (Role.TEST, Role.HARNESS, Role.DOCS) or change.path.endswith((".md", ".rst")):
        return True
    return not _ASIDE.isdisjoint(change.path.lower().split("/"))
