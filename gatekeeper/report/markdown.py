"""For a pull request comment or a job summary (GitHub-flavoured Markdown)."""

from collections.abc import Iterator

from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.report import approved, summary
from gatekeeper.report.escape import markdown

FINDINGS = 25
MARKS = {
    Outcome.PASSED: "✅ passed",
    Outcome.FAILED: "❌ failed",
    Outcome.BLOCKED: "🟧 blocked",
    Outcome.NOT_APPLICABLE: "⬜ not applicable",
}
VERDICTS = {Verdict.ACCEPTED: "✅ accepted", Verdict.REJECTED: "❌ rejected", Verdict.BLOCKED: "🟧 blocked"}


def render(report: Report) -> str:
    """Everything from the branch is inside code elements: no mentions, links, images or headings of its making."""
    return "\n".join([*_head(report), *_table(report), *_findings(report), *_approved(report), *_foot(report)]) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"## gate: {VERDICTS[report.decision.verdict]}"
    yield ""
    if report.policy.trial:
        yield f"> **{summary.TRIAL}.**"
        yield ""
    yield markdown(summary.subject_line(report))
    yield ""
    for reason in report.decision.reasons:
        yield f"- {markdown(reason, 300)}"
    yield ""


def _table(report: Report) -> Iterator[str]:
    yield "| check | outcome | label | time | peak | why |"
    yield "|---|---|---|--:|--:|---|"
    for result in report.results:
        yield f"| {' | '.join(_cells(result))} |"
    yield ""


def _cells(result: CheckResult) -> tuple[str, ...]:
    seen = result.observation
    time = summary.duration(seen.duration_s) if seen.commands else ""
    return (
        markdown(result.id) + ("" if result.required else " (optional)"),
        MARKS[result.outcome],
        result.label.value if result.label else "",
        f"{time} (cached)" if seen.cached_from else time,
        summary.size(seen.peak_bytes) if seen.commands else "",
        markdown("; ".join(result.reasons), 200) if result.outcome is not Outcome.PASSED else "",
    )


def _findings(report: Report) -> Iterator[str]:
    chosen = summary.useful(report, FINDINGS)
    if not chosen:
        return
    shown, total = sum(map(len, chosen.values())), summary.count_useful(report)
    yield f"### Findings ({shown} of {total})"
    yield ""
    for result in report.results:
        for finding in chosen.get(result.id, ()):
            rule = markdown(f"{finding.check}/{finding.rule}", 100)
            yield f"- {markdown(summary.place(finding))} {rule} {markdown(finding.message, 300)}"
        if result.id in chosen and result.reproduce:
            yield f"  - reproduce: {markdown(result.reproduce)}"
    yield ""


def _approved(report: Report) -> Iterator[str]:
    uses, found, step = approved.uses(report), approved.findings(report), approved.next_step(report)
    if step:
        yield f"A person must approve what was disclosed: {markdown(step, 400)}"
        yield ""
    if not uses:
        return
    yield f"### Approvals by people (findings settled: {len(found)})"
    yield ""
    for finding in found[:FINDINGS]:
        rule = markdown(f"{finding.check}/{finding.rule}", 100)
        yield f"- {markdown(summary.place(finding))} {rule} {markdown(finding.message, 300)}"
    for use in uses:
        word, said = approved.told(use)
        yield f"- {word}: {markdown(said, 600)}"
    yield ""


def _foot(report: Report) -> Iterator[str]:
    for note in summary.notes(report):
        yield f"- note: {markdown(note, 300)}"
    covered = sum(use.used for use in report.decision.waivers)
    if covered:
        yield f"- {covered} findings are waived"
    yield ""
    details = markdown(f"gate show {summary.short(report.run)}")
    yield f"Run {markdown(report.run)}, {summary.duration(report.duration_s)}: {details}"
