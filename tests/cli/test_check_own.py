"""Own checks and the options of `gate check`, end to end."""

import json
from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")


def work(tmp_path: Path, policy: str, **files: str) -> Repo:
    repo = project(tmp_path / "p", policy, {"a.txt": "a\n", **files})
    repo.commit("mine", {"b.txt": "b\n"})
    return repo


def prints(reads: str, report: str, exit_status: int = 0) -> str:
    """A check whose command copies a committed file to {report}."""
    script = f"cat {report} > $1; exit {exit_status}"
    return f'[check.own]\ncommand = ["sh", "-c", "{script}", "sh", "{{report}}"]\nreads = "{reads}"\n'


def sarif(*levels: str) -> str:
    place = {"physicalLocation": {"artifactLocation": {"uri": "a.txt"}, "region": {"startLine": 1}}}
    results = [{"ruleId": "R1", "level": level, "message": {"text": "m"}, "locations": [place]} for level in levels]
    run = {"tool": {"driver": {"name": "own"}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]})


JUNIT = '<testsuites><testsuite name="s"><testcase classname="c" name="one"/>{}</testsuite></testsuites>'
FAILED = '<testcase classname="c" name="two"><failure message="no"/></testcase>'


@pytest.mark.parametrize(("command", "status", "outcome"), [("true", 0, "passed"), ("false", 1, "failed")])
def test_the_exit_status_decides(tmp_path: Path, command: str, status: int, outcome: str) -> None:
    judged = run_gate(cwd=work(tmp_path, f'[check.own]\ncommand = "{command}"\n').path)
    assert (judged.status, judged.outcome("own")) == (status, outcome)


@pytest.mark.parametrize(("levels", "exit_status", "status"), [((), 0, 0), (("error",), 1, 1), ((), 1, 3)])
def test_sarif_is_read(tmp_path: Path, levels: tuple[str, ...], exit_status: int, status: int) -> None:
    repo = work(tmp_path, prints("sarif", "r.sarif", exit_status), **{"r.sarif": sarif(*levels)})
    judged = run_gate(cwd=repo.path)
    assert judged.status == status
    assert judged.rejecting("own") == ({("R1", "a.txt")} if levels else set())


@pytest.mark.parametrize(
    ("more", "exit_status", "status"), [("", 0, 0), (FAILED, 1, 1), ("", 1, 3)], ids=["pass", "fail", "contradiction"]
)
def test_junit_is_read(tmp_path: Path, more: str, exit_status: int, status: int) -> None:
    repo = work(tmp_path, prints("junit", "r.xml", exit_status), **{"r.xml": JUNIT.format(more)})
    judged = run_gate(cwd=repo.path)
    assert judged.status == status
    assert judged.check("own")["observation"]["counts"]["failed"] == (1 if more else 0)


TWO = '[check.one]\ncommand = "true"\n[check.two]\ncommand = "true"\n'


@pytest.mark.parametrize("option", ["--only=one", "--skip=two"])
def test_a_required_check_that_is_left_out_is_blocked(tmp_path: Path, option: str) -> None:
    judged = run_gate(option, cwd=work(tmp_path, TWO).path)
    assert (judged.status, judged.outcome("one"), judged.outcome("two")) == (3, "passed", "blocked")


def test_a_trial_policy_does_not_count(tmp_path: Path) -> None:
    repo = work(tmp_path, TWO)
    trial = tmp_path / "trial.toml"
    trial.write_text('extends = []\n[check.three]\ncommand = "true"\n')
    judged = run_gate("--policy", str(trial), cwd=repo.path)
    assert (judged.status, judged.outcome("three"), judged.report["counts"]) == (3, "passed", False)


def test_whole_judges_the_tree_without_a_base(tmp_path: Path) -> None:
    judged = run_gate("--whole", cwd=work(tmp_path, "[check.sync]\n" + TWO).path)
    assert (judged.status, judged.outcome("sync"), judged.outcome("one")) == (0, "not-applicable", "passed")
    assert judged.report["subject"]["whole"] is True


def test_fail_fast_starts_nothing_more(tmp_path: Path) -> None:
    policy = '[check.a]\ncommand = "false"\n[check.b]\ncommand = "true"\n'
    judged = run_gate("--fail-fast", "--jobs=1", cwd=work(tmp_path, policy).path)
    assert (judged.status, judged.outcome("a"), judged.outcome("b")) == (1, "failed", "blocked")


def test_a_second_run_says_it_is_cached_and_a_swapped_tool_runs_again(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "judge-it"
    tool.write_text("#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)
    repo = work(tmp_path, '[check.own]\ncommand = "judge-it"\n')
    first = run_gate(cwd=repo.path, path=(str(tools),))
    second = run_gate(cwd=repo.path, path=(str(tools),))
    assert (first.status, first.check("own")["observation"]["cache"] or None) == (0, None)
    assert second.check("own")["observation"]["cache"] == first.report["run"]
    assert not run_gate("--no-cache", cwd=repo.path, path=(str(tools),)).check("own")["observation"]["cache"]
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert run_gate(cwd=repo.path, path=(str(tools),)).status == 1


def test_a_link_in_a_circle_is_no_defect(tmp_path: Path) -> None:
    repo = work(tmp_path, TWO)
    (repo.path / "round").symlink_to("round")
    repo.commit("a circle")
    assert run_gate(cwd=repo.path).status == 0
