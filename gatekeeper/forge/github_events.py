"""Which commits a GitHub event is about. Pure: the payload and the variables of the runner in, two commits out.

The synthetic merge that GitHub makes of a pull request is never judged: it moves, and its parents are nobody's word.
Field names: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from msgspec import Struct

from gatekeeper.errors import NothingToJudge, UsageError

EVENTS = ("push", "pull_request", "pull_request_target", "merge_group", "workflow_dispatch", "schedule", "workflow_run")
_HEX = frozenset("0123456789abcdef")
_DEFAULT = "it holds what GitHub sent: use it as it is, or run this where GitHub runs it"


class Event(Struct, frozen=True):
    """What is to be judged. `base` is a commit, or the name of a remote-tracking branch ("origin/main").

    `base` is None with `whole`: nothing is new, the tree itself is looked at.
    """

    name: str
    head: str
    base: str | None
    branch: str | None = None
    pull_request: int | None = None
    fork: bool = False
    whole: bool = False


def parse(name: str, payload: object, env: Mapping[str, str]) -> Event:
    """`payload` is the decoded event file, `env` GITHUB_SHA, GITHUB_REF and the like.

    Raises UsageError for an event that cannot be judged or contradicts the variables, NothingToJudge for a deletion.
    """
    if name not in EVENTS:
        raise UsageError(f"the event {name!r} says nothing about commits", f"run it on {', '.join(EVENTS)}")
    if not isinstance(payload, dict):
        _lies("is no JSON object")
    repository = _text(payload, "repository", "full_name") if "repository" in payload else ""
    if repository and env.get("GITHUB_REPOSITORY", repository) != repository:
        _lies(f"is about {repository}, and this is {env['GITHUB_REPOSITORY']}")
    if name == "push":
        return _push(payload, env)
    if name.startswith("pull_request"):
        return _pull_request(name, payload, env)
    if name == "merge_group":
        return _merge_group(payload, env)
    if name == "workflow_run":
        return _workflow_run(payload)
    return _by_hand(name, payload, env)


def _push(payload: dict[str, Any], env: Mapping[str, str]) -> Event:
    ref, head, before = _text(payload, "ref"), _commit(payload, "after"), _commit(payload, "before")
    if payload.get("deleted") is True or not head.strip("0"):
        raise NothingToJudge(f"{ref} was deleted", "")
    _must_agree("after", head, env)
    if env.get("GITHUB_REF", ref) != ref:
        _lies(f"is about {ref}, and this is {env['GITHUB_REF']}")
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
    default = _text(payload, "repository", "default_branch")
    if branch != default:
        return Event("push", head, f"refs/remotes/origin/{default}", branch)
    if not before.strip("0"):
        return Event("push", head, None, branch, whole=True)  # its first push: there is nothing before it
    return Event("push", head, before, branch)


def _pull_request(name: str, payload: dict[str, Any], env: Mapping[str, str]) -> Event:
    head, base = _commit(payload, "pull_request", "head", "sha"), _commit(payload, "pull_request", "base", "sha")
    branch = _text(payload, "pull_request", "head", "ref")
    for variable, path in (("GITHUB_HEAD_REF", "head"), ("GITHUB_BASE_REF", "base")):
        said = _text(payload, "pull_request", path, "ref")
        if env.get(variable, said) != said:
            _lies(f"names {said} as the {path}, and this is {env[variable]}")
    number = _at(payload, "pull_request", "number")
    if not isinstance(number, int) or isinstance(number, bool):
        _lies("has no pull_request.number")
    owner = _at(payload, "pull_request", "head", "repo", "full_name")  # the fork may be gone
    fork = owner != _text(payload, "pull_request", "base", "repo", "full_name")
    return Event(name, head, base, branch, number, fork)


def _merge_group(payload: dict[str, Any], env: Mapping[str, str]) -> Event:
    head, base = _commit(payload, "merge_group", "head_sha"), _commit(payload, "merge_group", "base_sha")
    _must_agree("merge_group.head_sha", head, env)
    return Event("merge_group", head, base, _text(payload, "merge_group", "head_ref").removeprefix("refs/heads/"))


def _workflow_run(payload: dict[str, Any]) -> Event:
    """What the run before this one was about. GITHUB_SHA is the default branch's: this job is defined there."""
    head, default = _commit(payload, "workflow_run", "head_sha"), _text(payload, "repository", "default_branch")
    owner = _at(payload, "workflow_run", "head_repository", "full_name")  # the fork may be gone
    fork = owner != _text(payload, "repository", "full_name")
    branch = _text(payload, "workflow_run", "head_branch")
    return Event("workflow_run", head, f"refs/remotes/origin/{default}", branch, fork=fork)


def _by_hand(name: str, payload: dict[str, Any], env: Mapping[str, str]) -> Event:
    """The payload says nothing about commits; GitHub's variables do."""
    head, ref = env.get("GITHUB_SHA", ""), env.get("GITHUB_REF", "")
    if not is_commit(head):
        raise UsageError("GITHUB_SHA names no commit", _DEFAULT)
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
    default = _text(payload, "repository", "default_branch")
    if branch == default:
        return Event(name, head, None, branch, whole=True)
    return Event(name, head, f"refs/remotes/origin/{default}", branch)


def must_be_merged(event: Event, parents: Sequence[str]) -> None:
    """`parents` of the merge that GitHub checked out for a pull request, () when it made none.

    Raises UsageError when the event names another head than the one that was merged.
    """
    if event.pull_request is not None and len(parents) == 2 and parents[1] != event.head:
        _lies(f"names {event.head[:12]} as the head, and what was checked out is a merge of {parents[1][:12]}")


def _must_agree(field: str, commit: str, env: Mapping[str, str]) -> None:
    if env.get("GITHUB_SHA", commit) != commit:
        _lies(f"has {commit[:12]} as {field}, and GITHUB_SHA is {env['GITHUB_SHA'][:12]}")


def _commit(payload: dict[str, Any], *path: str) -> str:
    found = _text(payload, *path)
    if not is_commit(found):
        _lies(f"has no commit as {'.'.join(path)}")
    return found


def is_commit(text: str) -> bool:
    """Is it a full commit id, as GitHub writes one?"""
    return len(text) in {40, 64} and set(text) <= _HEX


def _text(payload: dict[str, Any], *path: str) -> str:
    found = _at(payload, *path)
    if not isinstance(found, str) or not found or not found.isprintable() or found.startswith("-"):
        _lies(f"has no {'.'.join(path)}")
    return found


def _at(payload: object, *path: str) -> object:
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def _lies(what: str) -> NoReturn:
    raise UsageError(f"the event file {what}", _DEFAULT)
