"""What the branch added: found at head, and not (in the same file or in another) at base. Pure.

Three comparisons, in this order: the same text in the same file; the same thing in the same file with another text
(a hook that base already had, changed a little); the same text in another file of the diff, which was moved.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.parsed import ParsedPython, is_python, parsed


@dataclass(frozen=True, slots=True)
class Found:
    """Something on one side of a file that may be new.

    `key` is its text, whatever its place: moving keeps it. `same` names the thing itself, whatever its text; empty
    where another text is another thing.
    """

    rule: str
    key: str
    line: int
    message: str
    same: str = ""
    symbol: str = ""
    harder: bool = False


Finder = Callable[[FileChange, ParsedPython], Iterable[Found]]
"""What is found in one side of a change; the change is given for its path and role only."""
Worth = Callable[[bytes], bool]
"""Cheap look at the bytes of one side: can there be anything to find?"""


def added(diff: Diff, find: Finder, worth: Worth) -> Mapping[str, tuple[Hit, ...]]:
    """Hits by path, made once for a whole diff. What was there before, or was moved, is none."""
    made = diff.cache.get(find)
    if made is None:
        made = diff.cache[find] = _added(diff, find, worth)
    return made  # type: ignore[return-value]


def _added(diff: Diff, find: Finder, worth: Worth) -> dict[str, tuple[Hit, ...]]:
    changes = [change for change in diff.changes if is_python(change.path) or is_python(change.before)]
    fresh = {change.path: found for change in changes if (found := _fresh(diff, change, find, worth))}
    if not fresh:
        return {}
    gone = Counter(f.key for change in changes for f in _gone(diff, change, find, worth))
    hits: dict[str, tuple[Hit, ...]] = {}
    for change in changes:
        stay: list[Found] = []
        for one in fresh.get(change.path, ()):
            if gone[one.key] > 0:
                gone[one.key] -= 1
            else:
                stay.append(one)
        if stay:
            hits[change.path] = _hits(parsed(diff, change.new, change.path), stay)
    return hits


def sides(diff: Diff, change: FileChange, find: Finder, worth: Worth) -> tuple[list[Found], list[Found]]:
    """What is found at base and at head."""
    old = list(find(change, parsed(diff, change.old, change.before))) if _look(change.old, worth) else []
    new = list(find(change, parsed(diff, change.new, change.path))) if _look(change.new, worth) else []
    return old, new


def _look(contents: bytes | None, worth: Worth) -> bool:
    return contents is not None and worth(contents)


def _fresh(diff: Diff, change: FileChange, find: Finder, worth: Worth) -> list[Found]:
    """Found at head, not in the same file at base."""
    if not _look(change.new, worth):
        return []
    old, new = _unpaired(*sides(diff, change, find, worth), lambda found: found.key)
    return _unpaired(old, new, lambda found: found.same)[1]


def _gone(diff: Diff, change: FileChange, find: Finder, worth: Worth) -> list[Found]:
    """Found at base, and with this text not in the same file at head."""
    if not _look(change.old, worth):
        return []
    return _unpaired(*sides(diff, change, find, worth), lambda found: found.key)[0]


def _unpaired(
    old: Sequence[Found], new: Sequence[Found], by: Callable[[Found], str]
) -> tuple[list[Found], list[Found]]:
    """What is left on both sides when those with one name are paired, one for one; an empty name pairs with none."""
    names = Counter(map(by, old)) & Counter(map(by, new))
    del names[""]
    return _beyond(old, names, by), _beyond(new, names, by)


def _beyond(items: Sequence[Found], paired: Counter[str], by: Callable[[Found], str]) -> list[Found]:
    left, stay = Counter(paired), []
    for item in items:
        if left[by(item)] > 0:
            left[by(item)] -= 1
        else:
            stay.append(item)
    return stay


def _hits(side: ParsedPython, found: Iterable[Found]) -> tuple[Hit, ...]:
    return tuple(
        Hit(f.rule, side.path, f.message, side.place(f.line), f.symbol, side.line_text(f.line), f.harder) for f in found
    )
