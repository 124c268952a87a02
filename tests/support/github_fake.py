"""A GitHub that remembers what it is told, checks every request against GitHub's own description, and fails when asked.

For what the npm emulator lacks: commit statuses, annotations that are added, errors, limits and cut connections.
"""

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.github_openapi import objection

REPOSITORY = "octo/shop"
_REPO = f"/repos/{REPOSITORY}"
LOGIN = "gate-user"


@dataclass
class Fault:
    """What happens to the `nth` request (from 1) that matches: an answer, or a cut or a kill before or after it.

    A cut in the "middle" lets half of the answer through.
    """

    method: str
    path: str
    nth: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    cut: str = ""
    kill: str = ""
    times: int = 1
    seen: int = 0

    def hits(self, method: str, path: str) -> bool:
        if method != self.method or not re.search(self.path, path):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class FakeGitHub:
    """State that tests set and look at. `requests` are (method, target, body) in order."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.objections: list[str] = []
        self.tokens: set[str] = {"ghp_person_0123456789", "ghs_app_0123456789"}
        self.check_runs: list[dict[str, Any]] = []
        self.annotations: dict[int, list[dict[str, Any]]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []
        self.threads: list[dict[str, Any]] = []
        self.rules: list[dict[str, Any]] = []
        self.behind, self.base_tip = 0, "b" * 40
        self.faults: list[Fault] = []
        self.victim = 0
        self.url = ""
        self.lock = threading.Lock()

    def writes(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.requests if one[0] != "GET" and one[1] != "/graphql"]

    def pull(self, number: int, head: str, base: str = "main", **more: Any) -> dict[str, Any]:
        made = {
            "number": number, "state": "open", "draft": False, "merged": False, "body": None, "title": "a change",
            "user": {"login": "worker"}, "mergeable_state": "clean",
            "head": {"sha": head, "ref": "work", "repo": {"full_name": REPOSITORY}, "label": "octo:work"},
            "base": {"sha": "b" * 40, "ref": base, "repo": {"full_name": REPOSITORY}},
        } | more  # fmt: skip
        self.pulls.append(made)
        return made

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any, token: str) -> tuple[int, Any]:
        if token not in self.tokens:
            return 401, {"message": "Bad credentials"}
        app = token.startswith("ghs_")
        if path == "/user":
            return (403, {"message": "Resource not accessible by integration"}) if app else (200, {"login": LOGIN})
        if path == "/graphql":
            return 200, {"data": self._threads(body)}
        if not path.startswith(f"{_REPO}/"):
            return 404, {"message": "Not Found"}
        rest = path.removeprefix(_REPO)
        for pattern, name in _ROUTES:
            found = re.fullmatch(pattern, f"{method} {rest}")
            if found:
                answer: tuple[int, Any] = getattr(self, name)(found, query, body, app)
                return answer
        return 404, {"message": "Not Found"}

    def _list_runs(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        name = query.get("check_name")
        runs = [one for one in self.check_runs if one["head_sha"] == found[1] and name in {None, one["name"]}]
        return 200, {"total_count": len(runs), "check_runs": _page(runs, query)}

    def _make_run(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        if not app:
            return 403, {"message": "Resource not accessible by personal access token"}
        made = {"id": len(self.check_runs) + 1, "html_url": f"{self.url}/runs/{len(self.check_runs) + 1}"}
        self.check_runs.append(made)
        self.annotations[made["id"]] = []
        return 201, self._updated(made, body)

    def _change_run(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, self._updated(self.check_runs[int(found[1]) - 1], body)

    def _updated(self, run: dict[str, Any], body: Any) -> dict[str, Any]:
        sent = body.get("output", {}).get("annotations", [])
        self.annotations[run["id"]] += sent
        output = {name: value for name, value in body.get("output", {}).items() if name != "annotations"}
        run |= {**body, "output": {**output, "annotations_count": len(self.annotations[run["id"]])}}
        run.setdefault("conclusion", None)
        return dict(run)

    def _list_statuses(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, _page([one for one in reversed(self.statuses) if one["sha"] == found[1]], query)

    def _combined(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        newest = {one["context"]: one for one in self.statuses if one["sha"] == found[1]}
        return 200, {"state": "pending", "statuses": _page(list(newest.values()), query), "total_count": len(newest)}

    def _make_status(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        self.statuses.append({"id": len(self.statuses) + 1, "sha": found[1], "url": f"{self.url}/status", **body})
        return 201, self.statuses[-1]

    def _list_comments(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, _page([one for one in self.comments if one["issue"] == int(found[1])], query)

    def _make_comment(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        user = {"login": "gate[bot]", "type": "Bot"} if app else {"login": LOGIN, "type": "User"}
        number = len(self.comments) + 1
        made = {"id": number, "issue": int(found[1]), "user": user, "html_url": f"{self.url}/c/{number}", **body}
        self.comments.append(made)
        return 201, made

    def _change_comment(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        self.comments[int(found[1]) - 1] |= body
        return 200, self.comments[int(found[1]) - 1]

    def _list_pulls(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, _page([one for one in self.pulls if one["state"] == "open"], query)

    def _pull(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return next(
            ((200, one) for one in self.pulls if one["number"] == int(found[1])), (404, {"message": "Not Found"})
        )

    def _list_reviews(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, _page(self.reviews, query)

    def _compare(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, {"base_commit": {"sha": self.base_tip}, "behind_by": self.behind, "ahead_by": 1}

    def _rules(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, _page(self.rules, query)

    def _branch(self, found: Any, query: Any, body: Any, app: bool) -> tuple[int, Any]:
        return 200, {"name": found[1], "protected": False, "protection": {"enabled": False}}

    def _threads(self, body: Any) -> Any:
        threads = {"nodes": self.threads, "pageInfo": {"hasNextPage": False, "endCursor": None}}
        return {"repository": {"pullRequest": {"reviewThreads": threads}}}


_ROUTES = (
    (r"GET /commits/([^/]+)/check-runs", "_list_runs"),
    (r"POST /check-runs", "_make_run"),
    (r"PATCH /check-runs/(\d+)", "_change_run"),
    (r"GET /commits/([^/]+)/statuses", "_list_statuses"),
    (r"GET /commits/([^/]+)/status", "_combined"),
    (r"POST /statuses/([^/]+)", "_make_status"),
    (r"GET /issues/(\d+)/comments", "_list_comments"),
    (r"POST /issues/(\d+)/comments", "_make_comment"),
    (r"PATCH /issues/comments/(\d+)", "_change_comment"),
    (r"GET /pulls", "_list_pulls"),
    (r"GET /pulls/(\d+)", "_pull"),
    (r"GET /pulls/(\d+)/reviews", "_list_reviews"),
    (r"GET /compare/(.+)", "_compare"),
    (r"GET /rules/branches/([^/]+)", "_rules"),
    (r"GET /branches/([^/]+)", "_branch"),
)


def _page(listed: list[Any], query: Mapping[str, str]) -> list[Any]:
    size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
    return listed[(page - 1) * size : page * size]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def do_PATCH(self) -> None:
        self._any()

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.fake.lock:
            self._serve(self.server.fake, body)

    def _serve(self, fake: FakeGitHub, body: bytes) -> None:
        parts = urlsplit(self.path)
        wrong = objection(self.command, self.path, body)
        fake.objections.append(wrong)
        sent = json.loads(body) if body else None
        fake.requests.append((self.command, self.path, sent))
        fault = next((one for one in fake.faults if one.hits(self.command, parts.path)), None)
        if fault is not None and self._spoilt(fake, fault, "before"):
            return
        status, answer = self._answered(fake, parts.path, parts.query, sent)
        if fault is not None and self._spoilt(fake, fault, "after"):
            return
        self._say(status, answer, {}, part=0.5 if fault is not None and fault.cut == "middle" else 1.0)

    def _answered(self, fake: FakeGitHub, path: str, query: str, sent: Any) -> tuple[int, Any]:
        token = (self.headers.get("Authorization") or "").rpartition(" ")[2]
        last = {name: values[-1] for name, values in parse_qs(query).items()}
        return fake.answer(self.command, path, last, sent, token)

    def _spoilt(self, fake: FakeGitHub, fault: Fault, when: str) -> bool:
        if fault.kill == when:
            os.kill(fake.victim, signal.SIGKILL)
        if when in {fault.cut, fault.kill}:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return True
        if fault.status and when == "before":
            self._say(fault.status, fault.body, fault.headers)
            return True
        return False

    def _say(self, status: int, answer: Any, headers: Mapping[str, str], part: float = 1.0) -> None:
        data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: int(len(data) * part)])
        self.close_connection = self.close_connection or part < 1

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeGitHub


@contextmanager
def fake_github() -> Iterator[FakeGitHub]:
    """Serves until the end; then no request may have broken GitHub's description."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.fake = fake = FakeGitHub()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not any(fake.objections), [one for one in fake.objections if one][:3]
