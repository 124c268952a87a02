"""What the readers share: decoding, paths, JSON without surprises, and the executed-work floor."""

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from signal import Signals
from urllib.parse import unquote

from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import Severity
from gatekeeper.tools.contract import Reading, ToolOutput

MESSAGE_CHARACTERS = 2000
"""A finding is one problem, not a log; the full text stays in the log."""

_ESCAPE_SEQUENCE = r"\x1b\[[0-?]*[ -/]*[@-~]"
_ADDRESS = r"[A-Za-z][A-Za-z0-9+.-]+://"
_LAST_SIGNAL = 31


def decode(data: bytes) -> str:
    """Text of a tool, colours removed. Invalid UTF-8 becomes U+FFFD: a tool's bytes never stop a report."""
    return plain(data.decode("utf-8", errors="replace"))


def plain(text: str) -> str:
    """`text` without terminal escape sequences for colour and cursor."""
    return re.sub(_ESCAPE_SEQUENCE, "", text)


def shorten(text: str, limit: int = MESSAGE_CHARACTERS) -> str:
    """At most `limit` characters, with the cut marked."""
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def last_line(*streams: bytes) -> str:
    """The last non-empty line of the first stream that has one; "" when all are silent."""
    for stream in streams:
        # Only the tail is decoded: a stream may be many megabytes.
        lines = [line.strip() for line in decode(stream[-8192:]).splitlines() if line.strip()]
        if lines:
            return shorten(lines[-1], 300)
    return ""


_TROUBLE = r"(?i)\b(?:fail(?:ed|ure|ures|s)?|error|errors|fatal|panic)\b"


def telling_line(*streams: bytes) -> str:
    """The last line that speaks of a failure, else the last line: runners like to end with their tidying up."""
    for stream in streams:
        lines = [line.strip() for line in decode(stream[-8192:]).splitlines()[-20:]]
        telling = [line for line in lines if re.search(_TROUBLE, line)]
        if telling:
            return shorten(telling[-1], 300)
    return last_line(*streams)


def repository_path(path: str, root: str) -> str | None:
    """`path` relative to `root` with forward slashes; None when it lies outside (or is no path at all)."""
    text = path.strip()
    if text.startswith("file:"):
        text = unquote(re.sub(r"^file:(//[^/]*)?", "", text))
    elif re.match(_ADDRESS, text):
        return None
    # A backslash is part of a name here: `legacy\x.py` must not pass for `legacy/x.py`, which may have a waiver.
    if not text or "\0" in text:
        return None
    base = posixpath.normpath(root)
    full = posixpath.normpath(posixpath.join(base, text))
    if full == base:
        return None
    prefix = base if base.endswith("/") else base + "/"
    return full[len(prefix) :] if full.startswith(prefix) else None


def place(message: str, path: str, root: str) -> tuple[str, str | None]:
    """Message and repository path. A place outside the slot is only said in the message."""
    inside = repository_path(path, root)
    if inside is None and path.strip():
        return shorten(f"{message} (outside the tree: {shorten(path, 300)})"), None
    return shorten(message), inside


def parse_json(data: bytes) -> tuple[object, str]:
    """The value and why it could not be had. Deep nesting and absurd numbers are malformed, not a crash."""
    try:
        return json.loads(data.decode("utf-8-sig", errors="replace")), ""
    except RecursionError:
        return None, "it is nested too deeply"
    except ValueError as error:
        return None, shorten(str(error), 200)


def text_of(value: object, default: str = "") -> str:
    """`value` when it is text."""
    return value if isinstance(value, str) else default


def positive(value: object) -> int | None:
    """`value` when it can be a line or a column (starting at 1)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def mapping_of(value: object) -> Mapping[str, object]:
    """`value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> Sequence[object]:
    """`value` when it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else ()


def died(name: str, exit_status: int) -> str:
    """Why an exit status alone means that nothing was proven: not started, or killed behind a shell. "" otherwise."""
    if exit_status == 127:
        return f"{name} was not found (exit 127)"
    if exit_status == 126:
        return f"{name} could not be executed (exit 126)"
    signal = -exit_status if exit_status < 0 else exit_status - 128
    if 0 < signal <= _LAST_SIGNAL:
        return f"{name} was ended by signal {signal}{_name_of(signal)}"
    return ""


def _name_of(number: int) -> str:
    try:
        return f" ({Signals(number).name})"
    except ValueError:
        return ""


def settle(
    name: str, exit_status: int, reading: Reading, *, failing: Sequence[int] = (1,), detail: str = ""
) -> Reading:
    """Holds the exit status against the findings; a contradiction becomes a problem. An earlier problem stays.

    `failing` are the exit statuses by which the tool says "I found something"; `detail` is its own last word.
    """
    if reading.problem:
        return reading
    errors = sum(finding.severity is Severity.ERROR for finding in reading.findings)
    problem = died(name, exit_status) or _contradiction(name, exit_status, errors, failing)
    if problem and exit_status != 0 and detail:
        problem = f"{problem}: {detail}"
    return replace(reading, problem=problem) if problem else reading


def _contradiction(name: str, exit_status: int, errors: int, failing: Sequence[int]) -> str:
    if exit_status == 0:
        return f"{name} reported {errors} error(s) but exited with 0" if errors else ""
    if exit_status not in failing:
        return f"{name} did not finish its work (exit {exit_status})"
    return "" if errors else f"{name} exited with {exit_status} but reported no error"


def payload(output: ToolOutput) -> bytes:
    """The report where there is one, else standard output."""
    return output.stdout if output.report is None else output.report


def no_json(name: str, output: ToolOutput, wanted: str, why: str) -> str:
    """The problem of a tool that did not give the JSON it was asked for; its own last word says most."""
    detail = last_line(output.stderr) or why or "another value"
    return f"{name} gave no JSON {wanted} (exit {output.exit}): {detail}"


def raise_warnings(exit_status: int, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Warnings become errors when the tool's exit 1 says that it fails because of them (`--max-warnings`, bandit)."""
    if exit_status != 1 or any(finding.severity is Severity.ERROR for finding in findings):
        return findings
    return tuple(
        replace(finding, severity=Severity.ERROR) if finding.severity is Severity.WARNING else finding
        for finding in findings
    )
