"""Which pull request is done: every item, both ways."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from gatekeeper.forge.done import Item, items
from gatekeeper.forge.proof import of_run
from gatekeeper.forge.pull import Ci, Job, Pull, Review
from gatekeeper.forge.pull_claims import held
from gatekeeper.model.claim import ReviewFacts
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.result import Decision, Report
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict
from tests.support.reports import HEAD, a_report, a_result

NAMES = (
    "pull request open", "branch synced", "CI green", "lint clean", "tests passed", "evidence sufficient", "reviewed",
    "no unresolved threads",
)  # fmt: skip
GREEN = Job("build", Ci.GREEN)
APPROVED = Review("ana", "APPROVED", HEAD, trusted=True)
DONE = Pull(
    number=7, state="open", draft=False, head=HEAD, head_name="work", fork=False, base_name="main", author="worker",
    body="", mergeable=True, base_tip="b" * 40, behind=0, jobs=(GREEN,), required=("build",), reviews=(APPROVED,),
    unresolved=0,
)  # fmt: skip


def accepted() -> Report:
    report = a_report(
        a_result("lint", Outcome.PASSED), a_result("tests", Outcome.PASSED), verdict=Verdict.ACCEPTED,
        review_facts=ReviewFacts(subjects={"lint": "", "tests": ""}),
    )  # fmt: skip
    rejects = ("overclaim", "claim-unknown", "stale")
    settings = {name: CheckSettings(CheckId(name)) for name in ("lint", "tests")}
    own = replace(CheckSettings(CheckId("self-review")), rejects=rejects, warns=("unverified-prose",))
    checks = {CheckId(name): one for name, one in {**settings, "self-review": own}.items()}
    return replace(report, policy=replace(report.policy, checks=checks, waivers=()))


def one(name: str, pull: Pull = DONE, report: Report | None = None) -> Item:
    proof = of_run(report or accepted())
    found = items(pull, proof, held(proof, pull.body, date(2026, 1, 2)))
    return next(item for item in found if item.name == name)


def test_done() -> None:
    found = items(DONE, of_run(accepted()), ())
    assert tuple(item.name for item in found) == NAMES
    assert all(item.holds for item in found)
    labels = [Label.DIRECT, Label.DIRECT, Label.PROXY, *[Label.LOCAL] * 3, Label.PROXY, Label.DIRECT]
    assert [item.label for item in found] == labels


WRONG: list[tuple[str, dict[str, Any], Outcome, str]] = [
    ("pull request open", {"state": "closed"}, Outcome.FAILED, "closed"),
    ("pull request open", {"state": "merged"}, Outcome.FAILED, "merged"),
    ("pull request open", {"draft": True}, Outcome.FAILED, "draft"),
    ("branch synced", {"behind": 2}, Outcome.FAILED, "2 commits behind main"),
    ("branch synced", {"mergeable": False}, Outcome.FAILED, "conflicts"),
    ("branch synced", {"behind": None, "missing": {"behind": "404"}}, Outcome.BLOCKED, "404"),
    ("CI green", {"jobs": ()}, Outcome.BLOCKED, "not reported"),
    ("CI green", {"jobs": (), "required": ()}, Outcome.BLOCKED, "no CI has reported"),
    ("CI green", {"jobs": (Job("gate", Ci.GREEN, own=True),), "required": ()}, Outcome.BLOCKED, "no CI has reported"),
    ("CI green", {"jobs": (GREEN, Job("gate", Ci.RED, own=True))}, Outcome.FAILED, "failed: gate"),
    ("CI green", {"jobs": (GREEN, Job("slow", Ci.RUNNING))}, Outcome.BLOCKED, "not finished: slow"),
    ("CI green", {"jobs": (GREEN, Job("slow", Ci.RED))}, Outcome.FAILED, "failed: slow"),
    ("CI green", {"jobs": (Job("build", Ci.NOTHING), Job("x", Ci.GREEN))}, Outcome.BLOCKED, "skipped: build"),
    ("CI green", {"jobs": None, "missing": {"jobs": "403"}}, Outcome.BLOCKED, "403"),
    ("CI green", {"required": None, "missing": {"required": "403"}}, Outcome.BLOCKED, "403"),
    ("evidence sufficient", {"base_tip": "e" * 40}, Outcome.BLOCKED, "main is at eeeeeeeeeeee"),
    ("evidence sufficient", {"base_tip": None}, Outcome.BLOCKED, "cannot be compared"),
    ("reviewed", {"reviews": ()}, Outcome.BLOCKED, "nobody"),
    ("reviewed", {"reviews": (replace(APPROVED, commit="1" * 40),)}, Outcome.BLOCKED, "ana approved an earlier head"),
    ("reviewed", {"reviews": (replace(APPROVED, login="worker"),)}, Outcome.BLOCKED, "nobody but the author"),
    ("reviewed", {"reviews": (replace(APPROVED, trusted=False),)}, Outcome.BLOCKED, "nobody but the author"),
    ("reviewed", {"reviews": (APPROVED, Review("bo", "CHANGES_REQUESTED", HEAD, True))}, Outcome.FAILED, "by bo"),
    ("reviewed", {"reviews": None}, Outcome.BLOCKED, "does not say"),
    ("no unresolved threads", {"unresolved": 1}, Outcome.FAILED, "1 unresolved"),
    ("no unresolved threads", {"unresolved": None}, Outcome.BLOCKED, "does not say"),
]


@pytest.mark.parametrize(("name", "change", "outcome", "why"), WRONG)
def test_what_is_wanting_is_said(name: str, change: dict[str, Any], outcome: Outcome, why: str) -> None:
    found = one(name, replace(DONE, **change))
    assert (found.outcome, why in found.why) == (outcome, True), found
    assert (found.label is Label.BLOCKED) == (outcome is Outcome.BLOCKED)
    others = items(replace(DONE, **change), of_run(accepted()), ())
    assert [item.name for item in others if not item.holds] == [name]


def test_without_a_run_nothing_of_the_gate_holds() -> None:
    found = {item.name: item.outcome for item in items(DONE, None, ())}
    assert [found[name] for name in NAMES[3:6]] == [Outcome.BLOCKED] * 3


@pytest.mark.parametrize(("verdict", "outcome"), [("rejected", Outcome.FAILED), ("blocked", Outcome.BLOCKED)])
def test_a_run_that_did_not_accept(verdict: str, outcome: Outcome) -> None:
    report = replace(accepted(), decision=Decision(Verdict(verdict), ("because",)))
    found = one("evidence sufficient", report=report)
    assert (found.outcome, "because" in found.why) == (outcome, True)


def test_checks_of_the_run() -> None:
    report = accepted()
    failed = replace(report, results=(a_result("lint", Outcome.FAILED), report.results[1]))
    assert one("lint clean", report=failed).outcome is Outcome.FAILED
    left_out = replace(report, results=report.results[:1])
    assert (one("tests passed", report=left_out).outcome, left_out.results[0].id) == (Outcome.BLOCKED, "lint")
    checks = {name: settings for name, settings in report.policy.checks.items() if name != "tests"}
    without = replace(left_out, policy=replace(report.policy, checks=checks))
    found = one("tests passed", report=without)
    assert (found.outcome, found.label, found.holds) == (Outcome.NOT_APPLICABLE, None, True)


@pytest.mark.parametrize(
    ("body", "outcome", "why"),
    [
        ("Gate-Claim: tests=local; pytest -q", Outcome.PASSED, "accepted"),
        ("All done.\r\n\r\nGate-Claim: tests=direct; pytest -q\r\n\r\nBye", Outcome.FAILED, "tests=direct is claimed"),
        ("> Gate-Claim: tests=direct; quoted", Outcome.PASSED, "accepted"),
        ("gate-claim: nonsense=local; x", Outcome.FAILED, "no such check"),
        ("Gate-Claim: tests=local; pytest -q\nGate-Tree: " + "1" * 40, Outcome.FAILED, "bound to another tree"),
        ("Verified in production by hand.", Outcome.PASSED, "accepted"),
    ],
)
def test_claims_of_the_text_are_held_against_the_run(body: str, outcome: Outcome, why: str) -> None:
    found = one("evidence sufficient", replace(DONE, body=body))
    assert (found.outcome, why in found.why) == (outcome, True), found


def test_prose_is_listed() -> None:
    found = held(of_run(accepted()), "Hello.\n\nVerified in production by hand.", date(2026, 1, 2))
    assert [(finding.rule, finding.rejects) for finding in found] == [("unverified-prose", False)]
    assert "pull request, line 3" in found[0].message
