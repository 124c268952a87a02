"""For `gate show`: every observation of a run, with the command, the counts, the tools and the path of the log."""

from collections.abc import Iterator

from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Ended, ReportState
from gatekeeper.report import summary, text
from gatekeeper.report.escape import single_line


def render(report: Report, *, color: bool = False) -> str:
    """The verbose text, then what the verdict rests on."""
    observations = "\n".join(line for result in report.results for line in _result(result))
    parts = [text.render(report, verbose=1, color=color).rstrip("\n"), *_facts(report)]
    if observations:
        parts.append(f"Observations\n{observations}")
    return "\n\n".join(parts) + "\n"


def _facts(report: Report) -> Iterator[str]:
    subject, policy = report.subject, report.policy
    base = subject.base
    lines = [
        f"run         {report.run}, started {single_line(report.started)}",
        f"repository  {single_line(subject.repository.root)}",
        f"head        {subject.head}  tree {subject.head_tree}",
        f"base        {single_line(base.name)} {base.tip} ({single_line(base.origin)})" if base else "base        none",
        f"merge       base {subject.merge_base}  tree {subject.merge_tree or 'conflicts'}",
        f"policy      {single_line(policy.digest)} ({single_line(policy.origin)})",
    ]
    lines += [
        f"claim       {single_line(claim.subject)}={claim.label.value}  {single_line(claim.statement, 160)}"
        for claim in report.claims
    ]
    yield "\n".join(lines)


def _result(result: CheckResult) -> Iterator[str]:
    seen = result.observation
    label = f", {result.label.value}" if result.label else ""
    yield f"  {single_line(result.id)}: {result.outcome.value}{label}"
    if seen.cached_from:
        yield f"    cached    observed by run {summary.short(seen.cached_from)}"
    for run in seen.commands:
        yield from _command(run)
    yield from _rest(seen)


def _command(run: CommandRun) -> Iterator[str]:
    exit_status = f"exit {run.exit}" if run.ended is Ended.EXITED else run.ended.value
    yield f"    command   {single_line(' '.join(run.argv), 400)}"
    report = "" if run.report is ReportState.NOT_ASKED else f", report {run.report.value}"
    measured = f"{summary.duration(run.duration_s)}, peak {summary.size(run.peak_bytes)}"
    yield f"    ended     {exit_status}, {measured}{report}"
    if run.problem:
        yield f"    problem   {single_line(run.problem, 400)}"
    cut = " (cut)" if run.truncated else ""
    yield f"    log       {single_line(run.log)}{cut}"


def _rest(seen: Observation) -> Iterator[str]:
    if seen.counts:
        yield "    counts    " + ", ".join(f"{single_line(name)} {count}" for name, count in seen.counts.items())
    for tool in seen.tools:
        origin = f" from {single_line(tool.origin)}" if tool.origin else ""
        yield f"    tool      {single_line(f'{tool.name} {tool.version} {tool.path}')}{origin}"
    for word, lines in (("missing", seen.missing), ("tampered", seen.tampered), ("note", seen.notes)):
        yield from (f"    {word:<9} {single_line(line, 400)}" for line in lines)
    if seen.inapplicable:
        yield f"    because   {single_line(seen.inapplicable, 400)}"
