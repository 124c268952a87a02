"""Looking around a word: what rules share. Every look goes a bounded number of words, whatever the sentence holds."""

from gatekeeper.evidence.wording.words import (
    BAD,
    EVERYTHING,
    GOOD,
    HARD_STOPS,
    PLACES,
    SOFT_STOPS,
    TEST_CODE,
    TESTS,
)

Words = tuple[str, ...]

NONE_HERE = -1
NEAR, FAR = 4, 8  # words
STOPS = HARD_STOPS | SOFT_STOPS | {"(", ")", "?", GOOD, BAD}
TESTING = TESTS | {TEST_CODE}


def word_at(words: Words, index: int) -> str:
    """The word, or a full stop outside the sentence."""
    return words[index] if 0 <= index < len(words) else "."


def before(words: Words, at: int, reach: int) -> Words:
    """Up to `reach` words before."""
    return words[max(0, at - reach) : at]


def after(words: Words, at: int, reach: int) -> Words:
    """Up to `reach` words after."""
    return words[at + 1 : at + 1 + reach]


def is_count(word: str) -> bool:
    """`214`, `48/48`, `100%`, but not `0` or `3/5`."""
    done, slash, total = word.rstrip("%").partition("/")
    return done.isdecimal() and done.strip("0") != "" and (not slash or done == total)


def has_subject(words: Words, at: int, reach: int, count_within: int) -> bool:
    """Is there, shortly before, something whose passing is meant: tests, a tool, everything, or a count close by?"""
    for index in range(at - 1, max(-1, at - 1 - reach), -1):
        word = words[index]
        if word in TESTING or word in EVERYTHING or (at - index <= count_within and is_count(word)):
            return True
        if word in HARD_STOPS and word != "|":
            return False
    return False


def in_place(words: Words, at: int) -> bool:
    """`… in production`, `… on the device`."""
    return not PLACES.isdisjoint(after(words, at, NEAR))


def of_everything(words: Words, at: int) -> bool:
    """`everything works`, `it works`."""
    return not {"everything", "all", "both", "it"}.isdisjoint(before(words, at, 3))


def ends_clause(words: Words, at: int) -> bool:
    return word_at(words, at + 1) in STOPS
