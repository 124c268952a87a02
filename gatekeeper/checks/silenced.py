"""Suppressions on lines that had a finding at the merge base: it was not mended, it was silenced."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.reading import shorten

RULES = frozenset({"suppression-added", "suppression-blanket", "js-lint-suppressed", "js-type-suppressed"})
SPEAKING = (CheckId("lint"), CheckId("types"))
"""Checks whose findings comments silence."""
_COMMENTS = ("#", "//", "/*", "{/*", "<!--")


def suppresses(observation: Observation) -> bool:
    """Is there a warning that would weigh more if base had a finding there?"""
    return any(_weighable(finding) for finding in observation.findings)


def corroborated(
    observation: Observation,
    base: Iterable[Finding],
    before: Mapping[str, str],
    line_of: Callable[[str, int], str],
) -> Observation:
    """The observation, with suppressions of findings of `base` as errors that name the finding.

    `before` is the old path of renamed files; `line_of` gives the text of a line of the head, "" where there is none.
    """
    there: dict[str, dict[str, Finding]] = defaultdict(dict)
    for finding in base:
        if finding.path and finding.context:
            there[finding.path].setdefault(_plain(finding.context), finding)
    findings = tuple(_held(one, there, before, line_of) for one in observation.findings)
    return replace(observation, findings=findings) if findings != observation.findings else observation


def _weighable(finding: Finding) -> bool:
    return finding.rule in RULES and finding.severity is Severity.WARNING and finding.line is not None


def _held(
    one: Finding,
    there: Mapping[str, Mapping[str, Finding]],
    before: Mapping[str, str],
    line_of: Callable[[str, int], str],
) -> Finding:
    known = there.get(before.get(one.path or "", one.path or ""), {}) if _weighable(one) else {}
    if not known:
        return one
    silenced = next((known[text] for text in _texts(one, line_of) if text in known), None)
    if silenced is None:
        return one
    said = f"{one.message}; {silenced.check} found {silenced.rule} on this line at base"
    return replace(one, severity=Severity.ERROR, message=shorten(said))


def _texts(one: Finding, line_of: Callable[[str, int], str]) -> Iterator[str]:
    """What the comment stands behind, without it; for a comment that stands alone, the line after it."""
    assert one.path is not None and one.line is not None  # noqa: S101 - only such findings are weighable
    text = _plain(one.context)
    if text.startswith(_COMMENTS):
        yield _plain(line_of(one.path, one.line + 1))
    for mark in _COMMENTS:
        at = text.find(mark)
        while at > 0:
            yield text[:at].rstrip()
            at = text.find(mark, at + 1)


def _plain(line: str) -> str:
    """Without what an indentation changes."""
    return " ".join(line.split())
