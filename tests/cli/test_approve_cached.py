"""A remembered verdict is looked at again when an approval comes, goes or ends, and not for what others sign."""

import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.cli.live import make_progress
from gatekeeper.cli.remember_approvals import approval_probes, turning_points
from gatekeeper.gate import Ports, Request
from gatekeeper.gate import check as judge
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.approval import ApprovalUse
from gatekeeper.process.home import Home
from gatekeeper.stamp.spoken import SKEW
from tests.support.approvals import RULE, WHY, Person, approve, project
from tests.support.gate_command import ACCEPTED, REJECTED, Said
from tests.support.repo import Repo
from tests.support.reports import an_approval, an_approved_report
from tests.support.verb import verb

CACHED = "cached: nothing has changed since run"


@pytest.fixture
def ana(tmp_path: Path) -> Person:
    return Person(tmp_path / "people", "Ana")


def again(repo: Repo, status: int, *, cached: bool) -> Said:
    """The real command: only that has a memory."""
    said = verb(repo.path, "check", "work").expect(status)
    assert (CACHED in said.out) is cached, said.text
    return said


def test_an_approval_that_comes_or_goes_is_seen_at_once(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    again(repo, REJECTED, cached=False)
    again(repo, REJECTED, cached=True)
    approve(repo, ana, *RULE, *WHY).expect(0)
    again(repo, ACCEPTED, cached=False)
    again(repo, ACCEPTED, cached=True)
    # What is signed about other commits is none of this branch's business.
    repo.git("branch", "other", "work~0")
    repo.git("update-ref", "refs/heads/other", repo.git("commit-tree", "-p", "main", "-m", "x", repo.tree("work")))
    approve(repo, ana, *RULE, *WHY, rev="other").expect(0)
    again(repo, ACCEPTED, cached=True)
    approve(repo, ana, *RULE, *WHY, "--withdraw").expect(0)
    again(repo, REJECTED, cached=False)


def test_it_is_remembered_until_the_approval_ends(tmp_path: Path, gate_home: Home, ana: Person) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    approve(repo, ana, *RULE, *WHY, "--expires", "1d").expect(0)
    before = datetime.now(UTC)
    again(repo, ACCEPTED, cached=False)
    kept = sqlite3.connect(gate_home.ledger).execute("SELECT valid_until FROM verdicts").fetchall()
    ends = before + timedelta(days=1) + SKEW
    assert len(kept) == 2, "for the command, and for a push"
    assert all(abs(until - ends.timestamp()) < 120 for (until,) in kept)


def test_what_came_in_while_the_branch_was_judged_is_not_taken_for_judged(
    tmp_path: Path, gate_home: Home, ana: Person
) -> None:
    repo = project(tmp_path / "p", ana.table("forbidden-path"))
    ports = Ports(gate_home, os.environ, make_progress(sys.stderr, os.environ, quiet=True))
    report = judge(Request(str(repo.path), "work"), ports, Ledger(gate_home.ledger)).report
    now = datetime.now(UTC).timestamp()
    assert [probe[2] for probe in approval_probes(report, gate_home, now) or ()] == ["", ""]
    approve(repo, ana, *RULE, *WHY).expect(0)
    assert approval_probes(report, gate_home, now) is None
    nobody = replace(report, policy=replace(report.policy, signers=()))
    assert approval_probes(nobody, gate_home, now) == [], "without approvers nothing is asked"


def test_every_beginning_and_end_is_a_turning_point() -> None:
    report = an_approved_report()
    listed = (an_approval(), an_approval(made="yesterday", expires="9999-12-31T23:59:59-12:00", problem="unreadable"))
    report = replace(report, decision=replace(report.decision, approvals=tuple(ApprovalUse(one, 0) for one in listed)))
    told = [datetime.fromtimestamp(moment, UTC).isoformat() for moment in turning_points(report)]
    assert told == ["2026-01-02T02:59:05+00:00", "2026-02-01T00:05:00+00:00"]
    assert not list(turning_points(replace(report, decision=replace(report.decision, approvals=()))))
