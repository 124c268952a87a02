"""What a branch weakens: everything that the detectors say, each hit once, sorted, a bounded number.

Most branches are read here. A large one is read by two processes, scripts in one and everything else in the other: they
share nothing but the diff, and take about the same time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from gatekeeper.dispatch.crew import Crew
from gatekeeper.integrity.contract import Diff, Hit, Rule
from gatekeeper.integrity.registry import Looked, concerned, look

MOST = 200
"""Hits of one rule that are listed; the others are counted."""
LARGE = 4 << 20
"""Bytes on both sides of a diff from which on a second process is worth the third of a second until it begins."""
APART = "script_"
"""How the places of detectors begin that the second process looks after."""


class Examined(Struct, frozen=True):
    """What all detectors say that may have looked at the diff."""

    hits: tuple[Hit, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Rules of these detectors."""
    beyond: Mapping[str, int] = field(default_factory=dict)
    """Rule → hits that are not listed."""
    failed: tuple[str, ...] = ()
    """What broke, in words."""


def examine(diff: Diff, most: int = MOST, large: int = LARGE) -> Examined:
    """What the branch weakens. Nothing raises: a process or a detector that broke is in `failed`."""
    looked = _looked(diff, large)
    found = {hit: None for one in looked for hit in one.hits}
    hits, beyond = _bounded(sorted(found, key=_order), most)
    rules = {rule: what for one in looked for rule, what in one.rules.items()}
    return Examined(hits, rules, beyond, tuple(why for one in looked for why in one.failed))


def _looked(diff: Diff, large: int) -> Sequence[Looked]:
    places = concerned(diff)
    apart = tuple(place for place in places if place.startswith(APART))
    here = tuple(place for place in places if place not in apart)
    if not apart or not here or _size(diff) < large:
        return [look(places, diff)]
    # Lazy: most branches need no second process, and what it takes to start one costs ten milliseconds.
    from gatekeeper.integrity.apart import look_apart  # noqa: PLC0415

    both = Crew([partial(look, here, diff), partial(look_apart, apart, diff)], 2, "integrity")
    return both.work(when_failed=lambda: None)


def _size(diff: Diff) -> int:
    return sum(len(one.old or b"") + len(one.new or b"") for one in diff.changes)


def _order(hit: Hit) -> tuple[str, int, str, str, str]:
    return (hit.path, hit.line or 0, hit.rule, hit.symbol, hit.message)


def _bounded(hits: Iterable[Hit], most: int) -> tuple[tuple[Hit, ...], dict[str, int]]:
    """At most so many of each rule: those that weigh more first, then in order."""
    by_rule: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_rule[hit.rule].append(hit)
    kept = [hit for several in by_rule.values() for hit in sorted(several, key=lambda one: not one.harder)[:most]]
    beyond = {rule: len(several) - most for rule, several in sorted(by_rule.items()) if len(several) > most}
    return tuple(sorted(kept, key=_order)), beyond
