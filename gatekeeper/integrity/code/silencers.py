"""Comments that silence a tool, as the tools themselves read them. Pure."""

import re
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.integrity.scan import Comment

_CODES = r"[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*"
_NAMED = r"[\w./@:-]+(?:\s*,\s*[\w./@:-]+)*"
# Kind → how it is written, and the codes that it may name; after a `#`, of which one comment may have several.
_LINE = {
    "noqa": rf"noqa(?::\s*(?P<codes>{_CODES}))?(?![\w-])",
    "type: ignore": r"type:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?![\w-])",
    "pyright: ignore": r"pyright:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?![\w-])",
    "ty: ignore": r"ty:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?![\w-])",
    "pyrefly: ignore": r"pyrefly:\s*ignore(?:\[(?P<codes>[^\]]*)\])?(?![\w-])",
    "pyre-ignore": r"pyre-(?:ignore|fixme)(?:\[(?P<codes>[^\]]*)\])?(?![\w-])",
    "pytype: disable": rf"pytype:\s*disable=(?P<codes>{_NAMED})",
    "pylint: disable": rf"pylint:\s*disable(?:-next|-msg)?\s*=\s*(?P<codes>{_NAMED})",
    "nosec": r"nosec(?!\w)(?::?\s*(?P<codes>B\d+(?:[,\s]+B\d+)*))?",
    "nosemgrep": rf"nosemgrep(?::\s*(?P<codes>{_NAMED}))?(?![\w-])",
    "NOSONAR": r"NOSONAR(?!\w)",
    "pragma: no cover": r"pragma:?\s*no\s?cover(?!\w)",
    "pragma: no branch": r"pragma:?\s*no\s?branch(?!\w)",
}
_FILE = {
    "flake8: noqa": rf"flake8[:=]\s*noqa(?::\s*(?P<codes>{_CODES}))?",
    "ruff: noqa": rf"ruff[:=]\s*noqa(?::\s*(?P<codes>{_CODES}))?",
    "ruff: disable": r"ruff:\s*disable\[(?P<codes>[^\]]*)\]",
    "mypy": r"mypy:\s*(?P<codes>(?:ignore-errors|disable-error|allow-|no-(?!implicit)|follow-imports|implicit-)[^#]*)",
    "pyright": r"pyright:\s*(?P<codes>basic|off|report\w+\s*=\s*(?:false|none|\"none\"|warning|information))",
    "pylint: skip-file": r"pylint:\s*skip-file",
    "pyre-ignore-all-errors": r"pyre-ignore-all-errors(?:\[(?P<codes>[^\]]*)\])?",
}
_PATTERNS = tuple(
    (kind, re.compile(rf"#[:\s]*{pattern}", re.IGNORECASE), whole)
    for kinds, whole in ((_FILE, True), (_LINE, False))
    for kind, pattern in kinds.items()
)
WORDS = (
    "noqa", "ignore", "pyre-", "pytype", "pylint", "nosec", "nosemgrep", "nosonar", "pragma",
    "ruff", "mypy", "pyright",
)  # fmt: skip
"""A file without any of these words, in small letters, has no such comment."""
_NOT_BLANKET = ("nosec", "NOSONAR", "nosemgrep", "pragma: no cover", "pragma: no branch")
"""Kinds that mostly or always come without a code."""


class Silencer(Struct, frozen=True):
    """One code that one comment silences: `code` is "*" for all, `whole` when it holds for the rest of the file."""

    kind: str
    code: str
    whole: bool
    comment: Comment

    @property
    def blanket(self) -> bool:
        """Does it silence everything that the tool would say there?"""
        return self.code == "*" and self.kind not in _NOT_BLANKET

    @property
    def everything(self) -> bool:
        """Is the tool told to say nothing at all?"""
        return self.blanket or (self.kind, self.code) == ("mypy", "ignore-errors")

    @property
    def head(self) -> str:
        """How the line begins: what the comment belongs to, although the rest of the line may change."""
        found = re.match(
            r"(?:(?:async|def|class|return|from|import|if|elif|with|for|raise|@)\s*)*[\w.]*", self.comment.code
        )
        return found[0] if found else ""


def silencers(comment: Comment, first: bool) -> Iterator[Silencer]:
    """What a comment silences. `first`: it stands before any code of its file."""
    small = comment.text.lower()
    if not any(word in small for word in WORDS):
        return
    for kind, pattern, whole in _PATTERNS:
        for match in pattern.finditer(comment.text):
            to_the_end = whole or (not comment.code and _holds_below(kind, match[0], first))
            for code in _codes(match.groupdict().get("codes") or ""):
                yield Silencer(kind, "*" if code.lower() == "all" else code, to_the_end, comment)


def _holds_below(kind: str, written: str, first: bool) -> bool:
    """Does such a comment, alone on its line, hold for what comes after it?"""
    return (kind == "type: ignore" and first) or (kind == "pylint: disable" and "disable-next" not in written)


def _codes(written: str) -> tuple[str, ...]:
    """Codes that a comment names, each once; `*` when it names none."""
    codes = {code.strip() for code in re.split(r"[,\s]+", written.strip()) if code.strip()}
    return tuple(sorted(codes)) or ("*",)
