"""Is a sentence that sounds like proof covered by a structured claim and by what was observed? Pure.

Words are looked up, not understood: what a sentence speaks of is guessed from the surfaces, tools and checks that it
names. A sentence that names nothing known is covered by nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Label, Outcome

_ANY = ("runtime", "browser", "device", "preprod", "staging", "production")
_SURFACES: Sequence[tuple[re.Pattern[str], tuple[str, ...]]] = tuple(
    (re.compile(pattern, re.IGNORECASE), surfaces)
    for pattern, surfaces in (
        (r"\bprod(?:uction)?\b|\blive\b", ("production",)),
        (r"\bstaging\b|\bpre-?prod", ("preprod", "staging")),
        (r"\bbrowsers?\b|\bchrom(?:e|ium)\b|\bfirefox\b|\bsafari\b|\bplaywright\b|\bcypress\b", ("browser",)),
        (r"\bdevices?\b|\biphone\b|\bipad\b|\bandroid\b|\bemulator\b|\bsimulator\b", ("device",)),
        (r"\bdatabase\b|\bpostgres\w*|\bmysql\b|\bmigrations?\b", ("database",)),
        (r"\bCI\b|\bpipelines?\b|\bgithub actions\b", ("ci",)),
        (r"\brelease[ds]?\b|\bdeployed\b", ("release", "production")),
        (r"\bend[- ]to[- ]end\b|\be2e\b|\bat runtime\b|\bmanual(?:ly)?\b|\bserver\b|\bcurl\b|\bAPI\b", _ANY),
    )
)
_CHECKS: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.IGNORECASE), check)
    for pattern, check in (
        (r"\btests?\b|\btest suite\b|\bsuite\b|\bspecs?\b|\bpytest\b|\bvitest\b|\bjest\b|\bunittests?\b", "tests"),
        (r"\bmypy\b|\btsc\b|\btype[- ]?check\w*|\btypes\b", "types"),
        (r"\blint\w*|\bruff\b|\beslint\b|\bformatt\w+", "lint"),
        (r"\bbuilds?\b|\bbuilt\b|\bcompil\w+|\bwheels?\b", "build"),
    )
)


class Evidence(Struct, frozen=True):
    """What a sentence is held against: the results, their surfaces ("" for the tree), and soundly claimed subjects."""

    results: Mapping[str, CheckResult]
    surfaces: Mapping[str, str]
    sound: Collection[str]
    """Subjects with a claim that nothing speaks against."""


def backed(sentence: str, evidence: Evidence) -> bool:
    """Does everything that the sentence names have a sound claim and an observation that goes as far?

    A surface needs a target that was observed there, directly; a check needs to have passed.
    """
    topics = list(_topics(sentence, evidence))
    return bool(topics) and all(any(_holds(one, evidence) for one in subjects) for subjects in topics)


def _topics(sentence: str, evidence: Evidence) -> Iterator[list[str]]:
    """For each thing that is named, the subjects that could show it; an empty list when none could."""
    for pattern, surfaces in _SURFACES:
        if pattern.search(sentence):
            yield [subject for subject, surface in evidence.surfaces.items() if surface in surfaces]
    yield from ([check] for pattern, check in _CHECKS if pattern.search(sentence))
    words = set(re.findall(r"[a-z0-9][a-z0-9-]*", sentence.lower()))
    words -= {check for _, check in _CHECKS}
    yield from ([subject] for subject in evidence.surfaces if subject in words)


def _holds(subject: str, evidence: Evidence) -> bool:
    result = evidence.results.get(subject)
    if result is None or subject not in evidence.sound or result.outcome is not Outcome.PASSED:
        return False
    return not evidence.surfaces.get(subject) or result.label is Label.DIRECT
