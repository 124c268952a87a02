"""Writing to a stream that may be a terminal, a pipe that closes early, or of a narrow encoding."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO


def emit(text: str, stream: TextIO | None = None) -> None:
    """Writes all of `text`. What the encoding cannot say becomes an escape; a reader that has left is no error."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # `gate log | head`: the interpreter would complain again when it flushes at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())


def color_wanted(stream: TextIO, env: Mapping[str, str]) -> bool:
    """True for a terminal that knows escapes, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") not in ("dumb", "", None)
