"""Slots: checkouts that the gate owns and reuses, so that a switch costs tens of milliseconds.

A slot has no `.git`; its index lies beside it. It belongs to whoever holds the kernel's lock on it.
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatekeeper.errors import CannotEstablish, Interrupted
from gatekeeper.git.command import Git, decode
from gatekeeper.git.ignores import Rules
from gatekeeper.git.lock import try_lock
from gatekeeper.git.memory import Memory
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.process.home import ensure_writable
from gatekeeper.process.remove import remove

_ALWAYS_IGNORED = b"__pycache__/\n*.pyc\n*.egg-info/\n"
_MOST = 512


class Slot:
    """One checkout while it is held. `path` is the tree, `scratch` a folder outside it that outlives the run."""

    def __init__(self, store: Store, folder: Path, handle: int, rules: Rules) -> None:
        self.path = folder / "tree"
        self.scratch = folder / "scratch"
        self.tree: TreeId | None = None
        self._store = store
        self._folder = folder
        self._handle = handle
        self._index = folder / "index"
        self._dirty = folder / "switching"
        self._keep: tuple[str, ...] = ()
        self._rules = rules
        self._memory = Memory(self.path, folder)
        self._git = Git(git_dir=str(store.path), work_tree=str(self.path), index=str(self._index))

    def switch(self, tree: TreeId, keep: Sequence[str] = ()) -> None:
        """Make the slot hold exactly `tree`; of what is not in the tree only the top-level names in `keep` stay.

        Raises CannotEstablish when git refuses the tree (a path like `.git/x`) or the disk is full.
        """
        self._keep = tuple(keep)
        try:
            if self._dirty.exists() or not self._memory.recalls(tree, self._keep):
                self._prepare()
                self._checkout(tree)
                (self._folder / "current").write_text(tree)
                self._dirty.unlink()
                self._memory.checked_out(tree, self._keep)
            self.scratch.mkdir(exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotEstablish(
                f"cannot write the checkout {self.path}: {reason}", "look at the free space"
            ) from error
        self.tree = tree

    def _prepare(self) -> None:
        interrupted = self._dirty.exists()
        self._dirty.touch()
        (self._folder / "index.lock").unlink(missing_ok=True)
        if interrupted:
            self._wipe()
        self.path.mkdir(exist_ok=True)

    def _wipe(self) -> None:
        self._index.unlink(missing_ok=True)
        remove(self.path)

    def _checkout(self, tree: TreeId) -> None:
        if self._try(tree):
            return
        # A check left something that git cannot remove (a folder without write permission …), or a broken index.
        self._wipe()
        self.path.mkdir()
        self._git.run("read-tree", "--reset", "-u", tree)

    def _try(self, tree: TreeId) -> bool:
        remove(self.path / ".git")  # git never looks at this name, so `clean` would leave it
        return self._git.ok("read-tree", "--reset", "-u", tree) and self._git.ok("clean", "-ffdxq", *self._kept())

    def _kept(self) -> tuple[str, ...]:
        return tuple(part for name in self._keep for part in ("-e", "/" + name))

    def restore(self) -> None:
        """Undo whatever was done to the tree since the switch."""
        if self.tree is not None:
            self.switch(self.tree, self._keep)

    def sweep(self) -> None:
        """Remove whatever is not of the tree, ignored or not: what an earlier command left is nothing to go by."""
        self._git.run("clean", "-ffdxq", *self._kept())

    def changes(self, ignored_by: str | None = None) -> tuple[str, ...]:
        """Paths that differ from the committed tree, sorted; new folders end in "/".

        What the .gitignore files of `ignored_by` (the base's commit or tree) ignore does not count, nor do byte code,
        egg-info and the names in `keep`. Content decides, not time stamps.
        """
        looks = self._memory.look()
        if self._memory.vouches(looks, ignored_by):
            return ()
        rules = self._folder / "exclude"
        kept = "".join(f"/{name}\n" for name in self._keep).encode()
        rules.write_bytes(_ALWAYS_IGNORED + self._rules.of(ignored_by) + kept)
        args = ("-t", "-z", "--modified", "--deleted", "--others", "--directory", "--no-empty-directory")
        said = self._git.run("ls-files", *args, f"--exclude-from={rules}")
        found = {decode(entry[2:]) for entry in said.split(b"\0") if entry}
        found.update({".git"} if os.path.lexists(self.path / ".git") else ())
        if not found:
            # Looked at before git was asked: what is touched meanwhile looks different the next time.
            self._memory.unchanged(looks, ignored_by)
        return tuple(sorted(found))

    def release(self) -> None:
        """Give the slot back. Its tree stays for the next one."""
        if self._handle >= 0:
            self._memory.leave()
            os.close(self._handle)
            self._handle = -1


class Slots:
    """All slots of one repository, below `folder`."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self._rules = Rules(store)

    @contextlib.contextmanager
    def acquire(
        self,
        tree: TreeId,
        *,
        cancelled: threading.Event | None = None,
        keep: Sequence[str] = (),
        apart: bool = False,
    ) -> Iterator[Slot]:
        """A slot that holds exactly `tree`, ours for the block. Never waits: a new one is made when all are taken.

        `apart`: rather not the first, which is left to whoever comes without this wish, whichever of them is quicker.

        Raises Interrupted when `cancelled` is set, CannotEstablish when the checkout cannot be made.
        """
        if cancelled is not None and cancelled.is_set():
            raise Interrupted("interrupted before the checkout")
        slot = self._take(tree, apart=apart)
        try:
            slot.switch(tree, keep)
            yield slot
        finally:
            slot.release()

    def _take(self, tree: TreeId, *, apart: bool) -> Slot:
        ensure_writable(self.folder)
        numbers = [*self._by_nearness(tree), *range(_MOST)]
        for number in [*filter(None, numbers), 0] if apart else numbers:
            folder = self.folder / str(number)
            folder.mkdir(exist_ok=True)
            handle = try_lock(str(folder / "lock"))
            if handle is not None:
                return Slot(self.store, folder, handle, self._rules)
        raise CannotEstablish(f"all {_MOST} checkouts in {self.folder} are taken", "wait for the other gates to finish")

    def _by_nearness(self, tree: TreeId) -> list[int]:
        """Existing slots: those that hold the tree first, then by number.

        So from run to run the same work meets the same slots, where its tools have left their caches, and the slot
        that holds the base is not taken for the next head.
        """
        numbers = sorted(int(entry.name) for entry in self.folder.iterdir() if entry.name.isdigit())
        return sorted(numbers, key=lambda number: not _holds(self.folder / str(number) / "current", tree))


def _holds(current: Path, tree: TreeId) -> bool:
    try:
        return current.read_text() == tree
    except OSError:
        return False
