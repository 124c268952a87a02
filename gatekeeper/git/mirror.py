"""Commits of a repository on another machine: they come from a URL by git transport, and are held against their trees.

The gate's other calls of git see neither HOME nor ssh nor the network. This one does: it is made on the machine of a
node, for a URL that the head has named, as the user of the node.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.command import Git, decode, require_version
from gatekeeper.git.lock import locked
from gatekeeper.git.store import FETCH_TIMEOUT_S, Store
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home, ensure_writable

_PROTOCOLS = "file:git:http:https:ssh"
"""No helper programs of the URL's choice (`ext::`)."""
_PASSED = ("HOME", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def mirror(home: Home, url: str, commits: Sequence[CommitId], env: Mapping[str, str]) -> tuple[Store, Repository]:
    """A store that has these commits with their history, and itself as the repository that is judged.

    Raises CannotEstablish when they cannot be had from `url`. No password of the URL is in any message.
    """
    ensure_writable(home.store_dir)
    require_version()
    path = home.store_dir / f"far-{hashlib.sha256(url.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.git"
    store = Store(path, url)
    with locked(f"{path}.lock"):
        store.ensure_made("sha256" if len(commits[0]) == 64 else "sha1")
        wanted = [commit for commit in commits if not store.has(commit)]
        if wanted:
            _fetch(store, url, wanted, env)
    return store, Repository(root=str(path), common_dir=str(path), git_dir=str(path), bare=True)


def url_of(repository: Repository, given: str | None, *, far: bool) -> str:
    """Where nodes fetch from: what was given, `git config gate.url`, for `far` nodes origin, else the repository here.

    Raises UsageError when far nodes have no place to fetch from.
    """
    git = Git(git_dir=repository.git_dir)
    for name in () if given else ("gate.url", "remote.origin.url") if far else ("gate.url",):
        given = given or decode(git.run("config", "--get", name, check=False)).strip()
    if given is not None and given.startswith("-"):
        raise UsageError(f"{given!r} is no URL", "for example --url ssh://host/path/to/repository")
    if given:
        return given
    if far:
        raise UsageError(
            "the nodes have no place to fetch the commits from",
            "name one that all of them can read: --url URL, or once for all: git config gate.url URL",
        )
    return repository.common_dir


def without_password(url: str) -> str:
    """The URL as it may be shown: what stands before an @ of its host is left out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the URL of the repository"
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _fetch(store: Store, url: str, wanted: Sequence[CommitId], env: Mapping[str, str]) -> None:
    git = Git(git_dir=str(store.path))
    git.env |= {name: env[name] for name in _PASSED if name in env}
    git.env |= {
        "GIT_SSH_COMMAND": env.get("GIT_SSH_COMMAND") or "ssh -oBatchMode=yes", "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
    }  # fmt: skip
    specs = [f"{commit}:refs/gate/{commit}" for commit in wanted]
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
    done = git.call("fetch", *quiet, "--end-of-options", url, *specs, timeout_s=FETCH_TIMEOUT_S)
    arrived = done.exit == 0 and all(git.ok("cat-file", "-e", f"{commit}^{{commit}}") for commit in wanted)
    if not arrived:
        said = (decode(done.stderr).strip().splitlines() or [f"exit status {done.exit}"])[-1]
        shown = without_password(url)
        raise CannotEstablish(
            f"{os.uname().nodename} cannot fetch the commits from {shown}: {said.replace(url, shown)}",
            "push the branches there, or name a URL that every node can read: --url URL, or git config gate.url URL",
        )
