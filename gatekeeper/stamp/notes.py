"""The log mirrored as git notes: `git log --notes=gate` shows the stamps of each commit. For people, not for verdicts.

`git commit --amend` and `git rebase` may copy, rewrite or lose notes; nothing here is ever read to verify anything.
"""

from collections.abc import Sequence

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.draft import Draft, Move
from gatekeeper.git.objects import FILE, Entry, Objects
from gatekeeper.model.vocabulary import CommitId

REF = "refs/notes/gate"
_LONGEST = 4 << 20
"""Bytes of one note; of more envelopes only the newest are shown."""


def mirrored(objects: Objects, draft: Draft, commit: CommitId, lines: Sequence[bytes], when: int) -> Move | None:
    """Put the note of a commit, one envelope a line, into the draft. None when the notes cannot be used for that."""
    try:
        tip = objects.info(REF)
        if tip is not None and tip.kind != "commit":
            return None
        tree = objects.tree_of(tip.oid) if tip is not None else None
        blob = draft.blob(b"".join(line + b"\n" for line in _newest(lines)))
        # One folder by the first two digits, as git itself does once there are many; git reads any mixture.
        path = (commit[:2].encode(), commit[2:].encode())
        changed = draft.put(tree, {path: Entry(FILE, blob)})
    except CannotEstablish:
        return None  # the mirror may be broken; the log is not
    made = draft.commit(changed, [tip.oid] if tip is not None else [], f"stamp of {commit}", when)
    return Move(REF, made, tip.oid if tip is not None else None)


def _newest(lines: Sequence[bytes]) -> Sequence[bytes]:
    room, first = _LONGEST, len(lines)
    while first > 0 and room >= len(lines[first - 1]) + 1:
        first -= 1
        room -= len(lines[first]) + 1
    return lines[first:]
