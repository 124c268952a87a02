"""`gate github pr N` with the real command: a branch that was really judged, and a GitHub that tells of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate_command import SHELL_CHECK, Said, gate, project
from tests.support.github_client import PERSON
from tests.support.github_fake import REPOSITORY, FakeGitHub, Fault, fake_github
from tests.support.repo import Repo
from tests.support.verb import verb


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with fake_github() as fake:
        yield fake


def done_by(hub: FakeGitHub, repo: Repo) -> None:
    """Everything that GitHub can say is said about the branch `work` of the repository."""
    hub.base_tip, head = repo.head("main"), repo.head("work")
    hub.pull(7, head, mergeable=True)
    hub.statuses.append({"sha": head, "context": "build", "state": "success", "description": ""})
    ana = {"login": "ana", "type": "User"}
    hub.reviews.append({"user": ana, "state": "APPROVED", "commit_id": head, "author_association": "MEMBER"})
    hub.threads.append({"isResolved": True})
    parameters = {"required_status_checks": [{"context": "build"}]}
    hub.rules.append({"type": "required_status_checks", "parameters": parameters})


def pr(hub: FakeGitHub, where: Path, *words: str) -> Said:
    env = {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": PERSON}
    return verb(where, "github", "pr", *words, env=env)


def test_a_pull_request_is_done_when_every_item_holds(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy=SHELL_CHECK)
    done_by(hub, repo)
    pr(hub, repo.path, "7").expect(3, "? evidence sufficient", "git fetch origin pull/7/head", "NOT DONE: 3 of 8")
    gate(repo).expect(0)
    hub.pulls[0]["body"] = f"Gate-Claim: x=local; sh probe.sh\nGate-Tree: {repo.tree('work')}"
    said = pr(hub, repo.path, "7").expect(0, "DONE", "✓ CI green               proxy    1 reported success: build")
    assert said.out.count("✓") + said.out.count("·") == 8
    hub.threads.append({"isResolved": False})
    pr(hub, repo.path, "7").expect(1, "✗ no unresolved threads  direct   1 unresolved", "NOT DONE: 1 of 8")
    hub.threads.pop()
    hub.pulls[0]["body"] = "Gate-Claim: x=direct; I saw it"
    found = json.loads(pr(hub, repo.path, "7", "--format", "json").expect(1).out)
    assert not found["done"]
    assert [one["name"] for one in found["items"] if one["outcome"] == "failed"] == ["evidence sufficient"]
    assert {one["rule"] for one in found["claims"]} == {"overclaim", "command-mismatch"}
    assert len([method for method, _, _ in hub.requests if method == "POST"]) == 4  # questions about threads


def test_what_may_not_be_seen_is_blocked(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy=SHELL_CHECK)
    done_by(hub, repo)
    hub.pulls[0]["head"]["repo"] = None  # the fork is gone
    hub.faults += [
        Fault("GET", "/rules/", status=403, body={"message": "Resource not accessible"}),
        Fault("POST", "/graphql", status=200, body={"errors": [{"message": "x"}]}),
        Fault("GET", "/compare/", status=404, body={"message": "Not Found"}),
    ]
    said = pr(hub, repo.path, "7").expect(3, "? CI green", "403", "? no unresolved threads", "? branch synced", "404")
    assert "of a fork" in said.out
    pr(hub, repo.path, "8").expect(3, "404, Not Found")
    pr(hub, repo.path, "x").expect(2, "no number of a pull request")
