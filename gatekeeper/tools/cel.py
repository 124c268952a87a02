"""CEL expressions over the facts, in a process that is bounded in time and memory. A value is true, false, or unknown.

CEL has no loops, yet macros over lists nest, and no implementation for Python has a cost limit
(https://github.com/cel-rust/cel-rust/issues/56): so the bound is the process. One process evaluates all expressions of
a run; when it ends early, the expression at which it ended is asked no more, and the rest goes to another process.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import Captured, capture
from gatekeeper.process.environment import scrubbed

WORKER = Path(__file__).with_name("cel_worker.py")
CPU_S = 2
"""Processor time of one process. A busy machine does not count against it."""
WALL_S = 30.0
MEMORY = 1 << 30
"""Address space in bytes, of which the interpreter and the library themselves take about a tenth."""
MOST_STOPPED = 3
"""Processes that may end early; then what is left is asked no more."""


def evaluate(expressions: Sequence[str], facts: Mapping[str, object]) -> Mapping[str, bool | str]:
    """Every expression → true, false, or in words why it has no value. Raises nothing that a rule could cause."""
    values: dict[str, bool | str] = {}
    left = list(dict.fromkeys(expressions))
    stopped = 0
    while left:
        done, why = _asked(left, facts) if stopped < MOST_STOPPED else ({}, "other expressions took all the time")
        stopped += len(done) < len(left)
        values |= done
        left = [one for one in left if one not in done]
        if left:  # the first one without a value is where the process ended
            values[left.pop(0)] = why
    return values


def _asked(expressions: Sequence[str], facts: Mapping[str, object]) -> tuple[dict[str, bool | str], str]:
    question = {"memory": MEMORY, "cpu": CPU_S, "expressions": expressions, "facts": facts}
    argv = (sys.executable, "-I", str(WORKER))
    try:
        said = capture(
            argv, cwd="/", env=scrubbed(os.environ, home=Path("/nonexistent")), timeout_s=WALL_S,
            stdin=json.dumps(question).encode(), max_bytes=1 << 20,
        )  # fmt: skip
    except CannotEstablish as error:
        return {}, f"the expression was stopped: {error.what}"
    return dict(_lines(said.stdout)), _ending(said)


def _lines(output: bytes) -> list[tuple[str, bool | str]]:
    """What was answered; a last line that was cut is none."""
    return [tuple(json.loads(line)) for line in output.split(b"\n")[:-1]]


def _ending(said: Captured) -> str:
    if said.exit in {-signal.SIGKILL, -signal.SIGXCPU}:
        return f"the expression was stopped after {CPU_S} s of processor time"
    last = said.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"the expression ended its process (exit {said.exit}: {''.join(last)[:200]})"
