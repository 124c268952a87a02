"""What was asked, what was claimed, what was observed: one row for every check, target and claim."""

from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Label
from gatekeeper.report.escape import single_line

_HEAD = ("what", "asked", "claimed", "observed", "why")
_WHY = 160


class Row(Struct, frozen=True):
    """Plain words, not yet escaped. `state` is the outcome of the check, or "unsupported" for a claim about nothing."""

    what: str
    asked: str
    claimed: str
    observed: str
    why: str
    state: str


def rows(report: Report) -> tuple[Row, ...]:
    """Every result in its order, then claims about something that was not judged."""
    judged = [_of_result(result, report) for result in report.results]
    known = {result.id for result in report.results}
    strangers = dict.fromkeys(claim.subject for claim in report.claims if claim.subject not in known)
    return (*judged, *(_of_stranger(subject, report) for subject in strangers))


def table(report: Report) -> Iterator[str]:
    """The rows as lines of text, in columns; nothing when nothing was judged."""
    found = [tuple(single_line(cell, _WHY) for cell in _cells(row)) for row in rows(report)]
    if not found:
        return
    widths = [max(len(line[column]) for line in (_HEAD, *found)) for column in range(len(_HEAD) - 1)]
    for line in (_HEAD, *found):
        padded = [f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)]
        yield ("  " + "  ".join((*padded, line[-1]))).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (row.what, row.asked, row.claimed or "-", row.observed, row.why)


def _of_result(result: CheckResult, report: Report) -> Row:
    observed = result.label.value if result.label else "not-applicable"
    return Row(
        what=result.id,
        asked=_asked(result, report),
        claimed=_claimed(result.id, report),
        observed=observed,
        why="; ".join(result.reasons),
        state=result.outcome.value,
    )


def _asked(result: CheckResult, report: Report) -> str:
    """The label that must be reached, and who asks for more than a check of the tree gives."""
    settings = report.policy.checks.get(result.id)
    if not result.required:
        return "optional"
    asked = settings.requires.value if settings else Label.LOCAL.value
    agreed = report.contract.requires if report.contract and report.contract.requires else {}
    return f"{asked} (contract)" if result.id in agreed else asked


def _claimed(subject: str, report: Report) -> str:
    labels = dict.fromkeys(claim.label.value for claim in report.claims if claim.subject == subject)
    return ", ".join(labels)


def _of_stranger(subject: str, report: Report) -> Row:
    return Row(subject, "-", _claimed(subject, report), "nothing", "no check or target of this name", "unsupported")
