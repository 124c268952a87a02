"""What a branch changed, as git tells it: paths and commits. Recorded with every run, so that rules can be replayed."""

from msgspec import Struct

MOST_PATHS = 5000
MOST_COMMITS = 1000
"""More than that is not kept; `ChangeFacts.complete` says so, and rules that need the rest block."""


class ChangedPath(Struct, frozen=True):
    """One path in which head and merge base differ. Status A, M, D, R (from `old_path`) or T; lines of text only."""

    path: str
    status: str
    old_path: str = ""
    added: int = 0
    deleted: int = 0


class CommitFacts(Struct, frozen=True):
    """One commit of the branch. `author` is "Name <mail>"; `paths` are those that the commit itself touched."""

    id: str
    subject: str
    author: str
    merge: bool = False
    paths: tuple[str, ...] = ()


class ChangeFacts(Struct, frozen=True):
    """The net difference against the merge base, and every commit between, oldest first."""

    paths: tuple[ChangedPath, ...] = ()
    commits: tuple[CommitFacts, ...] = ()
    complete: bool = True


class Repeat(Struct, frozen=True):
    """A rejecting finding that earlier heads of the same branch had as well, without a break: `times` with this one."""

    fingerprint: str
    check: str
    rule: str
    times: int
