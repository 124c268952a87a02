"""Which assertions of a test are gone or ask for less than before. Pure.

Assertions with the same text are paired first, then those that look at the same thing, then those of one kind. Another
expected value is no weakening: it changes together with behaviour.
"""

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence

from msgspec import Struct

from gatekeeper.integrity.code.assertions import Assertion

_DULLING = re.compile(
    r"^(?:bool|len|type|set|frozenset|sorted|round|int|abs|any|all|sum|isinstance|hasattr|callable|list\(set)\($"
)
_MANY = 400
Sources = tuple[Sequence[str], Sequence[str]]
"""Lines of base's and of head's file."""


class Loss(Struct, frozen=True):
    """`new` is None for an assertion that is gone."""

    old: Assertion
    new: Assertion | None
    how: str


def losses(old: Sequence[Assertion], new: Sequence[Assertion], sources: Sources) -> list[Loss]:
    """What is weaker, in the order of the old assertions, and what is gone when there are fewer than before."""
    if max(len(old), len(new)) > _MANY:
        # Tables of assertions that a program wrote: the number is all that is compared.
        return [Loss(old[0], None, "gone")] * (len(old) > len(new))
    left_old, left_new, found = _same_text(old, new, sources)
    # That something warns is taken out when it no longer does.
    counted = [one for one in left_old if one.asked.kind != "warns"]
    fewer = len(new) < len(old) - (len(left_old) - len(counted)) and not _became_loops(old, new)
    unpaired = _same_kind(_related_pairs(counted, left_new, found), left_new)
    for one in unpaired:
        if left_new:
            other = left_new.pop(0)
            found += [Loss(one, other, "asks for less")] * (other.asked.strength < min(one.asked.strength, 4))
        elif fewer:
            found.append(Loss(one, None, "is gone"))
    return found


def _became_loops(old: Sequence[Assertion], new: Sequence[Assertion]) -> bool:
    """Does one assertion now ask what several asked?"""
    return any(one.repeated for one in new) and not any(one.repeated for one in old)


def _related_pairs(old: Sequence[Assertion], left_new: list[Assertion], found: list[Loss]) -> list[Assertion]:
    """Pairs what looks at the same thing; adds to `found`, takes from `left_new`. What has no partner comes back."""
    unpaired: list[Assertion] = []
    for one in old:
        related = [other for other in left_new if _related(one, other)]
        partner = max(related, key=lambda other: (_worth(one, other), -left_new.index(other)), default=None)
        if partner is None:
            unpaired.append(one)
        else:
            left_new.remove(partner)
            found += _weaker(one, partner)
    return unpaired


def _same_text(
    old: Sequence[Assertion], new: Sequence[Assertion], sources: Sources
) -> tuple[list[Assertion], list[Assertion], list[Loss]]:
    """What is left on both sides, and what is now asserted under a condition only."""
    key = _keys(old, new, sources)
    shared = Counter(key[one] for one in old) & Counter(key[one] for one in new)
    left_old, left_new = _beyond(old, Counter(shared), key), _beyond(new, Counter(shared), key)
    return left_old, left_new, _conditional(old, new, key, shared)


def _conditional(
    old: Sequence[Assertion], new: Sequence[Assertion], key: Mapping[Assertion, str], shared: Container[str]
) -> list[Loss]:
    """What is on both sides, and now asserted under a condition only."""
    before = {key[one]: one for one in old if key[one] in shared}
    again = [(one, before[key[one]]) for one in new if key[one] in shared]
    # One of several with this text is enough without a condition.
    free = {key[one] for one, was in again if one.guards <= was.guards}
    return [Loss(was, one, "is made under a condition only") for one, was in again if key[one] not in free]


def _keys(old: Sequence[Assertion], new: Sequence[Assertion], sources: Sources) -> Mapping[Assertion, str]:
    """What makes two assertions the same: how they are written where that is on both sides, else canonical source."""
    written = {one: one.written(lines) for side, lines in zip((old, new), sources, strict=True) for one in side}
    both = {written[one] for one in old} & {written[one] for one in new}
    return {one: text if text in both else one.text for one, text in written.items()}


def _beyond(items: Sequence[Assertion], shared: Counter[str], key: Mapping[Assertion, str]) -> list[Assertion]:
    stay = []
    for one in items:
        if shared[key[one]] > 0:
            shared[key[one]] -= 1
        else:
            stay.append(one)
    return stay


def _related(old: Assertion, new: Assertion) -> bool:
    """Do they look at the same thing, or one at a part of what the other looks at?"""
    if old.asked.kind == "raises" or new.asked.kind == "raises":
        return old.asked.kind == new.asked.kind and bool(old.asked.subjects & new.asked.subjects)
    if old.asked.subjects & new.asked.subjects:
        return True
    return any(_part_of(one, other) for one in old.asked.subjects for other in new.asked.subjects)


def _part_of(inner: str, outer: str) -> bool:
    """Is one expression written inside of the other (`x` in `len(x)`)?"""
    at = outer.find(inner) if inner else -1
    while at >= 0:
        end = at + len(inner)
        if not _is_word(outer[at - 1 : at], "._") and not _is_word(outer[end : end + 1], "_"):
            return True
        at = outer.find(inner, at + 1)
    return False


def _is_word(letter: str, others: str) -> bool:
    return letter.isalnum() or (letter != "" and letter in others)


def _worth(old: Assertion, new: Assertion) -> float:
    """How much is left of the old one: what asks as much comes first."""
    return min(new.asked.strength, old.asked.strength) - 0.5 * _dulled(old, new)


def _dulled(old: Assertion, new: Assertion) -> bool:
    """Is less seen of it than before: `len(x)`, `bool(x)`, `sorted(x)` in the place of `x`?"""
    for one in old.asked.subjects:
        for other in new.asked.subjects - old.asked.subjects:
            before = other.partition(one)[0] if one in other else ""
            if _DULLING.match(before):
                return True
    return False


def _weaker(old: Assertion, new: Assertion) -> list[Loss]:
    if new.asked.strength < old.asked.strength:
        return [Loss(old, new, "asks for less")]
    if _dulled(old, new):
        return [Loss(old, new, "looks at less")]
    if _wider(old, new):
        return [Loss(old, new, "tolerates more")]
    if new.guards > old.guards:
        return [Loss(old, new, "is made under a condition only")]
    return []


def _wider(old: Assertion, new: Assertion) -> bool:
    """Is more tolerated? A tolerance where the default was used counts when it is a large one."""
    if new.asked.tolerance is None:
        return False
    if old.asked.tolerance is None:
        return new.asked.tolerance > 1e-3 and old.asked.kind == new.asked.kind
    return new.asked.tolerance > old.asked.tolerance


def _same_kind(old: Sequence[Assertion], left_new: list[Assertion]) -> list[Assertion]:
    """Pairs what is left by kind and order: another thing is looked at, in the same way. Takes from `left_new`."""
    unpaired = []
    for one in old:
        other = next((n for n in left_new if n.asked.kind == one.asked.kind), None)
        if other is None:
            unpaired.append(one)
        else:
            left_new.remove(other)
    return unpaired
