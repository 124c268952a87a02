"""What a slot looked like when git last had a look, so that git need not be asked about a tree that nobody touched."""

import contextlib
from pathlib import Path

from gatekeeper.git.stillness import TooManyError, stillness
from gatekeeper.model.vocabulary import TreeId


class Memory:
    """Of one slot, while it is held: `path` is its tree, `folder` the place beside it."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._file = folder / "untouched"
        self._clock = folder / "clock"
        self._tree: TreeId | None = None
        self._keep: tuple[str, ...] = ()
        self._large = False
        self._fresh: str | None = None
        """What the tree looked like right after the checkout."""
        self._exact: str | None = None
        """The same, once git has found no change in it."""
        self._clean: tuple[str | None, str] | None = None
        """(whose .gitignore, what it looked like) when git last found no change that counts."""

    def recalls(self, tree: TreeId, keep: tuple[str, ...]) -> bool:
        """Does the slot hold exactly `tree`, untouched since an earlier user had it checked out and looked at?"""
        looked, _, about = self._take().partition("\n")
        self._begin(tree, keep)
        looks = self.look() if about == self._about() else None
        if looks is None or looks != looked:
            return False
        self._fresh = self._exact = looked
        return True

    def checked_out(self, tree: TreeId, keep: tuple[str, ...]) -> None:
        """It has just been made to hold exactly `tree`."""
        self._begin(tree, keep)
        self._fresh = self.look()

    def look(self) -> str | None:
        """What the tree looks like now; None when that would prove nothing."""
        if self._large:
            return None
        self._clock.write_bytes(b"now")
        try:
            return stillness(str(self._path), besides=self._keep, since_ns=self._clock.stat().st_mtime_ns)
        except TooManyError:
            self._large = True
            return None

    def vouches(self, looks: str | None, ignored_by: str | None) -> bool:
        """Would git find nothing, because it did and nothing was touched since?"""
        return looks is not None and (looks == self._exact or (ignored_by, looks) == self._clean)

    def unchanged(self, looks: str | None, ignored_by: str | None) -> None:
        """Git has found no change in a tree that looked like this before git was asked."""
        self._clean = None if looks is None else (ignored_by, looks)
        if looks is not None and looks == self._fresh:
            self._exact = looks

    def leave(self) -> None:
        """Say to the next user what the untouched tree looks like, when that is known; else nothing."""
        with contextlib.suppress(OSError):
            if self._exact is not None:
                self._file.write_text(f"{self._exact}\n{self._about()}", encoding="utf-8")
            else:
                self._file.unlink(missing_ok=True)

    def _begin(self, tree: TreeId, keep: tuple[str, ...]) -> None:
        self._tree, self._keep = tree, keep
        self._large = False
        self._fresh = self._exact = self._clean = None

    def _take(self) -> str:
        """What the last user left. It is gone then: it says nothing about what this user does."""
        try:
            left = self._file.read_text(encoding="utf-8")
            self._file.unlink()
        except (OSError, UnicodeDecodeError):
            return ""
        return left

    def _about(self) -> str:
        return "\n".join((str(self._tree), *self._keep))
