"""Sides of a changed Python file without the functions and classes that the branch left as they were. Pure.

What is left out is left out on both sides, so that nothing seems to come or go; lines keep their numbers. Parsing what
is left costs as much as the change is large, not as the file is.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cached_property

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.parsed import ParsedPython, parsed
from gatekeeper.integrity.pieces import Cut, Piece, cut
from gatekeeper.integrity.source import Source

MOST_CHARACTERS = 1_000_000
"""Of changed code that is parsed only to know that it can be."""
Wanted = Callable[[Piece, str], bool]
"""Is a function or class (with its text) to be read, although it stays as it was?"""


def cut_side(diff: Diff, change: FileChange, new: bool) -> Cut | None:
    """Head's or base's side, cut; None where all of it is to be read."""
    both = cut(diff, change)
    return both[new] if both else None


def fresh_text(diff: Diff, change: FileChange, new: bool) -> str:
    """Text of one side that is not on the other, with all that stands outside of functions and classes."""
    side = cut_side(diff, change, new)
    return side.fresh if side else whole(diff, change, new).text


def whole(diff: Diff, change: FileChange, new: bool) -> ParsedPython:
    """One side with everything in it."""
    return parsed(diff, change.new, change.path) if new else parsed(diff, change.old, change.before)


def problem(diff: Diff, change: FileChange) -> str:
    """Why what changed in a file cannot be read, as in "it is …"; empty when it can. Kept in the cache of the diff.

    Of a huge branch only the first files, and those that somebody had to read, are known.
    """
    key = (problem, change.path)
    if key not in diff.cache:
        spent: int = diff.cache.get(problem, 0)  # type: ignore[assignment]
        known = ""
        if spent <= MOST_CHARACTERS:
            diff.cache[problem] = spent + len(fresh_text(diff, change, True))
            known = trimmed(diff, change, True, lambda *_: False).problem
        diff.cache[key] = known
    return diff.cache[key]  # type: ignore[return-value]


def remember_problem(diff: Diff, change: FileChange, side: ParsedPython) -> None:
    """Spare others the reading: `side` is head's."""
    diff.cache[problem, change.path] = side.problem


def trimmed(diff: Diff, change: FileChange, new: bool, wanted: Wanted) -> ParsedPython:
    """One side with what changed and what is wanted; with everything where the rest does not parse alone."""
    side = cut_side(diff, change, new)
    if side is None:
        return whole(diff, change, new)
    path = change.path if new else change.before
    return _Trimmed(Source(side.text, notebook=path.endswith(".ipynb")), path, *side.trimmed(wanted))


class _Trimmed(ParsedPython):
    """A side with less text, which has all of it again when its tree shows that the cuts were none."""

    def __init__(self, source: Source, path: str, text: str, marks: frozenset[int]) -> None:
        super().__init__(Source(text, notebook=source.notebook), path)
        self._source, self._marks = source, marks

    @cached_property
    def tree(self) -> ast.Module | None:
        found = super().tree
        if found is not None and self._marks <= frozenset(_passes(found)):
            return found
        complete = ParsedPython(self._source, self.path)
        self.text, self.generated = complete.text, complete.generated
        for made in ("lines", "comments"):
            self.__dict__.pop(made, None)
        return complete.tree


def _passes(tree: ast.Module) -> Iterator[int]:
    """Lines of statements `pass` of a module and of its classes."""
    for node in tree.body:
        if isinstance(node, ast.Pass):
            yield node.lineno
        elif isinstance(node, ast.ClassDef):
            yield from (part.lineno for part in node.body if isinstance(part, ast.Pass))
