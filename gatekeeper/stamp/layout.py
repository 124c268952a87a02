"""How the log lies in the branch `gate-log`. Every file is written once; nothing is ever changed or removed.

format, README.md                                       what this branch is
stamps/<aa>/<commit>/<number>-<chain>-<sequence>.json   an envelope, found by its commit
chains/<chain>/places/<page>/<sequence>.json            the same, found by its place in its chain
chains/<chain>/commits/<aa>/<commit>-<sequence>.json    the same: what a chain has said about a commit
"""

import re

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
_PAGE_NAME = re.compile(rb"[0-9]{6,9}\Z")
_PLACE_NAME = re.compile(rb"([0-9]{8,11})\.json\Z")

Path = tuple[bytes, ...]


def is_chain(text: str) -> bool:
    """Can this be the id of a chain? Only then does it become part of a path."""
    return _CHAIN.match(text) is not None


def is_commit(text: str) -> bool:
    """Is this a full object id?"""
    return _COMMIT.match(text) is not None


def is_page(name: bytes) -> bool:
    return _PAGE_NAME.match(name) is not None


def sequence_of(name: bytes) -> int | None:
    """The place that a file of a page holds."""
    found = _PLACE_NAME.match(name)
    return int(found[1]) if found is not None else None


def of_commit(commit: str) -> Path:
    """Folder of everything about one commit."""
    return b"stamps", commit[:2].encode(), commit.encode()


def in_commit(commit: str, number: int, chain: str, sequence: int) -> Path:
    """File of an envelope among those about its commit; `number` counts them from 1."""
    return *of_commit(commit), f"{number:04d}-{chain}-{sequence:08d}.json".encode()


def of_chain(chain: str) -> Path:
    """Folder of a whole chain."""
    return b"chains", chain.encode()


def in_chain(commit: str, sequence: int) -> tuple[Path, Path]:
    """Both files of an envelope within the folder of its chain."""
    said = f"{commit}-".encode() + _place(sequence)
    return (b"places", page(sequence), _place(sequence)), (b"commits", commit[:2].encode(), said)


def page(sequence: int) -> bytes:
    """Folder of a place within its chain."""
    return b"%06d" % (sequence // _PAGE)


def _place(sequence: int) -> bytes:
    return b"%08d.json" % sequence
