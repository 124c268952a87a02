"""Somebody who looks at a running command now and then, and may say that it must stand still or end."""

from typing import Protocol

from gatekeeper.process.tree import Tree


class Governor(Protocol):
    """Asked about every 100 ms while the command runs."""

    paused_s: float
    """Seconds for which it made the command stand still so far: they do not count against its time."""

    def look(self, tree: Tree) -> str | None:
        """Why the command must be stopped for memory, or None. May stop and continue processes of the tree itself."""
