"""The action as a job runs it, on each event that can be a required check."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.process.home import Home
from tests.support.act import run_action
from tests.support.gate_command import JUNIT_CHECK, SIGNED_CHECK, project
from tests.support.repo import Repo

pytestmark = pytest.mark.slow
REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}
NASTY = "agent/$(touch${IFS}pwned);'`touch${IFS}pwned`"
ORDER = "::add-mask::rejected"


def cloned(origin: Repo, path: Path, head: str) -> Repo:
    """What actions/checkout leaves: remote branches, and `head` checked out."""
    Repo(path).git("clone", "-q", f"file://{origin.path}", "job")
    job = Repo(path / "job")
    job.git("remote", "set-url", "origin", "https://github.com/octo/shop.git")  # act reads the name from it
    job.git("checkout", "-q", *(["--detach", head] if len(head) == 40 else [head]))
    return job


def side(repo: Repo, rev: str, ref: str, owner: str = "octo") -> dict[str, Any]:
    return {"sha": repo.head(rev), "ref": ref, "repo": {"full_name": f"{owner}/shop"}}


def test_a_push_to_the_default_branch(tmp_path: Path, gate_home: Home) -> None:
    origin = project(tmp_path / "origin", policy=SIGNED_CHECK)
    before = origin.head("main")
    origin.git("branch", "-f", "main", "work")
    payload = {"ref": "refs/heads/main", "before": before, "after": origin.head("work"), "repository": REPOSITORY}
    job = cloned(origin, tmp_path, "main")
    ran = run_action(job, tmp_path, "push", payload, {"sarif": "true", "post": "true"})
    assert ran.passed, ran.log
    assert (ran.outputs["verdict"], ran.outputs["label"], ran.outputs["new-findings"]) == ("accepted", "local", "0")
    assert json.loads((ran.reports / Path(ran.outputs["stamp"]).name).read_text())["payloadType"]
    assert "ACCEPTED" in ran.log
    assert "not posted: this job has no token" in ran.log
    assert ran.calls == [
        "actions/setup-python", "actions/cache/restore", "actions/cache/save", "github/codeql-action/upload-sarif",
    ]  # fmt: skip


def test_a_pull_request_of_a_fork_from_a_branch_with_a_nasty_name(tmp_path: Path, gate_home: Home) -> None:
    origin = project(tmp_path / "origin", policy=SIGNED_CHECK)
    origin.git("branch", "-m", "work", NASTY)
    pull_request = {"number": 7, "head": side(origin, NASTY, NASTY, "stranger"), "base": side(origin, "main", "main")}
    job = cloned(origin, tmp_path, origin.head(NASTY))
    asked = {"sarif": "true", "post": "true", "base": "main"}
    payload = {"repository": REPOSITORY, "pull_request": pull_request}
    ran = run_action(job, tmp_path, "pull_request", payload, asked)
    assert ran.passed, ran.log
    assert ran.outputs["verdict"] == "accepted"
    assert "the findings were not uploaded" in ran.log
    assert "the verdict was not posted" in ran.log
    assert ran.calls == ["actions/setup-python", "actions/cache/restore"]
    assert not list(tmp_path.rglob("pwned"))


def test_a_merge_queue_by_a_policy_that_rejects_a_tool_that_gives_orders(tmp_path: Path, gate_home: Home) -> None:
    failure = f"<failure message='{ORDER}'>&lt;/details> ![x](data:text/html,x)\n{ORDER}</failure>"
    report = f'<testsuite tests="1" failures="1"><testcase name="t">{failure}</testcase></testsuite>'
    probe = f"echo '{ORDER}'\ncat > \"${{1:-/dev/null}}\" <<'END'\n{report}\nEND\nexit $#\n"
    origin = project(tmp_path / "origin", probe, SIGNED_CHECK)
    origin.switch("main")
    origin.branch("law")
    origin.commit("law", {"gate.toml": f'extends = ["default"]\n{JUNIT_CHECK}'})
    group = {
        "head_sha": origin.head("work"), "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-x",
        "base_sha": origin.head("main"), "base_ref": "refs/heads/main",
    }  # fmt: skip
    job = cloned(origin, tmp_path, origin.head("work"))
    payload = {"repository": REPOSITORY, "merge_group": group}
    ran = run_action(job, tmp_path, "merge_group", payload, {"policy-ref": "law", "cache": "false"})
    assert not ran.passed
    assert (ran.outputs["verdict"], ran.outputs["new-findings"]) == ("rejected", "1")
    assert "REJECTED" in ran.log
    assert "not that of the base" in ran.log
    assert "❗  ::error" in ran.log  # the runner took our annotation as one
    assert "⚙  ::add-mask::" not in ran.log  # and no order of the tool's
    assert ran.calls == ["actions/setup-python"]
