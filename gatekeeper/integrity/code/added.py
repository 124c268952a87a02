"""What the branch added: found at head, and not (in the same file or in another) at base. Pure.

Three comparisons, in this order: the same text in the same file; the same thing in the same file with another text
(a hook that base already had, changed a little); the same text in another file of the diff, which was moved.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from gatekeeper.integrity.code.words import ESCAPED, as_read, is_plain
from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.parsed import ParsedPython, is_python, parsed
from gatekeeper.integrity.trimmed import fresh_text, trimmed


class Found(Struct, frozen=True):
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


MAX_PER_FILE = 200
"""Hits that are told one by one; the rest is counted."""
Finder = Callable[[FileChange, ParsedPython], Iterable[Found]]
"""What is found in one side of a change; the change is given for its path and role only."""
Worth = Callable[[FileChange, str], bool]
"""Cheap look at a text of one side: can there be anything to find? Functions that stay and are not worth it are not
parsed."""
Concerns = Callable[[FileChange], bool]
"""Is this a file in which it is looked for?"""


def added(diff: Diff, find: Finder, worth: Worth, concerns: Concerns = bool) -> Mapping[str, tuple[Hit, ...]]:
    """Hits by path, made once for a whole diff. What was there before, or was moved, is none."""
    made = diff.cache.get(find)
    if made is None:
        made = diff.cache[find] = newly(diff, find, worth, concerns)
    return made  # type: ignore[return-value]


def newly(diff: Diff, find: Finder, worth: Worth, concerns: Concerns = bool) -> dict[str, tuple[Hit, ...]]:
    """The same, not kept. Base is looked at only when there is something at head."""
    search = _Search(diff, find, worth)
    changes = _concerned(diff, concerns)
    new = search.at_head(changes)
    if not any(new.values()):
        return {}
    at_base = [change for change in changes if change.path in new or search.may_hold(change, False)]
    old = {change.path: search.found(change, False) for change in at_base}
    # What stays beside something that went is found on both sides, or on neither.
    new |= {change.path: search.found(change, True) for change in at_base if change.path not in new}
    return settled(diff, old, new)


def _concerned(diff: Diff, concerns: Concerns) -> list[FileChange]:
    """Files in which it is looked for, of those that are or were Python."""
    return [c for c in diff.changes if (is_python(c.path) or is_python(c.before)) and concerns(c)]


class _Search:
    """Looks for one thing in sides of changes."""

    def __init__(self, diff: Diff, find: Finder, worth: Worth) -> None:
        self._diff, self._find, self._worth = diff, find, worth

    def may_hold(self, change: FileChange, new: bool) -> bool:
        """Can there be anything in what changed on this side? Most files are told by a look at their bytes."""
        contents = change.new if new else change.old
        if contents is None:
            return False
        if is_plain(change.path, contents) and not self._is_worth(change, contents.decode("latin-1")):
            return False
        return self._is_worth(change, fresh_text(self._diff, change, new))

    def at_head(self, changes: Iterable[FileChange]) -> dict[str, Sequence[Found]]:
        """What is found at head, by path, in those of the changes that may hold something there."""
        return {change.path: self.found(change, True) for change in changes if self.may_hold(change, True)}

    def found(self, change: FileChange, new: bool) -> Sequence[Found]:
        """What is found in one side of a change."""
        if (change.new if new else change.old) is None:
            return ()
        side = trimmed(self._diff, change, new, lambda _, text: self._is_worth(change, text))
        return list(self._find(change, side))

    def _is_worth(self, change: FileChange, text: str) -> bool:
        return ESCAPED.search(text) is not None or self._worth(change, as_read(text))


def settled(
    diff: Diff, old: Mapping[str, Sequence[Found]], new: Mapping[str, Sequence[Found]]
) -> dict[str, tuple[Hit, ...]]:
    """Hits by path from what is found on both sides of each change, also by its (new) path."""
    gone: Counter[str] = Counter()
    stay: dict[str, list[Found]] = {}
    for path in old.keys() | new.keys():
        before, after = _unpaired(old.get(path, ()), new.get(path, ()), lambda one: one.key)
        gone.update(one.key for one in before)
        stay[path] = _unpaired(before, after, lambda one: one.same)[1]
    hits = {}
    for change in diff.changes:
        found = _beyond(stay.get(change.path, ()), gone, lambda one: one.key)
        if found:
            hits[change.path] = _hits(parsed(diff, change.new, change.path), found)
    return hits


def _unpaired(
    old: Sequence[Found], new: Sequence[Found], by: Callable[[Found], str]
) -> tuple[list[Found], list[Found]]:
    """What is left on both sides when those with one name are paired, one for one; an empty name pairs with none."""
    names = Counter(map(by, old)) & Counter(map(by, new))
    del names[""]
    return _beyond(old, Counter(names), by), _beyond(new, Counter(names), by)


def _beyond(items: Sequence[Found], left: Counter[str], by: Callable[[Found], str]) -> list[Found]:
    """Items that `left` does not account for; takes those that it does out of it."""
    stay = []
    for item in items:
        if left[by(item)] > 0:
            left[by(item)] -= 1
        else:
            stay.append(item)
    return stay


def _hits(side: ParsedPython, found: Sequence[Found]) -> tuple[Hit, ...]:
    shown = [
        Hit(f.rule, side.path, f.message, side.place(f.line), f.symbol, side.line_text(f.line), f.harder)
        for f in found[:MAX_PER_FILE]
    ]
    if len(found) > MAX_PER_FILE:
        rest = found[MAX_PER_FILE:]
        harder = any(one.harder for one in rest)
        shown.append(Hit(rest[0].rule, side.path, f"and {len(rest)} more in this file", harder=harder))
    return tuple(shown)
