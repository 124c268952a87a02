"""A verdict in the words of a GitHub job: annotations, step summary, outputs. Pure.

Limits: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Label, Novelty, Outcome, Severity
from gatekeeper.report import markdown as page
from gatekeeper.report import summary
from gatekeeper.report.escape import markdown, single_line, unicode_only

PER_KIND = 10
"""Annotations of one kind that GitHub shows of one step."""
SUMMARY_BYTES = (1 << 20) - 4096
"""A step summary above 1 MiB is not shown at all."""
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_STRENGTH = (Label.LOCAL, Label.PROXY, Label.DIRECT)


def annotations(report: Report) -> str:
    """Workflow commands, at most PER_KIND of each kind: what rejects first, then new ones, then the rest."""
    left = dict.fromkeys(_KINDS.values(), PER_KIND)
    lines = []
    for finding in _ordered(report):
        kind = _kind(finding)
        if left[kind]:
            left[kind] -= 1
            lines.append(_command(kind, finding))
    return "".join(f"{line}\n" for line in lines)


def _ordered(report: Report) -> list[Finding]:
    return sorted((one for one in report.findings if one.waiver is None), key=summary.rank)


def _kind(finding: Finding) -> str:
    """A finding that the base has as well is no error of this branch."""
    if finding.severity is Severity.ERROR and finding.novelty is Novelty.BASELINE:
        return "warning"
    return _KINDS[finding.severity]


def _command(kind: str, finding: Finding) -> str:
    numbers = {"line": finding.line, "col": finding.column} if finding.path else {}
    properties = {"file": finding.path or "", **{name: str(number or "") for name, number in numbers.items()}}
    properties["title"] = single_line(f"{finding.check}: {finding.rule}", 100)
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{kind} {said}::{_data(single_line(finding.message, 1000))}"


def _data(text: str) -> str:
    """As `@actions/core` escapes the message of a command."""
    return unicode_only(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def error(what: str, hint: str) -> str:
    """A command that shows why there is no verdict; lines of `hint` stay lines."""
    return _notice("error", "\n".join([single_line(what), *map(single_line, hint.splitlines())]))


def warning(text: str) -> str:
    """A command that shows one sentence of the gate's own."""
    return _notice("warning", single_line(text))


def _notice(kind: str, text: str) -> str:
    return f"::{kind} title=gate::{_data(text)}\n"


def summary_without_verdict(word: str, what: str, hint: str) -> str:
    """A step summary where no report is: what came instead of it, why, and the next step."""
    lines = [f"## gate: {word}", "", markdown(what, 1000), *(f"- {markdown(line)}" for line in hint.splitlines())]
    return "\n".join(lines) + "\n"


def shielded(text: str, token: str) -> str:
    """The text, in which the runner reads no commands: what a tool printed must give it no orders."""
    return f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::\n"


def step_summary(report: Report) -> str:
    """The report for people, and every finding that rejects; below the size that GitHub shows."""
    parts, size = [page.render(report)], 0
    size = len(parts[0].encode())
    for line in _all_findings(report):
        size += len(line.encode()) + 1
        if size > SUMMARY_BYTES:
            parts.append("\n…and more: the report in JSON has all of them.")
            break
        parts.append(line)
    return "\n".join(parts) + "\n"


def _all_findings(report: Report) -> Iterator[str]:
    rejecting = [one for one in _ordered(report) if one.rejects]
    if len(rejecting) <= page.FINDINGS:
        return
    yield f"### All {len(rejecting)} findings that reject\n"
    for finding in rejecting:
        rule = markdown(f"{finding.check}/{finding.rule}", 100)
        yield f"- {markdown(summary.place(finding))} {rule} {markdown(finding.message, 200)}"


def outputs(report: Report, files: Mapping[str, str]) -> dict[str, str]:
    """Name → value, one line each. `files`: what was written where."""
    return {
        "verdict": report.decision.verdict.value,
        "label": label(report),
        "run-id": report.run,
        "new-findings": str(sum(one.novelty is Novelty.NEW and one.waiver is None for one in report.findings)),
        **files,
    }


def label(report: Report) -> str:
    """The weakest label of what is required: a verdict is worth no more than that. Blocked when one is missing."""
    return weakest(report.results).value


def weakest(results: Iterable[CheckResult]) -> Label:
    """As `label`."""
    required = [one for one in results if one.required and one.outcome is not Outcome.NOT_APPLICABLE]
    reached = [one.label for one in required]
    if not reached or any(one not in _STRENGTH for one in reached):
        return Label.BLOCKED
    return min((one for one in reached if one is not None), key=_STRENGTH.index)


def output_lines(values: Mapping[str, str], delimiter: str) -> str:
    """For the file that $GITHUB_OUTPUT names; `delimiter` is a word that nobody can guess."""
    return "".join(f"{name}<<{delimiter}\n{single_line(value)}\n{delimiter}\n" for name, value in values.items())
