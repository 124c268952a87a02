"""What a webhook asks for. Pure: is it really from GitHub, and which commit of which branch is to be judged?

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hashlib
import hmac
import json
from typing import Any

from msgspec import Struct

from gatekeeper.errors import NothingToJudge, UsageError
from gatekeeper.forge.github_events import parse

PULL_ACTIONS = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "edited"})
_PREFIX = "sha256="


class Wanted(Struct, frozen=True):
    """`branch` is "owner/name:branch" of the head: a newer head of it supersedes this one. `base` is a branch's name.

    `before` is the commit to compare with for a push to the base itself; "" otherwise.
    """

    branch: str
    head: str
    base: str
    before: str = ""
    pull: int | None = None
    fork: bool = False


def signed(secret: bytes, body: bytes, header: str | None) -> bool:
    """Does `X-Hub-Signature-256` fit? Compared in constant time."""
    made = hmac.new(secret, body, hashlib.sha256).hexdigest()
    said = (header or "").encode("utf-8", "replace")
    return hmac.compare_digest(f"{_PREFIX}{made}".encode(), said)


def wanted(name: str, body: bytes, repository: str) -> Wanted | None:
    """None for what asks for nothing: other events, tags, deletions. Raises UsageError for what is malformed."""
    if name not in {"push", "pull_request"}:
        return None
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON", "set the content type of the webhook to application/json") from error
    try:
        event = parse(name, payload, {"GITHUB_REPOSITORY": repository})
    except NothingToJudge:
        return None
    if event.branch is None:
        return None
    if name == "push":
        default = str(payload["repository"]["default_branch"])
        before = str(payload["before"]) if event.branch == default else ""
        return Wanted(f"{repository}:{event.branch}", event.head, default, before)
    if payload.get("action") not in PULL_ACTIONS:
        return None
    place = _repository(payload["pull_request"]["head"].get("repo"))
    base = str(payload["pull_request"]["base"]["ref"])
    return Wanted(f"{place}:{event.branch}", event.head, base, "", event.pull_request, event.fork)


def _repository(found: Any) -> str:
    return str(found.get("full_name")) if isinstance(found, dict) else ""
