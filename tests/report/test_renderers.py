"""What is printed, format by format. The snapshots are what a user sees."""

import json
import re
from xml.etree.ElementTree import Element

import jsonschema
import pytest
from defusedxml.ElementTree import fromstring
from junitparser import JUnitXml
from msgspec.structs import replace
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog
from syrupy.assertion import SnapshotAssertion

from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Novelty, Outcome, Severity, Verdict
from gatekeeper.report import brief, details, text
from gatekeeper.report.json import schema_text
from gatekeeper.report.renderers import FORMATS, RENDERERS
from tests.report.test_escape import ACTING
from tests.support.reports import a_finding, a_hostile_report, a_mixed_report, a_report, a_result


@pytest.mark.parametrize("name", FORMATS)
def test_a_mixed_report(name: str, snapshot: SnapshotAssertion) -> None:
    shown = RENDERERS[name](a_mixed_report())
    assert shown.endswith("\n")
    assert shown == snapshot


def test_verbose_quiet_and_details(snapshot: SnapshotAssertion) -> None:
    report = a_mixed_report()
    assert text.render(report, verbose=1) == snapshot(name="verbose")
    assert text.render(report, verbose=-1) == snapshot(name="quiet")
    assert details.render(report) == snapshot(name="details")


@pytest.mark.parametrize("name", [*FORMATS, "details"])
def test_nothing_of_a_hostile_branch_acts(name: str) -> None:
    shown = (details.render if name == "details" else RENDERERS[name])(a_hostile_report())
    assert not ACTING.search(shown)
    assert not any(line.lstrip().startswith(("::", "##[")) for line in shown.split("\n"))
    shown.encode("utf-8")


def test_an_unknown_format_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        RENDERERS["pdf"]


def test_the_verdict_comes_first_and_ten_findings_at_most() -> None:
    failing = a_result("tests", Outcome.FAILED, a_finding(1, "tests", rule="test-failed"))
    shown = text.render(a_report(a_result("lint", Outcome.FAILED, *map(a_finding, range(1, 40))), failing))
    assert shown.startswith("REJECTED")
    assert "Findings (10 of 40)" in shown
    assert len(re.findall(r"^  src/app\.py:", shown, re.MULTILINE)) == 10
    assert "tests/test-failed" in shown, "the one failing test is not hidden by lint"
    assert "reproduce lint: lint --here ." in shown


def test_a_base_that_was_named_by_its_commit_is_said_once() -> None:
    report = a_report(a_result("lint", Outcome.PASSED))
    assert report.subject.base is not None
    named = replace(report.subject.base, name=report.subject.base.tip)
    assert f"against {named.tip[:12]} (2 ahead" in text.render(
        replace(report, subject=replace(report.subject, base=named))
    )


def test_warnings_for_a_person_are_told_and_those_of_linters_are_not() -> None:
    told = [a_finding(n, "self-review", rule="unverified-prose", severity=Severity.WARNING) for n in range(1, 8)]
    silent = a_finding(9, "types", severity=Severity.WARNING)
    report = a_report(a_result("self-review", Outcome.PASSED, *told), a_result("types", Outcome.PASSED, silent))
    shown = text.render(report)
    assert "Warnings (5 of 7)" in shown
    assert shown.count("self-review/unverified-prose") == 5
    assert "types/F401" not in shown


def test_color_is_only_there_when_asked() -> None:
    assert "\x1b" not in text.render(a_mixed_report())
    colored = text.render(a_mixed_report(), color=True)
    assert re.sub(r"\x1b\[\d+m", "", colored) == text.render(a_mixed_report())


@pytest.mark.parametrize("name", ["text", "brief", "markdown", "junit"])
def test_a_trial_says_loudly_that_it_does_not_count(name: str) -> None:
    report = a_report(a_result("lint", Outcome.PASSED), verdict=Verdict.ACCEPTED)
    assert "does not count" not in RENDERERS[name](report)
    trial = replace(report, policy=replace(report.policy, trial=True))
    assert "does not count" in RENDERERS[name](trial)


def test_brief_is_short_whatever_happens() -> None:
    results = [a_result(f"own-{n}", Outcome.FAILED, *(a_finding(m, f"own-{n}") for m in range(50))) for n in range(40)]
    lines = brief.render(a_report(*results)).splitlines()
    assert len(lines) == brief.LINES
    assert "gate show 0123456789ab" in lines[-1]


def test_brief_of_an_accepted_branch_is_one_line() -> None:
    passed = a_result("lint", Outcome.PASSED, a_finding(novelty=Novelty.BASELINE))
    assert len(brief.render(a_report(passed, verdict=Verdict.ACCEPTED)).splitlines()) == 1


@pytest.mark.parametrize("make", [a_mixed_report, a_hostile_report, a_report])
def test_json_satisfies_its_schema(make: object) -> None:
    report = make()  # type: ignore[operator]
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    value = json.loads(RENDERERS["json"](report))
    jsonschema.validate(value, schema)
    assert len(value["findings"]) == sum(len(check["findings"]) for check in value["checks"])


def test_the_schema_refuses_what_is_not_a_report() -> None:
    value = json.loads(RENDERERS["json"](a_mixed_report()))
    schema = json.loads(schema_text())
    for change in ({"verdict": "green"}, {"extra": 1}, {"schema": "gatekeeper/report/2"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, **change}, schema)
    del value["checks"][0]["observation"]["log_sha256"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema)


def test_json_has_no_nan() -> None:
    result = a_result("complexity", Outcome.FAILED, a_finding(measure=float("inf")))
    assert json.loads(RENDERERS["json"](a_report(result)))["findings"][0]["measure"] is None


@pytest.mark.parametrize("make", [a_mixed_report, a_hostile_report, a_report])
def test_sarif_is_sarif(make: object) -> None:
    """The model is generated from the schema of the standard and forbids unknown members."""
    SarifLog.model_validate_json(RENDERERS["sarif"](make()))  # type: ignore[operator]


def test_sarif_paths_are_relative_and_fingerprinted() -> None:
    findings = (
        a_finding(1, path="a b/c:d#é%\udcff.py"),
        a_finding(2, path=None, fingerprint=""),
        a_finding(0, severity=Severity.NOTE, waiver="why"),
    )
    log = json.loads(RENDERERS["sarif"](a_report(a_result("lint", Outcome.FAILED, *findings))))
    first, second, third = log["runs"][0]["results"]
    where = first["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "a%20b/c%3Ad%23%C3%A9%25%FF.py", "uriBaseId": "%SRCROOT%"}
    assert where["region"] == {"startLine": 1, "startColumn": 8}
    assert "locations" not in second
    assert len(second["partialFingerprints"]["gatekeeper/v1"]) == 64
    assert "region" not in third["locations"][0]["physicalLocation"], "line 0 does not exist"
    assert third["suppressions"][0]["justification"] == "why"


def test_sarif_of_a_blocked_run_says_that_it_could_not_be_done() -> None:
    log = json.loads(RENDERERS["sarif"](a_report(a_result("tests", Outcome.BLOCKED), verdict=Verdict.BLOCKED)))
    invocation = log["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "tests is blocked" in invocation["toolExecutionNotifications"][0]["message"]["text"]


_SUITE_ATTRIBUTES = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
_CASE_CHILDREN = {"failure", "error", "skipped", "system-out"}


def _assert_junit(report: Report) -> None:
    """The rules of the Jenkins schema (junit-10.xsd) for the members that are written."""
    root = fromstring(RENDERERS["junit"](report))
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.tag == "testsuite"
    assert set(suite.attrib) == _SUITE_ATTRIBUTES
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    properties, *cases = suite
    assert properties.tag == "properties"
    assert all(entry.tag == "property" and set(entry.attrib) == {"name", "value"} for entry in properties)
    for case in cases:
        _assert_case(case)


def _assert_case(case: Element) -> None:
    assert (case.tag, set(case.attrib)) == ("testcase", {"classname", "name", "time"})
    *kind, out = (child.tag for child in case)
    assert (out, len(kind) <= 1, set(kind) <= _CASE_CHILDREN) == ("system-out", True, True)


@pytest.mark.parametrize("make", [a_mixed_report, a_hostile_report, a_report])
def test_junit_is_junit(make: object) -> None:
    _assert_junit(make())  # type: ignore[operator]


def test_junit_counts_and_no_outcome_but_passed_is_a_pass() -> None:
    suite = next(iter(JUnitXml.fromstring(RENDERERS["junit"](a_mixed_report()).encode())))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    assert {case.name: case.is_passed for case in suite} == {
        "types": True,
        "lint": False,
        "tests": False,
        "sync": False,
    }
