"""The second of the two documented workflows, as it stands on the page: what it signs and posts is what it has seen."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatekeeper.process.home import Home, find_home
from gatekeeper.stamp.keys import keys_dir, new_key
from tests.support.act import ROOT, run_workflow
from tests.support.gate import project
from tests.support.github_client import APP
from tests.support.github_fake import REPOSITORY, FakeGitHub, Fault, fake_github
from tests.support.repo import Repo
from tests.support.verb import verb

TEXT = next(
    block
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/github.md").read_text(), re.DOTALL)
    if "workflow_run:" in block
)
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
PERMISSIONS = WORKFLOW["jobs"]["sign"]["permissions"]
REFUSED = {"message": "Resource not accessible by integration"}
NEEDED = {"checks": "/check-runs", "statuses": "/statuses/", "pull-requests": "/comments"}
"""Permission of a job → where it is needed."""


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    """A GitHub that gives the token of the job what the workflow asks for, and no more."""
    with fake_github() as fake:
        for permission, path in NEEDED.items():
            if PERMISSIONS.get(permission) != "write":
                fake.faults += [Fault(method, path, status=403, body=REFUSED, times=99) for method in ("GET", "POST")]
        yield fake


def server(path: Path) -> tuple[Repo, str]:
    """origin.git, whose main trusts a key, with one branch whose check passes and one whose check fails; the key."""
    home = find_home({"GATE_HOME": str(path / "owner")})
    key = new_key(home)
    signer = f'[[signer]]\nname = "ci"\nkey = "{key.as_signer.key}"\n'
    policy = '[check.x]\ncommand = "sh probe.sh"\ntimeout = "20s"\n'
    repo = project(path / "desk", "", {"probe.sh": "! test -e bad\n"})
    repo.switch("main")
    repo.commit("law", {"gate.toml": f"extends = []\n{policy}{signer}"})
    for name in ("good", "bad"):
        repo.switch("main")
        repo.branch(f"agent/{name}")
        repo.commit(name, {name: "x\n"})
    Repo(path).git("clone", "-q", "--bare", str(repo.path), "origin.git")
    return repo, (keys_dir(home) / "default").read_text()


def cloned(path: Path) -> Repo:
    Repo(path).git("clone", "-q", f"file://{path}/origin.git", "job")
    return Repo(path / "job")


def verified(path: Path, head: str, status: int) -> None:
    """Whoever has the repository, and nothing else, gets the answer."""
    Repo(path).git("clone", "-q", f"file://{path}/origin.git", "elsewhere")
    elsewhere = {"GATE_HOME": str(path / "elsewhere-home")}
    verb(path / "elsewhere", "verify", head, "--base", "origin/main", env=elsewhere).expect(status, "signed by ci")


@pytest.mark.slow
def test_what_was_observed_is_signed_and_posted(tmp_path: Path, gate_home: Home, hub: FakeGitHub) -> None:
    repo, secret = server(tmp_path)
    head, job = repo.head("agent/good"), cloned(tmp_path)
    hub.pull(7, head)
    job.git("remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")  # act reads the name from it
    job.git("remote", "set-url", "--push", "origin", f"file://{tmp_path}/origin.git")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sudo").write_text("#!/bin/sh\n")  # nothing is installed on this machine
    (tmp_path / "bin" / "sudo").chmod(0o755)
    run = {
        "event": "pull_request", "conclusion": "failure", "head_sha": head, "head_branch": "agent/good",
        "head_repository": {"full_name": "stranger/shop"},
    }  # fmt: skip
    repository = {"full_name": REPOSITORY, "default_branch": "main"}
    payload = {"action": "completed", "repository": repository, "workflow_run": run}
    ran = run_workflow(
        job, tmp_path, "workflow_run", payload, TEXT.replace("OWNER/gatekeeper@COMMIT", "octo/gatekeeper@v1"),
        secrets={"GATE_SIGNING_KEY": secret, "GITHUB_TOKEN": APP}, variables={"GITHUB_API_URL": hub.url},
        path=f"{tmp_path / 'bin'}:",
    )  # fmt: skip
    assert ran.passed, ran.log
    assert [(one["state"], one["sha"]) for one in hub.statuses] == [("success", head)]
    assert [one["issue"] for one in hub.comments] == [7]
    assert secret.splitlines()[1] not in ran.log
    verified(tmp_path, head, 0)


def test_a_forged_result_is_not_signed(tmp_path: Path, gate_home: Home, hub: FakeGitHub) -> None:
    """Everything that the first job could have left says accepted; its steps run as they stand in the workflow."""
    repo, secret = server(tmp_path)
    head, job, runner = repo.head("agent/bad"), cloned(tmp_path), tmp_path / "runner"
    hub.pull(7, head)
    command = runner / "gatekeeper/venv/bin/gate"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m gatekeeper "$@"\n')
    command.chmod(0o755)
    forged = json.dumps({"run": "0123456789abcdef", "verdict": "accepted", "subject": {"head": head}})
    (runner / "gate").mkdir()
    for place in (runner / "gate" / "report.json", runner / "signed.json"):
        place.write_text(forged)
    output = runner / "output"
    env = {
        **os.environ, "RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(output), "GITHUB_API_URL": hub.url,
        "GITHUB_REPOSITORY": REPOSITORY, "HEAD": head, "BASE": "origin/main",
    }  # fmt: skip
    step("Sign what was observed", job, {**env, "KEY": secret})
    assert not (runner / "gate-key").exists()
    run = output.read_text().strip().removeprefix("run=")
    assert run != "0123456789abcdef"
    step("Post it, and push the log", job, {**env, "RUN": run, "GITHUB_TOKEN": APP})
    assert [(one["state"], one["sha"]) for one in hub.statuses] == [("failure", head)]
    assert "rejected" in hub.comments[0]["body"]
    verified(tmp_path, head, 1)


def step(name: str, job: Repo, env: Mapping[str, str]) -> None:
    """As GitHub runs a step without `shell`, with the variables that its `env` would have."""
    found = next(one for one in WORKFLOW["jobs"]["sign"]["steps"] if one.get("name") == name)
    assert set(found["env"]) <= set(env)
    done = subprocess.run(
        ["bash", "-e", "-c", found["run"]],
        cwd=job.path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
