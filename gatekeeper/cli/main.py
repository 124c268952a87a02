"""`gate`: find the verb, run it, turn failures into one clear message and an exit status.

Verbs are imported when they are asked for: the start-up time of one must not pay for the others.
"""

import argparse
import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn, Protocol, cast

from gatekeeper import __version__
from gatekeeper.cli import exits
from gatekeeper.errors import GateError

VERBS = {
    "check": "judge a branch: may it be merged, and what has been proven about it?",
    "init": "write a gate.toml for this repository",
    "log": "list earlier runs",
    "show": "show an earlier run with every observation",
    "policy": "show the resolved policy, or its JSON Schema",
    "explain": "explain a check, a rule, an outcome or a label",
    "demo": "judge five worker branches of a small repository made for the purpose",
}


class Verb(Protocol):
    """What every module of a verb offers."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


def main(argv: list[str] | None = None) -> int:
    """The whole command. Returns the exit status."""
    words = sys.argv[1:] if argv is None else argv
    signal.signal(signal.SIGTERM, _terminated)
    try:
        status = _cached(words)
        return _dispatch(words) if status is None else status
    except GateError as error:
        return _explain(error)
    except KeyboardInterrupt:
        return _say("interrupted; nothing of this run was recorded", "", exits.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.INTERNAL
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of the gate itself must not look like a verdict
        return _defect(error)


def _cached(words: list[str]) -> int | None:
    """Exit status of `gate check` when nothing changed since the last time, else None."""
    if not words or words[0] != "check":
        return None
    from gatekeeper.cli import cached  # lazy: only this verb has it

    return cached.replay(words[1:], os.environ)


def _dispatch(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="gate", description="The quality gatekeeper for branches that agents write.")
    parser.add_argument("--version", action="version", version=f"gate {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    chosen = words[0] if words and words[0] in VERBS else None
    loaded: Verb | None = None
    for name, text in VERBS.items():
        sub = verbs.add_parser(name, help=text, description=text[:1].upper() + text[1:])
        if name == chosen:
            loaded = cast(Verb, importlib.import_module(f"gatekeeper.cli.{name}"))
            loaded.add_arguments(sub)
    args = parser.parse_args(words)
    if loaded is None:
        parser.print_help()
        return exits.USAGE
    return loaded.run(args)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a run as Ctrl-C does: no process, no lock, no half-written record stays behind."""
    raise KeyboardInterrupt


def _explain(error: GateError) -> int:
    return _say(error.what, error.hint, exits.status_of(error))


def _say(what: str, hint: str, status: int) -> int:
    from gatekeeper.cli.output import emit  # lazy: errors are rare
    from gatekeeper.report.escape import terminal

    lines = [f"gate: {terminal(what)}"]
    if hint:
        lines.append(f"      {terminal(hint)}")
    emit("\n".join(lines) + "\n", sys.stderr)
    return status


def _defect(error: Exception) -> int:
    import traceback  # lazy: only for a defect

    if os.environ.get("GATE_DEBUG"):
        traceback.print_exception(error)
    what = f"internal error, and no verdict: {type(error).__name__}: {error}"
    return _say(what, "Run it again with GATE_DEBUG=1 and report what it prints.", exits.INTERNAL)


if __name__ == "__main__":
    sys.exit(main())
