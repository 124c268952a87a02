"""A regular expression over texts that others wrote, with a real limit of time.

`re` holds the interpreter until it is done and some patterns take for ever on some texts, so another process does it.
"""

import sys
from collections.abc import Sequence

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture

# -I and -S: nothing of the caller's environment or folder is imported, and it starts in 10 ms.
_ARGV = (sys.executable, "-I", "-S", "-c")
_CODE = """
import re, sys
pattern, *texts = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\\0")
try:
    search = re.compile(pattern).search
except Exception as error:
    sys.exit(f"{error}")
sys.stdout.write("".join("1" if search(text) else "0" for text in texts))
"""


class BadPatternError(ValueError):
    """No regular expression; the message is that of `re`."""


def matching(pattern: str, texts: Sequence[str], timeout_s: float) -> tuple[bool, ...] | None:
    """For each text: does `re.search` find the pattern in it? None when that takes longer than `timeout_s` seconds.

    Neither pattern nor texts may hold NUL. Raises BadPatternError.
    """
    stdin = "\0".join((pattern, *texts)).encode("utf-8", "surrogateescape")
    try:
        said = capture((*_ARGV, _CODE), cwd="/", env={}, timeout_s=timeout_s, stdin=stdin)
    except CannotEstablish:
        return None
    if said.exit == 1:
        raise BadPatternError(said.stderr.decode("utf-8", "replace").strip())
    if said.exit != 0:
        return None
    return tuple(answer == ord("1") for answer in said.stdout)
