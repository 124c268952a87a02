"""`gate ci` in a job as GitHub sets it up: variables, event file, files for outputs and summary."""

import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import JUNIT_CHECK, SHELL_CHECK, SIGNED_CHECK, Said, project
from tests.support.repo import Repo
from tests.support.verb import verb


class Job:
    """A clone of a repository with `work` one commit ahead of main, in which the job runs."""

    def __init__(self, path: Path, policy: str = SIGNED_CHECK) -> None:
        self.path = path
        self.origin = project(path / "origin", "! test -e bad\n", policy)
        self.repo = Repo(path / "job")
        self.env = {"RUNNER_TEMP": str(path / "temp"), "GITHUB_REPOSITORY": "octo/shop"}
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            self.env[name] = str(path / name)

    def clone(self, *words: str) -> None:
        Repo(self.path).git("clone", "-q", *words, f"file://{self.origin.path}", "job")

    def run(self, name: str, payload: Any, *words: str, **env: str) -> Said:
        event = self.path / "event.json"
        event.write_text(payload if isinstance(payload, str) else json.dumps(payload))
        told = {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(event), **self.env, **env}
        return verb(self.repo.path, "ci", *words, env=told)

    @property
    def outputs(self) -> dict[str, str]:
        found, lines = {}, iter((self.path / "GITHUB_OUTPUT").read_text().splitlines())
        for line in lines:
            name, _, end = line.partition("<<")
            found[name] = next(lines)
            assert next(lines) == end
        return found

    @property
    def summary(self) -> str:
        return (self.path / "GITHUB_STEP_SUMMARY").read_text()


REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}


def pushed(head: str, before: str, ref: str = "refs/heads/main") -> dict[str, Any]:
    return {"ref": ref, "before": before, "after": head, "repository": REPOSITORY}


def pull_request(head: str, base: str) -> dict[str, Any]:
    sides = {
        "head": {"sha": head, "ref": "work", "repo": REPOSITORY},
        "base": {"sha": base, "ref": "main", "repo": REPOSITORY},
    }
    return {"repository": REPOSITORY, "pull_request": {"number": 7, **sides}}


@pytest.fixture
def job(tmp_path: Path, gate_home: Home) -> Job:
    return Job(tmp_path)


def test_a_push_is_judged_and_its_outputs_are_written(job: Job) -> None:
    job.clone()
    head, base = job.origin.head("work"), job.origin.head("main")
    job.run("push", pushed(head, base, "refs/heads/work"), GITHUB_SHA=head).expect(0, "ACCEPTED")
    found = job.outputs
    assert (found["verdict"], found["label"], found["new-findings"]) == ("accepted", "local", "0")
    assert head in Path(found["report-json"]).read_text()
    assert json.loads(Path(found["sarif-file"]).read_text())["version"] == "2.1.0"
    assert json.loads(Path(found["stamp"]).read_text())["payloadType"]
    assert "accepted" in job.summary


def test_a_pull_request_is_judged_by_its_head_not_by_the_merge(job: Job) -> None:
    job.origin.switch("main")
    base = job.origin.commit("meanwhile", {"other.txt": "x\n"})
    job.origin.git("switch", "-q", "--detach")
    job.origin.git("merge", "-q", "--no-ff", "--no-edit", "work")
    merge = job.origin.head()
    job.origin.git("update-ref", "refs/heads/pr-merge", merge)
    job.clone()
    job.repo.git("checkout", "-q", "--detach", merge)
    head = job.origin.head("work")
    job.run("pull_request", pull_request(head, base), GITHUB_SHA=merge).expect(0, head[:12])
    other = job.origin.head("main~1")
    job.run("pull_request", pull_request(other, base), GITHUB_SHA=merge).expect(2, "what was checked out is a merge of")


def test_findings_become_annotations_and_orders_of_tools_do_not(job: Job) -> None:
    job.origin.commit("bad", {"bad": "x\n", "gate.toml": "# ::error::planted\n"})
    job.clone()
    head, hidden = job.origin.head(), {"SOME_TOKEN": "probe.sh"}
    said = job.run("push", pushed(head, job.origin.head("main"), "refs/heads/work"), **hidden).expect(1)
    lines = said.out.splitlines()
    start, end = lines[0], next(n for n, line in enumerate(lines) if n and line.startswith("::"))
    assert start.startswith("::stop-commands::")
    assert lines[end] == f"::{start.rpartition('::')[2]}::"
    assert any(line.startswith("::error file=gate.toml") for line in lines[end:])
    assert "probe.sh" not in said.out + job.summary  # what a secret variable holds is masked
    assert job.outputs["verdict"] == "rejected"


def test_a_shallow_clone_is_completed_or_says_the_lines_that_fix_it(job: Job) -> None:
    job.clone("--depth", "1", "--branch", "work")
    head, base = job.origin.head("work"), job.origin.head("main")
    event = pushed(head, base, "refs/heads/work")
    job.run("push", event, "--no-fetch").expect(3, "shallow", "with:", "fetch-depth: 0")
    job.run("push", event).expect(0, "ACCEPTED")


def test_a_commit_that_is_nowhere_is_said(job: Job) -> None:
    job.clone()
    job.run("push", pushed("1" * 40, job.origin.head("main"), "refs/heads/x")).expect(3, "cannot be fetched")


def test_a_history_without_its_base_does_not_pass(job: Job) -> None:
    job.origin.git("checkout", "-q", "--orphan", "alone")
    head = job.origin.commit("alone")
    job.clone()
    job.run("push", pushed(head, "0" * 40, "refs/heads/alone")).expect(3, "no common history")
    payload = pushed(head, "0" * 40, "refs/heads/alone")
    payload["repository"] = {**REPOSITORY, "default_branch": "gone"}
    job.run("push", payload).expect(3, "cannot be fetched")


def test_nothing_new_and_deletions_are_no_failure(job: Job) -> None:
    job.clone()
    base = job.origin.head("main")
    job.run("push", pushed("0" * 40, base, "refs/heads/work")).expect(0, "was deleted")
    job.run("push", pushed(base, base, "refs/heads/copy")).expect(0, "nothing to judge")
    assert job.outputs["verdict"] == "nothing"


def test_the_policy_of_another_commit_judges_unless_the_branch_wrote_it(job: Job) -> None:
    job.origin.switch("main")
    job.origin.branch("law")
    job.origin.commit("law", {"gate.toml": f'extends = ["default"]\n{SHELL_CHECK.replace("sh probe.sh", "false")}'})
    job.origin.commit("no law", {"gate.toml": None})
    job.origin.branch("mine", "work")
    job.origin.commit("mine")
    job.clone("--branch", "work")
    head, base = job.origin.head("work"), job.origin.head("main")
    event = pushed(head, base, "refs/heads/work")
    job.run("push", event, "--policy-ref", job.origin.head("law~1")).expect(1, "gate.toml at", "not that of the base")
    job.run("push", event, "--policy-ref", "law").expect(2, "there is no policy at origin/law")
    job.run("push", event, "--policy-ref", "mine").expect(2, "holds commits of the branch that is judged")
    job.run("push", event, "--policy-ref", "gone").expect(3, "gone is not here, and cannot be fetched")
    job.run("push", event, "--base", "--upload-pack=x").expect(2)
    job.run("push", event, "--base=--upload-pack=x").expect(2, "is no name of a commit or branch")


def test_a_verdict_may_be_told_without_failing_the_job(job: Job) -> None:
    job.origin.commit("bad", {"bad": "x\n"})
    job.clone()
    event = pushed(job.origin.head(), job.origin.head("main"), "refs/heads/work")
    said = job.run("push", event, "--fail-on=never", "--format=brief", "--base=main").expect(0)
    assert "::warning title=gate::the verdict is rejected; this job passes because of fail-on: never" in said.out
    assert job.outputs["verdict"] == "rejected"
    job.run("push", event, "--fail-on=rejected").expect(1)


def test_what_cannot_be_judged_is_said_where_people_look(job: Job) -> None:
    job.clone("--depth", "1", "--branch", "work")
    event = pushed(job.origin.head("work"), job.origin.head("main"), "refs/heads/work")
    said = job.run("push", event, "--no-fetch", "--fail-on=never").expect(3)
    assert "::error title=gate::this is a shallow clone: its history is cut off%0Agive the checkout step" in said.out
    assert said.out.count("\n") == 1
    assert job.outputs["verdict"] == "blocked"
    assert "fetch-depth&#58; 0" in job.summary


def test_a_tool_that_writes_orders_and_markup_gets_neither(tmp_path: Path, gate_home: Home) -> None:
    orders = "::add-mask::accepted\n::error::planted\n</details> [x](data:text/html,x) ##[group]y"
    message = orders.replace("&", "&amp;").replace("<", "&lt;")
    case = f'<testcase name="{message}"><failure message="{message}">{message}</failure></testcase>'
    probe = f"cat > $1 <<'END'\n<testsuite tests='1' failures='1'>{case}</testsuite>\nEND\nexit 1\n"
    branch = "agent/$(touch${IFS}pwned);'`id`\"&|<>"
    job = Job(tmp_path, JUNIT_CHECK)
    job.origin.git("branch", "-m", "work", branch)
    job.origin.commit("tool", {"probe.sh": probe})
    job.clone()
    said = job.run("push", pushed(job.origin.head(), job.origin.head("main"), f"refs/heads/{branch}")).expect(1)
    shield, _, printed = said.out.partition("\n")
    inside, _, outside = printed.partition(f"\n::{shield.removeprefix('::stop-commands::')}::\n")
    assert "planted" in inside
    assert [line.partition(" ")[0] for line in outside.splitlines()] == ["::error"]
    assert "##[" not in said.out
    for text in ("</details>", "](data:", "<testcase", "`id`"):
        assert text not in job.summary
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"ref": 1}'])
def test_an_event_file_that_is_none(job: Job, text: str) -> None:
    job.clone()
    job.run("push", text).expect(2, "event file")


def test_elsewhere_than_on_github(job: Job) -> None:
    job.clone()
    verb(job.repo.path, "ci").expect(2, "this is no GitHub job")
