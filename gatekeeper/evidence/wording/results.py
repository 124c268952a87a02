"""Results of tests, checks and commands: passed, green, no failures, exit status 0, a mark of success."""

from gatekeeper.evidence.wording.around import (
    FAR,
    NEAR,
    NONE_HERE,
    STOPS,
    TESTING,
    Words,
    after,
    before,
    ends_clause,
    has_subject,
    is_count,
    word_at,
)
from gatekeeper.evidence.wording.words import (
    AFTER_RESULT,
    ATTRIBUTIVE,
    BEHAVES,
    DONE,
    EVERYTHING,
    HANDED_OVER,
    NONE,
    PLACES,
    TEST_CODE,
    TESTS,
    TICKED_ORDERS,
    WHOLE,
    WORK_DONE,
    WORKS,
    words_of,
)

_ORDINALS = words_of("first second one")
_DESCRIBED = words_of("raised thrown returned")
_NOT_BETWEEN = words_of("and for from if in longer more not of on or to with")  # `no … errors`
_WENT = DONE | BEHAVES | WORKS | words_of("builds completes finishes live running went")  # `… without errors`


def passed(words: Words, at: int) -> int:
    """`All tests pass`, `214 passed`, `passes the whole suite`, not `passes the token to …`."""
    if word_at(words, at - 1) in ATTRIBUTIVE | _ORDINALS or not HANDED_OVER.isdisjoint(after(words, at, 2)):
        return NONE_HERE
    if _passes_tests(after(words, at, NEAR)):
        return at
    said = has_subject(words, at, FAR, count_within=2) or _stands_alone(words, at)
    return at if said and _is_result(words, at) else NONE_HERE


def good_state(words: Words, at: int) -> int:
    """`CI is green`, `lint clean`, `the build succeeds`; not `clean up`, `the green path`, `return on success`."""
    if word_at(words, at - 1) in ATTRIBUTIVE or not _is_result(words, at):
        return NONE_HERE
    said = has_subject(words, at, NEAR, count_within=1) or (words[at] == "green" and _stands_alone(words, at))
    return at if said else NONE_HERE


def successfully(words: Words, at: int) -> int:
    """`Deployed to production successfully`."""
    return NONE_HERE if DONE.isdisjoint(before(words, at, FAR) + after(words, at, 2)) else at


def counted(words: Words, at: int) -> int:
    """`vitest: 12/12`."""
    return at if is_count(words[at]) and has_subject(words, at, 3, count_within=0) else NONE_HERE


def _is_described(words: Words, at: int) -> bool:
    return word_at(words, at + 1) in {"are", "is"} and word_at(words, at + 2) in _DESCRIBED


def failures(words: Words, at: int) -> int:
    """`No regressions`, `zero TypeScript errors`, `without a single failure`; not `no errors are raised`."""
    if _is_described(words, at):
        return NONE_HERE
    for index in range(at - 1, max(-1, at - 1 - NEAR), -1):
        word = words[index]
        if word == "without":
            went = not _WENT.isdisjoint(before(words, index, FAR))
            return index if went or "single" in words[index:at] else NONE_HERE
        if word in NONE:
            return index if _says_how_many(words, index, at) else NONE_HERE
        if word in STOPS or word in _NOT_BETWEEN:
            break
    return NONE_HERE


def _says_how_many(words: Words, index: int, at: int) -> bool:
    """`no failures`, `no single failure`, `no failure` alone; not `no failure mode`."""
    return words[at].endswith("s") or "single" in words[index:at] or (at - index == 1 and _is_bare(words, at))


def broke(words: Words, at: int) -> int:
    """`Not a single test failed`, `nothing breaks`, `none of the 300 tests broke`, `0 failed`, `no failing tests`."""
    last = word_at(words, at - 1)
    if last in {"0", "zero"} or (last == "no" and word_at(words, at + 1) in TESTING):
        return at - 1
    for index in range(at - 1, max(-1, at - 1 - FAR), -1):
        word = words[index]
        if word in {"none", "nothing"} or words[index : index + 3] == ("not", "a", "single"):
            return index
        if word == "no" and words[index + 1] in TESTS:
            return index
        if word in STOPS:
            break
    return NONE_HERE


def exits(words: Words, at: int) -> int:
    """`All four commands exit 0`, `exited with 0`; what one command does in some case is a description."""
    if {"0", "zero", "cleanly", "successfully"}.isdisjoint(after(words, at, 3)):
        return NONE_HERE
    whose = EVERYTHING if words[at] == "exits" else EVERYTHING | TESTING
    return NONE_HERE if whose.isdisjoint(before(words, at, FAR)) else at


def marked(words: Words, at: int) -> int:
    """`✅ Unit tests`, `unit tests ✅`, a ticked box beside a command or `Verify …`; not `✅ Added tests`."""
    if word_at(words, at + 1) in TICKED_ORDERS:
        return at
    beside = _cell(words, at, 1) or _cell(words, at, -1)
    if not beside or not WORK_DONE.isdisjoint(beside):
        return NONE_HERE
    return at if beside[-1] in TESTING or beside[0] == TEST_CODE else NONE_HERE


def _cell(words: Words, at: int, step: int) -> Words:
    """What stands beside a mark, in the same cell or the next one, up to a stop; in the order of the text."""
    start = at + step
    if word_at(words, start) == "|":
        start += step
    index = start
    while word_at(words, index) not in STOPS:
        index += step
    return words[start:index] if step > 0 else words[index + 1 : max(start + 1, 0)]


def _passes_tests(following: Words) -> bool:
    for word in following:
        if word in TESTING:
            return HANDED_OVER.isdisjoint(following)
        if word not in WHOLE and not word.isdecimal():
            break
    return False


def _stands_alone(words: Words, at: int) -> bool:
    """`Passing locally`, `green in CI`: nothing before, the place after."""
    return word_at(words, at - 1) in STOPS and any(word in PLACES or word == "ci" for word in after(words, at, 2))


def _is_result(words: Words, at: int) -> bool:
    """Nothing follows that it could be done to: `pass the URL`, `clean the folder`."""
    following = word_at(words, at + 1)
    if following in STOPS or following in AFTER_RESULT or following.endswith("ly") or following == "rate":
        return True
    return is_count(following) and not following.isdecimal()


def _is_bare(words: Words, at: int) -> bool:
    """`No crash`, not `no error checks`, `no crash when …`."""
    following = word_at(words, at + 1)
    return ends_clause(words, at) or (following in AFTER_RESULT and following not in {"if", "when"})
