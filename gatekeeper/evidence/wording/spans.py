"""What in a passage is not its author's prose: code spans, quotations, struck text, the text of pictures.

Each is replaced by as many copies of one control character as it has characters, so that places stay the same.
"""

import re

from gatekeeper.evidence.wording.words import CODE, QUOTE, TEST_CODE, TEST_COMMANDS

_CODE, _TEST_CODE, _QUOTE = "\x01", "\x02", "\x03"
STAND_INS = {_CODE: CODE, _TEST_CODE: TEST_CODE, _QUOTE: QUOTE}

_CURLY = "\u2018\u2019"  # single quotation marks, of which the second also is an apostrophe
_QUOTES = re.compile(rf"[\"“”„«»'{_CURLY}]|~~")
_TICKS = re.compile(r"`+")
_WORD_IN_CODE = re.compile(r"[a-z0-9]+")
_ANY = re.compile(rf"[`\"“”„«»'{_CURLY}~!]")

Span = tuple[int, int, str]


def masked(passage: str) -> str:
    """The passage, of the same length, with stand-ins; other control characters and apostrophes made plain."""
    if not passage.isprintable():
        passage = "".join(c if c.isprintable() else " " for c in passage)
    if not _ANY.search(passage):
        return passage
    passage = _filled(passage, _code_spans(passage))
    passage = _filled(passage, _pictures(passage))
    return _filled(passage, _quotations(passage)).replace(_CURLY[0], "'").replace(_CURLY[1], "'")


def _filled(passage: str, spans: list[Span]) -> str:
    kept, at = [], 0
    for start, end, filler in sorted(spans):
        if end > at:
            kept += [passage[at:start], filler * (end - max(start, at))]
            at = end
    return "".join((*kept, passage[at:]))


def _code_spans(passage: str) -> list[Span]:
    """Between runs of backticks of the same length (CommonMark 0.31, section 6.1)."""
    runs = [match.span() for match in _TICKS.finditer(passage)]
    closing = [0] * len(runs)
    latest: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closing[index] = latest.get(length, 0)
        latest[length] = index
    spans, index = [], 0
    while index < len(runs):
        end = closing[index]
        if end:
            code = passage[runs[index][1] : runs[end][0]].lower()
            tests = not TEST_COMMANDS.isdisjoint(_WORD_IN_CODE.findall(code))
            spans.append((runs[index][0], runs[end][1], _TEST_CODE if tests else _CODE))
        index = (end or index) + 1
    return spans


def _pictures(passage: str) -> list[Span]:
    """`![text](address)`: the text of a picture, usually a badge."""
    spans = []
    start = passage.find("![")
    while start >= 0:
        end = passage.find("]", start)
        if end < 0:
            break
        spans.append((start, end + 1, _CODE))
        start = passage.find("![", end)
    return spans


def _quotations(passage: str) -> list[Span]:
    """Pairs of quotation marks and of `~~`. An apostrophe inside a word opens and closes nothing."""
    opened: dict[str, int] = {}
    spans = []
    for match in _QUOTES.finditer(passage):
        start, end = match.span()
        kind = match[0] if match[0] == "~~" else "'" if match[0] in f"'{_CURLY}" else '"'
        if kind == "'" and not _is_quotation_mark(passage, start, "'" in opened):
            continue
        if kind in opened:
            spans.append((opened.pop(kind), end, _QUOTE))
        else:
            opened[kind] = start
    return spans


def _is_quotation_mark(passage: str, at: int, is_open: bool) -> bool:
    before = passage[at - 1] if at else " "
    after = passage[at + 1] if at + 1 < len(passage) else " "
    if is_open:
        return not before.isspace() and not after.isalnum()
    return not before.isalnum() and not after.isspace()
