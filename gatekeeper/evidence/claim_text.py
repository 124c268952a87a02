"""One claim on one line: `tests=local; pytest -q; 214 passed, 3 skipped; sha256:…; statement`."""

import re
from collections.abc import Iterable, Iterator

from gatekeeper.evidence.plain import refused, visible
from gatekeeper.model.claim import Claim
from gatekeeper.model.vocabulary import Label

MAX_SUBJECT = 200
"""Characters of the name of a check or target."""
_DIGEST = re.compile(r"sha256:([0-9a-fA-F]{64})")
# "214 passed", "3 tests failed", "1 error in 2.31s"; the rest of the line that pytest ends with is left out.
_COUNT = re.compile(
    r"(\d{1,9}) (?:tests? |test cases? )?(passed|failed|skipped|errors?|xfailed|xpassed|executed|collected|flaky)"
    r"(?: in \d[\d.:]*(?: ?m?s| seconds?)?(?: \([\d:]+\))?)?",
    re.IGNORECASE,
)
_APART = re.compile(r"\s*,\s*|\s+and\s+|\s*\+\s*")
_SAME = {"error": "errors"}


def _texts(words: list[str], label: Label) -> tuple[str, str]:
    """(command, statement). What is blocked ran nothing: its only text is the statement."""
    if label is Label.BLOCKED and len(words) == 1:
        return "", words[0]
    return "".join(words[:1]), "; ".join(filter(None, words[1:]))


def parse_claim(text: str) -> Claim | str:
    """The claim in the value of a trailer, or the reason why it is none.

    Segments after the first may stand in any order: a digest and counts are recognised, the first other text is the
    command and the rest the statement. A blocked claim ran nothing: its only text is the statement.
    """
    problem = refused(text)
    if problem:
        return f"claim {visible(text)!r} has {problem}"
    head, *rest = (part.strip() for part in text.split(";"))
    subject, _, label = (part.strip() for part in head.partition("="))
    problem = refused_head(subject, label)
    if problem:
        return f"claim {visible(text)!r} {problem}"
    words, counts, artefacts = _sorted_out(rest)
    tallied = tally(counts)
    if isinstance(tallied, str):
        return f"claim {visible(text)!r} {tallied}"
    if len(set(artefacts)) > 1:
        return f"claim {visible(text)!r} names two artefacts"
    command, statement = _texts(words, Label(label))
    return Claim(subject, Label(label), command, statement, "trailer", tallied, "".join(artefacts[:1]))


def refused_head(subject: str, label: str) -> str:
    """Why subject and label make no claim; "" when they do."""
    if not subject or not label:
        return "has no `check=label` at its start"
    if len(subject) > MAX_SUBJECT:
        return f"has a subject of more than {MAX_SUBJECT} characters"
    if label not in set(Label):
        return f"names the label {visible(label)!r}; known: {', '.join(Label)}"
    return ""


def _sorted_out(segments: Iterable[str]) -> tuple[list[str], list[tuple[str, int]], list[str]]:
    """Texts, counts and digests. Counts inside a statement count as well; a command is left alone."""
    words: list[str] = []
    counts: list[tuple[str, int]] = []
    artefacts: list[str] = []
    for segment in segments:
        digest, found = _DIGEST.fullmatch(segment), list(_counts(segment))
        if digest:
            artefacts.append(digest[1].lower())
        elif found and len(found) == len(_parts(segment)):
            counts += found
        else:
            counts += found if words else ()
            words.append(segment)
    while words and not words[-1]:
        words.pop()
    return words, counts, artefacts


def _parts(segment: str) -> list[str]:
    return [part for part in _APART.split(segment.strip("= .")) if part]


def _counts(segment: str) -> Iterator[tuple[str, int]]:
    for part in _parts(segment):
        match = _COUNT.fullmatch(part)
        if match:
            yield match[2].lower(), int(match[1])


def tally(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...] | str:
    """Counts by name, or that one name has two numbers."""
    found: dict[str, int] = {}
    for said, number in counts:
        name = _SAME.get(said, said)
        if found.setdefault(name, number) != number:
            return f"counts {found[name]} and {number} {name}"
    return tuple(sorted(found.items()))
