"""Check runs, statuses and comments: everything arrives, once, whatever goes wrong on the way."""

from typing import Any

import pytest
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.forge.client import RefusedError, UnclearError
from gatekeeper.forge.posting import find_pull, post_check_run, post_comment, post_status
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.report.check_run import check_run, status
from gatekeeper.report.pull_comment import comment
from tests.support.github_client import APP, PERSON, Clock, client
from tests.support.github_fake import FakeGitHub, Fault
from tests.support.reports import HEAD, a_finding, a_hostile_report, a_report, a_result


def rejected(findings: int) -> Report:
    return a_report(a_result("lint", Outcome.FAILED, *(a_finding(n + 1) for n in range(findings))))


def lines(hub: FakeGitHub) -> list[int]:
    return [one["start_line"] for one in hub.annotations[1]]


def test_a_thousand_findings_take_twenty_writes_and_one_look(hub: FakeGitHub) -> None:
    clock = Clock()
    post_check_run(client(hub, clock=clock), check_run(rejected(1000)))
    assert [method for method, _, _ in hub.requests] == ["GET", "POST", *["PATCH"] * 19]
    assert lines(hub) == list(range(1, 1001))
    states = [body["status"] for _, _, body in hub.writes()]
    assert states == ["in_progress"] * 19 + ["completed"]  # no success before the last annotation
    assert hub.check_runs[0]["conclusion"] == "failure"
    assert clock.waits == [1.0] * 10  # one write a second after the first ten


def test_the_same_run_is_posted_once(hub: FakeGitHub) -> None:
    first = post_check_run(client(hub), check_run(rejected(60)))
    again = post_check_run(client(hub), check_run(rejected(60)))
    assert (first.fresh, again.fresh) == (True, False)
    assert len(hub.writes()) == 2
    post_check_run(client(hub), check_run(replace(rejected(1), run="fedcba9876543210")))
    assert len(hub.check_runs) == 2


@pytest.mark.parametrize("cut", ["before", "middle", "after"])
@pytest.mark.parametrize(("method", "nth"), [("POST", 1), ("PATCH", 1), ("PATCH", 2), ("GET", 1)])
def test_a_cut_connection_loses_and_doubles_nothing(hub: FakeGitHub, method: str, nth: int, cut: str) -> None:
    hub.faults.append(Fault(method, "check-runs", nth, cut=cut))
    post_check_run(client(hub), check_run(rejected(130)))
    assert len(hub.check_runs) == 1
    assert lines(hub) == list(range(1, 131))
    assert hub.check_runs[0]["status"] == "completed"


@pytest.mark.parametrize("code", [500, 502])
def test_errors_of_the_server_are_waited_out(hub: FakeGitHub, code: int) -> None:
    hub.faults.append(Fault("PATCH", "check-runs", status=code, body="<html>Bad gateway</html>", times=3))
    hub.faults.append(Fault("POST", "comments", status=code, body="", times=2))
    clock = Clock()
    one = client(hub, clock=clock)
    post_check_run(one, check_run(rejected(60)))
    post_comment(one, 7, comment(rejected(1)))
    assert (len(hub.check_runs), len(hub.annotations[1]), len(hub.comments)) == (1, 60, 1)
    assert clock.waits == [1.0, 2.0, 4.0, 1.0, 2.0]


def test_a_server_that_stays_broken_is_said(hub: FakeGitHub) -> None:
    hub.faults.append(Fault("PATCH", "check-runs", status=500, times=99))
    with pytest.raises(UnclearError, match="status 500"):
        post_check_run(client(hub), check_run(rejected(60)))
    hub.faults.append(Fault("POST", "statuses", cut="before", times=99))
    with pytest.raises(UnclearError, match="ConnectionError"):
        post_status(client(hub, PERSON), status(rejected(1)))
    assert not hub.statuses


LIMITS = [
    (429, {"Retry-After": "17"}, "slow down", 17.0),
    (403, {"Retry-After": "9"}, "You have exceeded a secondary rate limit", 9.0),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000120"}, "API rate limit exceeded", 121.0),
    (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes", 60.0),
]


@pytest.mark.parametrize(("code", "headers", "message", "wait"), LIMITS)
def test_limits_are_kept(hub: FakeGitHub, code: int, headers: dict[str, str], message: str, wait: float) -> None:
    hub.faults.append(Fault("POST", "check-runs", status=code, headers=headers, body={"message": message}))
    clock = Clock()
    post_check_run(client(hub, clock=clock), check_run(rejected(1)))
    assert clock.waits == [wait]
    assert (len(hub.check_runs), len(hub.writes())) == (1, 2)


def test_a_limit_that_lasts_is_said_instead_of_waited_for(hub: FakeGitHub) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1003600"}
    hub.faults.append(Fault("GET", "check-runs", status=403, headers=headers, body={"message": "rate limit"}))
    clock = Clock()
    with pytest.raises(RefusedError, match="limit") as caught:
        post_check_run(client(hub, clock=clock), check_run(rejected(1)))
    assert "60 minutes" in caught.value.hint
    assert not clock.waits


@pytest.mark.parametrize("code", [401, 403, 404, 409, 422])
def test_refusals_are_said_at_once(hub: FakeGitHub, code: int) -> None:
    hub.faults.append(Fault("POST", "check-runs", status=code, body={"message": "no\x1b[31m"}, times=9))
    clock = Clock()
    with pytest.raises(RefusedError, match=rf"{code}, no\\x1b") as caught:
        post_check_run(client(hub, clock=clock), check_run(rejected(1)))
    assert caught.value.hint
    assert (len(hub.writes()), clock.waits) == (1, [])


def test_an_expired_token_is_said_and_not_shown(hub: FakeGitHub) -> None:
    with pytest.raises(RefusedError, match="401, Bad credentials") as caught:
        post_status(client(hub, "ghp_expired_0123456789"), status(rejected(1)))
    assert "expired" in caught.value.hint
    assert "ghp_" not in repr(caught.value) + str(client(hub).access)


def test_a_status_says_it_once(hub: FakeGitHub) -> None:
    report = replace(rejected(1), decision=replace(rejected(1).decision, reasons=("lint failed " * 40,)))
    wanted = status(report)
    assert len(wanted.description) == 140
    hub.faults.append(Fault("POST", "statuses", cut="after"))
    post_status(client(hub, PERSON), wanted)
    assert not post_status(client(hub, PERSON), wanted).fresh
    assert [(one["state"], one["context"]) for one in hub.statuses] == [("failure", "gate")]
    post_status(client(hub, PERSON), status(replace(report, run="fedcba9876543210")))
    assert len(hub.statuses) == 2


@pytest.mark.parametrize("token", [APP, PERSON])
def test_a_comment_is_updated_in_place(hub: FakeGitHub, token: str) -> None:
    hub.faults.append(Fault("POST", "comments", cut="after"))
    post_comment(client(hub, token), 7, comment(rejected(1)))
    later = replace(a_report(verdict=Verdict.ACCEPTED), run="fedcba9876543210", started="2026-01-02T04:00:00Z")
    for _ in range(2):
        post_comment(client(hub, token), 7, comment(later))
    assert [one["body"] for one in hub.comments] == [comment(later)]
    assert [method for method, _, _ in hub.writes()] == ["POST", "PATCH"]
    assert post_comment(client(hub, token), 7, comment(rejected(1))) is None  # an older run is no news


@pytest.mark.parametrize("token", [APP, PERSON])
def test_the_marker_of_somebody_else_is_left_alone(hub: FakeGitHub, token: str) -> None:
    forged = comment(a_report(verdict=Verdict.ACCEPTED))
    mallory = {"login": "mallory", "type": "User"}
    hub.comments.append({"id": 1, "issue": 7, "user": mallory, "html_url": "", "body": forged})
    post_comment(client(hub, token), 7, comment(rejected(1)))
    assert [one["body"] == forged for one in hub.comments] == [True, False]


def test_hostile_names_stay_within_what_github_takes(hub: FakeGitHub) -> None:
    """The fake holds every request against GitHub's description."""
    one = client(hub)
    post_check_run(one, check_run(a_hostile_report()))
    post_comment(one, 7, comment(a_hostile_report()))
    post_status(one, status(a_hostile_report()))
    assert len(hub.writes()) == 3


def test_the_pull_request_of_a_commit(hub: FakeGitHub) -> None:
    for number in range(1, 131):
        hub.pull(number, f"{number:040x}")
    assert find_pull(client(hub), HEAD, None) is None
    hub.pull(200, HEAD)["head"]["repo"] = {"full_name": "stranger/shop"}  # of a fork
    found: dict[str, Any] | None = find_pull(client(hub), HEAD, None)
    assert found is not None
    assert found["number"] == 200
    hub.pull(201, HEAD)
    with pytest.raises(UsageError, match="several pull requests: 200, 201"):
        find_pull(client(hub), HEAD, None)


def test_a_server_that_is_none(hub: FakeGitHub) -> None:
    hub.faults.append(Fault("GET", "check-runs", status=200, body="<html>hello</html>", times=9))
    with pytest.raises(CannotEstablish, match="no list"):
        post_check_run(client(hub), check_run(rejected(1)))
