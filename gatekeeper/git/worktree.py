"""Is everything in a worker's worktree committed? Seen through the gate's own index and git directory.

So assume-unchanged, skip-worktree, status.showUntrackedFiles, .git/info/exclude, core.excludesFile, fsmonitor and
filters of the worker's repository can neither hide a file nor start a program.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.git.command import Git, decode
from gatekeeper.git.ignores import anchored, exclude_rules, literal
from gatekeeper.git.lock import locked
from gatekeeper.git.store import Store
from gatekeeper.git.worktrees import git_dir_of, list_worktrees
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home, ensure_writable

_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
_MAX_COMPARE_BYTES = 64 << 20


class WorktreeState(Struct, frozen=True):
    """What is not committed. `dirty` is ordered by path; a status is "?" untracked (folders end in "/"), "M", "D", or
    "S": only the worker's index differs from the head."""

    path: str
    dirty: tuple[tuple[str, str], ...]
    operation: str | None = None
    """rebase, am, merge, cherry-pick, revert or bisect, when one is in progress."""
    detached: bool = False
    hidden: tuple[str, ...] = ()
    """Dirty paths that the worker's own index was told not to look at (assume-unchanged, skip-worktree)."""
    absent: int = 0
    """Files left out by a sparse checkout: not there, but committed."""
    lfs: tuple[str, ...] = ()
    """Files whose content is the one that a committed LFS pointer names."""
    line_endings: tuple[str, ...] = ()
    """Files that differ from the commit in CRLF against LF only, as a committed attribute asks for."""


def inspect(path: str, store: Store, head: str, home: Home, others: Sequence[str] | None = None) -> WorktreeState:
    """Compare the worktree at `path` with commit `head` (in the store). Writes nothing into the worktree.

    Raises CannotEstablish when it cannot be read or the gate's state folder cannot be written.
    """
    git_dir = git_dir_of(path)
    folder = ensure_writable(folder_of(home, path))
    with locked(str(folder / "lock")):
        (folder / "index.lock").unlink(missing_ok=True)
        found = _differences(path, store, head, folder, _nested(path, git_dir, others))
    flags = _flags(git_dir)
    sparse = {name for name in _with_status(found, "D") if flags.get(name) == "S"}
    lfs, endings = _filtered(path, store, head, _with_status(found, "M"))
    excused = sparse | lfs | endings
    dirty = {name: status for status, name in found if name not in excused}
    dirty = dict.fromkeys(_staged(git_dir, head), "S") | dirty
    return WorktreeState(
        path=path,
        dirty=tuple((dirty[name], name) for name in sorted(dirty)),
        operation=operation_of(git_dir),
        detached=not Git(git_dir=git_dir).ok("symbolic-ref", "--quiet", "HEAD"),
        hidden=tuple(sorted(name for name in dirty if flags.get(name))),
        absent=len(sparse),
        lfs=tuple(sorted(lfs)),
        line_endings=tuple(sorted(endings)),
    )


def _with_status(found: Iterable[tuple[str, str]], wanted: str) -> list[str]:
    return [name for status, name in found if status == wanted]


def operation_of(git_dir: str | Path) -> str | None:
    """The unfinished operation of a worktree, by its git directory."""
    return next((word for name, word in _OPERATIONS if (Path(git_dir) / name).exists()), None)


def folder_of(home: Home, path: str) -> Path:
    """Where the gate keeps its own index of the worktree at `path`."""
    return home.state / "worktrees" / hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _differences(path: str, store: Store, head: str, folder: Path, nested: Iterable[str]) -> set[tuple[str, str]]:
    """(status, path) against the head. The index is kept, so that the next look only compares time stamps."""
    index = folder / "index"
    git = Git(git_dir=str(store.path), work_tree=path, index=str(index))
    if not git.ok("read-tree", "--reset", head):
        index.unlink(missing_ok=True)
        git.run("read-tree", "--reset", head)
    git.run("update-index", "-q", "--really-refresh", check=False)
    rules = folder / "exclude"
    rules.write_bytes(
        exclude_rules(store, head) + b"".join(anchored(f"/{literal(name)}", "") + b"\n" for name in nested)
    )
    args = ("-t", "-z", "--modified", "--deleted", "--others", "--directory", "--no-empty-directory")
    said = git.run("ls-files", *args, f"--exclude-from={rules}")
    words = {b"?": "?", b"R": "D", b"C": "M"}
    found = {(words[entry[:1]], decode(entry[2:])) for entry in said.split(b"\0") if entry}
    gone = {name for status, name in found if status == "D"}
    return {entry for entry in found if entry[0] != "M" or entry[1] not in gone}  # a removed file is listed as both


def _flags(git_dir: str) -> dict[str, str]:
    """Path → "S" (skip-worktree) or "h" (assume-unchanged) in the worker's own index."""
    said = Git(git_dir=git_dir).run("ls-files", "-v", "-z", check=False)
    entries = (entry for entry in said.split(b"\0") if entry and (entry[:1] == b"S" or entry[:1].islower()))
    return {decode(entry[2:]): "S" if entry[:1] in {b"S", b"s"} else "h" for entry in entries}


def _staged(git_dir: str, head: str) -> list[str]:
    """Paths whose entry in the worker's index is not the head's. Reads no file of the worktree."""
    args = ("diff-index", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none")
    said = Git(git_dir=git_dir).run(*args, head, "--", check=False)
    return [decode(name) for name in said.split(b"\0") if name]


def _nested(path: str, git_dir: str, others: Sequence[str] | None) -> set[str]:
    """Other worktrees of the same repository that lie inside this one: somebody else's work, not uncommitted work."""
    if others is None:
        common = Git(git_dir=git_dir).text("rev-parse", "--path-format=absolute", "--git-common-dir")
        listed = list_worktrees(Repository(root=path, common_dir=common, git_dir=git_dir))
        others = [entry.path for entry in listed]
    real = os.path.realpath(path)
    inside = (os.path.relpath(os.path.realpath(other), real) for other in others)
    return {f"{name}/" for name in inside if name != "." and not name.startswith("..")}


def _filtered(path: str, store: Store, head: str, modified: list[str]) -> tuple[set[str], set[str]]:
    """Modified files that only look so because the gate runs no filter: LFS content, and line endings."""
    lfs: set[str] = set()
    endings: set[str] = set()
    entries = store.list_tree(head) if modified else {}
    if not _has_attributes(entries):
        return lfs, endings
    blobs = store.blobs(sorted({entries[name][1] for name in modified}))
    for name in modified:
        mode, oid = entries[name]
        file = Path(path) / name
        if oid not in blobs or not _same_kind(file, mode):
            continue
        if _is_content_of(file, blobs[oid]):
            lfs.add(name)
        elif _same_lines(file, blobs[oid]):
            endings.add(name)
    return lfs, endings


def _same_kind(file: Path, mode: str) -> bool:
    """Is it a plain file with the committed mode? A change of mode is a change, whatever the content says."""
    if mode not in {"100644", "100755"} or file.is_symlink() or not file.is_file():
        return False
    return bool(file.stat().st_mode & stat.S_IXUSR) == (mode == "100755")


def _has_attributes(names: Iterable[str]) -> bool:
    return any(name.rsplit("/", 1)[-1] == ".gitattributes" for name in names)


def _same_lines(file: Path, blob: bytes) -> bool:
    """The same but for CRLF against LF?"""
    if file.stat().st_size > _MAX_COMPARE_BYTES:
        return False
    return file.read_bytes().replace(b"\r\n", b"\n") == blob.replace(b"\r\n", b"\n")


def _is_content_of(file: Path, blob: bytes) -> bool:
    """Is `blob` an LFS pointer to exactly the content of `file`?"""
    pointer = _POINTER.fullmatch(blob) if len(blob) < 1024 else None
    if pointer is None or file.stat().st_size != int(pointer[2]):
        return False
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == pointer[1].decode()
