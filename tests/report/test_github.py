"""A verdict for a GitHub job: within its limits, and without orders to it."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Label, Novelty, Outcome, Severity
from gatekeeper.report import github
from tests.support.reports import a_report, a_result


def finding(number: int, **changes: object) -> Finding:
    made = Finding(check=CheckId("lint"), rule="E501", message=f"line {number}", path="a.py", line=number + 1)
    return replace(made, **changes)  # type: ignore[arg-type]


def report_of(*findings: Finding):
    return a_report(replace(a_result("lint", Outcome.FAILED), findings=findings))


def test_ten_of_each_kind_new_ones_first() -> None:
    old = [finding(n, novelty=Novelty.BASELINE) for n in range(30)]
    new = [finding(100 + n) for n in range(15)]
    notes = [finding(200 + n, severity=Severity.NOTE) for n in range(15)]
    lines = github.annotations(report_of(*old, *notes, *new)).splitlines()
    kinds = [line.split(" ", 1)[0] for line in lines]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"::error": 10, "::warning": 10, "::notice": 10}
    assert lines[0] == "::error file=a.py,line=101,col=,title=".replace("col=,", "") + "lint%3A E501::line 100"


def test_waived_findings_are_not_annotated() -> None:
    assert github.annotations(report_of(finding(1, waiver="agreed"))) == ""


@given(st.text(max_size=60), st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=20))
def test_nothing_from_the_branch_ends_a_command_or_begins_one(message: str, path: str, rule: str) -> None:
    said = github.annotations(report_of(finding(1, message=message, path=path, rule=rule)))
    assert said.count("\n") == 1
    assert said.startswith("::error file=")
    properties = said[len("::error ") :].split("::", 1)[0]
    assert [one.partition("=")[0] for one in properties.split(",")] == ["file", "line", "title"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_why_there_is_no_verdict_is_one_command(what: str, hint: str) -> None:
    said = github.error(what, hint)
    assert said.startswith("::error title=gate::")
    assert said.count("\n") == 1
    assert "<" not in github.summary_without_verdict("blocked", what, hint).replace("<code>", "").replace("</code>", "")


def test_what_tools_printed_gives_no_orders() -> None:
    said = github.shielded("::error::x\n::add-mask::y\n", "t0ken")
    assert said == "::stop-commands::t0ken\n::error::x\n::add-mask::y\n::t0ken::\n"


def test_the_summary_lists_the_rest_and_stays_below_a_mebibyte() -> None:
    few = github.step_summary(report_of(*(finding(n) for n in range(40))))
    assert "All 40 findings that reject" in few
    assert few.count("line&#32;39") + few.count("line 39") == 1
    many = github.step_summary(report_of(*(finding(n, message="</details>" + "x" * 150) for n in range(9000))))
    assert len(many.encode()) < 1 << 20
    assert "the report in JSON has all of them" in many
    assert "</details>" not in many


def test_outputs_are_one_value_each() -> None:
    report = report_of(finding(1), finding(2, novelty=Novelty.BASELINE))
    values = github.outputs(report, {"report-json": "/r\nverdict=accepted"})
    assert values["new-findings"] == "1"
    text = github.output_lines(values, "D")
    assert text.count("\nD\n") == len(values)
    assert "\nverdict=accepted" not in text


def test_the_label_is_that_of_the_weakest_required_check() -> None:
    strong = replace(a_result("api", Outcome.PASSED, label=Label.DIRECT), required=True)
    weak = replace(a_result("tests", Outcome.PASSED, label=Label.LOCAL), required=True)
    aside = replace(a_result("docs", Outcome.BLOCKED), required=False)
    assert github.label(a_report(strong, weak, aside)) == "local"
    assert github.label(a_report(strong)) == "direct"
    assert github.label(a_report(strong, replace(aside, required=True))) == "blocked"
    assert github.label(a_report(aside)) == "blocked"
