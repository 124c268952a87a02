"""What GitHub says about a pull request. Asked once, then frozen; what it is worth is judged in `done.py`."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct, field

from gatekeeper.errors import CannotEstablish
from gatekeeper.forge.client import Client, RefusedError, part
from gatekeeper.report.check_run import ID_PREFIX, NAME, WHOLE

T = TypeVar("T")
_THREADS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) { nodes { isResolved } pageInfo { hasNextPage endCursor } } } } }"""
_MOST_PAGES = 100
_TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


class Ci(StrEnum):
    """What became of one job of a CI."""

    GREEN = "green"
    RED = "red"
    RUNNING = "running"
    NOTHING = "nothing"
    """Skipped or neutral: GitHub lets it pass, and it proves nothing."""


class Job(Struct, frozen=True):
    """A check run or a commit status. `own` ones the gate itself has posted."""

    name: str
    state: Ci
    own: bool = False


class Review(Struct, frozen=True):
    """The last word of one reviewer. `state` as GitHub writes it; `trusted`: a person who belongs to the repository."""

    login: str
    state: str
    commit: str
    trusted: bool


class Pull(Struct, frozen=True):
    """A pull request. What could not be asked is None, and `missing` says why, by the name of the field."""

    number: int
    state: str
    draft: bool
    head: str
    head_name: str
    fork: bool
    base_name: str
    author: str
    body: str
    mergeable: bool | None
    base_tip: str | None = None
    behind: int | None = None
    jobs: tuple[Job, ...] | None = None
    required: tuple[str, ...] | None = None
    """Names that the rules of the base require."""
    reviews: tuple[Review, ...] | None = None
    unresolved: int | None = None
    missing: Mapping[str, str] = field(default_factory=dict)


def observe(client: Client, number: int) -> Pull:
    """Raises RefusedError when there is no such pull request, and CannotEstablish when GitHub cannot be reached."""
    found = client.get(f"{client.repository}/pulls/{number}")
    if not isinstance(found, dict):
        raise CannotEstablish("GitHub's answer is no object", "is GITHUB_API_URL right?")
    head, base = _side(found, "head"), _side(found, "base")
    missing: dict[str, str] = {}
    compared = _asked(missing, "behind", lambda: _compared(client, base["ref"], head["sha"]))
    return Pull(
        number=number,
        state="merged" if found.get("merged") is True else str(found.get("state")),
        draft=found.get("draft") is True,
        head=head["sha"],
        head_name=head["ref"],
        fork=head["repo"] != base["repo"],
        base_name=base["ref"],
        author=_login(found),
        body=str(found.get("body") or ""),
        mergeable=found.get("mergeable") if isinstance(found.get("mergeable"), bool) else None,
        base_tip=compared[0] if compared else None,
        behind=compared[1] if compared else None,
        jobs=_asked(missing, "jobs", lambda: tuple(_jobs(client, head["sha"]))),
        required=_asked(missing, "required", lambda: _required(client, base["ref"])),
        reviews=_asked(missing, "reviews", lambda: _reviews(client, number)),
        unresolved=_asked(missing, "unresolved", lambda: _unresolved(client, number)),
        missing=missing,
    )


def _asked(missing: dict[str, str], name: str, ask: Callable[[], T]) -> T | None:
    """None where GitHub refuses or answers nonsense; an answer that never comes is no answer about anything."""
    try:
        return ask()
    except (RefusedError, CannotEstablish) as error:
        missing[name] = error.what
        return None


def _side(found: dict[str, Any], name: str) -> dict[str, str]:
    """sha, ref and repository ("" when the fork is gone) of head or base."""
    side = found.get(name)
    if not isinstance(side, dict) or not all(isinstance(side.get(key), str) for key in ("sha", "ref")):
        raise CannotEstablish(f"GitHub does not say what the {name} of the pull request is", "look at it on GitHub")
    repository = side.get("repo")
    full = repository.get("full_name") if isinstance(repository, dict) else ""
    return {"sha": side["sha"], "ref": side["ref"], "repo": str(full)}


def _compared(client: Client, base: str, head: str) -> tuple[str, int]:
    """The base's tip, and how many of its commits the head has not."""
    found = client.get(f"{client.repository}/compare/{part(base)}...{part(head)}")
    tip, behind = (found.get("base_commit"), found.get("behind_by")) if isinstance(found, dict) else (None, None)
    if not isinstance(tip, dict) or not isinstance(tip.get("sha"), str) or not isinstance(behind, int):
        raise CannotEstablish("GitHub does not compare head and base", "look at the pull request")
    return tip["sha"], behind


def _jobs(client: Client, head: str) -> Iterator[Job]:
    place = f"{client.repository}/commits/{part(head)}"
    for one in client.pages(f"{place}/check-runs", key="check_runs"):
        own = str(one.get("external_id") or "").startswith(ID_PREFIX)
        yield Job(str(one.get("name")), _of_run(one), own)
    for one in client.pages(f"{place}/status", key="statuses"):
        name = str(one.get("context"))
        yield Job(name, _OF_STATUS.get(str(one.get("state")), Ci.RUNNING), name in {NAME, WHOLE})


_OF_STATUS = {"success": Ci.GREEN, "failure": Ci.RED, "error": Ci.RED}


def _of_run(one: dict[str, Any]) -> Ci:
    if one.get("status") != "completed" or one.get("conclusion") in {None, "stale"}:
        return Ci.RUNNING
    return {"success": Ci.GREEN, "neutral": Ci.NOTHING, "skipped": Ci.NOTHING}.get(str(one["conclusion"]), Ci.RED)


def _required(client: Client, base: str) -> tuple[str, ...]:
    """Names of checks that rulesets or the protection of the branch require."""
    names = [name for rule in client.pages(f"{client.repository}/rules/branches/{part(base)}") for name in _named(rule)]
    branch = client.get(f"{client.repository}/branches/{part(base)}")
    protection = branch.get("protection") if isinstance(branch, dict) else None
    checks = protection.get("required_status_checks") if isinstance(protection, dict) else None
    contexts = checks.get("contexts") if isinstance(checks, dict) else None
    return tuple(dict.fromkeys([*names, *(str(one) for one in contexts or ())]))


def _named(rule: dict[str, Any]) -> Iterator[str]:
    parameters = rule.get("parameters")
    listed = parameters.get("required_status_checks") if isinstance(parameters, dict) else None
    if rule.get("type") == "required_status_checks" and isinstance(listed, list):
        yield from (str(one["context"]) for one in listed if isinstance(one, dict) and "context" in one)


def _reviews(client: Client, number: int) -> tuple[Review, ...]:
    last: dict[str, Review] = {}
    for one in client.pages(f"{client.repository}/pulls/{number}/reviews"):
        state = str(one.get("state"))
        if state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:  # a comment takes no approval back
            user = one.get("user")
            person = isinstance(user, dict) and user.get("type") != "Bot"
            trusted = person and one.get("author_association") in _TRUSTED
            last[_login(one)] = Review(_login(one), state, str(one.get("commit_id") or ""), trusted)
    return tuple(last.values())


def _login(found: dict[str, Any]) -> str:
    user = found.get("user")
    return str(user.get("login")) if isinstance(user, dict) else ""


def _unresolved(client: Client, number: int) -> int:
    owner, _, name = client.access.repository.partition("/")
    count, after = 0, None
    for _ in range(_MOST_PAGES):
        asked = {"owner": owner, "name": name, "number": number, "after": after}
        page = _threads(client.graphql(_THREADS, asked))
        count += sum(not (isinstance(one, dict) and one.get("isResolved") is True) for one in page["nodes"])
        if not page["pageInfo"].get("hasNextPage"):
            return count
        after = page["pageInfo"].get("endCursor")
    raise CannotEstablish("there are more threads than can be looked at", "look at the pull request")


def _threads(data: Any) -> dict[str, Any]:
    for name in ("repository", "pullRequest", "reviewThreads"):
        data = data.get(name) if isinstance(data, dict) else None
    if isinstance(data, dict) and isinstance(data.get("nodes"), list) and isinstance(data.get("pageInfo"), dict):
        return data
    raise CannotEstablish("GitHub does not tell the threads of the pull request", "may the token read it?")
