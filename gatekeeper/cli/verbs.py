"""The verbs and their arguments. Each module is imported when its verb is asked for: no verb pays for another."""

import argparse
import contextlib
import importlib
import os
from typing import Protocol, cast

from gatekeeper import __version__
from gatekeeper.cli import exits

VERBS = {
    "check": "judge a branch: may it be merged, and what has been proven about it?",
    "run": "run any command under the memory budget of this machine",
    "leases": "who holds memory, who waits for it, and why",
    "estimates": "what was learned about the memory that commands need",
    "simulate": "play a fleet through the broker's admission on a virtual clock",
    "init": "write a gate.toml for this repository",
    "log": "list earlier runs",
    "self-review": "draft, judge and carry over the worker's own review",
    "show": "show an earlier run with every observation",
    "contract": "agree what a worker may touch and must prove",
    "policy": "show, test, compare and mutate the policy",
    "fixture": "turn a failure into law, and replay what has become law",
    "prove": "plant a violation for every check: does each turn red here?",
    "explain": "explain a check, a rule, an outcome or a label",
    "approve": "let findings of a rule stand at one commit, signed by a person whom the policy names",
    "attest": "bring signed evidence about a target from outside the gate",
    "key": "make, show and trust the keys that stamps are signed with",
    "verify": "does a signed stamp say that this commit was accepted?",
    "hook": "judge what is pushed: install the pre-push hook, or be it",
    "merge": "merge a branch: exactly the tree that was accepted, or nothing",
    "landed": "is the work of a branch really on its base?",
    "ci": "judge what a GitHub job is about",
    "github": "post verdicts to GitHub, and ask whether a pull request is done",
    "demo": "judge five worker branches of a small repository made for the purpose",
}


_COLUMNS = 80


class Verb(Protocol):
    """What every module of a verb offers."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


class _Formatter(argparse.HelpFormatter):
    """As wide as the terminal. argparse makes one for every argument, to see that it could be explained; its own asks
    `shutil` for the width, which brings three compression libraries."""

    def __init__(self, prog: str, **settings: int) -> None:
        super().__init__(prog, **{"width": _columns() - 2, **settings})


def _columns() -> int:
    """As shutil.get_terminal_size: what COLUMNS says, else the terminal, else 80."""
    with contextlib.suppress(ValueError):
        if int(os.environ.get("COLUMNS", "")) > 0:
            return int(os.environ["COLUMNS"])
    with contextlib.suppress(OSError):
        return os.get_terminal_size().columns or _COLUMNS
    return _COLUMNS


def dispatch(words: list[str]) -> int:
    """Parse and run; the exit status."""
    parser = argparse.ArgumentParser(
        prog="gate", description="The quality gatekeeper for branches that agents write.", formatter_class=_Formatter
    )
    parser.add_argument("--version", action="version", version=f"gate {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", prog="gate")
    chosen = words[0] if words and words[0] in VERBS else None
    loaded: Verb | None = None
    # A verb that is called by its name needs no parsers of the others; the list of all is for who asks for it.
    for name, text in VERBS.items() if chosen is None else [(chosen, VERBS[chosen])]:
        described = text[:1].upper() + text[1:]
        sub = verbs.add_parser(name, help=text, description=described, formatter_class=_Formatter)
        if name == chosen:
            loaded = cast(Verb, importlib.import_module(f"gatekeeper.cli.{name.replace('-', '_')}"))
            loaded.add_arguments(sub)
    args = parser.parse_args(words)
    if loaded is None:
        parser.print_help()
        return exits.USAGE
    return loaded.run(args)
