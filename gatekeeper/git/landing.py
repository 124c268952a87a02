"""Put a commit onto a base: made in the gate's store, brought to the repository, the reference moved only if it stands
where it was seen; worktrees that have the base checked out go along, or it is refused by name."""

import os
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.command import Git, decode, encode, failure
from gatekeeper.git.draft import Move, move
from gatekeeper.git.store import Store
from gatekeeper.git.worktree import operation_of
from gatekeeper.git.worktrees import find_worktree, list_worktrees
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CommitId, TreeId
from gatekeeper.process.capture import Captured, capture

PUSH_TIMEOUT_S = 900.0
_IDENT = re.compile(r"(?P<name>.*) <(?P<mail>[^<>]*)> \d+ [-+]\d{4}\Z")


class Person(Struct, frozen=True):
    """Who makes a commit."""

    name: str
    mail: str

    @property
    def variables(self) -> dict[str, str]:
        return {
            **{f"GIT_{role}_NAME": self.name for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": self.mail for role in ("AUTHOR", "COMMITTER")},
        }


class UserGit:
    """git as the user runs it: own configuration, credentials, hooks and filters. For what the user asked git to do."""

    def __init__(self, folder: str, env: Mapping[str, str]) -> None:
        self._folder = folder
        places = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_EXEC_PATH")
        self._env = {name: value for name, value in env.items() if name not in places} | {"GIT_TERMINAL_PROMPT": "0"}

    def call(self, *args: str, timeout_s: float = 120.0) -> Captured:
        return capture(("git", "-C", self._folder, *args), cwd="/", env=self._env, timeout_s=timeout_s)

    def person(self) -> Person:
        """Raises UsageError when git does not know who commits here."""
        found = _IDENT.match(decode(self.call("var", "GIT_COMMITTER_IDENT").stdout).strip())
        if found is None:
            raise UsageError(
                "git does not know who makes the merge", "git config user.name NAME; git config user.email MAIL"
            )
        return Person(found["name"], found["mail"])


def make_commit(store: Store, tree: TreeId, parents: Sequence[str], message: str, who: Person) -> CommitId:
    """A commit in the store, which nothing refers to yet."""
    git = Git(git_dir=str(store.path))
    git.env |= who.variables
    words = [word for parent in parents for word in ("-p", parent)]
    return CommitId(git.run("commit-tree", *words, "-F", "-", tree, stdin=encode(message)).decode().strip())


def bring(repository: Repository, store: Store, commit: CommitId) -> None:
    """Its objects into the repository. Raises CannotEstablish when they do not arrive."""
    git = Git(git_dir=repository.common_dir)
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
    args = ("-c", "protocol.version=2", "fetch", *quiet, "--end-of-options", str(store.path), commit)
    result = git.call(*args)
    if result.exit != 0 or not git.ok("cat-file", "-e", f"{commit}^{{commit}}"):
        raise failure(("fetch",), result)


def advance(
    repository: Repository, ref: str, new: CommitId, old: CommitId, env: Mapping[str, str], who: Person, reason: str
) -> tuple[str, ...]:
    """Move `ref` from old to new, and every worktree that has it checked out; their paths.

    Raises CannotEstablish, and nothing is moved: the reference stands elsewhere, or files of a worktree are in the way.
    """
    folders = must_follow(repository, ref, old, new, env)
    git = Git(git_dir=repository.common_dir)
    git.env |= who.variables
    moved, said = move(git, [Move(ref, new, old)], reason)
    if not moved:
        raise _elsewhere(ref, decode(said.stderr))
    done: list[str] = []
    for folder in folders:
        result = UserGit(folder, env).call("read-tree", "-m", "-u", old, new)
        if result.exit != 0:
            for again in done:
                UserGit(again, env).call("read-tree", "-m", "-u", new, old)
            move(git, [Move(ref, old, new)], f"{reason}: taken back")
            raise _in_the_way(folder, ref, result)
        done.append(folder)
    return tuple(done)


def must_follow(
    repository: Repository, ref: str, old: CommitId, new: CommitId, env: Mapping[str, str]
) -> tuple[str, ...]:
    """The worktrees that have `ref` checked out. Raises CannotEstablish when one could not be taken along."""
    branch = ref.removeprefix("refs/heads/")
    listed = list_worktrees(repository)
    folders = tuple(one.path for one in listed if one.branch == branch)
    busy = find_worktree(repository, branch, listed=listed)
    if busy is not None and busy not in folders:
        raise CannotEstablish(f"{branch} is being rebased in {busy}", "finish that first, or abort it")
    for one in listed:
        operation = operation_of(one.git_dir) if one.branch == branch else None
        if operation:
            raise CannotEstablish(f"a {operation} is in progress in {one.path}", "finish that first, or abort it")
    for folder in folders:
        git = UserGit(folder, env)
        git.call("update-index", "-q", "--refresh")
        result = git.call("read-tree", "-m", "-u", "-n", old, new)
        if result.exit != 0:
            raise _in_the_way(folder, ref, result)
    return folders


def push(folder: str, env: Mapping[str, str], remote: str, commit: CommitId, ref: str) -> None:
    """Push the commit to the same reference of `remote`, never by force. Raises CannotEstablish when it is refused."""
    result = UserGit(folder, env).call("push", "--porcelain", remote, f"{commit}:{ref}", timeout_s=PUSH_TIMEOUT_S)
    if result.exit == 0:
        return
    said = (decode(result.stdout) + decode(result.stderr)).strip().splitlines()
    refused = [line for line in said if line.startswith("!")] or said[-3:]
    raise CannotEstablish(
        f"{remote} did not take {commit[:12]}: {' '.join(' '.join(refused).split())}",
        "nothing was merged, here or there; when the other side has moved on: git fetch, bring the base up to date, "
        "and merge again",
    )


def _elsewhere(ref: str, said: str) -> CannotEstablish:
    name = ref.removeprefix("refs/heads/")
    words = said.strip().splitlines()
    return CannotEstablish(
        f"{name} has moved meanwhile; nothing was merged ({words[-1] if words else 'git update-ref failed'})",
        "merge again: the branch is judged against what the base is now",
    )


def _in_the_way(folder: str, ref: str, result: Captured) -> CannotEstablish:
    words = decode(result.stderr).strip().splitlines()
    name = ref.removeprefix("refs/heads/")
    return CannotEstablish(
        f"{name} is checked out in {folder}, where this is in the way: {words[0] if words else 'git read-tree failed'}",
        f"commit or remove it there; or leave {name} there: git -C {folder} switch --detach",
    )


def delete_branch(repository: Repository, branch: str, at: CommitId, env: Mapping[str, str]) -> None:
    """Only when it still ends at `at`. Raises CannotEstablish otherwise."""
    result = Git(git_dir=repository.common_dir).call("update-ref", "--no-deref", "-d", f"refs/heads/{branch}", at)
    if result.exit != 0:
        raise failure(("update-ref",), result)
    UserGit(repository.common_dir, env).call("config", "--local", "--remove-section", f"branch.{branch}")


def remove_worktree(repository: Repository, path: str, env: Mapping[str, str]) -> None:
    """As `git worktree remove`, which refuses what holds changes or is locked. Raises CannotEstablish then."""
    result = UserGit(repository.common_dir, env).call("worktree", "remove", os.path.abspath(path))  # noqa: PTH100
    if result.exit != 0:
        words = decode(result.stderr).strip().removeprefix("fatal: ")
        raise CannotEstablish(f"the worktree {path} stays: {words}", "look at it: git worktree list")
