"""What makes two findings the same: rule, normalised text and occurrence, never the line number."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from gatekeeper.model.finding import Finding


def normalise(line: str) -> str:
    """The text of a line without what a formatter or an indentation change touches."""
    return " ".join(line.split())


def identity(finding: Finding) -> tuple[str, str]:
    """Rule and content.

    Findings of a symbol (function, test id) are about the symbol; others about the text of their line.
    """
    if finding.symbol:
        return finding.rule, "symbol:" + finding.symbol
    if finding.context:
        return finding.rule, "text:" + normalise(finding.context)
    if finding.line is None and finding.path is not None:
        return finding.rule, "file"
    return finding.rule, "message:" + normalise(finding.message)


def fingerprint(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same findings, in a stable order, each with its fingerprint (32 hexadecimal digits)."""
    seen: Counter[tuple[str | None, str, str]] = Counter()
    result = []
    for finding in sorted(findings, key=order):
        rule, content = identity(finding)
        occurrence = seen[finding.path, rule, content]
        seen[finding.path, rule, content] += 1
        parts = (finding.check, rule, finding.path or "", content, str(occurrence))
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        result.append(replace(finding, fingerprint=digest))
    return tuple(result)


def order(finding: Finding) -> tuple[str, int, int, str, str, str]:
    """Total sort key: path, line, column, rule, symbol, message."""
    place = (finding.path or "", finding.line or 0, finding.column or 0)
    return (*place, finding.rule, finding.symbol, finding.message)
