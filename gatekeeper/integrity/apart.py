"""Detectors in a process of their own, which gets the diff in a file and says what it saw on standard output."""

import json
import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish
from gatekeeper.integrity.contract import Diff
from gatekeeper.integrity.registry import Looked, look
from gatekeeper.process.capture import capture
from gatekeeper.process.environment import scrubbed

TIMEOUT_S = 600.0
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from gatekeeper.integrity.apart import main; main()"


def look_apart(places: Sequence[str], diff: Diff) -> Looked:
    """What a process of its own says; it inherits where the gate is imported from, and nothing else.

    The diff goes through a file: a pipe would be fed in small pieces, each of which waits for the other thread.
    """
    env = scrubbed(os.environ, home=Path("/nonexistent"))
    try:
        with tempfile.NamedTemporaryFile(prefix="gate-diff-") as file:
            pickle.dump((places, replace(diff, cache={})), file)
            file.flush()
            argv = (sys.executable, "-I", "-c", _START, json.dumps([path for path in sys.path if path]), file.name)
            said = capture(argv, cwd="/", env=env, timeout_s=TIMEOUT_S)
        answer: Looked = pickle.loads(said.stdout)  # noqa: S301 - written by our own process
    except (CannotEstablish, EOFError, OSError, pickle.UnpicklingError) as error:
        return Looked((), {}, (f"the process that reads scripts ended early: {error}",))
    return answer


def main() -> None:
    """The second process: (places, diff) in the file that is named last, what was seen on standard output; pickled."""
    with Path(sys.argv[-1]).open("rb") as file:
        places, diff = pickle.load(file)  # noqa: S301 - written by the gate that started this
    pickle.dump(look(places, diff), sys.stdout.buffer)
