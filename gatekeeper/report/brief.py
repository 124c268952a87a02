"""For handing to an agent: what failed, where, how to reproduce it, nothing else. At most 60 lines."""

from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Verdict
from gatekeeper.report import approved, summary
from gatekeeper.report.escape import single_line

LINES = 60
FINDINGS = 24
_WIDTH = 200


def render(report: Report) -> str:
    """Lines that end with a newline, at most `LINES` of them, each at most about `_WIDTH` characters."""
    verdict = report.decision.verdict
    lines = [f"{verdict.value.upper()} {summary.subject_line(report)}"]
    if report.policy.trial:
        lines.append(f"{summary.TRIAL}.")
    if verdict is not Verdict.ACCEPTED:
        lines += [single_line(reason, _WIDTH) for reason in report.decision.reasons[:4]]
        chosen = summary.useful(report, FINDINGS)
        for result in summary.open_results(report):
            lines += _check(result, report, chosen)
    if step := approved.next_step(report):
        lines.append(f"A PERSON MUST APPROVE: {single_line(step, _WIDTH)}")
    for word, said in map(approved.told, approved.uses(report)):
        lines.append(f"{word.upper()} {single_line(said, _WIDTH)}")
    return "\n".join(_clip(lines, report)) + "\n"


def _check(result: CheckResult, report: Report, chosen: dict[str, tuple[Finding, ...]]) -> list[str]:
    shown = chosen.get(result.id, ())
    optional = "" if result.required else " (optional)"
    lines = [f"{result.outcome.value.upper()} {single_line(result.id)}{optional}"]
    lines += [f"  {single_line(reason, _WIDTH)}" for reason in result.reasons[:3]]
    for finding in shown:
        lines.append(f"  {summary.place(finding)} {single_line(f'{finding.rule}: {finding.message}', _WIDTH)}")
    more = sum(finding.rejects or finding.awaits for finding in result.findings) - len(shown)
    if more > 0:
        lines.append(f"  and {more} more: gate show {summary.short(report.run)}")
    if result.reproduce:
        lines.append(f"  reproduce: {single_line(result.reproduce)}")
    return lines


def _clip(lines: list[str], report: Report) -> list[str]:
    if len(lines) < LINES:
        return lines
    rest = len(lines) - (LINES - 1)
    return [*lines[: LINES - 1], f"{rest} lines left out: gate show {summary.short(report.run)}"]
