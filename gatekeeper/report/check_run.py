"""A verdict as GitHub keeps one of a commit: a check run with annotations, or a commit status. Pure.

Fields and limits: https://docs.github.com/en/rest/checks/runs and https://docs.github.com/en/rest/commits/statuses
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from gatekeeper.model.finding import Finding
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Novelty, Severity, Verdict
from gatekeeper.report import markdown as page
from gatekeeper.report import summary
from gatekeeper.report.escape import single_line, unicode_only

NAME = "gate"
"""Of the check run and context of the status: what branch protection is told to require."""
WHOLE = "gate (whole tree)"
"""A look at a whole tree stands for no verdict on a branch, so it must not satisfy who requires one."""
ID_PREFIX = "gatekeeper:"
SUMMARY_CHARACTERS = 60_000
"""GitHub takes 65,535."""
DESCRIPTION_CHARACTERS = 140
NOWHERE = ".github"
"""Path for a finding without a file: an annotation must have one, and GitHub's own runner writes this."""
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_LONGEST_LINE = 2**31 - 1
Hide = Callable[[str], str]


class CheckRun(Struct, frozen=True):
    """One completed check run. `annotations` are in the order in which they are sent, always the same for one run."""

    name: str
    head: str
    external_id: str
    conclusion: str
    """success or failure. Never neutral or skipped, which GitHub counts as success."""
    started: str
    completed: str
    title: str
    summary: str
    annotations: tuple[dict[str, str | int], ...]


class CommitStatus(Struct, frozen=True):
    """`state` is success or failure; `description` has at most 140 characters."""

    context: str
    head: str
    state: str
    description: str


def check_run(report: Report, hide: Hide = str) -> CheckRun:
    """What is blocked is a failure. `hide` takes secrets out of texts."""
    return CheckRun(
        name=_name(report),
        head=report.subject.head,
        external_id=f"{ID_PREFIX}{report.run}",
        conclusion=_state(report),
        started=report.started,
        completed=_ended(report),
        title=hide(f"{report.decision.verdict.value}: {_why(report)}")[:250],
        summary=_summary(report, hide),
        annotations=tuple(_annotation(one, hide) for one in annotated(report)),
    )


def status(report: Report, hide: Hide = str) -> CommitStatus:
    """The same in one line, for who may not make check runs."""
    said = hide(f"{report.decision.verdict.value} (run {summary.short(report.run)}): {_why(report)}")
    return CommitStatus(_name(report), report.subject.head, _state(report), single_line(said, DESCRIPTION_CHARACTERS))


def annotated(report: Report) -> list[Finding]:
    """New findings that nobody has settled, what rejects first. What the base has as well is counted in the summary."""
    shown = [one for one in report.findings if one.novelty is Novelty.NEW and not one.settled]
    return sorted(shown, key=summary.rank)


def _name(report: Report) -> str:
    return WHOLE if report.subject.whole else NAME


def _state(report: Report) -> str:
    return "success" if report.decision.verdict is Verdict.ACCEPTED else "failure"


def _why(report: Report) -> str:
    return "; ".join(single_line(reason) for reason in report.decision.reasons)


def _ended(report: Report) -> str:
    started = datetime.fromisoformat(report.started)
    return (started + timedelta(seconds=report.duration_s)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _summary(report: Report, hide: Hide) -> str:
    old = sum(one.novelty is Novelty.BASELINE for one in report.findings)
    settled = sum(one.settled for one in report.findings)
    more = f"\nNot annotated: {old} findings that the base has as well, {settled} that are waived or approved.\n"
    kept, size = [], len(more)
    for line in hide(page.render(report)).splitlines():
        size += len(line) + 1
        if size > SUMMARY_CHARACTERS:
            kept.append("\n…and more: `gate show` has all of it.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n" + (more if old or settled else "")


def _annotation(finding: Finding, hide: Hide) -> dict[str, str | int]:
    line = min(max(finding.line or 1, 1), _LONGEST_LINE)
    made: dict[str, str | int] = {
        "path": unicode_only(finding.path) if finding.path else NOWHERE,
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVELS[finding.severity],
        "message": hide(_message(finding)) or "(no message)",
        "title": hide(single_line(f"{finding.check}: {finding.rule}", 200)),
    }
    if finding.path and finding.line and finding.column and 0 < finding.column < _LONGEST_LINE:
        made |= {"start_column": finding.column, "end_column": finding.column}
    return made


def _message(finding: Finding) -> str:
    where = "" if finding.path else f"{summary.place(finding)}: "
    return where + single_line(finding.message, 2000)
