"""JUnit XML as Jenkins and pytest (xunit2) write it: one test case per check."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Outcome
from gatekeeper.report import summary
from gatekeeper.report.escape import single_line, xml

_FINDINGS = 200


def render(report: Report) -> str:
    """A failed check is a failure, a blocked one an error, a not-applicable one skipped; a pass is only a pass."""
    root = Element("testsuites")
    count = {outcome: sum(result.outcome is outcome for result in report.results) for outcome in Outcome}
    suite = SubElement(
        root,
        "testsuite",
        name="gatekeeper",
        tests=str(len(report.results)),
        failures=str(count[Outcome.FAILED]),
        errors=str(count[Outcome.BLOCKED]),
        skipped=str(count[Outcome.NOT_APPLICABLE]),
        time=f"{report.duration_s:.3f}",
        timestamp=report.started.removesuffix("Z").partition("+")[0][:19],  # the schema's pattern has no zone
    )
    _properties(suite, report)
    for result in report.results:
        _case(suite, result)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _properties(suite: Element, report: Report) -> None:
    properties = SubElement(suite, "properties")
    values = {
        "verdict": report.decision.verdict.value + (f" ({summary.TRIAL})" if report.policy.trial else ""),
        "run": report.run,
        "branch": report.subject.branch or "",
        "head": report.subject.head,
        "tree": report.subject.head_tree,
        "policy": report.policy.digest,
    }
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=xml(single_line(value)))


def _case(suite: Element, result: CheckResult) -> None:
    seconds = f"{result.observation.duration_s:.3f}"
    case = SubElement(suite, "testcase", classname="gate", name=xml(single_line(result.id)), time=seconds)
    reason = xml(single_line("; ".join(result.reasons), 400)) or result.outcome.value
    match result.outcome:
        case Outcome.FAILED:
            SubElement(case, "failure", message=reason, type="failed").text = _details(result)
        case Outcome.BLOCKED:
            SubElement(case, "error", message=reason, type="blocked").text = _details(result)
        case Outcome.NOT_APPLICABLE:
            SubElement(case, "skipped", message=reason, type="not-applicable")
        case Outcome.PASSED:
            pass
    SubElement(case, "system-out").text = xml("\n".join(single_line(line, 400) for line in _beside(result)))


def _beside(result: CheckResult) -> Iterator[str]:
    """What holds whatever the outcome is: the label, and what a person has approved."""
    yield f"label: {result.label.value if result.label else 'none'}"
    settled = [one for one in result.findings if one.approval is not None]
    for one in settled[:_FINDINGS]:
        yield f"approved by {one.approval}: {summary.place(one)}: {one.rule}: {one.message}"


def _details(result: CheckResult) -> str:
    ordered = sorted(result.findings, key=summary.rank)
    lines = [f"{summary.place(f)}: {single_line(f'{f.rule}: {f.message}', 400)}" for f in ordered[:_FINDINGS]]
    if len(ordered) > _FINDINGS:
        lines.append(f"and {len(ordered) - _FINDINGS} more")
    if result.reproduce:
        lines.append(f"reproduce: {single_line(result.reproduce)}")
    return xml("\n".join(lines))
