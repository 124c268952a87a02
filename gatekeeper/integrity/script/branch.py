"""Everything that is looked for in scripts, over a whole diff at once: each side is parsed once, and trees do not
stay. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.parsed_script import is_script
from gatekeeper.integrity.script import detected, doubtful, exits, overrides, suppressed
from gatekeeper.integrity.script.blocks import Block
from gatekeeper.integrity.script.found import Found, unpaired, without_moved
from gatekeeper.integrity.script.functions import function_names
from gatekeeper.integrity.script.side import TESTS, Finder, Side, side_of, trimmed_sides

FINDERS: tuple[Finder, ...] = (
    *suppressed.FINDERS,
    *doubtful.FINDERS,
    *exits.FINDERS,
    *overrides.FINDERS,
    *detected.FINDERS,
)


class Facts(Struct, frozen=True):
    """What one side of one file says, as plain data."""

    found: tuple[Found, ...] = ()
    blocks: tuple[Block, ...] = ()
    functions: frozenset[str] = frozenset()
    """Names of functions, in files with tests."""
    problem: str = ""


_NOTHING = Facts()


def scripts(diff: Diff) -> Sequence[FileChange]:
    """Changes with a script on one of their sides, and something changed in it."""
    return [
        c for c in diff.changes if (is_script(c.path) or is_script(c.before)) and (c.old != c.new or c.before != c.path)
    ]


def facts(diff: Diff, change: FileChange, new: bool) -> Facts:
    """Facts of one side, kept in the cache of the diff."""
    key = (facts, change.path, new)
    if key not in diff.cache:
        _read(diff, change, new)
    return diff.cache[key]  # type: ignore[return-value]


def _read(diff: Diff, change: FileChange, new: bool) -> None:
    """Read one side; of a changed file of tests both, because what is the same in them is left out."""
    side = side_of(diff, change, new)
    other = side_of(diff, change, not new) if side is not None and side.is_tests else None
    if side is not None and other is not None and other.is_tests:
        if new:
            other, side = trimmed_sides(other, side)
        else:
            side, other = trimmed_sides(side, other)
        diff.cache[facts, change.path, not new] = _facts(other)
    diff.cache[facts, change.path, new] = _NOTHING if side is None else _facts(side)


def _facts(side: Side) -> Facts:
    worth = [finder for finder in FINDERS if finder.applies(side.role, side.contents)]
    if not worth and not side.is_tests:
        return _NOTHING
    found = tuple(one for finder in worth for one in finder.find(side))
    functions = function_names(side.script) if side.is_tests else frozenset()
    return Facts(found, tuple(side.blocks), functions, side.script.problem)


def added(diff: Diff) -> Mapping[str, tuple[Hit, ...]]:
    """Hits by path for what the branch added; what was there before, or was moved, is none. Made once for a diff."""
    made = diff.cache.get(added)
    if made is None:
        made = diff.cache[added] = _added(diff)
    return made  # type: ignore[return-value]


def _added(diff: Diff) -> dict[str, tuple[Hit, ...]]:
    fresh: dict[str, list[Found]] = {}
    gone: list[Found] = []
    compared: set[str] = set()
    changes = scripts(diff)
    for change in changes:
        found = facts(diff, change, True).found if _promising(change) else ()
        if found:
            left, new = unpaired(facts(diff, change, False).found, found)
            compared.add(change.path)
            gone += left
            if new:
                fresh[change.path] = new
    if not fresh:
        return {}
    rules = {found.rule for new in fresh.values() for found in new}
    gone = [found for found in (*gone, *_gone_elsewhere(diff, changes, compared)) if found.rule in rules]
    return _hits(fresh, gone)


def _gone_elsewhere(diff: Diff, changes: Iterable[FileChange], compared: set[str]) -> Iterable[Found]:
    """What left the files in which nothing was added at first sight."""
    for change in changes:
        if change.path not in compared and change.old is not None:
            old = facts(diff, change, False).found
            yield from unpaired(old, facts(diff, change, True).found)[0] if old else ()


def _hits(fresh: Mapping[str, Sequence[Found]], gone: list[Found]) -> dict[str, tuple[Hit, ...]]:
    flat = [(path, found) for path in sorted(fresh) for found in fresh[path]]
    stay = {id(found) for found in without_moved(gone, [found for _, found in flat])}
    hits: dict[str, list[Hit]] = {}
    for path, f in flat:
        if id(f) in stay:
            hits.setdefault(path, []).append(Hit(f.rule, path, f.message, f.line, f.symbol, f.context, f.harder))
    return {path: tuple(several) for path, several in hits.items()}


def _promising(change: FileChange) -> bool:
    """Can there be something new in this file?"""
    if change.new is None:
        return False
    if change.role in TESTS:
        return True
    worth = [finder for finder in FINDERS if finder.applies(change.role, change.new)]
    if not worth or change.old is None or not all(finder.by_line for finder in worth):
        return bool(worth)
    return any(finder.places(change.new) - finder.places(change.old) for finder in worth)
