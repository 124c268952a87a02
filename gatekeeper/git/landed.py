"""Is the work of a branch on its base, under whatever name? Four proofs, from the strictest to the weakest.

Everything is asked in the gate's own store, so that neither grafts nor attributes of the repository have a say.
"""

from collections.abc import Sequence

from msgspec import Struct

from gatekeeper.git.ancestry import contained
from gatekeeper.git.command import decode
from gatekeeper.git.landing import Person, make_commit
from gatekeeper.git.patch_id import patch_id
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId

CONTAINED, REBASED, SQUASHED, CONTENT = "contained", "rebased", "squashed", "content"
"""The base has the commit itself; the same changes one by one; all of them as one; the same content in the end."""
_GATE = Person("gatekeeper", "gate@gatekeeper.invalid")
MOST = 300
"""Commits that are compared one by one; longer branches are proven as a whole, or by their content."""


class Landed(Struct, frozen=True):
    """`how` is None when nothing is proven. `found`: the commits of the base that are the branch's work.

    `missing`: (commit, subject line) of the branch without a counterpart; `changes`: paths that merging changes.
    """

    how: str | None
    found: tuple[CommitId, ...] = ()
    missing: tuple[tuple[CommitId, str], ...] = ()
    changes: tuple[str, ...] = ()


def prove(store: Store, head: CommitId, tip: CommitId) -> Landed:
    """Both commits are in the store. Raises CannotEstablish when git cannot be asked."""
    if contained(store, [head], tip):
        return Landed(CONTAINED, (head,))
    merge_base = store.git.run("merge-base", tip, head, check=False).decode().strip()
    missing = _subjects(store, tip, head)
    if not merge_base:
        return Landed(None, missing=missing)
    rebased = _rebased(store, merge_base, head, tip)
    if rebased:
        return Landed(REBASED, rebased)
    squashed = _squashed(store, merge_base, head, tip)
    if squashed:
        return Landed(SQUASHED, squashed)
    return _content(store, head, tip, missing)


def _rebased(store: Store, merge_base: str, head: str, tip: str) -> tuple[CommitId, ...]:
    """Their commits on the base when every one of the branch has one; () otherwise."""
    made = _lines(store, "rev-list", "--parents", f"{merge_base}..{head}", "--")
    # A merge on the branch may hold changes of its own, which no comparison of single commits sees.
    if not 0 < len(made) <= MOST or any(len(line.split()) != 2 for line in made):
        return ()
    wanted = {_id_of(store, line.split()[0]) for line in made}
    marked = _equivalent(store, tip, head)
    if len(marked) < len(wanted):
        return ()
    there = {_id_of(store, commit): commit for commit in marked}
    return tuple(there[one] for one in sorted(wanted)) if wanted <= there.keys() else ()


def _squashed(store: Store, merge_base: str, head: str, tip: str) -> tuple[CommitId, ...]:
    """The one commit on the base that changes what the whole branch changes; () when there is none."""
    tree, before = store.trees_of(head, merge_base)
    if tree == before:
        return ()
    # As `git cherry` compares commits, the branch is made into one, which nothing refers to.
    whole = make_commit(store, tree, [merge_base], f"{head} as one", _GATE)
    wanted = patch_id(store, before, tree)
    for commit in _equivalent(store, tip, whole):
        if _id_of(store, commit) == wanted:
            return (commit,)
    return ()


def _content(store: Store, head: str, tip: str, missing: tuple[tuple[CommitId, str], ...]) -> Landed:
    """Merging it would change nothing: whatever became of the commits, their content is there."""
    tree, conflicts = store.merge(tip, head)
    if tree is None:
        return Landed(None, missing=missing, changes=conflicts)
    base = store.tree_of(tip)
    if tree == base:
        return Landed(CONTENT)
    names = store.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", base, tree, "--").split(b"\0")
    return Landed(None, missing=missing, changes=tuple(decode(name) for name in names if name))


def _equivalent(store: Store, tip: str, head: str) -> tuple[CommitId, ...]:
    """Commits of tip that git takes for the same change as one of head."""
    lines = _lines(store, "rev-list", "--left-only", "--cherry-mark", "--no-merges", f"{tip}...{head}", "--")
    return tuple(CommitId(line[1:]) for line in lines if line.startswith("="))


def _id_of(store: Store, commit: str) -> str:
    return patch_id(store, f"{commit}^", commit)


def _subjects(store: Store, tip: str, head: str) -> tuple[tuple[CommitId, str], ...]:
    """The commits of head without a counterpart on tip, newest first."""
    asked = ("log", "--right-only", "--cherry-pick", "--no-merges", "--format=%H%x00%s", f"{tip}...{head}", "--")
    rows = (line.partition("\0") for line in _lines(store, *asked))
    return tuple((CommitId(commit), subject) for commit, _, subject in rows)


def _lines(store: Store, *args: str) -> Sequence[str]:
    return decode(store.git.run(*args)).splitlines()
