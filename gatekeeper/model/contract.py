"""What a worker may touch and must prove. Kept outside its branch; the stricter of policy and contract holds."""

from collections.abc import Mapping

from msgspec import Struct

from gatekeeper.model.vocabulary import CheckId, Label


class Contract(Struct, frozen=True):
    """One version of the contract of one branch. Empty fields ask for nothing; globs have gitignore semantics."""

    branch: str
    version: int
    """1 for the first; every change makes a new one, and the old ones stay readable."""
    made: str
    """ISO 8601 UTC."""
    by: str
    digest: str
    """sha256 over what is agreed: everything except `version`, `made`, `by`, `base_tip` and `head`."""
    base: str = ""
    worktree: str = ""
    """Absolute path of the worktree in which the worker is to work."""
    allow: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    requires: Mapping[CheckId, Label] | None = None
    title: str = ""
    pr_title: str = ""
    commit_format: str = ""
    """Regular expression that the subject line of every commit of the branch must match (`re.search`)."""
    package: str = ""
    """Name of the work package, for people."""
    base_tip: str = ""
    """Tip of the base when the contract began; later versions keep it. What it contains was there before."""
    head: str = ""
    """Tip of the branch when the contract began; empty when there was no such branch yet."""
