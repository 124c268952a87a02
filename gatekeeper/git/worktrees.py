"""The worktrees of a repository, and which one holds a branch (also in the middle of its rebase)."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.git.command import Git, decode
from gatekeeper.model.subject import Repository


class Listed(Struct, frozen=True):
    """One worktree. `git_dir` is its own git directory; `branch` is None when detached."""

    path: str
    git_dir: str
    head: str
    branch: str | None


def list_worktrees(repository: Repository) -> tuple[Listed, ...]:
    """Every worktree that exists on disk, the main one first. Bare ones have none and are left out."""
    said = decode(Git(git_dir=repository.git_dir).run("worktree", "list", "--porcelain", "-z"))
    found = [_listed(block) for block in said.split("\0\0") if block.strip("\0")]
    return tuple(entry for entry in found if entry is not None)


def _listed(block: str) -> Listed | None:
    fields = dict(line.partition(" ")[::2] for line in block.strip("\0").split("\0"))
    path = fields["worktree"]
    if "bare" in fields or not os.path.isdir(path):  # noqa: PTH112
        return None
    branch = fields.get("branch", "").removeprefix("refs/heads/") or None
    return Listed(path=path, git_dir=git_dir_of(path), head=fields.get("HEAD", ""), branch=branch)


def git_dir_of(worktree: str) -> str:
    """The git directory that the `.git` of a worktree names."""
    entry = Path(worktree) / ".git"
    if entry.is_file():
        target = entry.read_text(encoding="utf-8", errors="surrogateescape").strip().removeprefix("gitdir: ")
        return os.path.normpath(os.path.join(worktree, target))  # noqa: PTH118
    return str(entry)


def find_worktree(
    repository: Repository, branch: str | None, head: str = "", listed: Sequence[Listed] | None = None
) -> str | None:
    """Absolute path of the worktree that has `branch` checked out or is rebasing it.

    Without a branch: the worktree in which the gate was called, when it stands detached on `head`. `listed` are all
    worktrees, where they are known already.
    """
    if branch is None:
        return repository.root if not repository.bare and _stands_on(repository, head) else None
    listed = list_worktrees(repository) if listed is None else listed
    for entry in listed:
        if entry.branch == branch:
            return entry.path
    return next((entry.path for entry in listed if entry.branch is None and _rebasing(entry.git_dir) == branch), None)


def branches_at(repository: Repository, commit: str) -> tuple[str, ...]:
    """Names of the branches that end at a commit."""
    asked = ("for-each-ref", f"--points-at={commit}", "--format=%(refname:lstrip=2)", "refs/heads")
    return tuple(decode(Git(git_dir=repository.git_dir).run(*asked)).splitlines())


def _stands_on(repository: Repository, head: str) -> bool:
    said = Git(git_dir=repository.git_dir).call("rev-parse", "--verify", "--quiet", "HEAD")
    return said.exit == 0 and decode(said.stdout).strip() == head


def _rebasing(git_dir: str) -> str | None:
    """Branch that an unfinished rebase in this worktree belongs to."""
    for folder in ("rebase-merge", "rebase-apply"):
        try:
            name = (Path(git_dir) / folder / "head-name").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            continue
        return name.strip().removeprefix("refs/heads/")
    return None
