"""Who types the command, for the record: nothing rests on it."""

import getpass
from collections.abc import Mapping

from gatekeeper.errors import CannotEstablish
from gatekeeper.model.subject import Repository
from gatekeeper.process.capture import capture


def git_identity(repository: Repository, env: Mapping[str, str]) -> str:
    """ "Kim <kim@example.org>" as the caller's git would sign a commit here, else the name of the login."""
    name, mail = (_configured(f"user.{key}", repository, env) for key in ("name", "email"))
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # no such user in the password database
            name = "unknown"
    return f"{name} <{mail}>" if mail else name


def _configured(key: str, repository: Repository, env: Mapping[str, str]) -> str:
    """The caller's own configuration counts here, so this is the one call of git that keeps its environment."""
    own = {word: value for word, value in env.items() if not word.startswith("GIT_") or word.startswith("GIT_CONFIG")}
    try:
        said = capture(("git", f"--git-dir={repository.git_dir}", "config", "--get", key), cwd="/", env=own)
    except CannotEstablish:
        return ""
    line = said.stdout.decode("utf-8", "replace").strip()
    return line if said.exit == 0 and line.isprintable() else ""
