"""One comment on a pull request: short, with the evidence in a table and the brief folded. Pure.

It begins with a hidden marker, by which it is found again and updated in place.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.report import brief, summary
from gatekeeper.report.check_run import Hide
from gatekeeper.report.escape import markdown, preformatted
from gatekeeper.report.markdown import MARKS, VERDICTS

CHARACTERS = 60_000
"""GitHub takes 65,536."""
ROWS = 40
_REASONS = 5
_MARKER = re.compile(r"<!-- gatekeeper (?P<started>\S+) (?P<run>[0-9a-f]+) (?P<head>[0-9a-f]{40,64}) -->\n")


class Marked(Struct, frozen=True):
    """What the hidden marker of a comment says. `started` is ISO 8601 UTC."""

    started: str
    run: str
    head: str


def marked(body: object) -> Marked | None:
    """The marker at the beginning of a comment; None for comments of others."""
    found = _MARKER.match(body.replace("\r\n", "\n")) if isinstance(body, str) else None
    return Marked(found["started"], found["run"], found["head"]) if found else None


def comment(report: Report, hide: Hide = str) -> str:
    """Everything that the branch may have chosen is escaped. `hide` takes secrets out."""
    told = hide(brief.render(report)).splitlines()
    head = hide("\n".join(_head(report)))
    # Entities make a line several times as long: lines are left out until it fits.
    while len(text := _whole(report, head, told)) > CHARACTERS:
        told = told[: len(told) * 3 // 4]
    return text


def _whole(report: Report, head: str, told: list[str]) -> str:
    subject = report.subject
    marker = f"<!-- gatekeeper {report.started} {report.run} {subject.head} -->"
    folded = "\n".join(preformatted(line) for line in told)
    return (
        f"{marker}\n{head}\n\n<details><summary>Brief for the agent</summary>\n\n"
        f"<pre>\n{folded}\n</pre>\n\n</details>\n\n"
        f"Run <code>{summary.short(report.run)}</code> of <code>{subject.head[:12]}</code>, "
        f"{summary.duration(report.duration_s)}\n"
    )


def _head(report: Report) -> Iterator[str]:
    yield f"### gate: {VERDICTS[report.decision.verdict]}"
    yield ""
    yield markdown(summary.subject_line(report), 300)
    yield ""
    if report.decision.verdict is not Verdict.ACCEPTED:
        yield from (f"- {markdown(reason, 200)}" for reason in report.decision.reasons[:_REASONS])
        yield ""
    yield "| check | outcome | evidence |"
    yield "|---|---|---|"
    for result in report.results[:ROWS]:
        label = result.label.value if result.label else ""
        optional = "" if result.required or result.outcome is Outcome.NOT_APPLICABLE else " (optional)"
        yield f"| {markdown(result.id, 80)}{optional} | {MARKS[result.outcome]} | {label} |"
    if len(report.results) > ROWS:
        yield f"| …and {len(report.results) - ROWS} more | | |"
