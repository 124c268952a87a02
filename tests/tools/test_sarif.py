"""SARIF 2.1.0: levels, kinds, suppressions, addresses and messages as the standard defines them."""

import json

import pytest

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput
from gatekeeper.tools.registry import READERS


def read(*results: object, status: int = 0, **run: object) -> Reading:
    log = {"version": "2.1.0", "runs": [{"results": list(results), **run}]}
    output = ToolOutput(json.dumps(log).encode(), b"", status, None, "/slot")
    return READERS["sarif"].read(CheckId("own"), output)


def one(result: object, **run: object) -> Finding:
    (finding,) = read(result, **run).findings
    return finding


def at(location: object, **run: object) -> str | None:
    return one({"locations": [{"physicalLocation": {"artifactLocation": location}}]}, **run).path


@pytest.mark.parametrize(
    ("result", "severity"),
    [
        ({}, Severity.WARNING),
        ({"level": "error"}, Severity.ERROR),
        ({"level": "note"}, Severity.NOTE),
        ({"level": "none"}, Severity.NOTE),
        ({"level": "nonsense"}, Severity.ERROR),
        ({"ruleIndex": 0}, Severity.ERROR),
        ({"ruleId": "R"}, Severity.ERROR),
        ({"kind": "review", "level": "error"}, Severity.WARNING),
    ],
)
def test_levels(result: object, severity: Severity) -> None:
    tool = {"driver": {"rules": [{"id": "R", "defaultConfiguration": {"level": "error"}}]}}
    assert one(result, tool=tool).severity is severity


@pytest.mark.parametrize("result", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}])
def test_results_that_are_no_problem(result: object) -> None:
    assert read(result).findings == ()


def test_suppressed_results_stay_counted_and_rejected_suppressions_do_not_hide() -> None:
    suppressed = read({"level": "error", "suppressions": [{"kind": "inSource"}]})
    assert (suppressed.findings, suppressed.counts["suppressed"]) == ((), 1)
    assert one({"suppressions": [{"kind": "external", "status": "rejected"}]})
    assert one({"suppressions": []})


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ({"uri": "a/b.c"}, "a/b.c"),
        ({"uri": "a%20b.c"}, "a b.c"),
        ({"uri": "file:///slot/a%20b.c"}, "a b.c"),
        ({"uri": "x.c", "uriBaseId": "SRC"}, "src/x.c"),
        ({"uri": "x.c", "uriBaseId": "%SRCROOT%"}, "x.c"),
        ({"uri": "x.c", "uriBaseId": "LOOP"}, "x.c"),
        ({"index": 0}, "from/index.c"),
        ({"uri": "file:///etc/passwd"}, None),
        ({"uri": "../../etc/passwd"}, None),
        ({"uri": "https://example.org/a.c"}, None),
        ({}, None),
    ],
)
def test_addresses(location: object, path: str | None) -> None:
    bases = {
        "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
        "ROOT": {"uri": "file:///slot/"},
        "LOOP": {"uriBaseId": "LOOP"},
    }
    assert at(location, originalUriBaseIds=bases, artifacts=[{"location": {"uri": "from/index.c"}}]) == path


def test_a_place_outside_the_tree_is_said_in_the_message() -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "file:///etc/passwd"}}}
    assert "outside the tree: file:///etc/passwd" in one({"message": {"text": "m"}, "locations": [place]}).message


def test_messages_by_id_with_arguments() -> None:
    tool = {"driver": {"rules": [{"id": "R", "messageStrings": {"m": {"text": "no {0} in {1} {2}"}}}]}}
    finding = one({"ruleId": "R", "message": {"id": "m", "arguments": ["a", "b"]}}, tool=tool)
    assert (finding.rule, finding.message) == ("R", "no a in b {2}")


@pytest.mark.parametrize(
    "invocation",
    [
        {"executionSuccessful": False},
        {"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error", "message": {"text": "boom"}}]},
    ],
)
def test_a_tool_that_says_it_failed(invocation: object) -> None:
    assert "says in its SARIF log that it failed" in read(invocations=[invocation]).problem


def test_exit_statuses() -> None:
    assert read({"level": "error"}).problem == "", "SARIF tools usually exit with 0"
    assert read(status=1).problem
    assert read({"level": "error"}, status=2).problem
    assert read({"level": "warning"}, status=1).findings[0].severity is Severity.ERROR
