"""Values that must not reach a log: replaced while the bytes pass, also where the end of a chunk cuts a value."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

MASK = b"[redacted]"
SHORTEST = 4
"""Characters below which a value is no secret: it would be found in every log."""

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|_AUTH|_PAT$", re.IGNORECASE)
_SHORTEST_OF_VARIABLE = 8
"""Characters of a secret in a variable that nobody has named as one; shorter values are words."""


def secrets_of(env: Mapping[str, str]) -> list[str]:
    """Values of variables whose names say that they are secret."""
    return [value for name, value in env.items() if len(value) >= _SHORTEST_OF_VARIABLE and _SECRET.search(name)]


class Redactor:
    """Takes values out of bytes. Without any value it lets everything through."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        # Longest first: at one place the longest of several values is the one that is meant.
        self._forms = tuple(sorted({form for value in values for form in _forms(value)}, key=len, reverse=True))
        self._any = re.compile(b"(?=(" + b"|".join(map(re.escape, self._forms)) + b"))")
        self.longest = len(self._forms[0]) if self._forms else 0

    def holds(self, data: bytes) -> bool:
        """Is one of the values in there?"""
        return any(form in data for form in self._forms)

    def clean(self, data: bytes) -> bytes:
        """The bytes without any of the values."""
        return self.masked(data, len(data), 0)[0]

    def text(self, text: str) -> str:
        """`clean` for text."""
        return self.clean(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def masked(self, data: bytes, decided: int, covered: int) -> tuple[bytes, int]:
        """`data[covered:decided]` with the values that begin there masked, and how far the last one reaches beyond.

        The first `covered` bytes belong to a value that was masked before; they still may begin another one.
        """
        out, at = bytearray(), covered
        for match in self._any.finditer(data) if self.holds(data) else ():
            if match.start() >= decided:
                break
            if match.start() >= at:
                out += data[at : match.start()] + MASK
            at = max(at, match.end(1))
        out += data[at:decided]
        return bytes(out), max(0, at - decided)


class Stream:
    """Redaction of bytes that come in chunks. What could still become a value is held back until it is decided."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""
        self._covered = 0

    def feed(self, chunk: bytes) -> bytes:
        """What can be let through now."""
        if not self._redactor.longest:
            return chunk
        data = self._held + chunk
        return self._decide(data, max(0, len(data) - self._redactor.longest + 1))

    def end(self) -> bytes:
        """What was held back."""
        return self._decide(self._held, len(self._held))

    def _decide(self, data: bytes, decided: int) -> bytes:
        out, self._covered = self._redactor.masked(data, decided, self._covered)
        self._held = data[decided:]
        return out


def _forms(value: str) -> Iterable[bytes]:
    """The value as it may be written: itself, its lines, in a URL, in JSON, and in base64."""
    for part in {value, value.strip(), *(line.strip() for line in value.splitlines())}:
        if len(part) >= SHORTEST:
            raw = part.encode("utf-8", "surrogateescape")
            yield raw
            yield quote(raw, safe="").encode()
            yield quote_plus(raw).encode()
            yield json.dumps(part)[1:-1].encode()
            yield base64.b64encode(raw).rstrip(b"=")
