"""Git facts: which repository, and what exactly is judged. Resolved once, then frozen.

The worker's repository is asked for names only; everything about history is read in the store.
"""

import os
from collections.abc import Callable, Sequence

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.git.command import Git, decode, encode
from gatekeeper.git.relation import Relation, relate
from gatekeeper.git.store import Store
from gatekeeper.git.worktrees import Listed, find_worktree, git_dir_of, list_worktrees
from gatekeeper.model.subject import Base, Repository, Subject
from gatekeeper.model.vocabulary import CommitId, TreeId

EMPTY_TREES = {
    40: TreeId("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    64: TreeId("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"),
}
"""Id of the empty tree by the length of an object id (sha1, sha256)."""
_NAME_THE_BASE = "name the base: `gate check --base BRANCH`, or once for all: `git config gate.base BRANCH`"
_WHOLE = "to judge a whole tree: `gate check --whole`"


def find_repository(start: str) -> Repository:
    """The repository around `start` (a worktree, a subfolder of one, a linked worktree, or a bare repository).

    Raises UsageError when there is none, CannotEstablish for a shallow or partial clone.
    """
    if not os.path.isdir(start):  # noqa: PTH112 - start-up time: this is the cached path
        raise UsageError(f"{start} is not a folder", "name a folder inside a git repository: `gate check --repo DIR`")
    try:
        here = os.path.realpath(start)
    except OSError as error:  # the folder that the caller stands in was removed
        raise UsageError(f"{start} is gone: {error.strerror}", "go to a folder that is there") from error
    asked = ("--path-format=absolute", "--is-shallow-repository", "--git-dir", "--git-common-dir")
    result = Git(cwd=here).call("rev-parse", *asked)
    if result.exit != 0:
        reason = decode(result.stderr).strip().removeprefix("fatal: ")
        raise UsageError(
            f"{start} is not in a git repository ({reason})", "go to one, or name it: `gate check --repo DIR`"
        )
    shallow, git_dir, common_dir = decode(result.stdout).split("\n")[:3]
    if shallow == "true":
        raise CannotEstablish(
            f"{here} is a shallow clone: its history is cut off", "complete it: `git fetch --unshallow`"
        )
    root = _worktree_around(here, git_dir)
    return Repository(root=root or git_dir, common_dir=os.path.realpath(common_dir), git_dir=git_dir, bare=root is None)


def _worktree_around(here: str, git_dir: str) -> str | None:
    """The folder that holds `.git`. Not --show-toplevel: the worker's core.worktree would redirect it."""
    wanted = os.path.realpath(git_dir)
    folder = here
    while True:
        if os.path.lexists(os.path.join(folder, ".git")) and os.path.realpath(git_dir_of(folder)) == wanted:  # noqa: PTH118
            return folder
        if os.path.dirname(folder) == folder:  # noqa: PTH120
            break
        folder = os.path.dirname(folder)  # noqa: PTH120
    linked = os.path.join(git_dir, "gitdir")  # noqa: PTH118
    if os.path.isfile(linked):  # noqa: PTH113 - called from within .git/worktrees/NAME
        with open(linked, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return os.path.dirname(file.read().strip())  # noqa: PTH120
    return None


def resolve(
    repository: Repository,
    rev: str | None,
    base: str | None,
    whole: bool,
    *,
    store: Store,
    on_progress: Callable[[str], None] | None = None,
    agreed_base: Callable[[str], str | None] = lambda _: None,
) -> Subject:
    """Freeze what is judged: `rev` (None: the current branch's HEAD) against the base, or whole against the empty tree.

    Brings both commits into the store. `agreed_base` gives the base that the contract of a branch names ("" for none),
    or None without a contract; a branch with one may be contained in its base: `ahead` is 0 then. Raises UsageError
    (unknown REV), NothingToJudge (no commits, no base, unrelated, nothing new), CannotEstablish (partial clone, missing
    objects). With `whole` the base may be missing: None.
    """
    settings, worktrees = _settings(repository), list_worktrees(repository)
    names = _candidates(repository, worktrees, rev, base, settings.get("gate.base"), agreed_base)
    commits = _commits(repository, [name for name, _ in names.all])
    head = _head(repository, rev, names, commits)
    found = _base(repository, base, names, commits, optional=whole)
    relation = _relation(store, head, found, whole, names.branch or head[:12], on_progress)
    empty = EMPTY_TREES[len(head)]
    subject = Subject(
        repository=repository,
        branch=names.branch,
        base=found,
        head=head,
        head_tree=relation.head_tree,
        merge_base=relation.merge_base,
        base_tree=relation.base_tree or empty,
        merge_tree=relation.merge_tree,
        ahead=relation.ahead,
        behind=relation.behind,
        conflicts=relation.conflicts,
        whole=whole,
        worktree=find_worktree(repository, names.branch, head, worktrees),
        worktrees=tuple(entry.path for entry in worktrees),
    )
    if not names.agreed:
        require_news(subject)
    return subject


class Tips(Struct, frozen=True):
    """Two commits and what they are called; `branch` is None for a bare commit."""

    branch: str | None
    head: CommitId
    base: Base


def tips(
    repository: Repository,
    rev: str | None,
    base: str | None,
    agreed_base: Callable[[str], str | None] = lambda _: None,
) -> Tips:
    """The same commits as `resolve` takes, looked up and not brought anywhere. Raises UsageError and NothingToJudge."""
    configured = _settings(repository).get("gate.base")
    names = _candidates(repository, list_worktrees(repository), rev, base, configured, agreed_base)
    commits = _commits(repository, [name for name, _ in names.all])
    head = _head(repository, rev, names, commits)
    found = _base(repository, base, names, commits, optional=False)
    assert found is not None  # noqa: S101 - it is not optional
    return Tips(names.branch, head, found)


def _relation(
    store: Store, head: CommitId, base: Base | None, whole: bool, name: str, on_progress: Callable[[str], None] | None
) -> Relation:
    if base is None:
        return relate(store, head, None, on_progress=on_progress)
    if whole:
        return relate(store, head, None, also=base.tip, on_progress=on_progress)
    relation = relate(store, head, base.tip, on_progress=on_progress)
    if relation.merge_base is None:
        raise NothingToJudge(f"{name} and {base.name} have no common history", _NAME_THE_BASE)
    return relation


def require_news(subject: Subject) -> None:
    """Raises NothingToJudge when the base contains the head already."""
    base, name = subject.base, subject.branch or subject.head[:12]
    if subject.whole or base is None or subject.merge_base != subject.head:
        return
    hint = f"{_WHOLE}; or {_NAME_THE_BASE}"
    if base.tip == subject.head:
        raise NothingToJudge(f"{name} has nothing that {base.name} has not", hint)
    raise NothingToJudge(f"{name} is contained in {base.name}: nothing is new", hint)


class _Names:
    """What is looked up, in order: the head's names, then the base's with the words that say where each came from."""

    def __init__(self, branch: str | None, head: str, bases: list[tuple[str, str]], *, agreed: bool) -> None:
        self.branch = branch
        self.head = head
        self.bases = bases
        self.agreed = agreed
        """Does a contract bind the branch?"""
        self.all = [(head, ""), *bases]


def _candidates(
    repository: Repository,
    worktrees: Sequence[Listed],
    rev: str | None,
    base: str | None,
    configured: str | None,
    agreed_base: Callable[[str], str | None],
) -> _Names:
    for word, given in (("REV", rev), ("--base", base), ("git config gate.base", configured)):
        if given is not None and not _is_name(given):
            raise UsageError(f"{given!r} is no name of a commit ({word})", "give a branch, a tag or a commit id")
    here = rev in {None, "HEAD", "@"}
    branch = _current_branch(repository, worktrees) if here else _as_branch(repository, str(rev))
    head = f"refs/heads/{branch}" if branch is not None else rev or "HEAD"
    agreed = agreed_base(branch) if branch is not None else None
    return _Names(branch, head, _bases(base, agreed, configured), agreed=agreed is not None)


def _is_name(given: str) -> bool:
    return bool(given) and not given.startswith("-") and "\n" not in given and "\0" not in given


def _bases(base: str | None, agreed: str | None, configured: str | None) -> list[tuple[str, str]]:
    """What may be the base, most wanted first: (name, where it comes from)."""
    if base is not None:
        return [(base, "--base")]
    if agreed:
        return [(agreed, "the contract")]
    if configured is not None:
        return [(configured, "git config gate.base")]
    return [("refs/remotes/origin/HEAD", "origin/HEAD"), ("refs/heads/main", "main"), ("refs/heads/master", "master")]


def _current_branch(repository: Repository, worktrees: Sequence[Listed]) -> str | None:
    """Name of the branch that HEAD stands on (also an unborn one), None when detached."""
    here = next((entry for entry in worktrees if entry.git_dir == repository.git_dir), None)
    if here is not None:
        return here.branch
    name = decode(Git(git_dir=repository.git_dir).run("symbolic-ref", "--quiet", "HEAD", check=False)).strip()
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else None


def _as_branch(repository: Repository, rev: str) -> str | None:
    name = rev.removeprefix("refs/heads/")
    known = Git(git_dir=repository.git_dir).ok("show-ref", "--verify", "--quiet", f"refs/heads/{name}")
    return name if known else None


def _commits(repository: Repository, names: list[str]) -> dict[str, CommitId]:
    """Name → commit id, for those that exist; asked through stdin, so that no name can be an option."""
    asked = b"".join(encode(name) + b"^{commit}\n" for name in names)
    said = Git(git_dir=repository.git_dir).run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)
    answers = (line.split(b" ") for line in said.splitlines())
    return {
        name: CommitId(answer[0].decode())
        for name, answer in zip(names, answers, strict=False)
        if len(answer) == 2 and answer[1] == b"commit"
    }


def find_base(repository: Repository, name: str = "") -> Base | None:
    """The base called `name`; without a name the one that a branch without a contract is judged against.

    Raises UsageError, with names that are near, when a given name does not exist. None when there is no base at all.
    """
    wanted = _bases(name or None, None, _settings(repository).get("gate.base"))
    commits = _commits(repository, [one for one, _ in wanted if _is_name(one)])
    for one, origin in wanted:
        if one in commits:
            return Base(name=_short(repository, one), origin=origin, tip=commits[one])
    if name:
        raise UsageError(f"the base {name!r} does not exist", _near(repository, name))
    return None


def commit_of(repository: Repository, name: str) -> CommitId | None:
    """The commit that a name stands for, None when there is no such name."""
    return _commits(repository, [name]).get(name) if _is_name(name) else None


def _head(repository: Repository, rev: str | None, names: _Names, commits: dict[str, CommitId]) -> CommitId:
    found = commits.get(names.head)
    if found is not None:
        return found
    if rev in {None, "HEAD", "@"}:
        where = f"branch {names.branch}" if names.branch else "HEAD"
        raise NothingToJudge(f"{where} has no commits yet", "commit something, or name a branch: `gate check BRANCH`")
    raise UsageError(f"there is no commit {rev!r} in this repository", _near(repository, str(rev)))


def _base(
    repository: Repository, given: str | None, names: _Names, commits: dict[str, CommitId], *, optional: bool
) -> Base | None:
    for name, origin in names.bases:
        if name in commits:
            return Base(name=_short(repository, name), origin=origin, tip=commits[name])
    if optional and given is None:
        return None
    if len(names.bases) == 1:
        name, origin = names.bases[0]
        raise NothingToJudge(f"the base {name!r} ({origin}) does not exist", _near(repository, name))
    raise NothingToJudge(
        "there is no base to compare with (no origin/HEAD, main or master)", f"{_NAME_THE_BASE}; or {_WHOLE}"
    )


def _short(repository: Repository, name: str) -> str:
    if name == "refs/remotes/origin/HEAD":
        target = decode(Git(git_dir=repository.git_dir).run("symbolic-ref", "--quiet", name, check=False)).strip()
        return target.removeprefix("refs/remotes/") or "origin/HEAD"
    return name.removeprefix("refs/heads/")


def _near(repository: Repository, name: str) -> str:
    import difflib  # noqa: PLC0415 - only for a message; start-up time counts on the cached path

    listed = decode(
        Git(git_dir=repository.git_dir).run(
            "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"
        )
    )
    close = difflib.get_close_matches(name, listed.splitlines(), n=3, cutoff=0.5)
    return f"did you mean {', '.join(close)}?" if close else "list the branches with `git branch --all`"


def _settings(repository: Repository) -> dict[str, str]:
    """gate.base, and whether the clone is partial, of the repository's own configuration."""
    pattern = r"^(gate\.base|extensions\.partialclone|remote\..*\.promisor)$"
    said = decode(Git(git_dir=repository.git_dir).run("config", "--null", "--get-regexp", pattern, check=False))
    found = dict(entry.partition("\n")[::2] for entry in said.split("\0") if entry)
    if any(key != "gate.base" and value.lower() not in {"false", "0", "no", "off"} for key, value in found.items()):
        raise CannotEstablish(
            "this is a partial clone: objects are missing",
            "complete it: `git fetch --refetch --no-filter && git config --unset extensions.partialClone; "
            "git config --unset remote.origin.promisor; git config --unset remote.origin.partialclonefilter`",
        )
    return found
