"""Approvals in every format: who, with which key, what, where, why, until when, and why one is refused."""

import json

import jsonschema
import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.report import approved, brief, details, html, text
from gatekeeper.report.json import schema_text
from gatekeeper.report.renderers import FORMATS, RENDERERS
from gatekeeper.report.verified import json_text
from gatekeeper.report.verified import text as verified_text
from gatekeeper.stamp.answer import Answer, Verified
from tests.report.test_escape import ACTING
from tests.support.reports import HOSTILE, a_finding, a_report, a_result, an_approval, an_approved_report

SHOWN = {**{name: RENDERERS[name] for name in FORMATS}, "html": html.render, "details": details.render}


@pytest.mark.parametrize("name", ["text", "markdown", "brief"])
def test_what_a_person_reads(name: str, snapshot: SnapshotAssertion) -> None:
    assert SHOWN[name](an_approved_report()) == snapshot


@pytest.mark.parametrize("name", ["text", "markdown", "brief", "html", "json", "details"])
def test_every_format_lists_who_what_why_and_until_when(name: str) -> None:
    shown = SHOWN[name](an_approved_report()).replace("&#58;", ":").replace("&#39;", "'")
    for word in ("integrity/outcome-hook", "Ana", "5f5f5f5f5f5f", "agreed with the team", "2026-02-01T00:00:00Z"):
        assert word in shown, word
    assert "it is nobody's" in shown
    assert "it takes an approval back" in shown


@pytest.mark.parametrize("name", ["text", "markdown", "brief", "html"])
def test_what_waits_for_a_person_comes_with_the_command(name: str) -> None:
    shown = SHOWN[name](an_approved_report())
    assert "gate approve feature/x --rule integrity/exit-hook --reason …" in shown
    assert "gate approve" not in SHOWN[name](a_report(a_result("lint", Outcome.PASSED), verdict=Verdict.ACCEPTED))


def test_an_approved_finding_is_marked_and_suppressed_but_never_left_out() -> None:
    report = an_approved_report()
    assert "[approved by Ana: agreed with the team]" in text.render(report, verbose=1)
    assert "[disclosed: had to]" in text.render(report, verbose=1)
    assert "approved by Ana: agreed with the team" in html.render(report)
    assert "approved by Ana: agreed with the team: conftest.py:3:8: outcome-hook" in RENDERERS["junit"](report)
    hook, waiting = json.loads(RENDERERS["sarif"](report))["runs"][0]["results"]
    assert hook["suppressions"][0]["justification"] == "approved by Ana: agreed with the team"
    assert "suppressions" not in waiting


def test_the_json_has_it_all_and_satisfies_its_schema() -> None:
    value = json.loads(RENDERERS["json"](an_approved_report()))
    jsonschema.validate(value, json.loads(schema_text()))
    assert [(one["name"], one["used"], bool(one["problem"]), one["withdrawn"]) for one in value["approvals"]] == [
        ("agreed with the team", 0, True, False), ("Ana", 1, False, False), ("Ana", 0, True, True),
    ]  # fmt: skip
    assert [(one["approval"] or "", one["rejects"], one["awaits"]) for one in value["findings"]] == [
        ("Ana: agreed with the team", False, False), ("", False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_of_a_hostile_approval_acts(name: str) -> None:
    shown = SHOWN[name](an_approved_report(HOSTILE))
    assert not ACTING.search(shown)
    assert not any(line.lstrip().startswith(("::", "##[")) for line in shown.split("\n"))
    shown.encode("utf-8")


def test_many_approved_findings_are_counted_and_not_all_printed() -> None:
    found = [a_finding(number, "integrity", approval="Ana: so") for number in range(1, 40)]
    shown = text.render(a_report(a_result("integrity", Outcome.PASSED, *found), verdict=Verdict.ACCEPTED))
    assert "Approved (10 of 39)" in shown


def test_brief_stays_short() -> None:
    report = an_approved_report()
    uses = report.decision.approvals * 100
    crowded = a_report(a_result("integrity", Outcome.PASSED), verdict=Verdict.ACCEPTED)
    crowded = replace(crowded, decision=replace(crowded.decision, approvals=uses))
    assert len(brief.render(crowded).splitlines()) == brief.LINES
    assert "APPROVED integrity/outcome-hook" in brief.render(crowded), "what settled something comes first"
    assert [bool(use.used) for use in approved.uses(report)] == [True, False, False]


def test_verify_lists_them() -> None:
    listed = (an_approval(), an_approval(problem="it has expired"), an_approval(reason=HOSTILE, paths=(HOSTILE,)))
    answer = Verified(Answer.VERIFIED, (), approvals=listed)
    shown = verified_text(answer, "work", "c" * 40)
    assert "approved: integrity/outcome-hook in conftest.py by Ana (key 5f5f5f5f5f5f…) until 2026-02-01" in shown
    assert "(it has expired)" in shown
    assert not ACTING.search(shown)
    told = json.loads(json_text(answer, "work", "c" * 40))["approvals"]
    assert [one["problem"] for one in told] == ["", "it has expired", ""]
    many = verified_text(Verified(Answer.VERIFIED, (), approvals=listed * 20), "work", "c" * 40)
    assert "approvals: 40 older ones; --format json lists all" in many
