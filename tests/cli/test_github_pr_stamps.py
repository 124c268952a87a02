"""`gate github pr N` where another machine has judged: its stamps count when they are verified, and only then."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.model.vocabulary import Label, Outcome, Verdict
from gatekeeper.process.home import Home
from tests.support.gate_command import Said
from tests.support.github_client import PERSON
from tests.support.github_fake import REPOSITORY, FakeGitHub, fake_github
from tests.support.repo import Repo
from tests.support.reports import a_result
from tests.support.stamps import POLICY, Key, Yard, of_label
from tests.support.verb import verb

SPEAKING = POLICY + "[check.self-review]\nrequired = false\n"


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with fake_github() as fake:
        yield fake


@pytest.fixture
def yard(tmp_path: Path, gate_home: Home) -> Yard:
    """The repository on a server, and what CI has done there."""
    return Yard.create(tmp_path / "server", gate_home, SPEAKING)


def desk(yard: Yard, hub: FakeGitHub, path: Path) -> Repo:
    """A clone on a machine that has judged nothing, and a GitHub that tells of the pull request."""
    hub.base_tip, head = yard.repo.head("main"), yard.repo.head("work")
    hub.pulls.clear()
    hub.pull(7, head, mergeable=True)
    yard.repo.git("clone", "-q", f"file://{yard.repo.path}", str(path))
    return Repo(path)


def pr(hub: FakeGitHub, where: Repo) -> dict[str, tuple[str, str | None, str]]:
    """Item → (outcome, label, why)."""
    found = json.loads(said(hub, where, "--format", "json").out)
    return {one["name"]: (one["outcome"], one["label"], one["why"]) for one in found["items"]}


def said(hub: FakeGitHub, where: Repo, *words: str) -> Said:
    env = {
        "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": PERSON,
        "GATE_HOME": str(where.path.parent / "home of the desk"),
    }  # fmt: skip
    return verb(where.path, "github", "pr", "7", *words, env=env)


def test_a_stamp_of_another_machine(yard: Yard, hub: FakeGitHub, tmp_path: Path) -> None:
    """Of a stranger it is none; of a trusted signer evidence with its label; one that rejects is enough."""
    yard.stamp(machine="ci", key=Key("a stranger"))
    clone = desk(yard, hub, tmp_path / "clone")
    outcome, label, why = pr(hub, clone)["evidence sufficient"]
    assert (outcome, label, "no trusted signer has signed" in why) == ("blocked", "blocked", True)
    tests = of_label("tests", Label.LOCAL)
    tests = replace(tests, observation=replace(tests.observation, counts={"passed": 214}))
    yard.stamp(Verdict.ACCEPTED, tests, of_label("lint", Label.PROXY), machine="ci")
    clone.git("fetch", "-q", "origin")
    hub.pulls[0]["body"] = "Gate-Claim: tests=local; make; 214 passed"
    found = pr(hub, clone)
    assert found["tests passed"] == ("passed", "local", "tests is passed")
    assert found["lint clean"] == ("passed", "proxy", "lint is passed")
    assert "the gate ran ruff" in said(hub, clone).out  # a command that differs is listed
    assert found["evidence sufficient"] == ("passed", "local", "stamp of ci: accepted")
    hub.pulls[0]["body"] = "Gate-Claim: tests=direct; pytest -q"
    assert "tests=direct is claimed" in pr(hub, clone)["evidence sufficient"][2]
    yard.stamp(Verdict.REJECTED, a_result("tests", Outcome.FAILED), machine="laptop")
    clone.git("fetch", "-q", "origin")
    said(hub, clone).expect(
        1, "✗ tests passed           local", "stamp of ci: rejected: ci says rejected: tests failed"
    )


def test_what_is_not_here_is_named_and_not_fetched(yard: Yard, hub: FakeGitHub, tmp_path: Path) -> None:
    yard.stamp(machine="ci")
    clone = desk(yard, hub, tmp_path / "clone")
    yard.repo.switch("main")
    hub.base_tip = yard.repo.commit("later", {"later.txt": "x\n"})
    assert (
        f"{hub.base_tip[:12]} is not here: git fetch origin main pull/7/head gate-log"
        in pr(hub, clone)["tests passed"][2]
    )
    clone.git("fetch", "-q", "origin")
    outcome, _, why = pr(hub, clone)["evidence sufficient"]
    assert (outcome, "outdated: the base was at" in why) == ("blocked", True)
