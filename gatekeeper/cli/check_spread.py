"""`gate check … --engine ray`: branches are observed on the nodes of a cluster, and judged and signed here."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.cli import exits
from gatekeeper.cli.check import ids, request_of, seal_verdict
from gatekeeper.cli.check_many import require_for_many, revs_of
from gatekeeper.cli.judging import record
from gatekeeper.cli.live import QuietProgress
from gatekeeper.cli.many_table import Live, Row, as_json, row_of, table, worst
from gatekeeper.cli.output import emit
from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.estimates import Run
from gatekeeper.dispatch.ray_engine import RayEngine
from gatekeeper.dispatch.settings import load_settings
from gatekeeper.dispatch.spread import Engine, Errand, Result, Spread
from gatekeeper.dispatch.start import leases_for
from gatekeeper.errors import CannotEstablish, GateError, NothingToJudge
from gatekeeper.gate import check
from gatekeeper.git.facts import find_repository
from gatekeeper.git.mirror import url_of
from gatekeeper.ledger import codec
from gatekeeper.ledger.record import Ledger
from gatekeeper.node import Answer, Order, order_of, together
from gatekeeper.process.home import find_home
from gatekeeper.report.renderers import RENDERERS
from gatekeeper.request import Ports, Request


class _Branch(Struct):
    """One of those that are judged: what is asked about it, and what has come back so far."""

    rev: str
    request: Request
    order: Order
    since: float
    awaited: int = 0
    answers: list[Answer] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)

    @property
    def node(self) -> str:
        return ", ".join(dict.fromkeys(self.nodes))


def run_spread(args: argparse.Namespace) -> int:
    """Judge all; prints the table (or the reports as one JSON document). The worst exit status in the fixed order."""
    require_for_many(args)
    revs = revs_of(args) or ("HEAD",)
    with Live(revs, quiet=args.quiet) as live, _stdout_kept():
        found = {row.rev: row for row in _Fleet(args, live).rows(revs)}
    rows = [found[rev] for rev in revs]
    emit(as_json(rows) if args.format == "json" else table(rows, quiet=args.quiet))
    return worst(row.status for row in rows)


@contextmanager
def _stdout_kept() -> Iterator[None]:
    """Standard output is for the report: whatever an engine prints there meanwhile goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


class _Fleet:
    """All branches of one call."""

    def __init__(self, args: argparse.Namespace, live: Live) -> None:
        home = find_home(os.environ)
        self._args = args
        self._live = live
        self._ledger = Ledger(home.ledger)
        self._broker = Broker(load_settings(os.environ))
        self._ports = Ports(home, os.environ, QuietProgress(), leases=leases_for(os.environ, live.say, args.wait))
        self._branches: dict[str, _Branch] = {}
        self._errands: dict[str, tuple[_Branch, str, float]] = {}
        """Name of an errand → its branch, what its memory is learned under, when it was sent."""

    def rows(self, revs: Sequence[str]) -> Iterator[Row]:
        """One per branch, as they come."""
        far = self._args.address is not None
        url = url_of(find_repository(self._args.repo), self._args.url, far=far)
        for rev in revs:
            yield from self._prepared(rev, url)
        if not self._branches:
            return
        engine = RayEngine(self._args.address, memory=self._broker.machine().budget, cores=self._broker.settings.cores)
        try:
            errands = [errand for branch in self._branches.values() for errand in self._sent(branch, engine)]
            for result in Spread(engine, _lacked, self._live.say, threading.Event()).run(errands):
                yield from self._arrived(result)
        finally:
            engine.close()
            self._ledger.close()

    def _prepared(self, rev: str, url: str) -> Iterator[Row]:
        """Into the queue; a row when there is nothing to be judged."""
        self._live.started(rev)
        branch_rev = None if rev == "HEAD" else rev
        request = request_of(self._args, branch_rev)
        try:
            order = order_of(request, self._ports, url, wait_s=self._args.wait, oversize=_on_node(self._args.oversize))
        except GateError as error:
            yield self._shown(_without(rev, error, 0.0))
        else:
            self._branches[rev] = _Branch(rev, request, order, time.monotonic())

    def _sent(self, branch: _Branch, engine: Engine) -> Iterator[Errand]:
        """One errand for the branch, and one for each check that is to go apart."""
        apart = tuple(one for one in ids(self._args.apart) if not branch.order.only or one in branch.order.only)
        rest = replace(branch.order, skip=(*branch.order.skip, *apart))
        orders = {branch.rev: rest} | {f"{branch.rev} {one}": replace(branch.order, only=(one,)) for one in apart}
        branch.awaited = len(orders)
        for name, order in orders.items():
            key = "\n".join((order.subject.repository.common_dir, f"a branch{name.removeprefix(branch.rev)}", "far"))
            memory = self._expected(key, order)
            if self._args.oversize == "alone" and memory > engine.largest() > 0:
                self._live.say(f"{name} needs more than any node has: it gets the largest to itself")
                memory = engine.largest()
            self._errands[name] = (branch, key, time.monotonic())
            yield Errand(name, codec.dumps(order).encode("ascii"), memory)

    def _expected(self, key: str, order: Order) -> int:
        """Bytes: what was learned of such errands; else the most of any check here, or what the policy declares."""
        learned = self._broker.estimates.of(key)
        if learned is not None:
            return learned.memory
        prefix = order.subject.repository.common_dir + "\n"
        return max(order.memory or self._broker.settings.guess, self._broker.estimates.most(prefix))

    def _arrived(self, result: Result) -> Iterator[Row]:
        """What came of one errand; a row when it was the last of its branch."""
        branch, key, since = self._errands[result.errand.name]
        branch.awaited -= 1
        branch.nodes += [result.node] if result.node else []
        answer = _answer(result)
        self._learn(key, result, answer, time.monotonic() - since)
        branch.answers.append(answer)
        if not branch.awaited:
            yield self._shown(self._judged(branch))

    def _learn(self, key: str, result: Result, answer: Answer, seconds: float) -> None:
        if answer.lacked or (result.answer is None and result.errand.larger):
            self._broker.estimates.learn(key, Run(max(answer.lacked, result.errand.memory), seconds, complete=False))
        elif not answer.kind:
            # As many at once as may be: their peaks need not have come together, but could have.
            peaks = sorted((seen.peak_bytes for seen in answer.observations.values()), reverse=True)
            self._broker.estimates.learn(key, Run(sum(peaks[: self._args.jobs]), seconds))

    def _judged(self, branch: _Branch) -> Row:
        """Judge, sign and record as if it had been observed here."""
        try:
            brought = together(branch.answers).brought(branch.order.subject)
            judged = check(branch.request, self._ports, self._ledger, brought)
        except GateError as error:
            return _without(branch.rev, error, time.monotonic() - branch.since, branch.node)
        seal_verdict(judged, self._ports.home)
        status = exits.OF_VERDICT[judged.report.decision.verdict]
        record(judged.report, status, self._ledger)
        text = RENDERERS["json"](judged.report).encode("ascii")
        return row_of(branch.rev, status, time.monotonic() - branch.since, text, b"", branch.node)

    def _shown(self, row: Row) -> Row:
        self._live.finished(row)
        return row


def _on_node(oversize: str) -> str:
    """What a node's broker does with a check that is too large for it: the head finds a larger node, if it may."""
    return "fail" if oversize == "remote" else oversize


def _answer(result: Result) -> Answer:
    if result.answer is None:
        return Answer(kind=CannotEstablish.__name__, what=result.refused, hint="look at `ray status`")
    try:
        return codec.loads(Answer, result.answer.decode("ascii", "replace"))
    except codec.CodecError as error:
        what = f"{result.node} has answered what this gate does not understand: {error}"
        return Answer(kind=CannotEstablish.__name__, what=what, hint="install the same version on every node")


def _lacked(answer: bytes) -> int:
    try:
        return codec.loads(Answer, answer.decode("ascii", "replace")).lacked
    except codec.CodecError:
        return 0


def _without(rev: str, error: GateError, seconds: float, node: str = "") -> Row:
    """A branch that has no verdict."""
    verdict = "nothing" if isinstance(error, NothingToJudge) else "no verdict"
    return Row(rev, verdict, error.what, exits.status_of(error), seconds, node=node)
