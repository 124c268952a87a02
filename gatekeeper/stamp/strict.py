"""JSON that can be read in one way only: no duplicate keys, bounded size and nesting, no NaN, UTF-8."""

import json
import math
import re
from typing import NoReturn

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
MAX_BYTES = 1 << 20
"""Of one envelope. Nothing larger is parsed, decoded or copied."""
MAX_DEPTH = 32

# Strings and whatever is no bracket. Possessive: a hostile text must not make the scan go back.
_NO_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[^][{}"]++', re.DOTALL)


class BadEnvelope(ValueError):
    """Something in the log is no envelope or no statement. `reason` says why, in words; it never quotes the input."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def load(raw: bytes) -> Json:
    """The value of one JSON document. Raises BadEnvelope for anything that two readers could understand differently."""
    if len(raw) > MAX_BYTES:
        raise BadEnvelope(f"too large ({len(raw)} bytes; the limit is {MAX_BYTES})")
    try:
        text = raw.decode("utf-8")
        _must_be_shallow(text)
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)  # type: ignore[no-any-return]
    except BadEnvelope:
        raise
    except (ValueError, RecursionError) as error:
        raise BadEnvelope("not JSON in UTF-8") from error


def dump(value: Json) -> bytes:
    """The one way in which the gate writes JSON that is signed: ASCII, sorted keys, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def _must_be_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _NO_BRACKETS.sub("", text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise BadEnvelope(f"nested more than {MAX_DEPTH} deep")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadEnvelope("the same key twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise BadEnvelope(f"{name} is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadEnvelope("a number that is too large")
    return value
