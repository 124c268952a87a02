"""The commits that a GitHub job is about: here afterwards, with their whole history, or said what is missing."""

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.forge.github_events import is_commit
from gatekeeper.git.command import decode
from gatekeeper.git.landing import UserGit

_FETCH_S = 900.0
_UNSHALLOW = ("--quiet", "--unshallow", "origin")
_ORIGIN = "refs/remotes/origin/"
_WHOLE = "give the checkout step the whole history:\n        with:\n          fetch-depth: 0"


class History:
    """Of a clone that the runner made. `may_fetch`: origin may be asked for what is missing."""

    def __init__(self, git: UserGit, *, may_fetch: bool) -> None:
        self._git = git
        self._may_fetch = may_fetch

    def complete(self) -> None:
        """Raises CannotEstablish, with the lines that mend it, for a shallow clone that stays one."""
        if self._is_shallow() and not (self._may_fetch and self._fetch(*_UNSHALLOW)):
            raise CannotEstablish("this is a shallow clone: its history is cut off", _WHOLE)

    def find(self, rev: str) -> str:
        """The name under which `rev` is here: a branch of origin goes before a local one of the same name.

        Raises UsageError for what is no name, CannotEstablish when it is not here and cannot be fetched.
        """
        if rev.startswith("-"):
            raise UsageError(f"{rev} is no name of a commit or branch", "name a branch, a tag or a commit")
        there = rev if rev.startswith(_ORIGIN) else f"{_ORIGIN}{rev}"
        names = (rev,) if is_commit(rev) else tuple(dict.fromkeys((there, rev)))
        for name in names:
            if self._here(name):
                return name
        asked = {rev: rev, there: f"+refs/heads/{there.removeprefix(_ORIGIN)}:{there}"}
        for name in names:
            if self._may_fetch and self._fetch("--quiet", "origin", asked[name]) and self._here(name):
                return name
        raise CannotEstablish(f"{rev} is not here, and cannot be fetched", _WHOLE)

    def parents(self) -> tuple[str, ...]:
        """Of what is checked out."""
        return tuple(decode(self._git.call("rev-parse", "--verify", "HEAD^@").stdout).split())

    def contains(self, base: str, head: str) -> bool:
        """Does `base` have everything that `head` has?"""
        return self._git.call("merge-base", "--is-ancestor", head, base).exit == 0

    def _is_shallow(self) -> bool:
        return decode(self._git.call("rev-parse", "--is-shallow-repository").stdout).strip() == "true"

    def _here(self, rev: str) -> bool:
        return self._git.call("cat-file", "-e", f"{rev}^{{commit}}").exit == 0

    def _fetch(self, *words: str) -> bool:
        return self._git.call("fetch", "--no-tags", *words, timeout_s=_FETCH_S).exit == 0
