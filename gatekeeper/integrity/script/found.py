"""What the branch added in TypeScript and JavaScript: found at head, and not (in the same file or another) at base.
Pure.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct


class Found(Struct, frozen=True):
    """Something on one side of a file that may be new.

    `key` is its text with what it stands for, whatever its place: moving keeps it. `same` are names under which it is
    the same thing in the same file although its text changed. `unless` are keys or `grants` at base that make it none,
    because they silenced more.
    """

    rule: str
    key: str
    line: int
    message: str
    same: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    symbol: str = ""
    context: str = ""
    harder: bool = False


def unpaired(old: Sequence[Found], new: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """What is left of both sides of one file when everything that was there before is paired, one for one."""
    before = {key for found in old for key in (found.key, *found.grants)}
    left, fresh = _pair(old, new, lambda found: found.key)
    fresh = [found for found in fresh if not before.intersection(found.unless)]
    for index in range(max((len(found.same) for found in fresh), default=0)):
        left, fresh = _pair(left, fresh, lambda found, at=index: found.same[at] if at < len(found.same) else "")  # type: ignore[misc]
    return left, fresh


def without_moved(gone: Iterable[Found], fresh: Sequence[Found]) -> list[Found]:
    """What is left of `fresh` when everything that left another file is taken for moved."""
    pool = Counter(found.key for found in gone)
    stay = []
    for found in fresh:
        if pool[found.key] > 0:
            pool[found.key] -= 1
        else:
            stay.append(found)
    return stay


def _pair(old: Sequence[Found], new: Sequence[Found], by: Callable[[Found], str]) -> tuple[list[Found], list[Found]]:
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
