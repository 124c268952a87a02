"""`gate github` as an App, against npm `emulate`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.ledger.record import Ledger
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.process.home import Home
from tests.support.github_emulator import REPOSITORY, Emulator, emulator, installed
from tests.support.reports import a_finding, a_report, a_result
from tests.support.verb import verb


@pytest.fixture(scope="session")
def emulator_folder() -> Path:
    return installed()


@pytest.fixture
def hub(emulator_folder: Path) -> Iterator[Emulator]:
    with emulator(emulator_folder) as found:
        yield found


def recorded(home: Home, head: str, run: str, verdict: Verdict, started: str) -> None:
    found = a_result("lint", Outcome.FAILED, *(a_finding(n) for n in range(1, 31)))
    report = a_report(found, verdict=verdict, run=run, started=started)
    Ledger(home.ledger).record(replace(report, subject=replace(report.subject, head=head)), 1)


def test_check_runs_and_one_comment_as_an_app(hub: Emulator, gate_home: Home, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(hub.key)
    env = {
        "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY,
        "GATE_GITHUB_APP_ID": "12345", "GATE_GITHUB_APP_KEY_FILE": str(key),
    }  # fmt: skip
    recorded(gate_home, hub.head, "aaaa000000000001", Verdict.REJECTED, "2026-01-02T03:00:00Z")
    recorded(gate_home, hub.head, "bbbb000000000002", Verdict.ACCEPTED, "2026-01-02T04:00:00Z")
    for run in ("aaaa", "bbbb", "bbbb"):
        said = verb(tmp_path, "github", "post", run, env=env).expect(0, "check run", "comment")
        assert hub.key[100:160] not in said.text
    runs = hub.call("GET", f"/repos/{REPOSITORY}/commits/{hub.head}/check-runs?filter=all")["check_runs"]
    assert {(one["external_id"], one["conclusion"]) for one in runs} == {
        ("gatekeeper:aaaa000000000001", "failure"),
        ("gatekeeper:bbbb000000000002", "success"),
    }
    assert [one["output"]["annotations_count"] for one in runs] == [30, 30]
    comments = hub.call("GET", f"/repos/{REPOSITORY}/issues/1/comments")
    assert ["accepted" in one["body"] for one in comments] == [True]
    env["GATE_GITHUB_APP_ID"] = "999"
    verb(tmp_path, "github", "post", "bbbb", env=env).expect(3, "GitHub refused", "401")
