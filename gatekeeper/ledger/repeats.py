"""The same failure again on the same branch: whoever tries a third time in the same way needs a person."""

from collections.abc import Sequence

from gatekeeper.ledger.record import Ledger, stored
from gatekeeper.model.change import Repeat
from gatekeeper.model.result import CheckResult
from gatekeeper.model.subject import Subject

OFTEN = 3
"""So many heads in a row with the same failure are said in the report."""
_FAR = 30
"""Runs that are looked back at."""
_WORDS = {3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}


def repeated(ledger: Ledger, subject: Subject, results: Sequence[CheckResult]) -> tuple[Repeat, ...]:
    """Rejecting findings that at least one earlier head of the branch had as well, without a break between.

    Asks the ledger only when something rejects; the same commit judged again is no repetition.
    """
    rejecting = {one.fingerprint: one for result in results for one in result.findings if one.rejects}
    if not rejecting or subject.branch is None:
        return ()
    repository, branch = (stored(text) for text in (subject.repository.common_dir, subject.branch))
    earlier = ledger.rejected_before(repository, branch, subject.head, _FAR)
    times = {one: 1 + _streak(one, earlier) for one in sorted(rejecting)}
    return tuple(Repeat(one, rejecting[one].check, rejecting[one].rule, n) for one, n in times.items() if n > 1)


def _streak(fingerprint: str, earlier: Sequence[frozenset[str]]) -> int:
    """Heads before this one, without a break, that had the finding."""
    return next((number for number, had in enumerate(earlier) if fingerprint not in had), len(earlier))


def again(repeats: Sequence[Repeat]) -> tuple[str, ...]:
    """One note about the failures that came a third time or more often."""
    often = [one for one in repeats if one.times >= OFTEN]
    if not often:
        return ()
    most = max(one.times for one in often)
    names = ", ".join(sorted({f"{one.check}/{one.rule}" for one in often})[:3])
    time = _WORDS.get(most, f"{most}th")
    return (f"the same failure for the {time} time ({names}): a person should look",)
