"""Which branch `gate merge` merges into, and whether it may: a base that lags behind its remote is nobody's base."""

from collections.abc import Mapping

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.git.ancestry import contained
from gatekeeper.git.command import decode
from gatekeeper.git.facts import commit_of, find_base
from gatekeeper.git.landing import UserGit
from gatekeeper.git.store import Store
from gatekeeper.ledger.agreement import Agreement
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home


class Target(Struct, frozen=True):
    """A local branch. `ref` is full, `tip` where it stood when it was looked at."""

    repository: Repository
    name: str
    tip: CommitId

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    def remote(self, named: str | None, env: Mapping[str, str]) -> str:
        """Where the branch is pushed. Raises UsageError when there is no such remote."""
        git = UserGit(self.repository.root, env)
        usual = decode(git.call("config", "--get", f"branch.{self.name}.remote").stdout).strip()
        known = decode(git.call("remote").stdout).splitlines()
        chosen = named or (usual if usual in known else "origin")
        if chosen not in known:
            listed = ", ".join(known) or "none"
            raise UsageError(
                f"there is no remote {chosen!r} to push to (there are: {listed})", "git remote add NAME URL"
            )
        return chosen


def find_target(home: Home, repository: Repository, branch: str, base: str | None) -> Target:
    """The local branch of the base.

    Raises UsageError, NothingToJudge (there is no base) and CannotEstablish (it lags behind its remote).
    """
    agreed = Agreement(home, repository).base(branch.removeprefix("refs/heads/"))
    found = find_base(repository, base or agreed or "")
    if found is None:
        raise NothingToJudge("there is no base to merge into", "name it: gate merge BRANCH --base main")
    name = found.name
    tip = commit_of(repository, f"refs/heads/{name}")
    if tip is not None:
        return Target(repository, name, tip)
    local = name.partition("/")[2]
    tip = commit_of(repository, f"refs/heads/{local}") if local else None
    if tip is None:
        raise UsageError(f"{name} is no local branch that could be merged into", f"git branch {local or 'main'} {name}")
    store = Store.open(home, repository)
    store.fetch([found.tip, tip])
    if not contained(store, [found.tip], tip):
        raise CannotEstablish(
            f"{local} has not everything that {name} has", f"bring it up to date: git switch {local}; git merge {name}"
        )
    return Target(repository, local, tip)
