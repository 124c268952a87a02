"""What a stamp says beside the report: who signs on whose machine, and what it must not repeat of that machine."""

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gatekeeper import __version__
from gatekeeper.git.command import Git, decode
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Repository, Subject
from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import machine_id
from gatekeeper.stamp.statement import Circumstances

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|_AUTH|_PAT$", re.IGNORECASE)
_SHORTEST = 8
"""Characters of a variable that merely sounds secret: shorter ones are words such as `true` or `basic`."""
_SCP = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:\s]\S*)\Z")
_SCHEMES = frozenset({"https", "http", "ssh", "git"})


def circumstances(
    subject: Subject,
    policy: Policy,
    home: Home,
    env: Mapping[str, str],
    environments: Iterable[tuple[str, str]] = (),
) -> Circumstances:
    """Looked up where the gate signs. `environments`: (digest, origin in words) of those that checks ran in.

    Raises what `keys.machine_id` raises.
    """
    return Circumstances(
        same_user=is_same_user(subject.repository),
        machine=machine_id(home),
        gate_version=__version__,
        remote=remote_of(subject.repository),
        environments=tuple(environments),
        places=tuple(_places(subject, home, env)),
        hidden=tuple(_hidden(policy, env)),
    )


def is_same_user(repository: Repository) -> bool:
    """Could the worker have read the key? True when the repository is this user's own, or root's.

    Two users keep a key apart; file modes do not keep one user's processes apart.
    """
    workers = {Path(place).stat().st_uid for place in (repository.root, repository.common_dir)}
    return bool(workers & {os.geteuid(), 0})


def remote_of(repository: Repository) -> str:
    """Where the repository's origin is, for people elsewhere; nothing for a folder of this machine."""
    git = Git(git_dir=repository.common_dir)
    return public_url(decode(git.run("config", "--get", "remote.origin.url", check=False)).strip())


def public_url(url: str) -> str:
    """A URL without user, password, query and fragment; "host:path" as ssh; "" for what is no network address."""
    scp = _SCP.match(url) if "://" not in url else None
    if scp:
        return f"ssh://{scp['host'].lower()}/{scp['path'].lstrip('/')}"
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in _SCHEMES or not parts.hostname:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _places(subject: Subject, home: Home, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every folder that reasons, notes and commands may name; both as it was given and as it really is."""
    repository = subject.repository
    known = (
        (str(home.slots_dir), "{slots}"),
        (str(home.environments_dir), "{environments}"),
        (str(home.cache), "{cache}"),
        (str(home.state), "{state}"),
        (subject.worktree or repository.root, "{worktree}"),
        (repository.root, "{worktree}"),
        (repository.common_dir, "{git}"),
        (sys.prefix, "{gate}"),
        (tempfile.gettempdir(), "{tmp}"),
        (env.get("HOME", ""), "~"),
    )
    for folder, name in known:
        if folder:
            yield folder, name
            yield os.path.realpath(folder), name


def _hidden(policy: Policy, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Values that were handed to checks and probes, and whatever else sounds secret."""
    passed = {*policy.environment.pass_env}
    for settings in policy.checks.values():
        passed |= set(settings.target.pass_env) if settings.target else set()
    for name, value in env.items():
        if value and (name in passed or (_SECRET.search(name) and len(value) >= _SHORTEST)):
            yield value, name
