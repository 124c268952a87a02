"""`gate estimates`: what was learned about the memory that commands need."""

import argparse
import os

from gatekeeper.cli.output import emit
from gatekeeper.dispatch.estimates import Estimates
from gatekeeper.dispatch.settings import load_settings
from gatekeeper.errors import UsageError
from gatekeeper.report.escape import single_line
from gatekeeper.report.summary import duration, size

HELP = "what was learned about the memory that commands need"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `gate estimates`."""
    parser.add_argument("action", nargs="?", choices=("show", "forget"), default="show")
    parser.add_argument("part", nargs="?", default="", metavar="TEXT", help="only those in which this occurs")
    parser.add_argument("--all", action="store_true", help="forget: everything")


def run(args: argparse.Namespace) -> int:
    """0 also when nothing is known."""
    known = Estimates(load_settings(os.environ).folder)
    if args.action == "forget":
        if not args.part and not args.all:
            raise UsageError("gate estimates forget needs a text or --all", "for example: gate estimates forget tests")
        emit(f"forgotten: {known.forget(args.part)}\n")
        return 0
    lines = [_line(known, key) for key in known.keys() if args.part in key]  # noqa: SIM118 - not a dictionary
    emit("".join(lines) or "Nothing is known yet: estimates are learned from what runs through the gate.\n")
    return 0


def _line(known: Estimates, key: str) -> str:
    found = known.of(key)
    if found is None:
        return ""
    long = "" if found.duration_s is None else duration(found.duration_s)
    name = " · ".join(single_line(part, 60) for part in key.split("\n") if part)
    cores = {0: "", 1: "1 core"}.get(found.cores, f"{found.cores} cores")
    return f"{size(found.memory):>9}  {long:>7}  {cores:>7}  {found.runs:>3} runs  {name}\n"
