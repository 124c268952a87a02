"""Which webhook asks for what, and which is not believed."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.forge.webhook import Wanted, signed, wanted
from tests.support.github_fake import REPOSITORY
from tests.support.webhooks import pull_request, push

A, B, ZERO = "a" * 40, "b" * 40, "0" * 40


def test_the_example_of_github() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation"""
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed(b"It's a Secret to Everybody", b"Hello, World!", header)


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha256=ü", "sha1=x"])
def test_other_signatures_are_not_believed(header: str | None) -> None:
    assert not signed(b"s", b"body", header)
    right = "sha256=" + hmac.new(b"s", b"body", hashlib.sha256).hexdigest()
    assert signed(b"s", b"body", right)
    assert not signed(b"s", b"bodY", right)
    assert not signed(b"S", b"body", right)


@pytest.mark.parametrize(
    ("name", "payload", "found"),
    [
        ("push", push(B), Wanted("octo/shop:work", B, "main")),
        ("push", push(B, branch="main"), Wanted("octo/shop:main", B, "main", A)),
        ("push", push(ZERO), None),
        ("push", push(B) | {"ref": "refs/tags/v1"}, None),
        ("pull_request", pull_request(B), Wanted("octo/shop:work", B, "main", "", 7)),
        ("pull_request", pull_request(B, fork=True), Wanted("stranger/shop:work", B, "main", "", 7, fork=True)),
        ("pull_request", pull_request(B) | {"action": "labeled"}, None),
        ("ping", {"zen": "x"}, None),
    ],
)
def test_what_is_asked_for(name: str, payload: Any, found: Wanted | None) -> None:
    assert wanted(name, json.dumps(payload).encode(), REPOSITORY) == found


@pytest.mark.parametrize(("name", "pull"), [("push", None), ("pull_request", 2)])
def test_examples_of_github(name: str, pull: int | None) -> None:
    samples = json.loads((Path(__file__).parents[1] / "data/github-events.json").read_text())
    sample = samples[name]
    sample["action"] = "synchronize"
    if name == "push":
        sample |= {"ref": "refs/heads/work", "after": B, "deleted": False}  # the example is of a tag that goes
    found = wanted(name, json.dumps(sample).encode(), sample["repository"]["full_name"])
    assert found is not None
    assert found.pull == pull


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'{"ref": 1}', b"payload=%7B%7D", b"\xff"])
def test_what_is_malformed_is_refused(body: bytes) -> None:
    with pytest.raises(UsageError):
        wanted("push", body, REPOSITORY)


def test_another_repository_is_refused() -> None:
    with pytest.raises(UsageError, match="other/one"):
        wanted("push", json.dumps(push(B)).encode(), "other/one")
