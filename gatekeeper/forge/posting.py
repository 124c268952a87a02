"""Put a verdict on GitHub: nothing lost and nothing doubled, whatever was cut off before.

Every step looks first whether it has been done: a check run is known by its external id and the number of its
annotations, a status by its description, a comment by its hidden marker.
"""

from functools import partial
from typing import Any

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.forge import retry
from gatekeeper.forge.client import Client, RefusedError, UnclearError
from gatekeeper.report.check_run import CheckRun, CommitStatus
from gatekeeper.report.pull_comment import marked

PER_REQUEST = 50
"""Annotations that GitHub takes at once; those of later requests are added."""
_ACTIONS = "github-actions[bot]"


class Posted(Struct, frozen=True):
    """What stands on GitHub now. `fresh` is False when it stood there already."""

    what: str
    url: str
    fresh: bool


def post_check_run(client: Client, wanted: CheckRun) -> Posted:
    """One check run, completed by the request that brings its last annotations: until then it is no success."""
    found, fresh = _begun(client, wanted)
    tries = 0
    while not _is_whole(found, wanted):
        try:
            path = f"{client.repository}/check-runs/{found['id']}"
            later = _one(client.patch(path, _next(wanted, _sent(found)), again=False))
        except UnclearError:
            # Annotations are added, not replaced: whether these have arrived must be known before they are sent again.
            tries += 1
            if tries == retry.TRIES:
                raise
            client.pause(tries - 1)
            found = _one(_known_run(client, wanted))
            continue
        _must_grow(found, later, wanted)
        found, fresh, tries = later, True, 0
    return Posted("check run", str(found.get("html_url") or ""), fresh)


def _begun(client: Client, wanted: CheckRun) -> tuple[dict[str, Any], bool]:
    """The check run with its first annotations, and whether it was made just now."""
    fresh = False

    def make() -> dict[str, Any]:
        nonlocal fresh
        fresh = True
        return _one(client.post(f"{client.repository}/check-runs", _first(wanted)))

    return client.once(partial(_known_run, client, wanted), make), fresh


def _is_whole(found: dict[str, Any], wanted: CheckRun) -> bool:
    return _sent(found) >= len(wanted.annotations) and found.get("status") == "completed"


def _must_grow(before: dict[str, Any], after: dict[str, Any], wanted: CheckRun) -> None:
    """Raises CannotEstablish when GitHub has not kept what it was sent: this would never end."""
    kept = _sent(after)
    if not _is_whole(after, wanted) and kept <= _sent(before):
        raise CannotEstablish(f"GitHub keeps {kept} of {len(wanted.annotations)} annotations", "look at the check run")


def _known_run(client: Client, wanted: CheckRun) -> dict[str, Any] | None:
    query: dict[str, str | int] = {"check_name": wanted.name, "filter": "all"}
    listed = client.pages(f"{client.repository}/commits/{wanted.head}/check-runs", query, "check_runs")
    return next((one for one in listed if one.get("external_id") == wanted.external_id), None)


def _first(wanted: CheckRun) -> dict[str, Any]:
    begun = {
        "name": wanted.name, "head_sha": wanted.head, "external_id": wanted.external_id, "started_at": wanted.started,
    }  # fmt: skip
    return begun | _next(wanted, 0)


def _next(wanted: CheckRun, sent: int) -> dict[str, Any]:
    rest = wanted.annotations[sent : sent + PER_REQUEST]
    output: dict[str, Any] = {"title": wanted.title, "summary": wanted.summary}
    if rest:
        output["annotations"] = list(rest)
    if sent + len(rest) < len(wanted.annotations):
        return {"status": "in_progress", "output": output}
    completed = {"status": "completed", "conclusion": wanted.conclusion, "completed_at": wanted.completed}
    return completed | {"output": output}


def _sent(found: dict[str, Any]) -> int:
    output = found.get("output")
    count = output.get("annotations_count") if isinstance(output, dict) else None
    if not isinstance(count, int):
        raise CannotEstablish("GitHub does not say how many annotations a check run has", "is GITHUB_API_URL right?")
    return count


def post_status(client: Client, wanted: CommitStatus) -> Posted:
    """One commit status, unless the newest of its context says the same already."""
    fresh = False

    def known() -> dict[str, Any] | None:
        listed = client.pages(f"{client.repository}/commits/{wanted.head}/statuses")
        newest = next((one for one in listed if one.get("context") == wanted.context), {})
        same = (newest.get("state"), newest.get("description")) == (wanted.state, wanted.description)
        return newest if same else None

    def make() -> dict[str, Any]:
        nonlocal fresh
        fresh = True
        body = {"state": wanted.state, "context": wanted.context, "description": wanted.description}
        return _one(client.post(f"{client.repository}/statuses/{wanted.head}", body))

    found = client.once(known, make)
    return Posted("commit status", str(found.get("url") or ""), fresh)


def post_comment(client: Client, pull: int, body: str) -> Posted | None:
    """The one comment of the gate on a pull request, written anew in place; None when a newer run has written there."""
    path = f"{client.repository}/issues/{pull}/comments"
    mine, wanted = partial(_mine, client, path), marked(body)
    if wanted is None:
        raise AssertionError  # `comment` writes the marker
    fresh = False

    def make() -> dict[str, Any]:
        nonlocal fresh
        fresh = True
        return _one(client.post(path, {"body": body}))

    found = client.once(mine, make)
    there = marked(found.get("body"))
    if not fresh and there is not None and there.started > wanted.started:
        return None
    if not fresh and str(found.get("body")).replace("\r\n", "\n").strip() != body.strip():
        found, fresh = _one(client.patch(f"{client.repository}/issues/comments/{found['id']}", {"body": body})), True
    return Posted("comment", str(found.get("html_url") or ""), fresh)


def _mine(client: Client, path: str) -> dict[str, Any] | None:
    """The comment that carries the marker and is our own: anybody can write a marker."""
    marked_ones = [one for one in client.pages(path) if marked(one.get("body")) is not None]
    if not marked_ones:
        return None
    if client.access.as_app:
        return next((one for one in marked_ones if _by_app(client, one)), None)
    login = _login(client)
    return next((one for one in marked_ones if _user(one).get("login") == login), None)


def _by_app(client: Client, comment: dict[str, Any]) -> bool:
    """Written by this App; by any where the token does not say which one it is. People cannot write as an App."""
    through, app = comment.get("performed_via_github_app"), client.access.app
    if app is not None and isinstance(through, dict):
        return app.id in {str(through.get("id")), str(through.get("client_id"))}
    return _user(comment).get("type") == "Bot"


def _login(client: Client) -> str:
    try:
        return str(_one(client.get("/user")).get("login"))
    except RefusedError as error:
        if error.status in {403, 404}:
            return _ACTIONS  # the token of a job belongs to nobody
        raise


def _user(comment: dict[str, Any]) -> dict[str, Any]:
    user = comment.get("user")
    return user if isinstance(user, dict) else {}


def _one(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise CannotEstablish("GitHub's answer is no object", "is GITHUB_API_URL right?")
    return answer


def find_pull(client: Client, head: str, number: int | None) -> dict[str, Any] | None:
    """The open pull request whose head is the commit, or the one that is named. None when there is none."""
    if number is not None:
        return _one(client.get(f"{client.repository}/pulls/{number}"))
    query: dict[str, str | int] = {"state": "open", "sort": "updated", "direction": "desc"}
    found = [one for one in client.pages(f"{client.repository}/pulls", query) if head_of(one) == head]
    if len(found) > 1:
        numbers = ", ".join(str(one.get("number")) for one in found)
        raise UsageError(f"{head[:12]} is the head of several pull requests: {numbers}", "name one: --pr N")
    return found[0] if found else None


def head_of(pull: dict[str, Any]) -> str:
    """The commit at which a pull request ends now."""
    side = pull.get("head")
    return str(side.get("sha") or "") if isinstance(side, dict) else ""
