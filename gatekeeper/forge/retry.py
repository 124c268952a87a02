"""When a request may be sent again, and after how many seconds. Pure: the clock is the caller's.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
"""

from collections.abc import Mapping

TRIES = 5
"""Requests for one answer, the first one included."""
MOST_WAIT_S = 900.0
"""A limit that lasts longer than this is said instead of waited for."""
BURST = 10
"""Writes in a minute that go out at once; beyond that one a second, as GitHub asks of whoever writes much."""
_MINUTE_S = 60.0
_UNCLEAR = frozenset({500, 502, 503, 504})


def limited(status: int, headers: Mapping[str, str], message: str) -> bool:
    """Was the request turned away for its number? Then it was not carried out, and any may be sent again."""
    if status == 429:
        return True
    known = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (known or "rate limit" in message.lower())


def unclear(status: int) -> bool:
    """May the request have been carried out although the answer says that something went wrong?"""
    return status in _UNCLEAR


def limit_wait_s(headers: Mapping[str, str], attempt: int, now: float) -> float:
    """Seconds until a limit is over. `attempt` counts from 0, `now` in Unix seconds."""
    said = _number(headers.get("retry-after"))
    if said is not None:
        return max(said, 1.0)
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        return max(reset - now, 0.0) + 1.0
    return _MINUTE_S * float(2**attempt)


def backoff_s(attempt: int) -> float:
    """Seconds before a request is sent again after an error of the server or the line: 1, 2, 4, 8."""
    return float(2**attempt)


def _number(text: str | None) -> float | None:
    """None also for what is no plain number: an HTTP date, "nan"."""
    return float(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None


class Pace:
    """How fast writes follow each other. Not for several threads at once."""

    def __init__(self) -> None:
        self._sent: list[float] = []

    def wait_s(self, now: float) -> float:
        """Seconds until the next write may go out; it counts as sent then."""
        self._sent = [moment for moment in self._sent if now - moment < _MINUTE_S]
        wait = max(self._sent[-1] + 1.0 - now, 0.0) if len(self._sent) >= BURST else 0.0
        self._sent.append(now + wait)
        return wait
