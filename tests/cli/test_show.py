"""gate show: one run with every observation."""

import argparse
import json

import pytest
from msgspec.structs import replace

from gatekeeper.cli import show
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.vocabulary import RunId
from gatekeeper.process.home import Home
from gatekeeper.report.renderers import FORMATS
from tests.support.repo import Repo
from tests.support.reports import a_mixed_report


def _call(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    show.add_arguments(parser)
    return show.run(parser.parse_args(argv))


def test_every_observation_and_its_log(gate_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    Ledger(gate_home.ledger).record(a_mixed_report(), 1)
    assert _call("0123") == 0, "showing a rejected run is no failure"
    shown = capsys.readouterr().out
    assert shown.startswith("REJECTED")
    for line in (
        "  lint: failed, local",
        "    command   ruff check --no-fix .",
        "    ended     exit 1, 1.2 s, peak 88 MiB, report read",
        "    log       /state/logs/lint",
        "    counts    findings 3",
        "    tool      ruff 0.9.1 /env/bin/ruff from the environment",
        "    cached    observed by run fedcba987654",
        "  sync: not-applicable",
    ):
        assert line in shown.splitlines()


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "text"])
def test_other_formats(gate_home: Home, capsys: pytest.CaptureFixture[str], form: str) -> None:
    Ledger(gate_home.ledger).record(a_mixed_report(), 1)
    assert _call("0123", "--format", form) == 0
    shown = capsys.readouterr().out
    assert "lint" in shown
    if form == "json":
        assert json.loads(shown)["run"] == "0123456789abcdef"


def test_without_an_id_the_newest_of_this_repository(
    gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, here = Ledger(gate_home.ledger), find_repository(str(repo.path))
    ledger.record(replace(a_mixed_report(), run=RunId("a" * 16), started="2027-01-01T00:00:00Z"), 1)
    with pytest.raises(UsageError, match="no runs of this repository"):
        _call("--repo", str(repo.path))
    report = a_mixed_report()
    ledger.record(replace(report, subject=replace(report.subject, repository=here)), 1)
    assert _call("--repo", str(repo.path), "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["run"] == "0123456789abcdef"


def test_unknown_runs(gate_home: Home) -> None:
    with pytest.raises(UsageError, match="no runs yet"):
        _call("0123")
    Ledger(gate_home.ledger).record(a_mixed_report(), 1)
    with pytest.raises(UsageError, match="no run starts with 99"):
        _call("99")
