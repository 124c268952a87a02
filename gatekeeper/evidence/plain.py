"""What a worker wrote is shown to people and compared with facts: text with control characters in it is refused."""

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CATEGORIES = {"Cc": "control characters", "Cs": "bytes that are not UTF-8", "Zl": "control characters"}


def refused(text: str, *, lines: bool = False) -> str:
    """What is wrong with a text, "" when nothing is. Tabs are allowed; newlines only with `lines`."""
    if text.isascii() and text.isprintable():
        return ""
    for character in text:
        if character == "\t" or (lines and character == "\n"):
            continue
        if character in _BIDI:
            return "bidirectional control characters"
        found = _CATEGORIES.get(unicodedata.category(character).replace("Zp", "Zl"))
        if found:
            return found
    return ""


def visible(text: str, limit: int = 120) -> str:
    """The text as it may stand in a message: one line, nothing in it acts on a terminal, at most `limit` characters."""
    shown = text.encode("unicode_escape", "backslashreplace").decode("ascii") if refused(text) else text
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
