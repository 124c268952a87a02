"""From a passage to sentences of words: code spans and quotations become one stand-in each.

A sentence longer than `_LONGEST` words is cut there, so that judging a sentence costs a bounded time.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from gatekeeper.evidence.wording.spans import STAND_INS, masked
from gatekeeper.evidence.wording.words import BAD, BAD_MARKS, GOOD, GOOD_MARKS, NOT_WITHOUT_APOSTROPHE, words_of

_LONGEST = 120  # words
_SHOWN = 160  # characters
_WORD = 64  # characters; what is longer is no word of any list

_TOKEN = re.compile(
    r"https?://\S*"
    r"|#?\w[\w'./+@%\\-]*"
    r"|\x01+|\x02+|\x03+"
    r"|[.!?]+"
    r"|[✅✔☑✓🟢]+|[❌✗✘🔴⚠⛔🚫🟡🟠🚧⏳]+"
    r"|[,;:()|—\u2013]"
    r"|(?<=\s)-{1,3}(?=\s)"
)
_ABBREVIATIONS = words_of("approx e.g etc i.e incl resp vs")
_ENDINGS = {"n't": "not", "'ll": "will", "'ve": "have", "'re": "are", "'m": "am", "'d": "would", "'s": "is"}
_DONE = words_of("checked ran run tested verified")  # `smoke-tested` is read as two words


class Sentence(Struct, frozen=True):
    """Words in lower case (marks and punctuation are words too), and where in its passage it stands."""

    words: tuple[str, ...]
    passage: str
    start: int
    end: int

    def shown(self) -> str:
        """Its text on one line, without control characters, at most 160 characters."""
        text = self.passage[self.start : min(self.end, self.start + 4 * _SHOWN)]
        if not text.isprintable():
            text = "".join(c if c.isprintable() else " " for c in text)
        line = " ".join(text.split())
        return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def sentences_of(passage: str, checked: bool = False) -> Iterator[Sentence]:
    """The sentences of one passage. `checked`: it is the text of a ticked box, which is a mark of success."""
    words: list[str] = [GOOD] if checked else []
    start = -1
    for token in _TOKEN.finditer(masked(passage)):
        more = _words_of(token[0]) if len(token[0]) <= _WORD else (token[0][:_WORD].lower(),)
        if start < 0:
            if more == (".",):
                continue
            start = token.start()
        words += more
        if more[-1:] in {(".",), ("?",)} or len(words) >= _LONGEST:
            yield Sentence(tuple(words), passage, start, token.end())
            words, start = [], -1
    if start >= 0:
        yield Sentence(tuple(words), passage, start, len(passage))


@lru_cache(maxsize=4096)
def _words_of(token: str) -> tuple[str, ...]:
    """The words of a token; the last one is `.` or `?` when the sentence ends with it."""
    if not (token[0].isalnum() or token[0] in "_#"):
        return (_mark(token),)
    if token.startswith(("http://", "https://")):
        return ()
    bare = token.rstrip(".'/@+-_")
    word = bare.lstrip("_").lower()
    ended = (".",) if "." in token[len(bare) :] and word not in _ABBREVIATIONS else ()
    return (*_parts_of(word), *ended)


def _parts_of(word: str) -> tuple[str, ...]:
    """`not` of `dont`, `is not` of `isn't`, `smoke tested` of `smoke-tested`; else the word itself."""
    if word in NOT_WITHOUT_APOSTROPHE:
        return ("not",)
    for ending, meant in _ENDINGS.items():
        if word.endswith(ending):
            return (word[: -len(ending)], meant)
    before, hyphen, last = word.rpartition("-")
    return (before, last) if hyphen and last in _DONE and before != "un" else (word,)


def _mark(token: str) -> str:
    if token[0] in ".!?":
        return "?" if "?" in token else "."
    if token[0] in GOOD_MARKS:
        return GOOD
    if token[0] in BAD_MARKS:
        return BAD
    return STAND_INS.get(token[0]) or ("—" if token[0] in "-\u2013" else token)
