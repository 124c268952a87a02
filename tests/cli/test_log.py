"""gate log: earlier runs."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.cli import log
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import RunId, Verdict
from gatekeeper.process.home import Home
from tests.report.test_escape import ACTING
from tests.support.contract import contract
from tests.support.gate import project, run_gate
from tests.support.repo import Repo
from tests.support.reports import a_hostile_report, a_mixed_report


def _call(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    log.add_arguments(parser)
    return log.run(parser.parse_args(argv))


def _of(repo: Repo, report: Report) -> Report:
    place = find_repository(str(repo.path))
    return replace(report, subject=replace(report.subject, repository=place))


def test_no_runs_yet(gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call("--repo", str(repo.path)) == 0
    assert capsys.readouterr().out == "No runs yet. gate check makes the first.\n"
    assert not gate_home.ledger.exists(), "looking writes nothing"


def test_runs_of_this_repository_from_a_subfolder(
    gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(gate_home.ledger)
    ledger.record(_of(repo, a_mixed_report()), 1)
    ledger.record(replace(a_mixed_report(), run=RunId("f" * 16)), 1)
    assert _call("--repo", str(repo.path / "src")) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split() == [
        *("0123456789ab", "2026-01-02", "03:04:05", "rejected", "2.5", "s"),
        *("cccccccccccc", "feature/x", "against", "main", "(outdated:", "another", "policy", "holds", "now)"),
    ]
    _call("--repo", str(repo.path), "--all")
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_json_and_limit(gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger(gate_home.ledger)
    for number in range(3):
        ledger.record(_of(repo, replace(a_mixed_report(), run=RunId(f"{number:016x}"))), 1)
    _call("--repo", str(repo.path), "--format", "json", "-n", "2")
    listed = json.loads(capsys.readouterr().out)
    assert listed["schema"] == "gatekeeper/log/1"
    assert [run["verdict"] for run in listed["runs"]] == ["rejected", "rejected"]
    with pytest.raises(SystemExit):
        _call("-n", "0")


def test_a_trial_is_marked(gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    report = a_mixed_report()
    accepted = replace(report, decision=replace(report.decision, verdict=Verdict.ACCEPTED))
    Ledger(gate_home.ledger).record(_of(repo, accepted), 3)
    _call("--repo", str(repo.path))
    assert "(does not count)" in capsys.readouterr().out


def test_a_hostile_branch_name_is_escaped(gate_home: Home, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    Ledger(gate_home.ledger).record(_of(repo, a_hostile_report()), 1)
    for form in ("text", "json"):
        _call("--repo", str(repo.path), "--format", form)
        assert not ACTING.search(capsys.readouterr().out)


def test_outside_a_repository(gate_home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        _call("--repo", str(tmp_path))
    assert _call("--repo", str(tmp_path), "--all") == 0


def test_runs_under_another_policy_or_contract_are_outdated(gate_home: Home, tmp_path: Path) -> None:
    work = project(tmp_path / "p", '[check.x]\ncommand = "true"\n', {"a": "a\n"})
    work.commit("b", {"b": "b\n"})

    def marks() -> list[list[str]]:
        argv = (sys.executable, "-m", "gatekeeper", "log", "--format", "json")
        said = subprocess.run(argv, cwd=work.path, capture_output=True, check=True)
        # Sorted: two runs may begin in the same second.
        return sorted(run["outdated"] for run in json.loads(said.stdout)["runs"])

    run_gate(cwd=work.path)
    assert marks() == [[]]
    contract("set", "work", "--title", "b", cwd=work.path).expect(0)
    assert marks() == [["contract"]]
    run_gate(cwd=work.path)
    assert marks() == [[], ["contract"]]
    contract("remove", "work", cwd=work.path).expect(0)
    assert marks() == [[], ["contract"]]
    work.switch("main")
    work.commit("law", {"gate.toml": 'extends = []\n[check.y]\ncommand = "true"\n'})
    assert marks() == [["policy"], ["policy", "contract"]]
    work.git("branch", "--move", "main", "trunk")
    assert marks() == [[], ["contract"]], "of a base that is gone nothing is said"
