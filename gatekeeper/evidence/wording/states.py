"""That something works: end to end, as expected, again; that a fault is gone."""

from gatekeeper.evidence.wording.around import (
    NEAR,
    NONE_HERE,
    STOPS,
    Words,
    after,
    before,
    ends_clause,
    in_place,
    of_everything,
    word_at,
)
from gatekeeper.evidence.wording.words import AS_TOLD, BUGS, PRAISE, STRONG_PRAISE, VERIFIED, words_of

_NOUN_BEFORE_WORK = words_of("good great hard nice our the this")


_BEFORE_THE_NOUN = STOPS | _NOUN_BEFORE_WORK


def works(words: Words, at: int) -> int:
    """`works end to end`, `is working fine`, `everything works`, not `works by hashing`, `nice work`."""
    last = word_at(words, at - 1)
    if last == "from" or (words[at] == "work" and last in _BEFORE_THE_NOUN):
        return NONE_HERE
    if last in VERIFIED or _is_praised(words, at, PRAISE) or _says_where(words, at):
        return at
    return at if ends_clause(words, at) and (last in PRAISE or of_everything(words, at)) else NONE_HERE


def behaves(words: Words, at: int) -> int:
    """`renders correctly`; without praise it is what code does."""
    return at if _is_praised(words, at, STRONG_PRAISE) else NONE_HERE


def _is_praised(words: Words, at: int, praise: frozenset[str]) -> bool:
    if word_at(words, at - 1) in STRONG_PRAISE:
        return True
    for index in range(at + 1, at + 1 + NEAR):
        word, following = word_at(words, index), word_at(words, index + 1)
        if word in STOPS:
            return False
        if word in praise or (word, following) == ("end", "to") or (word == "as" and following in AS_TOLD):
            return True
    return False


def _says_where(words: Words, at: int) -> bool:
    """`works in production`, `works for me`."""
    for index in range(at + 1, at + 1 + NEAR):
        word, following = word_at(words, index), word_at(words, index + 1)
        if word in STOPS:
            return False
        if (word in {"in", "on"} and in_place(words, index)) or (word == "for" and following in {"me", "us"}):
            return True
    return False


def reproduces(words: Words, at: int) -> int:
    """`The bug no longer reproduces`, `cannot reproduce it any more`."""
    if "longer" in before(words, at, 2):
        return max(0, at - 4)
    any_more = word_at(words, at - 1) == "cannot" and not {"any", "anymore"}.isdisjoint(after(words, at, NEAR))
    return at - 1 if any_more else NONE_HERE


def gone(words: Words, at: int) -> int:
    """`The crash is gone`."""
    return NONE_HERE if BUGS.isdisjoint(before(words, at, 3)) else at


def checks_out(words: Words, at: int) -> int:
    return at if word_at(words, at + 1) == "out" and of_everything(words, at) else NONE_HERE


def came_up(words: Words, at: int) -> int:
    """`It came up healthy`."""
    return at if before(words, at, 2) in {("came", "up"), ("comes", "up"), ("came", "back")} else NONE_HERE


def ready(words: Words, at: int) -> int:
    return at if words[at + 1 : at + 3] == ("for", "production") else NONE_HERE


def functional(words: Words, at: int) -> int:
    return at if word_at(words, at - 1) == "fully" else NONE_HERE


def perfect(_words: Words, at: int) -> int:
    """`Production-ready` is said of what was shown to work."""
    return at
