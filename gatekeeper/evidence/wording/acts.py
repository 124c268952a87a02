"""What somebody did to find out: verified, tested, ran, tried, saw in the logs."""

from gatekeeper.evidence.wording.around import (
    FAR,
    NEAR,
    NONE_HERE,
    STOPS,
    TESTING,
    Words,
    after,
    before,
    has_subject,
    in_place,
    word_at,
)
from gatekeeper.evidence.wording.words import (
    AFTER_VERIFIED,
    ATTRIBUTIVE,
    BEFORE_VERIFIED,
    HARD_STOPS,
    KINDS_OF_TESTING,
    MEANWHILE,
    PRESENT_PASSIVE,
    SHOWN_BY,
    THOROUGHLY,
    VERIFIED_THINGS,
    WORK,
    words_of,
)

_NOT_BEFORE_VERIFIED = ATTRIBUTIVE | words_of("as badly be insufficiently no partially poorly to")
_TRIED = words_of("it this both")
_HOW_TRIED = words_of("against in locally on once out twice with")
_WHERE_RAN = words_of("against in it on this through under")
_SAW = words_of("behaved got returned saw showed went")
_HOW_VERIFIED = THOROUGHLY | KINDS_OF_TESTING


def verified(words: Words, at: int) -> int:
    """`Verified in production`, `was tested`, `QA confirmed this`, not `only verified users`, `is confirmed`."""
    last, following = word_at(words, at - 1), word_at(words, at + 1)
    if last in _HOW_VERIFIED and following not in VERIFIED_THINGS:
        return at
    if following in VERIFIED_THINGS or (words[at] == "checked" and following not in AFTER_VERIFIED):
        return NONE_HERE
    last = word_at(words, at - 2) if last in MEANWHILE else last
    return at if _says_who_or_where(words, at, last) else NONE_HERE


def _says_who_or_where(words: Words, at: int, last: str) -> bool:
    """`last` is the word that the act hangs on."""
    if last in PRESENT_PASSIVE or (last == "and" and _goes_on_in_present(words, at)):
        return in_place(words, at) or not WORK.isdisjoint(before(words, at, 3))
    return last in STOPS or last in BEFORE_VERIFIED or _ends_there(last, word_at(words, at + 1))


def _ends_there(last: str, following: str) -> bool:
    return (following in AFTER_VERIFIED or following in STOPS) and last not in _NOT_BEFORE_VERIFIED


def _goes_on_in_present(words: Words, at: int) -> bool:
    """`Arguments are now coerced and validated`."""
    return word_at(words, at - 2).endswith("ed") and not PRESENT_PASSIVE.isdisjoint(before(words, at, NEAR + 1))


def after_testing(words: Words, at: int) -> int:
    """`Pushed after testing it on two phones`; `emit the event after verifying …` is what code does."""
    told = words[0].endswith("ed") or words[0] in {"i", "we"}
    return at - 1 if word_at(words, at - 1) == "after" and at > 1 and told else NONE_HERE


def did(words: Words, at: int) -> int:
    """`I did test`."""
    return at if word_at(words, at - 1) == "did" else NONE_HERE


def ran(words: Words, at: int) -> int:
    """`Ran the suite`, `executed the integration tests`, `tests executed`, `ran it against the staging server`."""
    following = word_at(words, at + 1)
    if following in {"into", "out"}:
        return NONE_HERE
    if following in _WHERE_RAN and in_place(words, at):
        return at
    for word in after(words, at, FAR):
        if word in TESTING:
            return at
        if word in HARD_STOPS:
            break
    return at if words[at] == "executed" and has_subject(words, at, 3, count_within=0) else NONE_HERE


def run(words: Words, at: int) -> int:
    """`have run all the tests`, `the suite was run`."""
    last = word_at(words, at - 1)
    if last in {"have", "has", "had", "did"}:
        return ran(words, at)
    return at if last in {"been", "were", "was"} and has_subject(words, at, FAR, count_within=0) else NONE_HERE


def tried(words: Words, at: int) -> int:
    """`Tried it on my laptop`."""
    return at if word_at(words, at + 1) in _TRIED and word_at(words, at + 2) in _HOW_TRIED else NONE_HERE


def shows(words: Words, at: int) -> int:
    """`Logs show …`, `manual testing confirms …`, `I can confirm that …`."""
    last = before(words, at, 2)
    if words[at] == "confirm" and (last in {("i", "can"), ("we", "can")} or last[-1:] in {("i",), ("we",)}):
        return max(0, at - 2)
    if not SHOWN_BY.isdisjoint(last):
        return at
    return verified(words, at) if words[at] == "confirmed" else NONE_HERE


def as_expected(words: Words, at: int) -> int:
    """`… and got a 422 as expected`; `works as expected` is found at `works`."""
    return at if word_at(words, at - 1) == "as" and not _SAW.isdisjoint(before(words, at, FAR)) else NONE_HERE
