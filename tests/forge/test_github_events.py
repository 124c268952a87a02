"""Payloads as GitHub documents them, and payloads that lie."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import GateError, NothingToJudge, UsageError
from gatekeeper.forge.github_events import EVENTS, Event, must_be_merged, parse
from gatekeeper.forge.webhook import PULL_ACTIONS, wanted

A, B, C, ZERO = "a" * 40, "b" * 40, "c" * 40, "0" * 40
REPOSITORY = {"full_name": "octo/shop", "default_branch": "main"}


def push(ref: str = "refs/heads/main", after: str = B, **changes: Any) -> dict[str, Any]:
    return {"ref": ref, "before": A, "after": after, "deleted": False, "repository": REPOSITORY, **changes}


def pull_request(head_repo: dict[str, Any] | None = REPOSITORY) -> dict[str, Any]:
    head = {"sha": B, "ref": "agent/x", "repo": head_repo}
    base = {"sha": A, "ref": "main", "repo": REPOSITORY}
    return {"action": "opened", "repository": REPOSITORY, "pull_request": {"number": 7, "head": head, "base": base}}


def after_a_run(owner: str = "octo") -> dict[str, Any]:
    """A workflow that another one started: this job is the default branch's, and about the head of that run."""
    run = {"head_sha": B, "head_branch": "agent/x", "head_repository": {"full_name": f"{owner}/shop"}}
    return {"action": "completed", "repository": REPOSITORY, "workflow_run": run}


GROUP = {"head_sha": B, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-aaa", "base_sha": A, "base_ref": "main"}


@pytest.mark.parametrize(
    ("name", "payload", "env", "event"),
    [
        ("push", push(), {"GITHUB_SHA": B}, Event("push", B, A, "main")),
        ("push", push(before=ZERO), {}, Event("push", B, None, "main", whole=True)),
        ("push", push("refs/heads/agent/x"), {}, Event("push", B, "refs/remotes/origin/main", "agent/x")),
        ("push", push("refs/tags/v1"), {}, Event("push", B, "refs/remotes/origin/main", None)),
        ("pull_request", pull_request(), {"GITHUB_SHA": C}, Event("pull_request", B, A, "agent/x", 7)),
        ("pull_request", pull_request({"full_name": "fork/shop"}), {}, Event("pull_request", B, A, "agent/x", 7, True)),
        ("pull_request", pull_request(None), {}, Event("pull_request", B, A, "agent/x", 7, True)),
        (
            "merge_group",
            {"merge_group": GROUP, "repository": REPOSITORY},
            {"GITHUB_SHA": B},
            Event("merge_group", B, A, "gh-readonly-queue/main/pr-7-aaa"),
        ),
        (
            "workflow_run",
            after_a_run(),
            {"GITHUB_SHA": C, "GITHUB_REF": "refs/heads/main"},
            Event("workflow_run", B, "refs/remotes/origin/main", "agent/x"),
        ),
        (
            "workflow_run",
            after_a_run("stranger"),
            {"GITHUB_SHA": C},
            Event("workflow_run", B, "refs/remotes/origin/main", "agent/x", fork=True),
        ),
        (
            "schedule",
            {"schedule": "0 0 * * *", "repository": REPOSITORY},
            {"GITHUB_SHA": B, "GITHUB_REF": "refs/heads/main"},
            Event("schedule", B, None, "main", whole=True),
        ),
        (
            "workflow_dispatch",
            {"inputs": {}, "repository": REPOSITORY},
            {"GITHUB_SHA": B, "GITHUB_REF": "refs/heads/agent/x"},
            Event("workflow_dispatch", B, "refs/remotes/origin/main", "agent/x"),
        ),
    ],
)
def test_base_and_head_come_from_the_event(name: str, payload: object, env: dict[str, str], event: Event) -> None:
    assert parse(name, payload, env) == event


@pytest.mark.parametrize(
    ("name", "payload", "env", "said"),
    [
        ("push", push(), {"GITHUB_SHA": C}, "GITHUB_SHA is cccc"),
        ("push", push(), {"GITHUB_REF": "refs/heads/other"}, "this is refs/heads/other"),
        ("push", push(), {"GITHUB_REPOSITORY": "octo/other"}, "is about octo/shop"),
        ("push", push(after="main"), {}, "no commit as after"),
        ("push", push(after="--upload-pack=x"), {}, "no after"),
        ("push", push(after=B.upper()), {}, "no commit as after"),
        ("push", push("refs/heads/x\n::error::"), {}, "has no ref"),
        ("push", [], {}, "is no JSON object"),
        ("push", {}, {}, "has no ref"),
        ("merge_group", {"merge_group": GROUP}, {"GITHUB_SHA": C}, "GITHUB_SHA is cccc"),
        ("pull_request", pull_request(), {"GITHUB_HEAD_REF": "other"}, "as the head"),
        ("pull_request", pull_request(), {"GITHUB_BASE_REF": "release"}, "as the base"),
        ("pull_request", {"pull_request": {"head": A}}, {}, "has no commit|has no pull_request"),
        ("schedule", {"repository": REPOSITORY}, {"GITHUB_SHA": "x"}, "names no commit"),
        ("workflow_run", {**after_a_run(), "workflow_run": {"head_sha": "main"}}, {}, "no commit as workflow_run"),
        ("issue_comment", {}, {}, "says nothing about commits"),
    ],
)
def test_an_event_that_lies_or_says_nothing_is_refused(
    name: str, payload: object, env: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        parse(name, payload, env)


def test_a_deletion_is_nothing_to_judge() -> None:
    with pytest.raises(NothingToJudge):
        parse("push", push(after=ZERO, deleted=True), {})


def test_the_merge_that_was_checked_out_must_be_of_that_head() -> None:
    event = parse("pull_request", pull_request(), {})
    must_be_merged(event, (A, B))
    must_be_merged(event, (C,))
    with pytest.raises(UsageError, match="a merge of cccc"):
        must_be_merged(event, (A, C))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(A),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["ref", "before", "after", "repository", "full_name", "default_branch", "pull_request", "head",
                         "base", "sha", "repo", "number", "merge_group", "head_sha", "base_sha", "head_ref",
                         "workflow_run", "head_branch"]), inner
    ),
)  # fmt: skip


@given(st.sampled_from(EVENTS), anything)
def test_no_payload_breaks_it(name: str, payload: object) -> None:
    try:
        assert isinstance(parse(name, payload, {"GITHUB_SHA": A}), Event)
    except GateError as error:
        assert error.what


SAMPLES = json.loads((Path(__file__).parents[1] / "data/github-events.json").read_text())


@pytest.mark.parametrize(
    ("name", "head", "base"),
    [
        ("push", "6113728f27ae82c7b1a177c8d03f9e96e0adf246", None),
        ("pull_request", "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"),
        ("merge_group", "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d", "380387fbc80638b734a49e1be1c4dfec1c01b33c"),
        ("workflow_dispatch", A, None),
    ],
)
def test_what_github_really_sends_is_understood(name: str, head: str, base: str | None) -> None:
    payload = SAMPLES[name]
    told = {"GITHUB_SHA": A, "GITHUB_REF": payload.get("ref", "")} if name == "workflow_dispatch" else {}
    event = parse(name, payload, told)
    assert (event.head, event.base) == (head, base)


EXAMPLES: dict[str, list[dict[str, Any]]] = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "data/github-event-examples.json.gz").read_bytes())
)
ONLY_TAGS = "refs/tags/"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_github_is_understood(name: str) -> None:
    """As an event of a job, and as a webhook; what it says about the head is what is judged."""
    for payload in EXAMPLES[name]:
        repository = payload["repository"]["full_name"]
        told = {"GITHUB_REPOSITORY": repository, "GITHUB_SHA": A} if name == "workflow_dispatch" else {}
        expected = head_in(name, payload)
        if not expected.strip("0"):
            with pytest.raises(NothingToJudge):
                parse(name, payload, told)
        else:
            assert parse(name, payload, told).head == expected
        asked = wanted(name, json.dumps(payload).encode(), repository)
        silent = name not in {"push", "pull_request"} or payload.get("action", "opened") not in PULL_ACTIONS
        silent = silent or payload.get("deleted") is True or str(payload.get("ref", "")).startswith(ONLY_TAGS)
        assert (asked.head if asked else None) == (None if silent else expected)


def head_in(name: str, payload: dict[str, Any]) -> str:
    """Where the documentation of each event says that the head is."""
    found = {
        "push": lambda: payload["after"],
        "pull_request": lambda: payload["pull_request"]["head"]["sha"],
        "merge_group": lambda: payload["merge_group"]["head_sha"],
        "workflow_run": lambda: payload["workflow_run"]["head_sha"],
        "workflow_dispatch": lambda: A,
    }[name]
    return str(found())
