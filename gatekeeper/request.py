"""What the caller asks for, and what the gate needs of the world to answer."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct, field

from gatekeeper.checks.progress import Progress
from gatekeeper.dispatch.leases import Leases, Unleased
from gatekeeper.process.home import Home
from gatekeeper.process.remove import Broom


class Request(Struct, frozen=True):
    """What the caller asks for. `only` and `skip` are ids of checks; `jobs` is how many tools may run at once."""

    directory: str
    rev: str | None = None
    base: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    whole: bool = False
    fail_fast: bool = False
    use_cache: bool = True
    jobs: int = 2
    policy_file: str | None = None
    policy_document: tuple[str, bytes] | None = None
    """The policy of `policy_file` on another machine than that file's: its name and its content."""
    self_review: tuple[str, bytes] | None = None
    """A self-review from outside the branch: what it is called, and its content."""
    worktree: bool = True
    """Is what lies uncommitted where the branch is checked out part of the question? A push does not take it along."""
    branch: str | None = None
    """What the branch is called where it comes from, when `rev` is its commit."""
    merged: bool = False
    """Run every command on the merge result, also where the policy says head."""
    policy_rev: str | None = None
    """The commit whose policy file judges, instead of the base's. It may hold no commits of the branch."""


class Ports(Struct, frozen=True):
    """What the gate needs of the world: its home, the caller's variables, time, who watches, who may stop it."""

    home: Home
    env: Mapping[str, str]
    progress: Progress
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    cancelled: threading.Event = field(default_factory=threading.Event)
    leases: Leases = field(default_factory=Unleased)
    """Where tools get their memory from."""
    broom: Broom | None = None
    """Takes away what commands leave behind, and is waited for by the caller; else that is done with the checks."""
