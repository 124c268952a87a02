"""How the log lies in the branch `gate-log`. Every file is written once; nothing is ever changed or removed.

format                                                  what this branch is
README.md                                               the same for people
stamps/<aa>/<commit>/<number>-<chain>-<sequence>.json   one envelope: found by commit, in order of arrival
chains/<chain>/<page>/<sequence>.json                   the same envelope: found by its place in its chain
"""

import re

from gatekeeper.model.vocabulary import CommitId

BRANCH = "gate-log"
REF = f"refs/heads/{BRANCH}"
FETCHED = f"refs/remotes/origin/{BRANCH}"
"""Where the log is read when the repository has no such branch of its own (a fresh clone)."""
FORMAT = b"gatekeeper/log/1\n"
README = b"""# gate-log

Signed verdicts of gatekeeper, one file each. `gate verify REV` reads them. This branch only grows: nobody edits it,
and a verifier refuses a log in which something was changed or removed. It has no history in common with the code.
"""
_PAGE = 100
"""Places of a chain in one folder: appending rewrites one folder of each level, so none may become large."""
_CHAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
PAGE_NAME = re.compile(rb"[0-9]{6,}\Z")
PLACE_NAME = re.compile(rb"([0-9]{8,})\.json\Z")

Path = tuple[bytes, ...]


def is_chain(text: str) -> bool:
    """Can this be the id of a chain? Only then does it become part of a path."""
    return _CHAIN.match(text) is not None


def is_commit(text: str) -> bool:
    """Is this a full object id?"""
    return _COMMIT.match(text) is not None


def of_commit(commit: CommitId) -> Path:
    """Folder of everything about one commit."""
    return b"stamps", commit[:2].encode(), commit.encode()


def in_commit(commit: CommitId, number: int, chain: str, sequence: int) -> Path:
    """File of an envelope among those about its commit; `number` counts them from 1."""
    return *of_commit(commit), f"{number:04d}-{chain}-{sequence:08d}.json".encode()


def of_chain(chain: str) -> Path:
    """Folder of a whole chain."""
    return b"chains", chain.encode()


def page(sequence: int) -> bytes:
    """Folder of a place within its chain."""
    return b"%06d" % (sequence // _PAGE)


def place(sequence: int) -> bytes:
    """File of a place within its page."""
    return b"%08d.json" % sequence
