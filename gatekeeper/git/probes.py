"""The git commands that say again whether a worktree is clean: what a remembered verdict asks before it is repeated."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence

from gatekeeper.git.command import Git
from gatekeeper.git.worktree import folder_of
from gatekeeper.git.worktrees import git_dir_of
from gatekeeper.model.subject import Repository, Subject
from gatekeeper.process.home import Home

Probe = tuple[Sequence[str], Mapping[str, str], str]
"""(argv, environment, sha256 of the standard output that git gives now)."""


def cleanliness_probes(subject: Subject, home: Home, store_path: str) -> list[Probe] | None:
    """Commands that `worktree.inspect` rests on, with their present answers. None when git gives none.

    Without a worktree there is nothing to ask: an empty list.
    """
    if subject.worktree is None:
        return []
    found = [_asked(git, args) for git, args in _questions(subject.worktree, subject.head, home, store_path)]
    probes = [probe for probe in found if probe is not None]
    return probes if len(probes) == len(found) else None


def _questions(worktree: str, head: str, home: Home, store_path: str) -> Iterator[tuple[Git, tuple[str, ...]]]:
    folder = folder_of(home, worktree)
    listed = ("-t", "-z", "--modified", "--deleted", "--others", "--directory", "--no-empty-directory")
    index = Git(git_dir=store_path, work_tree=worktree, cwd=worktree, index=str(folder / "index"))
    yield index, ("ls-files", *listed, f"--exclude-from={folder / 'exclude'}")
    own = Git(git_dir=git_dir_of(worktree), cwd=worktree)
    yield own, ("diff-index", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", head, "--")


def folder_probe(repository: Repository, ref: str, path: str) -> Probe:
    """The command that says which tree lies at a path of a branch, and its present answer: "" for none."""
    git = Git(git_dir=repository.common_dir)
    args = ("rev-parse", "--verify", "--quiet", f"{ref}:{path}")
    said = git.call(*args)
    answer = "" if said.exit != 0 else hashlib.sha256(said.stdout).hexdigest()
    return (*git.argv, *args), dict(git.env), answer


def _asked(git: Git, args: tuple[str, ...]) -> Probe | None:
    place = () if git.cwd is None else ("-C", os.path.abspath(git.cwd))  # noqa: PTH100
    argv = (*git.argv[:1], *place, *git.argv[1:], *args)
    said = git.call(*args)
    return None if said.exit != 0 else (argv, dict(git.env), hashlib.sha256(said.stdout).hexdigest())
