"""Carry a self-review over a rebase: only when the branch still changes exactly what it changed before."""

import re
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.checks.self_review import bound_tree
from gatekeeper.cli.review_place import Place
from gatekeeper.errors import CannotEstablish, GateError, UsageError
from gatekeeper.evidence.review_file import same_id
from gatekeeper.git.patch_id import patch_id
from gatekeeper.git.reflog import moves
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.policy.bounded_toml import UnreadableToml, read_toml

_TREE_LINE = re.compile(r"""^([ \t]*tree[ \t]*=[ \t]*)(["'])([0-9a-fA-F]{7,64})\2""", re.MULTILINE)
_CANDIDATES = 100
"""Earlier heads that are tried."""


def rebind(place: Place, path: Path, content: bytes, max_bytes: int) -> str | None:
    """The file's text with the tree of the present head; None when it is bound to that already.

    Raises UsageError for a file without a readable `tree`, CannotEstablish when the head that it was written for
    cannot be found, and when the branch changes something else than it did then.
    """
    shown = place.shown(path)
    named = _named_tree(shown, content, max_bytes)
    if same_id(named, place.tree):
        return None
    old = next((commit for commit in _earlier(place) if _is(place, commit, named)), None)
    if old is None:
        raise CannotEstablish(
            f"{shown} was written for tree {named[:12]}, and no earlier head of the branch has it",
            "review again: gate self-review new --force",
        )
    before, after = _change(place, old), _change(place, place.subject.head)
    if before != after:
        raise CannotEstablish(
            f"{shown} was written for {old[:12]}, and the branch changes something else now (another patch-id)",
            f"compare: git range-diff {old[:12]}...{place.subject.head[:12]}; then review again: "
            "gate self-review new --force",
        )
    return _TREE_LINE.sub(lambda match: f"{match[1]}{match[2]}{place.tree}{match[2]}", content.decode(), count=1)


def _named_tree(shown: str, content: bytes, max_bytes: int) -> str:
    try:
        named = read_toml(content, max_bytes).get("tree")
    except UnreadableToml as error:
        raise UsageError(f"{shown}: {error}", "mend it: gate self-review check") from error
    line = _TREE_LINE.search(content.decode())
    if not isinstance(named, str) or line is None or line[3] != named:
        raise UsageError(f'{shown} has no line tree = "…" with the id of a tree', "write it anew: gate self-review new")
    return named


def _earlier(place: Place) -> Iterator[CommitId]:
    """Heads that the branch had before: where its reference was, and what was judged; each once, the newest first."""
    repository, branch = place.subject.repository, place.subject.branch
    known = [move.commit for move in moves(repository, f"refs/heads/{branch}")] if branch else []
    known += [CommitId(row.head) for row in place.runs() if row.branch == branch]
    yield from [commit for commit in dict.fromkeys(known) if commit != place.subject.head][:_CANDIDATES]


def _is(place: Place, commit: CommitId, named: str) -> bool:
    """Does this commit have the tree that the self-review names?"""
    try:
        place.store.fetch([commit])
        return same_id(named, bound_tree(place.store, place.store.tree_of(commit)))
    except GateError:
        return False  # cleaned away since


def _change(place: Place, head: CommitId) -> str:
    """What the branch changed when it ended at `head`, self-reviews apart."""
    base = place.subject.base
    if base is None:
        raise UsageError("there is no base, and so no change of a branch", "name one: git config gate.base BRANCH")
    start = place.store.git.run("merge-base", base.tip, head, check=False).decode().strip()
    if not start:
        raise CannotEstablish(f"{head[:12]} and {base.name} have no common history", "review again")
    trees = (bound_tree(place.store, place.store.tree_of(commit)) for commit in (start, head))
    return patch_id(place.store, *trees)
