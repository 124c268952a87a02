"""For `gate show`: every observation of a run, with the command, the counts, the tools and the path of the log."""

from collections.abc import Iterator

from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.target import ProbeFacts
from gatekeeper.model.vocabulary import Ended, ReportState
from gatekeeper.report import evidence, summary, text
from gatekeeper.report.escape import single_line


def render(report: Report, *, color: bool = False) -> str:
    """The verbose text, then what the verdict rests on."""
    observations = "\n".join(line for result in report.results for line in _result(result))
    parts = [text.render(report, verbose=1, color=color).rstrip("\n"), _facts(report)]
    evidence_table = "\n".join(evidence.table(report))
    if evidence_table:
        parts.append(f"Evidence\n{evidence_table}")
    if observations:
        parts.append(f"Observations\n{observations}")
    return "\n\n".join(parts) + "\n"


def _facts(report: Report) -> str:
    return "\n".join(f"{name:<11} {single_line(value)}".rstrip() for name, value in facts(report))


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """(name, value) of everything that the verdict is about; not yet escaped."""
    subject, policy, base = report.subject, report.policy, report.subject.base
    yield "run", f"{report.run}, started {report.started}"
    yield "repository", subject.repository.root
    yield "head", f"{subject.head}  tree {subject.head_tree}"
    yield "base", f"{base.name} {base.tip} ({base.origin})" if base else "none"
    yield "merge", f"base {subject.merge_base}  tree {subject.merge_tree or 'conflicts'}"
    yield "policy", f"{policy.digest} ({policy.origin})"
    if (agreed := report.contract) is not None:
        yield "contract", f"{agreed.digest} (version {agreed.version}, by {agreed.by})"
    for claim in report.claims:
        yield "claim", f"{claim.subject}={claim.label.value}  {single_line(claim.statement, 160)}"


def _result(result: CheckResult) -> Iterator[str]:
    label = f", {result.label.value}" if result.label else ""
    yield f"  {single_line(result.id)}: {result.outcome.value}{label}"
    yield from observation(result)


def observation(result: CheckResult) -> Iterator[str]:
    """Commands, counts, tools, artefacts and gaps of one check; escaped lines."""
    seen = result.observation
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


def _probe(facts: ProbeFacts) -> Iterator[str]:
    origin = "started by the gate from the slot" if facts.started else "already running"
    said = f", said {single_line(facts.identified, 120)}" if facts.identified else ""
    yield f"    target    {origin}; identity {facts.identity.value}{said}"
    for artefact in facts.artefacts:
        yield f"    artefact  {single_line(artefact.name)}  sha256:{artefact.sha256}  {summary.size(artefact.size)}"


def _rest(seen: Observation) -> Iterator[str]:
    if seen.counts:
        yield "    counts    " + ", ".join(f"{single_line(name)} {count}" for name, count in seen.counts.items())
    for tool in seen.tools:
        origin = f" from {single_line(tool.origin)}" if tool.origin else ""
        yield f"    tool      {single_line(f'{tool.name} {tool.version} {tool.path}')}{origin}"
    for word, lines in (("missing", seen.missing), ("tampered", seen.tampered), ("note", seen.notes)):
        yield from (f"    {word:<9} {single_line(line, 400)}" for line in lines)
    if seen.isolation != "none":
        yield f"    isolation {single_line(seen.isolation)}"
    if seen.inapplicable:
        yield f"    because   {single_line(seen.inapplicable, 400)}"
    yield from _of_target(seen)


def _of_target(seen: Observation) -> Iterator[str]:
    if seen.probe is not None:
        yield from _probe(seen.probe)
    for brought in seen.attestations:
        standing = f"does not count: {single_line(brought.problem, 200)}" if brought.problem else "counts"
        words = single_line(f"{brought.label} by {brought.by}: {brought.reason}", 300)
        yield f"    attested  {words} ({standing})"
