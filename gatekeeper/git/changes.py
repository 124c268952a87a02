"""What each commit of a branch changed, from the store: no textconv, no external diff, no attributes of the branch."""

import functools
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.git.command import decode
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId

SYMLINK = "120000"
NO_FILE = "000000"
_RAW = ("--raw", "-z", "--no-abbrev", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none")


class PathChange(Struct, frozen=True):
    """One path of one commit. Status A, M, D, R (renamed from `old_path`) or T (another kind of file); octal modes."""

    status: str
    path: str
    old_path: str | None
    old_mode: str
    new_mode: str
    link_target: str | None = None
    """Where the new symbolic link points, None for everything else."""
    new_oid: str = ""
    old_oid: str = ""


class Change(Struct, frozen=True):
    """One commit. `author` is "Name <mail>". A merge lists only what it changed against git's own redoing of it."""

    commit: CommitId
    subject: str
    author: str
    paths: tuple[PathChange, ...]
    merge: bool = False


@functools.lru_cache(maxsize=4)  # a check and the rules ask the same of commits, which cannot change
def commits(store: Store, base: CommitId | None, head: CommitId) -> tuple[Change, ...]:
    """Commits of base..head, oldest first. Without a base: one change that adds the whole tree."""
    if base is None:
        empty = store.git.run("hash-object", "-t", "tree", "--stdin").decode().strip()
        author, subject = store.git.text("log", "-1", "--format=%an <%ae>%n%s", head).split("\n", 1)
        return (Change(head, subject, author, changed_paths(store, empty, head)),)
    form = "--format=tformat:%H%x00%P%x00%an <%ae>%x00%s"
    said = store.git.run("log", "--topo-order", "--remerge-diff", "--root", *_RAW, form, f"{base}..{head}", "--")
    # Reversed here: `--reverse` makes git 2.39 compare merges with the wrong redoing, and blame main's own changes.
    return tuple(_with_targets(store, _parse(said)[::-1]))


def subjects(store: Store, base: CommitId | None, head: CommitId) -> tuple[tuple[CommitId, str], ...]:
    """(commit, subject line) of every commit of base..head that is no merge, oldest first."""
    wanted = f"{base}..{head}" if base else head
    said = store.git.run(
        "log", "-z", "--no-merges", "--topo-order", "--reverse", "--format=tformat:%H%x00%s", wanted, "--"
    )
    tokens = decode(said).split("\0")[:-1]
    return tuple((CommitId(commit), line) for commit, line in zip(tokens[::2], tokens[1::2], strict=True))


def changed_paths(store: Store, base_tree: str, head_tree: str) -> tuple[PathChange, ...]:
    """The net difference of two trees."""
    said = store.git.run("diff-tree", "-r", *_RAW, base_tree, head_tree, "--")
    tokens = said.split(b"\0")[:-1]
    change = Change(CommitId(head_tree), "", "", tuple(_entries(tokens)))
    return next(iter(_with_targets(store, [change]))).paths


def counted_paths(store: Store, base_tree: str, head_tree: str) -> tuple[tuple[PathChange, int, int], ...]:
    """The same with added and deleted lines (0 for binary files), in one look. Links are not followed."""
    said = store.git.run("diff-tree", "-r", "--numstat", *_RAW, base_tree, head_tree, "--")
    tokens = said.split(b"\0")[:-1]
    at = 0
    while at < len(tokens) and tokens[at].startswith(b":"):
        at += 1 + _sides(tokens[at])
    lines = dict(_lines(tokens[at:]))
    return tuple((entry, *lines.get(entry.path, (0, 0))) for entry in _entries(tokens[:at]))


def _lines(tokens: list[bytes]) -> Iterator[tuple[str, tuple[int, int]]]:
    """(path, (added, deleted)) of --numstat, which gives "-" for binary files; two paths follow a rename."""
    rest = iter(tokens)
    for token in rest:
        added, deleted, path = token.split(b"\t", 2)
        if not path:
            next(rest)
            path = next(rest)
        yield decode(path), tuple(int(number) if number != b"-" else 0 for number in (added, deleted))  # type: ignore[misc]


def _parse(said: bytes) -> list[Change]:
    """Positions, not patterns: a path or a subject may contain anything but NUL."""
    tokens = said.split(b"\0")
    tokens.reverse()
    found = []
    while tokens:
        token = tokens.pop()
        if token in {b"", b"\n"}:
            continue
        parents, author, subject = tokens.pop(), decode(tokens.pop()), decode(tokens.pop())
        entries: list[bytes] = []
        while tokens and tokens[-1].lstrip(b"\n").startswith(b":"):
            meta = tokens.pop().lstrip(b"\n")
            entries.append(meta)
            entries += [tokens.pop() for _ in range(_sides(meta))]
        commit = CommitId(token.strip().decode())
        found.append(Change(commit, subject, author, tuple(_entries(entries)), merge=b" " in parents))
    return found


def _sides(meta: bytes) -> int:
    """Renames and copies are followed by two paths."""
    return 2 if meta.rsplit(b" ", 1)[1][:1] in {b"R", b"C"} else 1


def _entries(tokens: list[bytes]) -> Iterator[PathChange]:
    at = 0
    while at < len(tokens):
        old_mode, new_mode, old_oid, new_oid, status = tokens[at].lstrip(b":").decode().split(" ")
        sides = [decode(token) for token in tokens[at + 1 : at + 1 + _sides(tokens[at])]]
        at += 1 + len(sides)
        old_path = None if status[0] == "A" else sides[0]
        yield PathChange(status[0], sides[-1], old_path, old_mode, new_mode, None, new_oid, old_oid)


def _with_targets(store: Store, changes: list[Change]) -> Iterator[Change]:
    """Fill in where new symbolic links point, with one git process for all of them."""
    wanted = sorted({entry.new_oid for change in changes for entry in change.paths if _is_link(entry)})
    targets = store.blobs(wanted) if wanted else {}
    for change in changes:
        paths = tuple(
            replace(entry, link_target=decode(targets[entry.new_oid]))
            if _is_link(entry) and entry.new_oid in targets
            else entry
            for entry in change.paths
        )
        yield replace(change, paths=paths)


def _is_link(entry: PathChange) -> bool:
    return entry.new_mode == SYMLINK and entry.status != "D"
