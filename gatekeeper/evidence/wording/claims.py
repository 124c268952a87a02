"""Which word of a sentence says that something was shown to work? One rule per kind of word, in one table.

A rule gets the sentence and the index of its word, looks a few words around it, and gives the index where its claim
begins, or -1. Whether the claim is taken back (negation, plan, condition) is asked in `moods`.
"""

from collections.abc import Callable

from gatekeeper.evidence.wording import acts, results, states
from gatekeeper.evidence.wording.around import Words
from gatekeeper.evidence.wording.words import (
    BEHAVES,
    BROKE,
    FAILURES,
    GOOD,
    GOOD_STATE,
    PASSED,
    RAN,
    REPRODUCES,
    SHOWS,
    VERIFIED,
    WORKS,
)

Rule = Callable[[Words, int], int]

# Later entries win: `confirmed` is a word of SHOWS.
RULES: dict[str, Rule] = {
    **dict.fromkeys(PASSED, results.passed),
    **dict.fromkeys(GOOD_STATE, results.good_state),
    "successfully": results.successfully,
    **dict.fromkeys(FAILURES, results.failures),
    **dict.fromkeys(BROKE, results.broke),
    **dict.fromkeys(("exit", "exited", "exits"), results.exits),
    GOOD: results.marked,
    **dict.fromkeys(VERIFIED, acts.verified),
    **dict.fromkeys(("testing", "verifying", "confirming"), acts.after_testing),
    **dict.fromkeys(("test", "verify"), acts.did),
    **dict.fromkeys(RAN, acts.ran),
    "run": acts.run,
    "tried": acts.tried,
    **dict.fromkeys(SHOWS, acts.shows),
    "expected": acts.as_expected,
    **dict.fromkeys(WORKS, states.works),
    **dict.fromkeys(BEHAVES, states.behaves),
    **dict.fromkeys(REPRODUCES, states.reproduces),
    "gone": states.gone,
    **dict.fromkeys(("check", "checks"), states.checks_out),
    "healthy": states.came_up,
    "ready": states.ready,
    "functional": states.functional,
    **dict.fromkeys(("production-ready", "error-free", "bug-free"), states.perfect),
}


def speaking(words: Words) -> list[int]:
    """Indexes of the words that a rule is about; most sentences have none."""
    return [index for index, word in enumerate(words) if word in RULES or "/" in word]


def claim_at(words: Words, index: int) -> int:
    """Where the claim begins that the word at `index` makes, or -1 when it makes none."""
    rule = RULES.get(words[index])
    return rule(words, index) if rule else results.counted(words, index)
