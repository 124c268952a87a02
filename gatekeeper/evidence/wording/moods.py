"""What takes a claim back: negation, plan, condition, question, order, somebody else's words, an earlier time."""

from gatekeeper.evidence.wording.around import Words, after, word_at
from gatekeeper.evidence.wording.words import (
    AFTERTHOUGHTS,
    ANSWERED_NO,
    BAD,
    CAUSING,
    COMMIT_TYPES,
    CONDITIONS,
    EVERYTHING,
    GOOD,
    HARD_STOPS,
    HEDGES,
    HISTORY,
    MODALS,
    NOT,
    OBJECTS,
    OPEN_CONDITIONS,
    ORDERS,
    ORDERS_OF_SOMETHING,
    PASSED,
    PHRASES,
    PLANS,
    PURPOSES,
    REPORTS,
    SOFT_STOPS,
    TESTS,
    VERIFIED,
    words_of,
)

_CUES = NOT | MODALS | HEDGES | CONDITIONS | HISTORY | REPORTS | PURPOSES
_WIDE_CUES = REPORTS | PURPOSES  # a comma does not end what they govern
_EARLIER = HISTORY | {"before", "used"}
_EARLIER_THEN = words_of("and broken failed failing red")  # `previously failing tests now pass`
_STEPS = words_of("commit committing merge merging opening push pushing release sending")  # `tested before the push`
_STATE = TESTS | EVERYTHING | words_of("being it qa they this")
_SUBJECTS = EVERYTHING | words_of("it nothing")
_NOT_YET_TO = words_of("continue continued continues end")
_TO_BE = words_of("all be fully have")
_LABEL = 5  # words up to a colon


def silent_until(words: Words) -> int:
    """Index of the first word that can make a claim: before it stand a question, the label of a plan or an order.

    A tick answers the question and says that the order was carried out.
    """
    if words[0] == GOOD:
        return 0
    if words[-1] == "?" or words[0] == BAD:
        return len(words)
    begin = _after_prefix(words)
    if begin >= len(words):
        return 0
    return len(words) if _is_plan(words[begin:]) or _is_case(words, begin) else _end_of_order(words, begin)


def taken_back(words: Words, claim: int) -> bool:
    """Does something before or after the claim that begins at `claim` take it back?"""
    return _by_what_precedes(words, claim) or _by_what_follows(words, claim)


def _after_prefix(words: Words) -> int:
    """Behind marks, `fix(api)!:` and `please`."""
    begin = 0
    while word_at(words, begin) in {GOOD, "—", "|"}:
        begin += 1
    if word_at(words, begin) in COMMIT_TYPES and ":" in words[begin : begin + _LABEL]:
        begin = words.index(":", begin) + 1
    while word_at(words, begin) in {"please", "kindly", "also", "then"}:
        begin += 1
    return begin


def _is_plan(words: Words) -> bool:
    label = words[:_LABEL]
    return ":" in label and " ".join(label[: label.index(":")]) in PLANS


def _is_case(words: Words, begin: int) -> bool:
    """`If …`, `so that …`, `had CI been green …`."""
    if words[begin] == "had":
        return "been" in words[begin + 2 : begin + _LABEL]
    return words[begin] in OPEN_CONDITIONS or words[begin : begin + 2] == ("so", "that")


def _end_of_order(words: Words, begin: int) -> int:
    """Where the order ends with which a sentence begins; 0 when it begins with none."""
    if not _is_order(words[begin], word_at(words, begin + 1)):
        return 0
    stops = HARD_STOPS | {"(", ":"} if words[begin] in CAUSING else HARD_STOPS | SOFT_STOPS | {"("}
    for index in range(begin + 1, len(words)):
        if words[index] in stops or (words[index] == "and" and _begins_anew(words, index)):
            return index
    return len(words)


def _is_order(first: str, following: str) -> bool:
    """`Fix the parser`, not `Fix tested on …`, `Test passes`."""
    if following in VERIFIED or following in PASSED:
        return False
    return (
        first in ORDERS
        or (first in ORDERS_OF_SOMETHING and following in OBJECTS)
        or (first, following) == ("work", "to")
    )


def _begins_anew(words: Words, at: int) -> bool:
    """`… and all tests pass`: another statement, which nothing said before governs."""
    if words[at] not in {"and", "so"}:
        return False
    return word_at(words, at + 1) in _SUBJECTS or not TESTS.isdisjoint(after(words, at, 2))


def _by_what_precedes(words: Words, claim: int) -> bool:
    within = True  # the clause of the claim
    index = claim
    while index > 0:
        index -= 1
        word = words[index]
        if word == ")":
            index = _opening(words, index)
        elif word in HARD_STOPS or word == "(":
            return False
        elif word in SOFT_STOPS or _begins_anew(words, index):
            within = False
        elif _is_cue(words, index, claim) and (within or _reaches_far(words, index, claim)):
            return True
    return False


def _opening(words: Words, closing: int) -> int:
    """An aside in brackets says nothing about what is around it."""
    for index in range(closing - 1, -1, -1):
        if words[index] == "(":
            return index
    return closing


def _is_cue(words: Words, at: int, claim: int) -> bool:
    if words[at] == "to":
        return _is_purpose(words, at, claim)
    return (words[at] in _CUES or words[at : at + 2] in PHRASES) and not _is_excused(words, at, claim)


def _reaches_far(words: Words, cue: int, claim: int) -> bool:
    """Beyond a comma: `the ticket says …`, `never documented, tested or used`."""
    return words[cue] in _WIDE_CUES or words[cue] == "to" or (words[cue] in NOT and "or" in words[cue : claim + 2])


def _is_purpose(words: Words, at: int, claim: int) -> bool:
    """`expect the tests to pass`, `to be tested`, `to get CI green`; not `continue to pass`, `end to end`."""
    if words[at + 1] in CAUSING:
        return True
    if claim - at > 2 or word_at(words, at - 1) in _NOT_YET_TO:
        return False
    return claim - at == 1 or words[at + 1] in _TO_BE


def _is_excused(words: Words, cue: int, claim: int) -> bool:
    """Does this word, here, not take back what other cases of it do?"""
    word, last, following = words[cue], word_at(words, cue - 1), words[cue + 1]
    if word in _EARLIER:
        return "now" in words[cue:claim] or following in _EARLIER_THEN
    if word in REPORTS:
        return last in TESTS
    if word == "after":  # the fix, rather than it is verified
        return last != "only" and following not in _STATE
    return (
        (word, following) == ("not", "only")
        or (last, word) == ("as", "expected")
        or (word == "once" and last in {"ran", "run", "tried"})
    )


_BAD_ANSWERS = ANSWERED_NO | {BAD}
_LOOK_NO_FURTHER = HARD_STOPS | SOFT_STOPS | {"(", "now"}


def _by_what_follows(words: Words, claim: int) -> bool:
    if word_at(words, claim + 1) in {"if", "unless", "only"}:
        return True
    for index in range(claim + 1, len(words)):
        word, following = words[index], word_at(words, index + 1)
        if word == BAD or (word in {":", "|"} and following in _BAD_ANSWERS):
            return words[claim] != GOOD
        if word in _LOOK_NO_FURTHER:
            return False
        if word in AFTERTHOUGHTS:
            return words[index - 1] != "as"
        if word == "before":
            return not _is_a_step(after(words, index, 3))
    return False


def _is_a_step(then: Words) -> bool:
    """`Before pushing`, `before the merge`, `before and after`: shown for this change, not for an older state."""
    return not then or then[0] == "and" or any(word in _STEPS or word.endswith("ing") for word in then)
