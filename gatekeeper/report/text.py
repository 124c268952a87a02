"""The report for a person at a terminal: verdict first, then why, where, and what to type."""

from collections.abc import Iterator

from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Novelty, Outcome, Verdict
from gatekeeper.report import approved, summary
from gatekeeper.report.escape import single_line

USEFUL = 10
MOST_WARNINGS = 5
_MESSAGE = 240
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS = {
    "accepted": "\x1b[32m",
    "passed": "\x1b[32m",
    "rejected": "\x1b[31m",
    "failed": "\x1b[31m",
    "blocked": "\x1b[33m",
    "not-applicable": "\x1b[2m",
}
_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.BLOCKED: "■", Outcome.NOT_APPLICABLE: "-"}


def render(report: Report, *, verbose: int = 0, color: bool = False) -> str:
    """Lines that end with a newline. `verbose`: -1 verdict and reasons, 0 the usual, 1 every finding and timing."""
    sections = [_head(report, color)]
    if verbose >= 0:
        sections.append(_findings(report, color))
        if verbose == 0:
            sections.append(_warnings(report))
            sections.append(_approved(report))
        sections.append(_table(report, verbose, color))
        if verbose >= 1:
            sections.append(_everything(report))
        sections.append(_notes(report))
        sections.append(_foot(report, verbose))
    blocks = ("\n".join(lines) for lines in map(list, sections) if lines)
    return "\n\n".join(blocks) + "\n"


def _head(report: Report, color: bool) -> Iterator[str]:
    verdict = report.decision.verdict
    yield f"{_paint(verdict.value.upper(), verdict.value, color, bold=True)}  {summary.subject_line(report)}"
    if report.policy.trial:
        yield _paint(f"{summary.TRIAL} (--policy).", "blocked", color, bold=True)
    for reason in report.decision.reasons:
        yield f"  {single_line(reason, _MESSAGE)}"


def _findings(report: Report, color: bool) -> Iterator[str]:
    chosen = summary.useful(report, USEFUL)
    total = summary.count_useful(report)
    if not chosen:
        return
    shown = sum(map(len, chosen.values()))
    yield "Findings" if shown == total else f"Findings ({shown} of {total})"
    for result in report.results:
        if result.id not in chosen:
            continue
        for finding in chosen[result.id]:
            yield f"  {_paint(summary.place(finding), 'bold', color)}  {_sentence(finding)}"
        if result.reproduce:
            yield _paint(f"    reproduce {result.id}: {single_line(result.reproduce)}", "dim", color)


def _warnings(report: Report) -> Iterator[str]:
    """What rejects nothing and is for a person to look at."""
    found = summary.spoken_warnings(report)
    if not found:
        return
    yield f"Warnings ({len(found)})" if len(found) <= MOST_WARNINGS else f"Warnings ({MOST_WARNINGS} of {len(found)})"
    yield from (f"  {summary.place(finding)}  {_sentence(finding)}" for finding in found[:MOST_WARNINGS])


def _approved(report: Report) -> Iterator[str]:
    """What would have rejected or warned, and does not because a person said so."""
    found = approved.findings(report)
    if not found:
        return
    yield f"Approved ({len(found)})" if len(found) <= USEFUL else f"Approved ({USEFUL} of {len(found)})"
    yield from (f"  {summary.place(finding)}  {_sentence(finding)}" for finding in found[:USEFUL])


def _sentence(finding: Finding) -> str:
    rule = single_line(f"{finding.check}/{finding.rule}", 80)
    marks = "".join(
        (
            " [baseline]" if finding.novelty is Novelty.BASELINE else "",
            f" [waived: {single_line(finding.waiver, 80)}]" if finding.waiver is not None else "",
            f" [disclosed: {single_line(finding.disclosed, 80)}]" if finding.disclosed is not None else "",
            f" [approved by {single_line(finding.approval, 120)}]" if finding.approval is not None else "",
        )
    )
    return f"{rule}  {single_line(finding.message, _MESSAGE)}{marks}"


def _table(report: Report, verbose: int, color: bool) -> Iterator[str]:
    if not report.results:
        return
    width = max(len(result.id) for result in report.results)
    yield "Checks"
    for result in report.results:
        yield "  " + _row(result, width, color)
        if verbose >= 1 or result.outcome is not Outcome.PASSED:
            yield from (f"      {single_line(reason, _MESSAGE)}" for reason in result.reasons)
        if result.reproduce and (verbose >= 1 or _unfounded(result)):
            yield _paint(f"      reproduce: {single_line(result.reproduce)}", "dim", color)


def _row(result: CheckResult, width: int, color: bool) -> str:
    observation = result.observation
    outcome = _paint(f"{_MARKS[result.outcome]} {result.outcome.value:<14}", result.outcome.value, color)
    cells = [outcome, f"{single_line(result.id):<{width}}", f"{result.label.value if result.label else '':<7}"]
    if observation.commands:
        cells += [f"{summary.duration(observation.duration_s):>7}", f"{summary.size(observation.peak_bytes):>8}"]
    if counted := summary.counted(result):
        cells.append(counted)
    if not result.required:
        cells.append("optional")
    if observation.cached_from:
        cells.append(f"cached from {summary.short(observation.cached_from)}")
    return "  ".join(cells).rstrip()


def _everything(report: Report) -> Iterator[str]:
    if report.findings:
        yield f"All findings ({len(report.findings)})"
    for result in report.results:
        for finding in sorted(result.findings, key=summary.rank):
            yield f"  {summary.place(finding)}  {finding.severity.value}  {_sentence(finding)}"
    for step, seconds in report.timings.items():
        yield f"  {single_line(step):<14} {summary.duration(seconds):>7}"


def _notes(report: Report) -> Iterator[str]:
    for note in summary.notes(report):
        yield f"note: {single_line(note, 400)}"
    for use in report.decision.waivers:
        waiver = use.waiver
        state = "expired" if use.expired else f"covers {use.used}"
        target = single_line(f"{waiver.check}/{waiver.rule} {waiver.path}", 160)
        yield f"waiver: {target} until {waiver.expires.isoformat()} ({state}): {single_line(waiver.reason, 160)}"
    if step := approved.next_step(report):
        yield f"a person must approve what was disclosed: {single_line(step, 400)}"
    for approval in approved.uses(report):
        word, said = approved.told(approval)
        yield f"{word}: {single_line(said, 600)}"


def _foot(report: Report, verbose: int) -> Iterator[str]:
    hint = "" if verbose >= 1 else f"  details: gate show {summary.short(report.run)}"
    yield f"run {summary.short(report.run)}  {summary.duration(report.duration_s)}{hint}"
    if report.decision.verdict is Verdict.BLOCKED and not approved.next_step(report):
        yield "Blocked means that something could not be observed; it says nothing about the quality of the branch."


def _unfounded(result: CheckResult) -> bool:
    """Not passed, and no finding above it carries the command already."""
    wanting = result.outcome in (Outcome.FAILED, Outcome.BLOCKED)
    return wanting and not any(finding.rejects or finding.awaits for finding in result.findings)


def _paint(text: str, style: str, color: bool, *, bold: bool = False) -> str:
    if not color:
        return text
    code = {"bold": _BOLD, "dim": _DIM}.get(style) or _COLOURS.get(style, "")
    return f"{_BOLD if bold else ''}{code}{text}{_RESET}"
