"""Errands on several machines: who is sent again, with how much memory, and who is refused by name. No engine in here.

An engine places one errand where its memory fits, and says what came of it. Everything that must not differ between
engines is decided here: how often something lost is tried again, that what lacked memory is sent again with more, and
that nothing waits for a node that is not there.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.dispatch.overrun import KILLS, larger_estimate
from gatekeeper.errors import Interrupted

LOST = 3
"""How often one errand may be lost with a node or a worker, and is sent again."""
PATIENCE_S = 10.0
"""So long an errand that fits no node waits for one to come: nodes are replaced."""
_LOOK_S = 1.0


class Errand(Struct, frozen=True):
    """One task for a node. `memory` in bytes: what is reserved for it there."""

    name: str
    payload: bytes
    memory: int
    lost: int = 0
    """How often it was lost so far."""
    larger: int = 0
    """How often it was sent again with more memory."""


class Fate(Struct, frozen=True):
    """What came of sending one errand: an answer, or why there is none."""

    node: str = ""
    """Where it ran, in words; empty when that is not known."""
    answer: bytes | None = None
    lost: str = ""
    """Its node or worker has gone: it may be sent again."""
    hungry: bool = False
    """The engine itself ended it for memory."""
    failed: str = ""
    """Why sending it again would be of no use."""


class Engine(Protocol):
    """Places errands on nodes. Used by one thread."""

    def largest(self) -> int:
        """Bytes of memory of the largest node that is there; 0 when none is."""

    def send(self, errand: Errand) -> object:
        """Begin; the ticket by which its fate is known. It may wait there for memory."""

    def settled(self, wait_s: float) -> Sequence[tuple[object, Fate]]:
        """What has come to its end, each once; () when nothing did within `wait_s` seconds."""

    def recall(self, ticket: object) -> None:
        """Nobody wants it any more."""


class Result(Struct, frozen=True):
    """The end of one errand: an answer, or the reason why there is none."""

    errand: Errand
    node: str
    answer: bytes | None
    refused: str = ""


class Spread(Struct):
    """One fleet of errands. `lacked` tells bytes that an answer says were not to be had (0: none)."""

    engine: Engine
    lacked: Callable[[bytes], int]
    say: Callable[[str], None]
    cancelled: threading.Event
    clock: Callable[[], float] = time.monotonic
    patience_s: float = PATIENCE_S

    def run(self, errands: Sequence[Errand]) -> Iterator[Result]:
        """Every errand's end, as it comes. Raises Interrupted when cancelled."""
        largest, out, since = self.engine.largest(), dict[object, Errand](), dict[object, float]()
        for errand in errands:
            if largest and errand.memory > largest:
                yield Result(errand, "", None, _too_large(errand, largest))
            else:
                out[self.engine.send(errand)] = errand
        try:
            while out:
                for ticket, fate in self.engine.settled(_LOOK_S):
                    errand = out.pop(ticket)
                    again = self._again(errand, fate)
                    if isinstance(again, Errand):
                        out[self.engine.send(again)] = again
                    else:
                        yield again
                yield from self._stranded(out, since)
                if self.cancelled.is_set():
                    raise Interrupted("interrupted: the branches that were being observed have been given up")
        finally:
            for ticket in out:
                self.engine.recall(ticket)

    def _again(self, errand: Errand, fate: Fate) -> Errand | Result:
        """The errand to send in its place, or its end."""
        lacked = self.lacked(fate.answer) if fate.answer is not None else errand.memory * int(fate.hungry)
        if lacked:
            return self._with_more(errand, fate, lacked)
        if fate.answer is not None or fate.failed:
            return Result(errand, fate.node, fate.answer, fate.failed)
        where = f" on {fate.node}" if fate.node else ""
        if errand.lost >= LOST:
            return Result(errand, fate.node, None, f"lost{where} {LOST + 1} times, at last: {fate.lost}")
        self.say(f"{errand.name}: lost{where}, and sent again: {fate.lost}")
        return replace(errand, lost=errand.lost + 1)

    def _with_more(self, errand: Errand, fate: Fate, lacked: int) -> Errand | Result:
        more = max(lacked, larger_estimate(errand.memory, 0))
        larger, largest = replace(errand, memory=more, larger=errand.larger + 1), self.engine.largest()
        if more <= largest and errand.larger < KILLS:
            self.say(f"{errand.name}: needs more memory than there was; it is sent again with {more >> 20} MiB")
            return larger
        # An answer says itself which check was blocked for memory.
        why = "" if fate.answer is not None else _too_large(larger, largest)
        return Result(errand, fate.node, fate.answer, why)

    def _stranded(self, out: dict[object, Errand], since: dict[object, float]) -> Iterator[Result]:
        """Those that wait for a node which has gone, and did not come back in time."""
        largest, now = self.engine.largest(), self.clock()
        for ticket, errand in list(out.items()):
            if errand.memory <= largest:
                since.pop(ticket, None)
            elif now - since.setdefault(ticket, now) >= self.patience_s:
                self.engine.recall(ticket)
                del out[ticket]
                yield Result(errand, "", None, _too_large(errand, largest))


def _too_large(errand: Errand, largest: int) -> str:
    needs = f"{errand.name} needs {errand.memory >> 20} MiB"
    if not largest:
        return f"blocked: memory: {needs}, and no node is left"
    return f"blocked: memory: {needs}, and the largest node has {largest >> 20} MiB: it fits no node"
