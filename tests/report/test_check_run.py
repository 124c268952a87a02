"""What GitHub is told of a verdict."""

import pytest
from msgspec.structs import replace

from gatekeeper.model.vocabulary import Novelty, Outcome, Severity, Verdict
from gatekeeper.report.check_run import NOWHERE, check_run, status
from gatekeeper.report.pull_comment import CHARACTERS, Marked, comment, marked
from tests.support.reports import HEAD, a_finding, a_hostile_report, a_mixed_report, a_report, a_result


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.ACCEPTED, "success"), (Verdict.REJECTED, "failure"), (Verdict.BLOCKED, "failure")],
)
def test_only_accepted_is_a_success(verdict: Verdict, state: str) -> None:
    report = a_report(verdict=verdict)
    assert (check_run(report).conclusion, status(report).state) == (state, state)


def test_every_new_finding_is_annotated_and_the_others_are_counted() -> None:
    made = check_run(a_mixed_report())
    assert [one["start_line"] for one in made.annotations] == [3]
    assert "1 findings that the base has as well, 1 that are waived" in made.summary
    assert (made.external_id, made.head) == ("gatekeeper:0123456789abcdef", HEAD)
    assert made.completed == "2026-01-02T03:04:07Z"


def test_an_annotation() -> None:
    found = a_finding(3, severity=Severity.WARNING, rule="F401", message="a\nb ::error::c")
    lost = replace(found, path=None, line=None, symbol="tests::test_x")
    old = replace(found, novelty=Novelty.BASELINE)
    first, second = check_run(a_report(a_result("lint", Outcome.FAILED, found, lost, old))).annotations
    assert second == {
        "path": "src/app.py", "start_line": 3, "end_line": 3, "start_column": 8, "end_column": 8,
        "annotation_level": "warning", "message": "a\\nb ::error::c", "title": "lint: F401",
    }  # fmt: skip
    assert (first["path"], first["start_line"]) == (NOWHERE, 1)
    assert str(first["message"]).startswith("tests::test_x: ")


def test_a_look_at_a_whole_tree_satisfies_no_required_check() -> None:
    report = a_report(verdict=Verdict.ACCEPTED)
    whole = replace(report, subject=replace(report.subject, whole=True))
    assert check_run(whole).name != check_run(report).name
    assert status(whole).context == check_run(whole).name


def test_secrets_are_taken_out_of_every_text() -> None:
    finding = a_finding(1, message="the s3cret", rule="s3cret")
    report = a_report(a_result("lint", Outcome.FAILED, finding, reasons=("s3cret",)))
    report = replace(report, decision=replace(report.decision, reasons=("s3cret is out",)))

    def hide(text: str) -> str:
        return text.replace("s3cret", "***")

    said = f"{check_run(report, hide)} {status(report, hide)} {comment(report, hide)}"
    assert "s3cret" not in said
    assert said.count("***") >= 6


def test_the_comment_is_short_and_nothing_of_the_branch_is_markup() -> None:
    text = comment(a_hostile_report())
    assert marked(text) == Marked("2026-01-02T03:04:05Z", "0123456789abcdef", HEAD)
    assert (text.count("<details>"), text.count("</details>"), text.count("<pre>")) == (1, 1, 1)
    assert not any(mark in text for mark in ("<b>", "@all", "](", "::error", "##[", "\x1b", "\u202e"))


@pytest.mark.parametrize("planted", ["</pre></details>", "[x](data:text/html;base64,AAAA)", "@octo/all", "#1"])
def test_what_a_tool_printed_stays_in_the_fold(planted: str) -> None:
    plain, planted_one = (
        comment(a_report(a_result("lint", Outcome.FAILED, a_finding(1, message=text)))) for text in ("x", planted)
    )
    assert planted not in planted_one
    assert planted_one.count("</") == plain.count("</")


def test_a_comment_fits() -> None:
    findings = tuple(a_finding(n, message="<" * 4000) for n in range(1, 200))
    results = [a_result(f"lint-{n}", Outcome.FAILED, *findings, reasons=("(" * 999,) * 9) for n in range(80)]
    assert len(comment(a_report(*results))) <= CHARACTERS


@pytest.mark.parametrize("body", [None, "", "hello", "> <!-- gatekeeper 1 a b -->\n", "<!-- gatekeeper -->\nx"])
def test_comments_of_others_carry_no_marker(body: object) -> None:
    assert marked(body) is None
