"""What git itself wrote down about where references moved, and which references stand for a base.

A reflog is evidence when it is there; its absence proves nothing. Only names come from the worker's repository: whether
one commit contains another is asked in the store.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.git.command import Git, decode
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CommitId

LIMIT = 2000
"""Newest lines of a reflog that are read."""
PUSHED = "update by push"
_MADE = re.compile(r"(commit|cherry-pick|revert|am)\b|(merge|pull)\b.*: Merge made by")
_REBASED = re.compile(r"(?:pull\b.*|rebase\b.*)\(finish\): \S+ onto (?P<onto>[0-9a-f]{40,64})\Z")


class Move(Struct, frozen=True):
    """One line of a reflog: the commit that the reference moved to, and git's words for why."""

    commit: CommitId
    why: str


class BaseRef(Struct, frozen=True):
    """A reference that stands for the base: a local branch, or what was last seen of it in another repository."""

    name: str
    """Full: refs/heads/main, refs/remotes/origin/main."""
    tip: CommitId

    @property
    def remote(self) -> bool:
        return self.name.startswith("refs/remotes/")

    @property
    def short(self) -> str:
        return self.name.split("/", 2)[2]


def moves(repository: Repository, name: str) -> tuple[Move, ...]:
    """The reflog of a reference, newest first; empty when there is none."""
    asked = ("reflog", "show", f"--max-count={LIMIT}", "--format=%H%x00%gs", name, "--")
    said = Git(git_dir=repository.common_dir).call(*asked)
    lines = decode(said.stdout).split("\n") if said.exit == 0 else []
    return tuple(Move(CommitId(commit), why) for commit, _, why in (line.partition("\0") for line in lines) if commit)


def made_on(repository: Repository, branch: str) -> tuple[CommitId, ...]:
    """Commits that, by its reflog, were made on the branch itself and not brought from elsewhere; newest first."""
    return tuple(move.commit for move in moves(repository, f"refs/heads/{branch}") if _made(move))


def _made(move: Move) -> bool:
    rebased = _REBASED.match(move.why)
    return rebased["onto"] != move.commit if rebased else bool(_MADE.match(move.why))


def base_refs(repository: Repository, base: str) -> tuple[BaseRef, ...]:
    """References that stand for a base called "main" or "origin/main": the local branch, then the remote ones."""
    names = list(dict.fromkeys(_branch_names(repository, base)))
    patterns = [pattern for name in names for pattern in (f"refs/heads/{name}", f"refs/remotes/*/{name}")]
    if not patterns:
        return ()
    said = Git(git_dir=repository.common_dir).text("for-each-ref", "--format=%(objectname) %(refname)", *patterns)
    found = (line.partition(" ") for line in said.splitlines())
    return tuple(BaseRef(name, CommitId(tip)) for tip, _, name in found)


def _branch_names(repository: Repository, base: str) -> Iterator[str]:
    """ "main" for main and for origin/main; nothing for a tag or a commit id."""
    git = Git(git_dir=repository.common_dir)
    if git.ok("show-ref", "--verify", "--quiet", f"refs/heads/{base}"):
        yield base
    elif git.ok("show-ref", "--verify", "--quiet", f"refs/remotes/{base}"):
        yield base.partition("/")[2]
