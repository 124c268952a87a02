"""The page and the table of evidence: self-contained, escaped, and one row for everything that was asked or claimed."""

import re
from html.parser import HTMLParser

from msgspec.structs import replace

from gatekeeper.model.claim import Claim
from gatekeeper.model.contract import Contract
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict
from gatekeeper.report import evidence, html
from tests.report.test_escape import ACTING
from tests.support.reports import a_hostile_report, a_mixed_report, a_report, a_result


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)


def test_the_page_needs_nothing_from_outside() -> None:
    page = html.render(a_mixed_report())
    seen = _Elements(page)
    assert not {"script", "link", "img", "iframe", "object", "form", "a", "base"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name in {"src", "href", "style"} or name.startswith("on")]
    assert "url(" not in page
    assert "@import" not in page
    assert ("http-equiv", "Content-Security-Policy") in seen.attributes


def test_nothing_of_a_hostile_branch_becomes_markup() -> None:
    hostile, plain = _Elements(html.render(a_hostile_report())), _Elements(html.render(a_mixed_report()))
    assert set(hostile.tags) <= set(plain.tags)
    assert not ACTING.search(html.render(a_hostile_report()))


def test_verdict_reasons_and_rejecting_findings_are_on_the_page() -> None:
    report = a_mixed_report()
    page = html.render(report)
    assert f"<title>{report.decision.verdict.value.upper()}:" in page
    rejecting = [finding for finding in report.findings if finding.rejects]
    assert rejecting
    assert all(f"{finding.check}/{finding.rule}" in page for finding in rejecting)
    assert page.count(">rejects<") == len(rejecting)


def test_every_claim_has_a_row_beside_what_was_observed() -> None:
    results = (a_result("tests", Outcome.PASSED), a_result("lint", Outcome.PASSED))
    claims = (Claim("tests", Label.DIRECT), Claim("production", Label.DIRECT))
    report = replace(a_report(*results, verdict=Verdict.ACCEPTED), claims=claims)
    rows = {row.what: row for row in evidence.rows(report)}
    assert (rows["tests"].claimed, rows["tests"].observed) == ("direct", "local")
    assert rows["lint"].claimed == ""
    assert (rows["production"].observed, rows["production"].state) == ("nothing", "unsupported")


def test_what_the_contract_asks_for_is_named() -> None:
    agreed = Contract("b", 1, "2026-01-01T00:00:00+00:00", "me", "d" * 64, requires={CheckId("tests"): Label.LOCAL})
    report = replace(a_report(a_result("tests", Outcome.PASSED)), contract=agreed)
    (row,) = evidence.rows(report)
    assert row.asked == "local (contract)"


def test_the_table_stays_in_columns() -> None:
    lines = list(evidence.table(a_mixed_report()))
    column = lines[0].index("observed")
    assert all(re.match(r"(direct|proxy|local|blocked|not-applicable|nothing)\b", line[column:]) for line in lines[1:])
