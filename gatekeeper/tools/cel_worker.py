"""Evaluates CEL expressions, in a process of its own: JSON on standard input, JSON on standard output.

Started with `python -I`, so that nothing of the judged tree is imported; knows nothing of the rest of the gate. The
library has neither files nor network to offer to an expression, and what it may use of the machine is bounded here.
"""

import json
import resource
import sys

import cel


def main() -> None:
    """{"memory", "cpu", "expressions", "facts"} → a line [expression, value or words] for each, as they are done."""
    asked = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu"], asked["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    context = cel.Context(asked["facts"])
    for expression in asked["expressions"]:
        sys.stdout.write(json.dumps([expression, _value(expression, context)]) + "\n")
        sys.stdout.flush()


def _value(expression: str, context: cel.Context) -> bool | str:
    try:
        value = cel.compile(expression).execute(context)
    except BaseException as error:  # noqa: BLE001 - a panic of the library is a BaseException
        return f"{type(error).__name__}: {error}"[:300]
    if not isinstance(value, bool):
        return f"it gives {type(value).__name__}, not true or false"
    return value


main()
