"""Globs with gitignore semantics. The library behind them is loaded when a path is first held against one."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Globs:
    """Lines of a .gitignore; a later line has the last word, `!` takes back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = tuple(lines)
        self._spec: GitIgnoreSpec | None = None

    def match(self, path: str) -> bool:
        """Does the file or folder (relative, forward slashes) match?"""
        if self._spec is None:
            from pathspec import GitIgnoreSpec  # noqa: PLC0415 - it tries several regular expression engines

            self._spec = GitIgnoreSpec.from_lines(self._lines)
        return self._spec.match_file(path)


def are_globs(lines: Iterable[str]) -> bool:
    """Can all of them be read as patterns?"""
    try:
        Globs(lines).match("any")
    except (ValueError, re.error):  # pathspec hands some mistakes on to re as they are
        return False
    return True
