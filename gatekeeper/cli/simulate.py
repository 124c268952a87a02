"""`gate simulate`: play a fleet through the broker's admission on a virtual clock."""

import argparse
import json
import sys
from pathlib import Path

from gatekeeper.cli.output import emit
from gatekeeper.dispatch.admission import admit
from gatekeeper.dispatch.fleet import Task, lower_bound, made_up, read_trace
from gatekeeper.dispatch.job import GIB, Machine
from gatekeeper.dispatch.simulate import Policy, Simulation, at_most, fifo
from gatekeeper.errors import UsageError
from gatekeeper.policy.values import parse_size
from gatekeeper.report.timeline import svg, text

HELP = "play a fleet through the broker's admission on a virtual clock"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `gate simulate`."""
    fleet = parser.add_mutually_exclusive_group(required=True)
    fleet.add_argument("--trace", metavar="FILE", help="one JSON object per line; - for standard input")
    fleet.add_argument("--branches", type=_count, metavar="N", help="a made-up fleet of N branches")
    parser.add_argument("--nodes", type=_count, default=1, metavar="M", help="equal machines (default: 1)")
    parser.add_argument("--memory", type=_size, default=8 * GIB, metavar="SIZE", help="budget of each (default: 8GiB)")
    parser.add_argument("--cores", type=_count, default=4, metavar="N", help="cores of each (default: 4)")
    parser.add_argument(
        "--policy", type=_policy, default="backfill", metavar="P", help="backfill (the broker's), fifo, or jobs:N"
    )
    parser.add_argument(
        "--error", type=float, default=1.0, metavar="F", help="made-up estimates: this part of the truth"
    )
    parser.add_argument(
        "--spread", type=float, default=0.0, metavar="SECONDS", help="made-up arrivals: within this time"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the made-up fleet (default: 1)")
    parser.add_argument("--svg", metavar="FILE", help="write the timeline there")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """0; tasks that fit no node are named. Raises UsageError for a wrong trace."""
    if not (0 < args.error <= 100 and 0 <= args.spread < 10**8):
        raise UsageError("--error and --spread are numbers above zero", "for example --error 0.5 --spread 60")
    tasks = _tasks(args)
    policy, relief = _chosen(args.policy)
    machine = Machine(budget=args.memory, cores=args.cores)
    outcome = Simulation(tasks, nodes=args.nodes, machine=machine, policy=policy, relief=relief).run()
    refused = set(outcome.refused)
    bound = lower_bound([task for task in tasks if task not in refused], args.nodes, args.memory, args.cores)
    if args.svg:
        _write(args.svg, svg(outcome, nodes=args.nodes, memory=args.memory))
    if args.format == "text":
        emit(text(outcome, bound, nodes=args.nodes, memory=args.memory))
        return 0
    facts = {
        "schema": 1, "makespan_s": outcome.makespan, "bound_s": bound, "waits_s": sorted(outcome.waits),
        "peak": outcome.peak, "kills": outcome.kills, "suspensions": outcome.suspensions,
        "refused": [task.name for task in outcome.refused],
    }  # fmt: skip
    emit(json.dumps(facts, sort_keys=True) + "\n")
    return 0


def _tasks(args: argparse.Namespace) -> tuple[Task, ...]:
    if args.trace is None:
        return made_up(args.branches, seed=args.seed, spread_s=args.spread, error=args.error)
    try:
        content = sys.stdin.read() if args.trace == "-" else Path(args.trace).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the trace {args.trace} cannot be read: {error}", "name a file of JSON lines") from error
    return read_trace(content, args.trace)


def _chosen(name: str) -> tuple[Policy, bool]:
    """The policy, and whether jobs are made to give way when memory runs out."""
    if name.startswith("jobs:"):
        return at_most(int(name[5:])), False
    return (fifo if name == "fifo" else admit), True


def _write(path: str, picture: str) -> None:
    try:
        Path(path).write_text(picture, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name another file") from error


def _policy(word: str) -> str:
    if word in ("backfill", "fifo") or (
        word.startswith("jobs:") and word[5:].isdecimal() and 0 < int(word[5:]) < 10**6
    ):
        return word
    raise argparse.ArgumentTypeError(f"{word!r} is not backfill, fifo or jobs:N")


def _count(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 10**6:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number from 1 to 1000000")
    return int(word)


def _size(word: str) -> int:
    try:
        return parse_size(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{word!r} is not {error}") from error
