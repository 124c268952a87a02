"""`gate run`: any command under the memory budget of this machine, as if it had been called directly."""

import os
import sys
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.cli import exits
from gatekeeper.cli.here import repository_and_branch
from gatekeeper.cli.output import emit
from gatekeeper.dispatch.book import clock
from gatekeeper.dispatch.broker import LEASE_VARIABLE, Broker, mark_value
from gatekeeper.dispatch.estimates import Run, cores_of
from gatekeeper.dispatch.govern import HIT_LIMIT, LeaseGovernor
from gatekeeper.dispatch.learning import learn, start_of
from gatekeeper.dispatch.lease import Lease
from gatekeeper.dispatch.overrun import KILLS, larger_estimate
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import OVERSIZE, load_settings
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.process.foreground import CannotStart, Ended, die_like, run_in_foreground
from gatekeeper.report.escape import terminal

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "run any command under the memory budget of this machine"
PRIORITIES = {"low": -2, "normal": 0, "high": 2}
UNUSABLE = 125
"""The gate itself could not do it, as env(1) and timeout(1) say it: no command was run."""
_LONGEST_NAME = 80


def add_arguments(parser: "ArgumentParser") -> None:
    """Arguments of `gate run`."""
    parser.usage = "gate run [OPTIONS] -- COMMAND…"
    parser.add_argument(
        "--memory", type=_memory, metavar="auto|SIZE", help="what it needs: 2GiB; auto (default): learned"
    )
    parser.add_argument(
        "--cores", type=_cores, metavar="auto|N", help="cores to reserve; auto (default): learned; 0: not counted"
    )
    parser.add_argument("--priority", choices=PRIORITIES, default="normal")
    parser.add_argument("--name", default="", help="what it is called in gate leases (default: the command)")
    parser.add_argument("--lock", action="append", default=[], metavar="NAME", help="never beside another of this lock")
    waiting = parser.add_mutually_exclusive_group()
    waiting.add_argument("--wait", type=_seconds, metavar="SECONDS", help="give up after this time (exit 75)")
    waiting.add_argument("--no-wait", action="store_true", help="give up at once when it cannot start now (exit 75)")
    parser.add_argument("--oversize", choices=OVERSIZE, default="", help="what is larger than the whole budget")
    parser.add_argument("--once", action="store_true", help="not queued again when it was stopped for memory (exit 75)")
    parser.add_argument("--no-suspend", action="store_true", help="stop it rather than suspend it when memory runs out")
    parser.add_argument("command", nargs="...", metavar="COMMAND…")


def run(args: "Namespace") -> int:
    """The exit status of the command; 75, 125, 126 and 127 are explained in the reference."""
    words = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not words:
        raise UsageError("gate run needs a command", "for example: gate run -- npm run build")
    settings = load_settings(os.environ)
    try:
        broker = Broker(settings)
        if os.environ.get(LEASE_VARIABLE):
            _become(args, broker, words)
        return _Foreground(args, broker, words).run()
    except CannotEstablish as error:
        emit(f"gate run: {terminal(error.what)}\n          {terminal(error.hint)}\n", sys.stderr)
        return UNUSABLE
    except CannotStart as error:
        emit(f"gate run: {terminal(words[0])}: {error.strerror}\n", sys.stderr)
        return error.exit


class _Foreground(Struct):
    """One command with its lease, from waiting to the end."""

    args: "Namespace"
    broker: Broker
    words: list[str]

    def run(self) -> int:
        ask = self._ask()
        for _ in range(KILLS + 1):
            ended, held = self._once(ask)
            if not ended.stopped:
                return die_like(ended.status)
            ask = self.broker.fitted(replace(ask, estimate=larger_estimate(ask.estimate, held)), "alone")
            if self.args.once:
                break
            self._say(f"{ask.name}: {ended.stopped}; queued again with {ask.estimate >> 20} MiB")
        self._say(f"{ask.name}: blocked: memory: {ended.stopped}")
        return exits.WAITED

    def _ask(self) -> Ask:
        name = self.args.name or " ".join(self.words)[:_LONGEST_NAME]
        repository, branch = repository_and_branch(".")
        key = "\n".join((repository, "run", self.args.name or " ".join(self.words)))
        known = self.broker.estimates.of(key)
        learned = None if self.args.memory else known
        machine = self.broker.machine()
        guess = min(self.broker.settings.guess, machine.budget)
        busy = min(known.cores, machine.cores) if known else 0
        ask = Ask(
            estimate=self.args.memory or (learned.memory if learned else guess), name=name,
            cores=busy if self.args.cores is None else self.args.cores,
            priority=PRIORITIES[self.args.priority], branch=branch, repository=repository, directory=os.getcwd(),  # noqa: PTH109
            locks=frozenset(self.args.lock), expected_s=learned.duration_s if learned else None,
            suspendable=not self.args.no_suspend, key=key, asked=clock(),
        )  # fmt: skip
        fitted = self.broker.fitted(ask, self.args.oversize)
        if fitted.alone:
            self._say(f"{name} needs more than the whole budget: it runs alone")
        return fitted

    def _once(self, ask: Ask) -> tuple[Ended, int]:
        wait_s = 0.0 if self.args.no_wait else self.args.wait
        lease = self.broker.acquire(ask, wait_s=wait_s, on_wait=lambda why: self._say(f"{ask.name} waits: {why}"))
        governor = LeaseGovernor(lease, self.broker.kernel)
        try:
            ended = self._observed(lease, governor)
            if lease.hit_limit and ended.status != 0:
                ended = replace(ended, stopped=HIT_LIMIT)
        finally:
            self.broker.release(lease)
        held = max(lease.peak, 0 if ended.stopped else ended.peak if not lease.peak else 0)
        cores = cores_of(ended.cpu_s, ended.duration_s - governor.paused_s, contended=governor.contended)
        learn(self.broker, ask.key, Run(held, ended.duration_s, not ended.stopped, cores))
        return ended, held

    def _observed(self, lease: Lease, governor: LeaseGovernor) -> Ended:
        value = mark_value(self.broker.settings.folder, lease.number)
        ended = run_in_foreground(
            self.words, {**os.environ, LEASE_VARIABLE: value}, governor,
            inherited=lease.inherited, on_start=lambda pid: lease.started(pid, start_of(pid)),
        )  # fmt: skip
        if ended.left_behind and not ended.stopped:
            self._say(f"{ended.left_behind} processes that it left running were ended")
        return ended

    def _say(self, text: str) -> None:
        emit(f"gate run: {terminal(text)}\n", sys.stderr)


def _become(args: "Namespace", broker: Broker, words: list[str]) -> None:
    """Inside a job: become the command, within the parent's lease. Comes back when this is not inside one."""
    from gatekeeper.dispatch.nested import grow_parent, parent_lease  # lazy: only where there is a mark

    number = parent_lease(os.environ, broker)
    if number is None:
        return
    if args.memory:
        grow_parent(broker, number, args.memory)
    try:
        os.execvp(words[0], words)  # noqa: S606 - this is what was asked for
    except OSError as error:
        raise CannotStart(error.errno, error.strerror, words[0]) from error


def plain(words: list[str]) -> "int | None":
    """`gate run -- COMMAND…` without options, which needs no parser; None when it is something else."""
    if words[:2] != ["run", "--"] or not words[2:]:
        return None
    from types import SimpleNamespace  # built in

    return run(SimpleNamespace(**_DEFAULTS, command=words[2:]))  # type: ignore[arg-type]


_DEFAULTS: dict[str, object] = {
    "memory": None, "cores": None, "priority": "normal", "name": "", "lock": [], "wait": None, "no_wait": False,
    "oversize": "", "once": False, "no_suspend": False,
}  # fmt: skip


def _memory(text: str) -> int | None:
    from argparse import ArgumentTypeError  # lazy, all three: without options there is no parser

    from gatekeeper.policy.values import parse_size

    if text == "auto":
        return None
    try:
        return parse_size(int(text) if text.isdecimal() else text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not auto or {error}") from error


def _cores(text: str) -> int | None:
    from argparse import ArgumentTypeError

    if text == "auto":
        return None
    if not text.isdecimal() or not 0 <= int(text) <= 1024:
        raise ArgumentTypeError(f"{text!r} is not auto or a number from 0 to 1024")
    return int(text)


def _seconds(text: str) -> float:
    from argparse import ArgumentTypeError

    from gatekeeper.policy.values import parse_duration

    try:
        return 0.0 if text == "0" else parse_duration(float(text) if text.replace(".", "", 1).isdecimal() else text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not {error}") from error
