"""Where a self-review is written, and the run that it is drafted from and judged against."""

import os
import tempfile
from pathlib import Path

from msgspec import Struct

from gatekeeper.checks.self_review import bound_tree
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.evidence.claims import file_for
from gatekeeper.evidence.review_file import MAX_BYTES
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.ledger.agreement import Agreement
from gatekeeper.ledger.record import Ledger, RunRow
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.process.home import find_home

RUNS = 500
"""Newest runs that are looked through."""


class Place(Struct, frozen=True):
    """A head, its store and the ledger. `tree` is what a self-review of the head is bound to."""

    subject: Subject
    store: Store
    ledger: Ledger
    tree: TreeId

    @classmethod
    def find(cls, directory: str, rev: str | None) -> "Place":
        """Raises what finding the repository and resolving `rev` raise."""
        home = find_home(os.environ)
        repository = find_repository(directory)
        store = Store.open(home, repository)
        agreed = Agreement(home, repository)
        # The whole tree, because a head without anything new may be reviewed as well.
        subject = resolve(repository, rev, None, True, store=store, agreed_base=agreed.base)
        return cls(subject, store, Ledger(home.ledger), bound_tree(store, subject.head_tree))

    def last_run(self) -> Report:
        """The newest run of this head, or of a commit with the same content. Raises CannotEstablish without one."""
        for row in self.runs():
            report = self.ledger.find(row.run) if self._same_content(row) else None
            if report is not None and not report.policy.trial and not report.subject.whole:
                return report
        name = self.subject.branch or self.subject.head[:12]
        raise CannotEstablish(
            f"no run has judged this head of {name} ({self.subject.head[:12]})",
            f"run gate check {self.subject.branch or self.subject.head[:12]} first",
        )

    def runs(self) -> tuple[RunRow, ...]:
        """Runs of this repository, the newest first."""
        there = Path(self.ledger.path).exists()  # asking must not make one
        return self.ledger.runs(self.subject.repository.common_dir, RUNS) if there else ()

    def _same_content(self, row: RunRow) -> bool:
        """Was this head judged, or one of the branch that differs in self-reviews only?"""
        if row.head == self.subject.head:
            return True
        known = row.branch == self.subject.branch and self.store.has(row.head)
        return known and bound_tree(self.store, TreeId(row.tree)) == self.tree

    def file(self, given: str | None) -> Path:
        """The file that is meant: the given one, else that of the branch in the worktree where it is checked out."""
        if given is not None:
            return Path(given).absolute()
        if self.subject.branch is None:
            raise UsageError("a commit that no branch was named for has no file of its own", "name a file, or a branch")
        if self.subject.worktree is None:
            raise UsageError(
                f"{self.subject.branch} is checked out nowhere: there is no worktree for its self-review",
                "name a file, or check the branch out",
            )
        return Path(self.subject.worktree) / file_for(self.subject.branch)

    def shown(self, path: Path) -> str:
        """The path as it is called in the repository, when it lies there."""
        root = self.subject.worktree
        return str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)

    def read(self, path: Path) -> bytes:
        """At most one byte more than a self-review may have. Raises UsageError when there is no such file."""
        self._inside(path)
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise UsageError(
                f"{self.shown(path)} cannot be read: {error.strerror}", "gate self-review new writes one"
            ) from error

    def write(self, path: Path, text: str, *, replace: bool) -> None:
        """Writes the file whole or not at all. Raises UsageError when it is there and `replace` is not wanted."""
        self._inside(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._inside(path)
            handle, name = tempfile.mkstemp(prefix=".self-review-", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            _put(name, path, replace=replace)
        except FileExistsError:
            raise UsageError(
                f"{self.shown(path)} is already there; nothing was written", "edit it, or --force writes it anew"
            ) from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotEstablish(
                f"{self.shown(path)} cannot be written: {reason}", "make room, or the folder writable"
            ) from error

    def _inside(self, path: Path) -> None:
        """The branch may have made a link of a folder: what belongs into the worktree is not written elsewhere."""
        root = self.subject.worktree
        if root is None or not path.is_relative_to(root):
            return
        real = Path(os.path.realpath(path.parent)) / path.name
        if path.is_symlink() or not real.is_relative_to(os.path.realpath(root)):
            raise UsageError(f"{self.shown(path)} leads out of the worktree by a symbolic link", "remove the link")


def _put(name: str, path: Path, *, replace: bool) -> None:
    try:
        if replace:
            os.replace(name, path)  # noqa: PTH105 - the counterpart of the link below
        else:
            os.link(name, path)  # whoever was faster is never overwritten
    finally:
        Path(name).unlink(missing_ok=True)
