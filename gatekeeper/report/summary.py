"""What several renderers say in the same words: places, sizes, the most useful findings."""

from collections.abc import Sequence

from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Novelty, Outcome, Severity
from gatekeeper.report.escape import single_line

_SEVERITY_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
TRIAL = "TRIAL POLICY: this verdict does not count"


def short(object_id: str) -> str:
    """Twelve digits of an object or run id: enough to be unique in practice, short enough to read."""
    return object_id[:12]


def duration(seconds: float) -> str:
    """Seconds in words of at most seven characters: "4 ms", "1.2 s", "3m05s"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02d}s"


def size(count: int) -> str:
    """Bytes in binary units: "0 B", "88 MiB", "1.5 GiB"."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


_TOLD = ("passed", "failed", "errors", "skipped", "xfailed", "flaky")


def counted(result: CheckResult) -> str:
    """What a test runner counted, and how many findings the base has as well: "214 passed, 3 skipped, 2 as at base"."""
    counts = result.observation.counts
    parts = [f"{counts[name]:,} {name}" for name in _TOLD if counts.get(name)]
    old = sum(finding.novelty is Novelty.BASELINE and finding.severity is Severity.ERROR for finding in result.findings)
    return ", ".join([*parts, f"{old:,} as at base"] if old else parts)


def place(finding: Finding) -> str:
    """`path:line:column` as editors understand it; escaped."""
    if finding.path is None:
        return single_line(finding.symbol, 120) if finding.symbol else f"({single_line(finding.check, 80)})"
    numbers = [number for number in (finding.line, finding.column) if number is not None]
    return ":".join([single_line(finding.path, 200), *map(str, numbers)])


def subject_line(report: Report) -> str:
    """What was judged against what: branch, commits, how far apart."""
    subject = report.subject
    name = single_line(subject.branch or "detached HEAD", 80)
    if subject.whole or subject.base is None:
        return f"{name} {short(subject.head)} (whole tree)"
    tip = short(subject.base.tip)
    # A base that was named by its commit, as a GitHub event does, is not said twice.
    base = tip if subject.base.name == subject.base.tip else f"{single_line(subject.base.name, 80)} {tip}"
    distance = f"{subject.ahead} ahead, {subject.behind} behind"
    return f"{name} {short(subject.head)} against {base} ({distance})"


def notes(report: Report) -> tuple[str, ...]:
    """Notes of the run and of the policy, each once, in order."""
    return tuple(dict.fromkeys((*report.policy.notes, *report.notes)))


def rank(finding: Finding) -> tuple[bool, bool, bool, bool, int, str, int, int, str]:
    """Total order of usefulness within a check: what rejects first, then what waits for a person, then by place."""
    return (
        not finding.rejects,
        not finding.awaits,
        finding.settled,
        finding.novelty is Novelty.BASELINE,
        _SEVERITY_ORDER[finding.severity],
        finding.path or "",
        finding.line or 0,
        finding.column or 0,
        finding.rule,
    )


def useful(report: Report, limit: int) -> dict[str, tuple[Finding, ...]]:
    """At most `limit` findings that reject, wait for a person, or else fail a check; by check in the order of results.

    Checks take turns, so that a hundred lint findings do not hide the one test that fails.
    """
    queues = {result.id: _candidates(result) for result in report.results}
    taken: dict[str, list[Finding]] = {check: [] for check in queues}
    room = limit
    for position in range(max((len(queue) for queue in queues.values()), default=0)):
        for check, queue in queues.items():
            if position < len(queue) and room > 0:
                taken[check].append(queue[position])
                room -= 1
    return {check: tuple(found) for check, found in taken.items() if found}


def count_useful(report: Report) -> int:
    """How many findings `useful` chooses from."""
    return sum(len(_candidates(result)) for result in report.results)


_SPEAKING = frozenset({"self-review", "contract", "paths", "sync", "worktree", "tests", "integrity", "rules"})
"""Checks whose warnings the gate itself words; those of linters and type checkers may be thousands."""


def spoken_warnings(report: Report) -> tuple[Finding, ...]:
    """New warnings that nobody has settled, of the checks that speak to a person."""
    found = [finding for result in report.results if result.id in _SPEAKING for finding in result.findings]
    told = [one for one in found if one.severity is Severity.WARNING and one.novelty is Novelty.NEW and not one.settled]
    return tuple(sorted(told, key=rank))


def open_results(report: Report) -> Sequence[CheckResult]:
    """Failed checks first, then blocked ones, each in the order of the results; required before optional."""
    order = {Outcome.FAILED: 0, Outcome.BLOCKED: 1}
    wanting = [result for result in report.results if result.outcome in order]
    return sorted(wanting, key=lambda result: (order[result.outcome], not result.required))


def _candidates(result: CheckResult) -> list[Finding]:
    # A failed check whose findings do not reject (severity turned down, "report") still shows what it found.
    shown = [finding for finding in result.findings if finding.rejects or finding.awaits]
    if not shown and result.outcome is Outcome.FAILED:
        shown = [f for f in result.findings if not f.settled and f.severity is not Severity.NOTE]
    return sorted(shown, key=rank)
