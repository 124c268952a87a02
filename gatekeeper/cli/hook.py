"""`gate hook`: stand before every push."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.report.escape import single_line, terminal

if TYPE_CHECKING:  # start-up time: not on the way of a push
    from gatekeeper.git.hook_install import HookState
    from gatekeeper.git.hook_place import HookPlace

HELP = "judge what is pushed: install the pre-push hook, or be it"
_WORST = (exits.INTERNAL, exits.USAGE, exits.REJECTED, exits.BLOCKED, exits.WAITED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate hook install` and `gate hook run`."""
    verbs = parser.add_subparsers(dest="what", metavar="VERB", required=True)
    install = verbs.add_parser("install", help="put the hook into the repository, beside what is there")
    install.add_argument("--pre-push", action="store_true", help="the pre-push hook (the only one there is)")
    what = install.add_mutually_exclusive_group()
    what.add_argument("--uninstall", action="store_true", help="take away what was installed, and nothing else")
    what.add_argument("--status", action="store_true", help="say whether git runs the gate before a push")
    install.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    run = verbs.add_parser("run", help="be the hook: called by git, or by pre-commit and prek (framework)")
    run.add_argument("hook", choices=("pre-push", "framework"))
    run.add_argument("given", nargs="*", metavar="ARG", help="what git passes: the name and the address of the remote")


def run(args: argparse.Namespace) -> int:
    """The exit status; of a hook, 0 lets git go on."""
    if args.what == "install":
        return _install(args)
    if args.hook == "framework":
        from gatekeeper.cli.framework import run_framework  # lazy: only for pre-commit and prek

        return run_framework(os.environ)
    return _pre_push()


def _install(args: argparse.Namespace) -> int:
    from gatekeeper.git.hook_install import install, state, uninstall  # lazy: not on the way of a push
    from gatekeeper.git.hook_place import find_place

    place = find_place(find_repository(args.repo), os.environ)
    if args.uninstall:
        done = uninstall(place)
        emit("".join(f"{terminal(line)}\n" for line in done or ("there is no hook of the gate here",)))
        return exits.ACCEPTED
    found = state(place) if args.status else install(place, sys.executable)
    emit("\n".join(_lines(place, found, fresh=not args.status)) + "\n")
    return exits.ACCEPTED if found.installed else exits.REJECTED


def _lines(place: "HookPlace", found: "HookState", *, fresh: bool) -> Iterator[str]:
    yield f"{'installed' if found.installed else 'not installed'}: {_where(found.path, place.folder)}"
    yield f"  place: {single_line(place.said)}"
    if found.chained is not None:
        yield f"  then:  {single_line(str(found.chained))}, as it was before"
    yield from (f"  note:  {single_line(note)}" for note in found.notes)
    if place.in_tree and fresh:
        yield "  note:  the file is part of the project: commit it, and everyone who pushes needs `gate`"


def _where(path: Path | None, folder: Path) -> str:
    return single_line(str(path or folder / "pre-push"))


def _pre_push() -> int:
    """Judges every line of standard input. `pushing.replay` has looked whether all of it is known already."""
    from gatekeeper.cli.push_gate import gate_push, scrub  # lazy: what judges is not needed to install
    from gatekeeper.cli.pushing import standard_input
    from gatekeeper.git.pushed import parse
    from gatekeeper.process.home import find_home
    from gatekeeper.report.pushed import screen

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "git says on standard input what is pushed, and this is a terminal", "install: gate hook install"
        )
    lines = parse(standard_input())
    git_dir = scrub(os.environ)
    gated = gate_push(lines, git_dir, find_home(os.environ), os.environ)
    emit(screen(gated), sys.stderr)
    statuses = {one.status for one in gated}
    return next((status for status in _WORST if status in statuses), exits.ACCEPTED)
