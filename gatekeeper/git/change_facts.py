"""What a branch changed, for the rules of the policy and for those who replay a run later."""

from collections.abc import Iterator, Mapping

from gatekeeper.git.changes import Change, PathChange, changed_paths, commits
from gatekeeper.git.command import decode
from gatekeeper.git.store import Store
from gatekeeper.model.change import MOST_COMMITS, MOST_PATHS, ChangedPath, ChangeFacts, CommitFacts
from gatekeeper.model.subject import Subject

_NUMSTAT = ("--numstat", "-z", "-M", "--no-ext-diff", "--no-textconv", "--no-color")
_TEXT = 500
"""Characters of a subject line and of an author that are kept: patterns are held against them."""
_Lines = Mapping[str, tuple[int, int]]


def change_facts(store: Store, subject: Subject) -> ChangeFacts:
    """Paths and commits between merge base and head. Nothing when a whole tree is judged: that blames nobody."""
    if subject.whole or subject.merge_base is None:
        return ChangeFacts()
    net = changed_paths(store, subject.base_tree, subject.head_tree)
    lines = dict(_lines(store.git.run("diff-tree", "-r", *_NUMSTAT, subject.base_tree, subject.head_tree, "--")))
    made = commits(store, subject.merge_base, subject.head)
    between = f"{subject.merge_base}..{subject.head}"
    merges = set(store.git.run("rev-list", "--min-parents=2", between, "--").decode().split())
    few = len(net) <= MOST_PATHS and len(made) <= MOST_COMMITS
    return ChangeFacts(
        paths=tuple(_path(one, lines) for one in net[:MOST_PATHS]),
        commits=tuple(_commit(one, one.commit in merges) for one in made[:MOST_COMMITS]),
        complete=few and all(len(_touched(one)) <= MOST_PATHS for one in made),
    )


def _path(one: PathChange, lines: _Lines) -> ChangedPath:
    moved = one.old_path if one.old_path is not None and one.old_path != one.path else ""
    added, deleted = lines.get(one.path, (0, 0))
    return ChangedPath(one.path, one.status, moved, added, deleted)


def _commit(one: Change, merge: bool) -> CommitFacts:
    return CommitFacts(one.commit, one.subject[:_TEXT], one.author[:_TEXT], merge, _touched(one)[:MOST_PATHS])


def _touched(one: Change) -> tuple[str, ...]:
    return tuple(sorted({side for entry in one.paths for side in (entry.path, entry.old_path) if side}))


def _lines(said: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """(path, (added, deleted)); (0, 0) for binary files, which git gives as "-". Two paths follow a rename."""
    tokens = decode(said).split("\0")
    at = 0
    while at < len(tokens) - 1:
        added, deleted, path = tokens[at].split("\t", 2)
        at += 1
        if not path:
            path = tokens[at + 1]
            at += 2
        yield path, (int(added) if added != "-" else 0, int(deleted) if deleted != "-" else 0)
