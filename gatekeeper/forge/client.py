"""Asking GitHub, with patience: what may be sent again is, limits are kept, refusals are explained.

GET and PATCH are sent again after an error of the server or the line. A POST is not, unless it is known not to have
been carried out; `once` looks whether it has.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard, TypeVar
from urllib.parse import quote

from gatekeeper.errors import CannotEstablish
from gatekeeper.forge import retry
from gatekeeper.forge.access import Access
from gatekeeper.forge.wire import Answer, LineError, Wire
from gatekeeper.report.escape import single_line

T = TypeVar("T")
_GRAPHQL = "/graphql"
PAGE = 100
MOST_PAGES = 100
"""Longer lists are not read to their end, and that is an error: what was not seen must not count as absent."""
_HINTS = {
    401: "the token has expired, was withdrawn or is another server's: make a new one",
    403: "the token may not do this: it needs `checks: write` (of an App) or `statuses: write`, and "
    "`pull-requests: write`",
    404: "mend the name, or give the token access: GitHub says the same of what may not be seen",
    409: "something else is changing it: try again",
    422: "GitHub did not take what was sent: does the commit exist there? Push it first",
}


class UnclearError(CannotEstablish):
    """Nobody knows whether the request was carried out."""


class RefusedError(CannotEstablish):
    """GitHub said no. `status` is that of HTTP."""

    def __init__(self, status: int, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.status = status


class Client:
    """One repository of one GitHub. `clock` gives Unix seconds. Not for several threads at once."""

    def __init__(
        self,
        access: Access,
        wire: Wire,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.access = access
        self._wire, self._clock, self._sleep = wire, clock, sleep
        self._pace = retry.Pace()

    @property
    def repository(self) -> str:
        """Path of the repository."""
        return f"/repos/{self.access.repository}"

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """The decoded answer. Raises RefusedError and CannotEstablish, as everything here does."""
        return self._call("GET", path, query or {}, None, again=True)

    def patch(self, path: str, body: object, *, again: bool = True) -> Any:
        """`again=False` for what adds something: raises UnclearError where it may have been carried out."""
        return self._call("PATCH", path, {}, body, again=again)

    def post(self, path: str, body: object) -> Any:
        """Raises UnclearError where it may have been carried out."""
        return self._call("POST", path, {}, body, again=False)

    def graphql(self, query: str, variables: Mapping[str, object]) -> Any:
        """`data` of the answer to a query that changes nothing."""
        answer = self._call("POST", _GRAPHQL, {}, {"query": query, "variables": dict(variables)}, again=True)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or answer.get("errors"):
            raise CannotEstablish("GitHub did not answer a question about the pull request", "may the token read it?")
        return data

    def pages(self, path: str, query: Mapping[str, str | int] | None = None, key: str = "") -> Iterator[dict[str, Any]]:
        """Every entry of a list, page by page as they are asked for; `key` where the list stands in an object."""
        for page in range(1, MOST_PAGES + 1):
            answer = self.get(path, {**(query or {}), "per_page": PAGE, "page": page})
            found = answer.get(key) if key and isinstance(answer, dict) else answer
            if not isinstance(found, list):
                raise CannotEstablish(f"GitHub's answer to {path} is no list", "is GITHUB_API_URL right?")
            yield from (one for one in found if isinstance(one, dict))
            if len(found) < PAGE:
                return
        raise CannotEstablish(f"{path} has more than {PAGE * MOST_PAGES} entries", "look at it on GitHub")

    def once(self, find: Callable[[], T | None], make: Callable[[], T]) -> T:
        """What `find` sees, else what `make` makes; looks again before anything is made a second time."""
        for attempt in range(retry.TRIES):
            found = find()
            if found is not None:
                return found
            try:
                return make()
            except UnclearError:
                if attempt == retry.TRIES - 1:
                    raise
                self.pause(attempt)
        raise AssertionError  # the last attempt returns or raises

    def pause(self, attempt: int) -> None:
        """Wait before something unclear is looked at again."""
        self._sleep(retry.backoff_s(attempt))

    def _call(self, method: str, path: str, query: Mapping[str, str | int], body: object, *, again: bool) -> Any:
        what = f"{method} {path}"
        for attempt in range(retry.TRIES):
            last = attempt == retry.TRIES - 1
            if method != "GET" and path != _GRAPHQL:
                self._sleep_some(self._pace.wait_s(self._clock()))
            answer = self._sent(method, path, query, body)
            if isinstance(answer, Answer) and answer.status < 300:
                return answer.body
            if _is_limit(answer):
                self._keep_limit(what, answer, attempt, last=last)
                continue
            if last or not again:
                raise _unclear(what, answer)
            self.pause(attempt)
        raise AssertionError  # the last attempt returns or raises

    def _sent(self, method: str, path: str, query: Mapping[str, str | int], body: object) -> Answer | str:
        """The answer, or in words why there is none. Raises RefusedError for a clear no."""
        try:
            answer = self._wire.send(method, path, query, body)
        except LineError as error:
            return str(error)
        if answer.status < 300 or retry.unclear(answer.status) or _is_limit(answer):
            return answer
        raise _refusal(f"{method} {path}", answer)

    def _keep_limit(self, what: str, answer: Answer, attempt: int, *, last: bool) -> None:
        wait = retry.limit_wait_s(answer.headers, attempt, self._clock())
        if last or wait > retry.MOST_WAIT_S:
            raise RefusedError(
                answer.status,
                f"GitHub's limit for requests is reached ({what})",
                f"run it again in {wait / 60:.0f} minutes: what was posted already is not posted twice",
            )
        self._sleep_some(wait)

    def _sleep_some(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)


def _is_limit(answer: Answer | str) -> TypeGuard[Answer]:
    return isinstance(answer, Answer) and retry.limited(answer.status, answer.headers, answer.message)


def part(text: str) -> str:
    """A name as one part of a path."""
    return quote(text, safe="")


def _refusal(what: str, answer: Answer) -> RefusedError:
    said = single_line(answer.message, 200) or "no reason given"
    hint = _HINTS.get(answer.status, "look at https://www.githubstatus.com, and try again")
    return RefusedError(answer.status, f"GitHub refused {what}: {answer.status}, {said}", hint)


def _unclear(what: str, answer: Answer | str) -> UnclearError:
    said = f"status {answer.status}" if isinstance(answer, Answer) else answer
    return UnclearError(
        f"GitHub gave no usable answer to {what}: {said}",
        "run it again: what was posted already is not posted twice",
    )
