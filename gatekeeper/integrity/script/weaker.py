"""Does a test ask for less than it did? Assertions of both sides, paired by what they are about. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from gatekeeper.integrity.script.assertions import BARELY, EXACT, Assertion, asks_less
from gatekeeper.integrity.script.blocks import Block

_TELLING = 6
"""Characters from which on an expected value is no accident."""


class Difference(Struct, frozen=True):
    """`weakened`: old and new of assertions that ask for less; `removed`: those that nothing replaces."""

    weakened: tuple[tuple[Assertion, Assertion], ...] = ()
    removed: tuple[Assertion, ...] = ()


def difference(old: Block, new: Block, moved: Counter[str]) -> Difference:
    """What `new` lost against `old`. `moved` are assertions that other tests gained, and loses what it explains
    here.
    """
    gone, fresh = _unpaired(old.assertions, new.assertions)
    weakened: list[tuple[Assertion, Assertion]] = []
    gone = _by_subject(gone, fresh, weakened)
    gone = [one for one in gone if not _covered(one, fresh) and not _moved(one, moved)]
    if new.checks - old.checks:  # handed to a function that asserts
        return Difference(tuple(weakened))
    gone = _by_place(gone, fresh, weakened)
    return Difference(tuple(weakened), tuple(gone))


def _unpaired(old: Sequence[Assertion], new: Sequence[Assertion]) -> tuple[list[Assertion], list[Assertion]]:
    same = Counter(one.text for one in old) & Counter(one.text for one in new)
    return _beyond(old, Counter(same)), _beyond(new, Counter(same))


def _beyond(items: Iterable[Assertion], same: Counter[str]) -> list[Assertion]:
    stay = []
    for item in items:
        if same[item.text] > 0:
            same[item.text] -= 1
        else:
            stay.append(item)
    return stay


def _by_subject(
    gone: list[Assertion], fresh: list[Assertion], weakened: list[tuple[Assertion, Assertion]]
) -> list[Assertion]:
    """Pair what is about the same; of several the one that asks for as much first. Takes what it pairs out of
    `fresh`.
    """
    stay = []
    for old in gone:
        about = [new for new in fresh if new.subject == old.subject]
        if not about:
            stay.append(old)
            continue
        best = max(about, key=lambda new: (not asks_less(old, new), new.level or EXACT))
        fresh.remove(best)
        if asks_less(old, best):
            weakened.append((old, best))
    return stay


def _by_place(
    gone: list[Assertion], fresh: list[Assertion], weakened: list[tuple[Assertion, Assertion]]
) -> list[Assertion]:
    """Pair the rest: another subject replaces one, unless it asks for next to nothing instead of something."""
    for by in (_value, _matcher, _any):
        gone = _pair_enough(gone, fresh, by)
    for old, new in zip(gone, fresh, strict=False):
        if asks_less(old, new) and new.level == BARELY:
            weakened.append((old, new))
    return gone[len(fresh) :]


def _pair_enough(gone: list[Assertion], fresh: list[Assertion], by: Callable[[Assertion], object]) -> list[Assertion]:
    """Pair what has the same name by `by` and asks for as much. Takes what it pairs out of `fresh`."""
    stay = []
    for old in gone:
        name = by(old)
        match = next((new for new in fresh if by(new) == name and not asks_less(old, new)), None) if name else None
        if match is None:
            stay.append(old)
        else:
            fresh.remove(match)
    return stay


def _value(one: Assertion) -> object:
    return one.given[0] if one.given else ""


def _matcher(one: Assertion) -> object:
    return one.words


def _any(_: Assertion) -> object:
    return True


def _covered(old: Assertion, fresh: Iterable[Assertion]) -> bool:
    """Is the same asked by a larger assertion: `expect(a.x).toBe(1)` by `expect(a).toEqual({ x: 1, … })`?"""
    root, value = _root(old.subject), old.given[0] if old.given else ""
    return any(
        _is_larger(new, old, root) or _holds(new, value)
        for new in fresh
        if new.level == EXACT and new.given and new.subject != old.subject
    )


def _is_larger(new: Assertion, old: Assertion, root: str) -> bool:
    """Is it about the whole of which the old one asked for a part?"""
    return _root(new.subject) == root and old.subject.startswith(new.subject)


def _holds(new: Assertion, value: str) -> bool:
    """Is the old expected value a part of the new one?"""
    return len(value) >= _TELLING and any(value in given and value != given for given in new.given)


def _moved(old: Assertion, moved: Counter[str]) -> bool:
    if moved[old.text] > 0:
        moved[old.text] -= 1
        return True
    return False


def _root(subject: str) -> str:
    return subject.replace("(", ".").replace("[", ".").replace("?", ".").partition(".")[0]
