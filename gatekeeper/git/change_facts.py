"""What a branch changed, for the rules of the policy and for those who replay a run later."""

from gatekeeper.git.changes import Change, PathChange, commits, counted_paths
from gatekeeper.git.store import Store
from gatekeeper.model.change import MOST_COMMITS, MOST_PATHS, ChangedPath, ChangeFacts, CommitFacts
from gatekeeper.model.subject import Subject

_TEXT = 500
"""Characters of a subject line and of an author that are kept: patterns are held against them."""


def change_facts(store: Store, subject: Subject) -> ChangeFacts:
    """Paths and commits between merge base and head. Nothing when a whole tree is judged: that blames nobody."""
    if subject.whole or subject.merge_base is None:
        return ChangeFacts()
    net = counted_paths(store, subject.base_tree, subject.head_tree)
    made = commits(store, subject.merge_base, subject.head)
    few = len(net) <= MOST_PATHS and len(made) <= MOST_COMMITS
    return ChangeFacts(
        paths=tuple(_path(*one) for one in net[:MOST_PATHS]),
        commits=tuple(_commit(one) for one in made[:MOST_COMMITS]),
        complete=few and all(len(_touched(one)) <= MOST_PATHS for one in made),
    )


def _path(one: PathChange, added: int, deleted: int) -> ChangedPath:
    moved = one.old_path if one.old_path is not None and one.old_path != one.path else ""
    return ChangedPath(one.path, one.status, moved, added, deleted)


def _commit(one: Change) -> CommitFacts:
    return CommitFacts(one.commit, one.subject[:_TEXT], one.author[:_TEXT], one.merge, _touched(one)[:MOST_PATHS])


def _touched(one: Change) -> tuple[str, ...]:
    return tuple(sorted({side for entry in one.paths for side in (entry.path, entry.old_path) if side}))
