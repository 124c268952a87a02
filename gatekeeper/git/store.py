"""The gate's own bare repository: objects of a worker's repository arrive here by git transport and are read from here.

Nothing is shared with the worker's object files, no attribute of a branch works here, and `merge-tree` writes here, so
the worker's repository is only ever read.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git, decode, encode, failure, require_version
from gatekeeper.git.fetching import FetchProgress
from gatekeeper.git.lock import locked
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import CommitId, TreeId
from gatekeeper.process.capture import TooMuch
from gatekeeper.process.home import Home, ensure_writable
from gatekeeper.process.remove import remove

MAX_FILE_BYTES = 32 << 20
"""`read` refuses larger files: it serves policies, reviews and source lines, not assets."""
FETCH_TIMEOUT_S = 3600.0
_HEAD = 64
"""Bytes of the line in front of a content: kind and size."""

# info/attributes outranks every .gitattributes. `!merge` and `!diff` leave git's built-in text merge and diff.
_ATTRIBUTES = "* -filter -ident -text -crlf !eol !working-tree-encoding !merge !diff -export-ignore -export-subst\n"


def _age_s(path: Path) -> float:
    """Seconds since the last change; 0 for what is gone meanwhile."""
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


class Store:
    """One bare repository per worker repository. `git` is a Git placed in it."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.source = source
        """Common git directory of the worker's repository."""
        self.git = Git(git_dir=str(path))

    @classmethod
    def open(cls, home: Home, repository: Repository) -> "Store":
        """The store of this repository, made when it is not there. Raises CannotEstablish when it cannot be written."""
        store = cls(home.store_dir / f"{key_of(repository)}.git", repository.common_dir)
        if not (store.path / "gate" / "ready").exists():
            ensure_writable(home.store_dir)
            require_version()
            with locked(str(store.path) + ".lock"):
                store.ensure_made(Git(git_dir=store.source).text("rev-parse", "--show-object-format"))
        return store

    def ensure_made(self, object_format: str) -> None:
        """Make the folder, for "sha1" or "sha256", when it is not there. To be called with its lock held."""
        if (self.path / "gate" / "ready").exists():
            return
        remove(self.path)  # half-made by a gate that was killed
        Git(cwd="/").run("init", "--quiet", "--bare", f"--object-format={object_format}", str(self.path))
        (self.path / "info").mkdir(exist_ok=True)
        (self.path / "info" / "attributes").write_text(_ATTRIBUTES)
        self.git.run("hash-object", "-w", "-t", "tree", "--stdin")
        (self.path / "gate" / "facts").mkdir(parents=True, exist_ok=True)
        (self.path / "gate" / "ready").write_text(self.source + "\n")

    def has(self, commit: str) -> bool:
        """Was this commit fetched completely? Its reference is written last, after git's connectivity check."""
        return (self.path / "refs" / "gate" / commit).exists()

    def fetch(self, commits: Iterable[CommitId], on_progress: Callable[[str], None] | None = None) -> None:
        """Bring commits and their history. Raises CannotEstablish when the worker's repository lacks an object."""
        if all(self.has(commit) for commit in commits):
            return
        ensure_writable(self.path)
        with locked(str(self.path) + ".lock"):
            self._remove_stale_locks()
            wanted = [commit for commit in commits if not self.has(commit)]
            if wanted:
                if on_progress is not None:
                    on_progress("bringing commits into the gate's own store")
                self._fetch(wanted, FetchProgress(on_progress).feed if on_progress is not None else None)

    def _fetch(self, wanted: list[CommitId], on_stderr: Callable[[bytes], None] | None) -> None:
        specs = [f"{commit}:refs/gate/{commit}" for commit in wanted]
        args = (
            "fetch",
            "--quiet" if on_stderr is None else "--progress",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
        )
        result = self.git.call(
            *args, "--end-of-options", self.source, *specs, timeout_s=FETCH_TIMEOUT_S, on_stderr=on_stderr
        )
        if result.exit != 0:
            error = failure(args, result)
            raise CannotEstablish(
                f"the commits cannot be read from {self.source}: {error.what}",
                "look at `git fsck --connectivity-only` in the repository, and at the free space of the gate's cache",
            )
        for commit in wanted:
            if not self.git.ok("cat-file", "-e", f"{commit}^{{commit}}"):
                raise CannotEstablish(
                    f"commit {commit} did not arrive in the gate's store", f"remove {self.path} and try again"
                )

    def _remove_stale_locks(self) -> None:
        """The flock is ours, so whoever made these files is dead.

        Not so whoever made objects/tmp_objdir-*: `log --remerge-diff` and `merge-tree` work there without the flock.
        """
        for pattern in ("*.lock", "refs/gate/*.lock", "objects/info/*.lock", "objects/pack/tmp_*"):
            for stale in self.path.glob(pattern):
                stale.unlink(missing_ok=True)
        for folder in self.path.glob("objects/tmp_objdir-*"):
            if _age_s(folder) > FETCH_TIMEOUT_S:
                remove(folder)

    def merge(self, base: str, head: str) -> tuple[TreeId | None, tuple[str, ...]]:
        """Merge head onto base, in the store: (tree, ()) when clean, (None, conflicting paths) when not."""
        args = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", base, head)
        result = self.git.call(*args)
        if result.exit not in {0, 1}:
            raise failure(args, result)
        tree, *names = result.stdout.split(b"\0")
        if result.exit == 0:
            return TreeId(tree.decode().strip()), ()
        return None, tuple(sorted({decode(name) for name in names if name}))

    def read(self, commit_or_tree: str, path: str, *, max_bytes: int = MAX_FILE_BYTES) -> bytes | None:
        """Content of a file, None when it is not there. Raises CannotEstablish above `max_bytes`."""
        if "\n" in path:
            return self._read_listed(commit_or_tree, path, max_bytes)
        asked = encode(f"{commit_or_tree}:{path}") + b"\n"
        try:
            said = self.git.run(
                "cat-file", "--batch=%(objecttype) %(objectsize)", stdin=asked, max_bytes=max_bytes + _HEAD
            )
        except TooMuch as error:
            raise CannotEstablish(f"{path} is too large to be read", f"the limit is {max_bytes} bytes") from error
        head, _, content = said.partition(b"\n")
        kind, _, size = head.partition(b" ")
        if kind != b"blob":
            return None
        if int(size) > max_bytes:
            raise CannotEstablish(f"{path} is too large to be read", f"the limit is {max_bytes} bytes")
        return content[: int(size)]

    def blob_at(self, name: bytes) -> bytes:
        """Content of the blob that a revision expression names (without a newline in it)."""
        out = self.git.run("cat-file", "--batch=%(objectsize)", stdin=name + b"\n")
        size, _, rest = out.partition(b"\n")
        return rest[: int(size)]

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents of several blobs, with one git process. Missing ones are left out."""
        asked = "".join(f"{oid}\n" for oid in oids).encode()
        out = memoryview(self.git.run("cat-file", "--batch", stdin=asked))
        found: dict[str, bytes] = {}
        while out:
            end = bytes(out[:200]).index(b"\n")
            oid, *meta = bytes(out[:end]).decode().split(" ")
            out = out[end + 1 :]
            if len(meta) == 2:
                size = int(meta[1])
                found[oid], out = bytes(out[:size]), out[size + 1 :]
        return found

    def sizes(self, oids: Iterable[str]) -> Mapping[str, int]:
        """Bytes of several blobs, with one git process. Missing ones are left out."""
        asked = "".join(f"{oid}\n" for oid in oids).encode()
        said = self.git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked).decode()
        rows = (line.split(" ") for line in said.splitlines())
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}

    def _read_listed(self, commit_or_tree: str, path: str, max_bytes: int) -> bytes | None:
        entry = self.list_tree(commit_or_tree).get(path)
        if entry is None or entry[0] == "160000":
            return None
        size = int(self.git.text("cat-file", "-s", entry[1]))
        if size > max_bytes:
            raise CannotEstablish(f"{path!r} is too large to be read ({size} bytes)", f"the limit is {max_bytes} bytes")
        return self.git.run("cat-file", "blob", entry[1])

    def list_tree(self, tree: str, *, named: str = "") -> Mapping[str, tuple[str, str]]:
        """Every path of a commit or tree → (mode, object id), in git's order; with `named` only files of that name."""
        listed: dict[str, tuple[str, str]] = {}
        ends = (b"\t" + encode(named), b"/" + encode(named)) if named else (b"",)
        for entry in self.git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree).split(b"\0"):
            if entry and entry.endswith(ends):
                meta, path = entry.split(b"\t", 1)
                mode, _, oid = meta.decode().split(" ")
                listed[decode(path)] = (mode, oid)
        return listed

    def tree_of(self, commit: str) -> TreeId:
        """Tree of a commit that was fetched."""
        return self.trees_of(commit)[0]

    def trees_of(self, *commits: str) -> tuple[TreeId, ...]:
        """Their trees, with one git process. Raises CannotEstablish when one is not there."""
        asked = "".join(f"{commit}^{{tree}}\n" for commit in commits).encode()
        said = self.git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).decode().split("\n")
        found = [line.removesuffix(" tree") for line in said if line.endswith(" tree")]
        if len(found) != len(commits):
            raise CannotEstablish(f"a commit is missing in {self.path}", f"remove {self.path} and try again")
        return tuple(map(TreeId, found))


def key_of(repository: Repository) -> str:
    """Name of everything that the gate keeps for a repository: 16 hexadecimal digits of its common directory's path."""
    return hashlib.sha256(os.fsencode(os.path.realpath(repository.common_dir))).hexdigest()[:16]
