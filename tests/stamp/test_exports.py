"""The verdict in the words of SLSA and in-toto, and nothing where nothing was established."""

from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from gatekeeper.errors import UsageError
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Attestation
from gatekeeper.model.vocabulary import Label, Novelty, Outcome, Severity, Verdict
from gatekeeper.stamp.exports import KINDS, TEST_RESULT_TYPE, VERIFIER, VSA_TYPE, export
from gatekeeper.stamp.statement import commit_of
from gatekeeper.stamp.strict import dump, load
from tests.support.reports import (
    HEAD,
    a_finding,
    a_hostile_report,
    a_mixed_report,
    a_report,
    a_result,
    an_approved_report,
)

DIGEST = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"}}
URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$"}
RESOURCE = {
    "type": "object",
    "properties": {"uri": URI, "digest": DIGEST, "name": {"type": "string"}},
    "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}],
    "additionalProperties": False,
}
STATEMENT = {
    "type": "object",
    "properties": {
        "_type": {"const": "https://in-toto.io/Statement/v1"},
        "subject": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "digest": DIGEST},
                "required": ["digest"],
            },
            "minItems": 1,
        },
        "predicateType": URI,
        "predicate": {"type": "object"},
    },
    "required": ["_type", "subject", "predicateType", "predicate"],
    "additionalProperties": False,
}
# Fields of https://slsa.dev/spec/v1.1/verification_summary
VSA = {
    "type": "object",
    "properties": {
        "verifier": {"type": "object", "properties": {"id": URI}, "required": ["id"], "additionalProperties": False},
        "timeVerified": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "resourceUri": URI,
        "policy": {**RESOURCE, "required": ["uri"]},
        "inputAttestations": {"type": "array", "minItems": 1, "items": {**RESOURCE, "required": ["digest"]}},
        "verificationResult": {"enum": ["PASSED", "FAILED"]},
        "verifiedLevels": {"type": "array", "items": {"type": "string", "pattern": "^(?!SLSA_)"}, "maxItems": 1},
    },
    "required": ["verifier", "timeVerified", "resourceUri", "policy", "verificationResult", "verifiedLevels"],
    "additionalProperties": False,
}
# Fields of spec/predicates/test-result.md, version 0.1
NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
TEST_RESULT = {
    "type": "object",
    "properties": {
        "result": {"enum": ["PASSED", "WARNED", "FAILED"]},
        "configuration": {"type": "array", "items": RESOURCE, "minItems": 1},
        "passedTests": NAMES,
        "warnedTests": NAMES,
        "failedTests": NAMES,
    },
    "required": ["result", "configuration"],
    "additionalProperties": False,
}


def exported(kind: str, report: Any, **more: str) -> list[Any]:
    """The predicates, each held against its specification."""
    made = export(kind, report, **more)
    for one in made:
        jsonschema.validate(one, STATEMENT)
        jsonschema.validate(one["predicate"], VSA if kind == "slsa-vsa" else TEST_RESULT)
        assert one["predicateType"] == (VSA_TYPE if kind == "slsa-vsa" else TEST_RESULT_TYPE)
        assert commit_of(one) == HEAD
        assert load(dump(one)) == one
    assert made == export(kind, report, **more)
    return [one["predicate"] for one in made]


def accepted(*labels: Label) -> Any:
    results = [a_result(f"c{number}", Outcome.PASSED, label=label) for number, label in enumerate(labels)]
    return a_report(*results, verdict=Verdict.ACCEPTED)


def test_an_accepted_branch_is_a_passed_verification() -> None:
    (told,) = exported("slsa-vsa", accepted(Label.DIRECT, Label.LOCAL, Label.PROXY), remote="https://host/o/r.git")
    assert told == {
        "verifier": {"id": VERIFIER},
        "timeVerified": "2026-01-02T03:04:05Z",
        "resourceUri": "git+https://host/o/r.git",
        "policy": {"uri": f"tag:branch-gatekeeper.dev,2026:policy/{'99' * 32}", "digest": {"sha256": "99" * 32}},
        "verificationResult": "PASSED",
        "verifiedLevels": ["BRANCH_GATE_LOCAL"],
    }
    assert exported("slsa-vsa", accepted(Label.DIRECT))[0]["verifiedLevels"] == ["BRANCH_GATE_DIRECT"]
    assert exported("slsa-vsa", accepted())[0]["verifiedLevels"] == []


def test_checks_that_are_not_required_do_not_weaken_the_level() -> None:
    extra = a_result("extra", Outcome.BLOCKED, required=False)
    report = a_report(a_result("c", Outcome.PASSED, label=Label.PROXY), extra, verdict=Verdict.ACCEPTED)
    assert exported("slsa-vsa", report)[0]["verifiedLevels"] == ["BRANCH_GATE_PROXY"]


def test_a_rejected_branch_is_a_failed_verification() -> None:
    (told,) = exported("slsa-vsa", a_mixed_report())
    assert (told["verificationResult"], told["verifiedLevels"]) == ("FAILED", ["FAILED"])


def test_a_blocked_branch_is_neither() -> None:
    assert exported("slsa-vsa", a_report(a_result("tests", Outcome.BLOCKED), verdict=Verdict.BLOCKED)) == []


def test_a_repository_without_a_remote_still_has_a_name() -> None:
    report = accepted(Label.LOCAL)
    odd = Repository("/x", "/x/my shop ü.git", "/x")
    report = replace(report, subject=replace(report.subject, repository=odd))
    uri = exported("slsa-vsa", report)[0]["resourceUri"]
    assert uri == "tag:branch-gatekeeper.dev,2026:repository/my%20shop%20%C3%BC"


def test_the_input_attestations_are_complete_or_absent() -> None:
    result = a_result("shop", Outcome.PASSED, label=Label.PROXY)
    brought = Attestation("shop", "proxy", "r", "Ana", "k", HEAD, "m", digest="cd" * 32)
    seen = replace(result.observation, attestations=(brought, replace(brought, digest="ef" * 32, problem="expired")))
    report = a_report(replace(result, observation=seen), verdict=Verdict.ACCEPTED)
    assert "inputAttestations" not in exported("slsa-vsa", report)[0]
    told = exported("slsa-vsa", report, stamp="ab" * 32)[0]["inputAttestations"]
    assert told == [{"digest": {"sha256": "ab" * 32}}, {"digest": {"sha256": "cd" * 32}}]


def test_approvals_that_settled_something_are_among_the_inputs() -> None:
    report = an_approved_report()
    report = replace(report, decision=replace(report.decision, verdict=Verdict.ACCEPTED))
    told = exported("slsa-vsa", report, stamp="cd" * 32)[0]["inputAttestations"]
    assert told == [{"digest": {"sha256": "cd" * 32}}, {"digest": {"sha256": "ab" * 32}}]


def test_one_test_result_for_each_check_that_passed_or_failed() -> None:
    told = exported("in-toto-test-result", a_mixed_report())
    assert [(one["result"], one["passedTests"], one["failedTests"]) for one in told] == [
        ("PASSED", ["types"], []),
        ("FAILED", [], ["lint"]),
    ]
    assert [entry["name"] for entry in told[0]["configuration"]] == ["check.types", "ruff 0.9.1"]


def test_failed_tests_are_named_and_old_and_waived_ones_are_not() -> None:
    found = [
        a_finding(1, symbol="tests/test_a.py::test_b"),
        a_finding(2, symbol="tests/test_a.py::test_a"),
        a_finding(3, symbol="old", novelty=Novelty.BASELINE),
        a_finding(4, symbol="waived", waiver="known"),
        a_finding(5),
    ]
    (told,) = exported("in-toto-test-result", a_report(a_result("tests", Outcome.FAILED, *found)))
    assert told["failedTests"] == ["tests", "tests::tests/test_a.py::test_a", "tests::tests/test_a.py::test_b"]


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"severity": Severity.WARNING}, "WARNED"),
        ({"severity": Severity.NOTE}, "PASSED"),
        ({"severity": Severity.WARNING, "novelty": Novelty.BASELINE}, "PASSED"),
        ({"severity": Severity.WARNING, "waiver": "known"}, "PASSED"),
    ],
)
def test_a_pass_with_new_warnings_is_warned(changes: dict[str, Any], result: str) -> None:
    (told,) = exported("in-toto-test-result", a_report(a_result("lint", Outcome.PASSED, a_finding(1, **changes))))
    assert told["result"] == result
    assert told["warnedTests"] == (["lint"] if result == "WARNED" else [])


def test_hostile_reports_stay_in_form() -> None:
    assert exported("slsa-vsa", a_hostile_report())
    assert exported("in-toto-test-result", a_hostile_report())


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_is_not_exported(kind: str) -> None:
    report = a_report()
    with pytest.raises(UsageError, match="trial"):
        export(kind, replace(report, policy=replace(report.policy, trial=True)))
