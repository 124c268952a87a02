"""The GitHub that a command talks to: what the environment and the repository say."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.forge.access import Access, find_access
from gatekeeper.forge.client import Client
from gatekeeper.forge.wire import PyGithubWire
from gatekeeper.git.command import decode
from gatekeeper.git.landing import UserGit
from gatekeeper.process.redact import Redactor, secrets_of


def access_for(args: argparse.Namespace, env: Mapping[str, str]) -> Access:
    """Raises UsageError: no token, no repository."""
    asked = UserGit(str(Path(args.repo).resolve()), env).call("remote", "get-url", "origin")
    return find_access(env, args.repository, decode(asked.stdout) if asked.exit == 0 else "")


def connect(access: Access, permissions: Mapping[str, str]) -> Client:
    """`permissions` are what an App is asked for. Raises UsageError: PyGithub is not installed."""
    return Client(access, PyGithubWire(access, permissions))


def hidden(access: Access, env: Mapping[str, str]) -> Redactor:
    """Takes out of texts what is secret: the token, and what variables of the environment hold."""
    return Redactor([*access.secrets, *secrets_of(env)])
