"""New against the merge base: a finding is new when the base has no finding of the same content left to match it.

Matching goes from near to far: the same file first, then any file (moved code is not new). Each finding of the base
excuses one finding of the head. Metrics are compared by number: a function that was over the limit before and did not
get worse is baseline, one that got worse is new.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from gatekeeper.decision.fingerprint import identity
from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import Novelty

_Key = tuple[str, ...]


def classify(head: Sequence[Finding], base: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of `head`, in their order, each marked new or baseline."""
    left = list(base)
    excused: set[int] = set()
    for near in (True, False):
        left = _match(head, left, excused, near=near)
    return tuple(
        replace(finding, novelty=Novelty.BASELINE if index in excused else Novelty.NEW)
        for index, finding in enumerate(head)
    )


def _match(head: Sequence[Finding], base: list[Finding], excused: set[int], *, near: bool) -> list[Finding]:
    """Excuse what the base already had; returns the findings of the base that are still unmatched."""
    pool: dict[_Key, list[Finding]] = defaultdict(list)
    for finding in sorted(base, key=_measure):
        pool[_key(finding, near=near)].append(finding)
    for index, finding in sorted(enumerate(head), key=lambda item: _measure(item[1])):
        candidates = [] if index in excused else pool[_key(finding, near=near)]
        fitting = next((old for old in candidates if not _worse(finding, old)), None)
        if fitting is not None:
            candidates.remove(fitting)
            excused.add(index)
    return [finding for candidates in pool.values() for finding in candidates]


def _measure(finding: Finding) -> float:
    return finding.measure or 0.0


def _key(finding: Finding, *, near: bool) -> _Key:
    return (*identity(finding), finding.path or "") if near else identity(finding)


def _worse(new: Finding, old: Finding) -> bool:
    if new.measure is None or old.measure is None:
        return False
    return new.measure > old.measure
