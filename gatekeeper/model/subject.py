"""What is judged: git facts, resolved once, then frozen."""

from msgspec import Struct

from gatekeeper.model.vocabulary import CommitId, TreeId


class Repository(Struct, frozen=True):
    """Where the worker's repository is.

    `root` is the worktree in which the gate was called (absolute), `common_dir` the git directory that all
    worktrees share, `git_dir` that of this worktree. `bare` repositories have no root worktree: root == git_dir.
    """

    root: str
    common_dir: str
    git_dir: str
    bare: bool = False


class Base(Struct, frozen=True):
    """The branch that the subject is compared with: its name, how it was found, and its tip."""

    name: str
    origin: str
    tip: CommitId


class Subject(Struct, frozen=True):
    """Repository, base, head and the trees between. Ids are full; `merge_tree` is None when the merge conflicts."""

    repository: Repository
    branch: str | None
    base: Base | None
    head: CommitId
    head_tree: TreeId
    merge_base: CommitId | None
    base_tree: TreeId
    """Tree of the merge base (the empty tree with --whole)."""
    merge_tree: TreeId | None
    ahead: int
    behind: int
    conflicts: tuple[str, ...] = ()
    whole: bool = False
    worktree: str | None = None
    """Absolute path of the worktree where the branch is checked out, if any."""
    worktrees: tuple[str, ...] = ()
    """Absolute paths of every worktree of the repository, the main one first."""
