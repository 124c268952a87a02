"""The HTTP side of `gate github watch`: takes webhooks, believes signed ones alone, answers when they are on disk."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gatekeeper.errors import GateError
from gatekeeper.forge.webhook import signed

MAX_BYTES = 25 << 20
"""GitHub caps payloads at 25 MB."""
_AT_ONCE = 8
"""Bodies that are held in memory at the same time."""
_TIMEOUT_S = 20.0
"""Of silence."""
BODY_S = 60.0
"""For a whole body, however it trickles in."""
_PIECE = 1 << 16
_DELIVERY_CHARACTERS = 80

Accept = Callable[[str, str, str, bytes], bool]
"""(event, delivery, digest of the body, body) → False when it came before. Raises GateError for what is malformed."""


class Receiver(ThreadingHTTPServer):
    """Serves one path, "/". `server_address` is where."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host: str, port: int, secret: bytes, accept: Accept) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.secret, self.accept = secret, accept
        self.room = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver
    timeout = _TIMEOUT_S
    server_version = "gate"
    sys_version = ""

    def do_POST(self) -> None:
        """The names of these methods are http.server's."""
        lengths = self.headers.get_all("Content-Length") or [""]
        said = lengths[0]
        if not said.isascii() or not said.isdecimal() or len(set(lengths)) > 1 or "Transfer-Encoding" in self.headers:
            self._say(411, "one length is needed, and no pieces")
        elif len(said) > 12 or int(said) > MAX_BYTES:
            self._say(413, "too large")
        else:
            with self.server.room:
                self._whole(self._read(int(said)))

    def _read(self, length: int) -> bytes | None:
        """So many bytes, whatever comes behind them. None when they do not come: a byte now and then must not keep a
        place from others.
        """
        until, parts, left = time.monotonic() + BODY_S, [], length
        while left and time.monotonic() < until:
            part = self.rfile.read1(min(left, _PIECE))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return None if left else b"".join(parts)

    def _whole(self, body: bytes | None) -> None:
        if body is None:
            self._say(408, "the body did not come whole, or not in time")
        else:
            self._received(body)

    def do_GET(self) -> None:
        """For whoever looks whether the server is there."""
        self._say(200, "gate github watch")

    def _received(self, body: bytes) -> None:
        event, delivery = self.headers.get("X-GitHub-Event") or "", self.headers.get("X-GitHub-Delivery") or ""
        if not signed(self.server.secret, body, self.headers.get("X-Hub-Signature-256")):
            self._say(401, "the signature does not fit")
        elif not delivery.isprintable() or not 0 < len(delivery) <= _DELIVERY_CHARACTERS or not event:
            self._say(400, "no event, or no delivery")
        else:
            self._accepted(event, delivery, body)

    def _accepted(self, event: str, delivery: str, body: bytes) -> None:
        try:
            fresh = self.server.accept(event, delivery, hashlib.sha256(event.encode() + b"\0" + body).hexdigest(), body)
        except GateError as error:
            self._say(400, error.what)
            return
        self._say(*(202, "accepted") if fresh else (409, "this delivery came before"))

    def _say(self, status: int, text: str) -> None:
        data = f"{text}\n".encode("utf-8", "backslashreplace")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """What is accepted is told by the watch; what is not would let strangers fill the log."""
