"""`gate github post` with the real command: killed between two requests, a head that moved, a base that is another."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.process.home import Home
from tests.support.gate_command import Said
from tests.support.github_client import APP, PERSON
from tests.support.github_fake import REPOSITORY, FakeGitHub, Fault, fake_github
from tests.support.reports import HEAD, a_finding, a_report, a_result
from tests.support.verb import verb


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with fake_github() as fake:
        yield fake


def recorded(home: Home, findings: int = 1, verdict: Verdict = Verdict.REJECTED) -> Report:
    found = tuple(a_finding(n + 1) for n in range(findings))
    report = a_report(a_result("lint", Outcome.FAILED, *found), verdict=verdict)
    Ledger(home.ledger).record(report, 1)
    return report


def env_for(hub: FakeGitHub, token: str = APP) -> dict[str, str]:
    return {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": token}


def post(hub: FakeGitHub, where: Path, *words: str, token: str = APP) -> Said:
    said = verb(where, "github", "post", "0123", *words, env=env_for(hub, token))
    assert token not in said.text
    return said


def test_a_run_is_put_on_its_commit_and_its_pull_request(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home)
    hub.pull(7, HEAD)
    post(hub, tmp_path).expect(0, "check run of cccccccccccc posted", "comment of cccccccccccc posted")
    post(hub, tmp_path).expect(0, "check run of cccccccccccc there already", "comment of cccccccccccc there already")
    assert (len(hub.check_runs), len(hub.comments), len(hub.writes())) == (1, 1, 2)
    post(hub, tmp_path, "--no-comment", token=PERSON).expect(0, "commit status of cccccccccccc posted")


def test_a_job_that_may_not_make_check_runs_sets_a_status(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home)
    hub.pull(7, HEAD)
    refused = {"message": "Resource not accessible by integration"}
    hub.faults.append(Fault("POST", "/check-runs", status=403, body=refused, times=9))
    post(hub, tmp_path).expect(0, "no check run: that needs `checks: write`", "commit status of cccccccccccc posted")
    assert ([one["state"] for one in hub.statuses], len(hub.comments), hub.check_runs) == (["failure"], 1, [])
    hub.faults.append(Fault("POST", "/statuses/", status=403, body=refused, times=9))
    hub.statuses.clear()
    post(hub, tmp_path).expect(3, "GitHub refused", "403")


def test_several_at_once_make_one_comment(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home)
    hub.pull(7, HEAD)
    argv = [sys.executable, "-m", "gatekeeper", "github", "post", "0123"]
    env = {**os.environ, **env_for(hub)}
    started = [subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [one.wait(120) for one in started] == [0, 0, 0]
    assert (len(hub.check_runs), len(hub.comments), len(hub.writes())) == (1, 1, 2)


def test_killed_between_two_requests(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    """Before GitHub took the request, and after: three times, and the fourth finishes."""
    recorded(gate_home, findings=230)
    hub.pull(7, HEAD)
    hub.faults += [
        Fault("PATCH", "check-runs", 1, kill="before"),
        Fault("PATCH", "check-runs", 3, kill="after"),
        Fault("POST", "comments", kill="after"),
    ]
    argv = [sys.executable, "-m", "gatekeeper", "github", "post", "0123"]
    statuses = []
    for _ in range(4):
        done = subprocess.Popen(argv, cwd=tmp_path, env={**os.environ, **env_for(hub)}, stdout=subprocess.DEVNULL)
        hub.victim = done.pid
        statuses.append(done.wait(60))
    assert statuses == [-9, -9, -9, 0]
    assert [one["start_line"] for one in hub.annotations[1]] == list(range(1, 231))
    assert (len(hub.check_runs), hub.check_runs[0]["conclusion"], len(hub.comments)) == (1, "failure", 1)


def test_a_head_that_moved_gets_no_comment(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home)
    hub.pull(7, "d" * 40)
    said = post(hub, tmp_path, "--pr", "7").expect(0, "no comment", "ends at dddddddddddd now")
    assert "check run of cccccccccccc posted" in said.out
    post(hub, tmp_path).expect(0, "head of no open pull request")
    assert not hub.comments


def test_a_run_against_another_base_is_refused(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home)
    hub.pull(7, HEAD, base="release")
    post(hub, tmp_path).expect(2, "was judged against main", "merges into release", "gate check --base release")
    assert not hub.writes()


def test_what_cannot_be_posted_is_said(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    post(hub, tmp_path).expect(2, "there are no runs yet")
    report = recorded(gate_home)
    env = {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": "", "GH_TOKEN": ""}
    verb(tmp_path, "github", "post", "0123", env=env).expect(2, "there is no token", "GITHUB_TOKEN")
    verb(tmp_path, "github", "post", "0123", env=env_for(hub, "ghp_expired_0123")).expect(3, "401", "expired")
    verb(tmp_path, "github", "post", "0123", "--repository", "octo/none", env=env_for(hub)).expect(3, "404")
    trial = replace(report, run="aaaa456789abcdef", policy=replace(report.policy, trial=True))
    Ledger(gate_home.ledger).record(trial, 3)
    verb(tmp_path, "github", "post", "aaaa", env=env_for(hub)).expect(2, "its verdict does not count")
    assert not hub.writes()


def test_an_accepted_run_is_a_success(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    recorded(gate_home, findings=0, verdict=Verdict.ACCEPTED)
    post(hub, tmp_path, "--no-comment", token=PERSON).expect(0)
    assert [(one["state"], one["sha"]) for one in hub.statuses] == [("success", HEAD)]
    assert all("/pulls" not in target for _, target, _ in hub.requests)
