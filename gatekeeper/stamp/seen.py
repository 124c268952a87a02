"""What a verifier remembers: the tip of the log that it saw last. A log may only have grown since.

Kept in the gate's state, outside the repository: whoever can rewrite the branch cannot rewrite the memory of it.
"""

import os
import re

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.git.lock import locked
from gatekeeper.git.store import key_of
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home, ensure_writable

_OBJECT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
FORGET = (
    "find out who rewrote it and fetch the right one; when it was meant to be replaced, believe the new one: "
    "`gate verify --forget-log REV`"
)


class Standing(Struct, frozen=True):
    """How the log stands to what was seen before. `problem` is empty when it has only grown, or is seen first."""

    tip: str | None
    remembered: str | None
    problem: str = ""


class Memory:
    """The last tip of one repository's log."""

    def __init__(self, home: Home, repository: Repository) -> None:
        self._folder = home.state / "logs-seen"
        self._file = self._folder / key_of(repository)

    def tip(self) -> str | None:
        """The remembered tip, None when no log was seen yet. Raises CannotEstablish when it is damaged."""
        try:
            text = self._file.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotEstablish(f"{self._file} cannot be read: {error.strerror}", FORGET) from error
        if not _OBJECT.match(text):
            raise CannotEstablish(f"{self._file}, the memory of the log, is damaged", FORGET)
        return text

    def forget(self) -> None:
        """Believe the log as it stands from now on. Raises CannotEstablish when the memory cannot be removed."""
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            raise CannotEstablish(f"{self._file} cannot be removed: {error.strerror}", "remove it by hand") from error

    def keep(self, tip: str, instead_of: str | None) -> None:
        """Remember `tip` if what is remembered still is `instead_of`: of two verifiers, none takes the other's back.

        Raises CannotEstablish when the state cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with locked(str(self._folder / ".lock")):
                if self.tip() != instead_of:
                    return
                draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
                draft.write_text(tip + "\n", encoding="ascii")
                draft.replace(self._file)
        except OSError as error:
            ensure_writable(self._folder)  # says what is wrong, and what to do
            raise CannotEstablish(
                f"{self._file} cannot be written: {error.strerror}", f"remove {self._file}"
            ) from error


def standing(git: Git, tip: str | None, remembered: str | None) -> Standing:
    """Has the log only grown? Two questions to git when it has moved, none otherwise."""
    if remembered is None or tip == remembered:
        return Standing(tip, remembered)
    if tip is None:
        return Standing(tip, remembered, f"the log is gone; its last known tip is {remembered[:12]}")
    if git.call("merge-base", "--is-ancestor", remembered, tip).exit != 0:
        what = (
            f"the log went back or was replaced: {tip[:12]} does not contain {remembered[:12]}, which was seen before"
        )
        return Standing(tip, remembered, what)
    changed = git.run("diff-tree", "-r", "--no-renames", "--name-only", "--diff-filter=MDTU", "-z", remembered, tip)
    if changed:
        count = changed.count(b"\0")
        return Standing(tip, remembered, f"the log was edited: {count} of its files were changed or removed")
    return Standing(tip, remembered)
