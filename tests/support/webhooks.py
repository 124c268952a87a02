"""Webhooks as GitHub sends them."""

import hashlib
import hmac
import json
import uuid
from typing import Any

import requests

from tests.support.github_fake import REPOSITORY

KEY = b"a shared word"
_REPOSITORY = {"full_name": REPOSITORY, "default_branch": "main"}


def push(head: str, branch: str = "work", before: str = "a" * 40) -> dict[str, Any]:
    deleted = not head.strip("0")
    ref = f"refs/heads/{branch}"
    return {"ref": ref, "before": before, "after": head, "deleted": deleted, "repository": _REPOSITORY}


def pull_request(head: str, branch: str = "work", number: int = 7, *, fork: bool = False) -> dict[str, Any]:
    place = {"full_name": "stranger/shop"} if fork else _REPOSITORY
    sides = {
        "head": {"sha": head, "ref": branch, "repo": place},
        "base": {"sha": "a" * 40, "ref": "main", "repo": _REPOSITORY},
    }
    return {"action": "synchronize", "repository": _REPOSITORY, "pull_request": {"number": number, **sides}}


def signature(body: bytes, key: bytes = KEY) -> str:
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def send(url: str, event: str, payload: Any, *, delivery: str = "", key: bytes = KEY, **headers: str) -> int:
    """The status of the answer."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    said = {
        "Content-Type": "application/json", "X-GitHub-Event": event, "X-Hub-Signature-256": signature(body, key),
        "X-GitHub-Delivery": delivery or str(uuid.uuid4()), **headers,
    }  # fmt: skip
    return requests.post(url, body, headers=said, timeout=60).status_code
