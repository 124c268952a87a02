"""Errands on several machines, without an engine: what is sent again, with how much memory, and who is refused."""

import threading
from collections.abc import Sequence

import pytest

from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.overrun import KILLS
from gatekeeper.dispatch.spread import LOST, Errand, Fate, Result, Spread
from gatekeeper.errors import Interrupted

DONE = Fate("n1", b"0")
LOST_ONCE = Fate("n1", lost="the node died")


class Script:
    """An engine whose fates are written down, by the name of the errand; None: it waits for ever."""

    def __init__(self, fates: dict[str, list[Fate | None]], largest: Sequence[int] = (100 * MIB,)) -> None:
        self.fates = fates
        self.sizes = list(largest)
        self.sent: list[tuple[str, int]] = []
        self.recalled: list[object] = []
        self._waiting: list[tuple[object, Errand]] = []

    def largest(self) -> int:
        return self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]

    def send(self, errand: Errand) -> object:
        self.sent.append((errand.name, errand.memory // MIB))
        self._waiting.append((len(self.sent), errand))
        return len(self.sent)

    def settled(self, wait_s: float) -> Sequence[tuple[object, Fate]]:
        known = [(ticket, errand) for ticket, errand in self._waiting if self.fates[errand.name][0] is not None]
        self._waiting = [one for one in self._waiting if one not in known]
        return [(ticket, fate) for ticket, errand in known if (fate := self.fates[errand.name].pop(0))]

    def recall(self, ticket: object) -> None:
        self.recalled.append(ticket)


def spread(engine: Script, *errands: Errand, said: list[str] | None = None) -> list[Result]:
    """Answers are numbers: the MiB that were lacked."""
    ticks = iter(range(10_000))
    words = [] if said is None else said
    one = Spread(engine, lambda answer: int(answer) * MIB, words.append, threading.Event(), lambda: float(next(ticks)))
    return list(one.run(errands))


def errand(name: str = "worker/a", memory: int = 10) -> Errand:
    return Errand(name, b"", memory * MIB)


def test_an_answer_ends_an_errand_wherever_it_ran() -> None:
    engine = Script({"a": [DONE], "b": [Fate("n2", b"0")]})
    assert [(one.errand.name, one.node, one.answer) for one in spread(engine, errand("a"), errand("b"))] == [
        ("a", "n1", b"0"), ("b", "n2", b"0"),
    ]  # fmt: skip


def test_what_fits_no_node_is_refused_by_name_and_the_rest_goes() -> None:
    engine = Script({"b": [DONE]})
    large, small = spread(engine, errand("worker/large", 200), errand("b"))
    assert (
        large.refused
        == "blocked: memory: worker/large needs 200 MiB, and the largest node has 100 MiB: it fits no node"
    )
    assert (small.answer, engine.sent) == (b"0", [("b", 10)])


def test_what_was_lost_is_sent_again_and_said() -> None:
    engine, said = Script({"worker/a": [LOST_ONCE, DONE]}), list[str]()
    (result,) = spread(engine, errand(), said=said)
    assert result.answer == b"0"
    assert said == ["worker/a: lost on n1, and sent again: the node died"]


def test_what_is_lost_again_and_again_is_given_up_by_name() -> None:
    engine = Script({"worker/a": [LOST_ONCE] * 9})
    (result,) = spread(engine, errand())
    assert len(engine.sent) == LOST + 1
    assert result.refused == f"lost on n1 {LOST + 1} times, at last: the node died"


@pytest.mark.parametrize("fate", [Fate("n1", b"30"), Fate("n1", hungry=True, lost="killed")], ids=["node", "engine"])
def test_what_lacked_memory_is_sent_again_with_more(fate: Fate) -> None:
    engine, said = Script({"worker/a": [fate, DONE]}), list[str]()
    (result,) = spread(engine, errand(), said=said)
    assert result.answer == b"0"
    assert engine.sent == [("worker/a", 10), ("worker/a", 30 if fate.answer else 15)]
    assert "needs more memory than there was" in said[0]


def test_more_than_any_node_has_is_not_asked_for() -> None:
    answered, killed = Fate("n1", b"400"), Fate("n1", hungry=True, lost="killed")
    assert spread(Script({"worker/a": [answered]}), errand())[0].answer == b"400"  # which check it was, it says itself
    (result,) = spread(Script({"worker/a": [killed]}), errand(memory=90))
    assert "needs 135 MiB, and the largest node has 100 MiB" in result.refused


def test_more_memory_is_asked_for_a_bounded_number_of_times() -> None:
    engine = Script({"worker/a": [Fate("n1", b"1")] * 20}, largest=[1 << 60])
    (result,) = spread(engine, errand())
    assert (len(engine.sent), result.answer) == (KILLS + 1, b"1")


def test_what_no_other_node_could_do_better_is_not_sent_again() -> None:
    engine = Script({"worker/a": [Fate(failed="not installed")]})
    assert spread(engine, errand())[0].refused == "not installed"
    assert len(engine.sent) == 1


def test_nobody_waits_for_a_node_that_has_gone() -> None:
    engine = Script({"a": [None]}, largest=[100 * MIB, 0])
    (result,) = spread(engine, errand("a"))
    assert result.refused == "blocked: memory: a needs 10 MiB, and no node is left"
    assert engine.recalled == [1]


class Late(Script):
    """Nothing comes to its end before it was looked at six times."""

    looks = 0

    def settled(self, wait_s: float) -> Sequence[tuple[object, Fate]]:
        self.looks += 1
        return super().settled(wait_s) if self.looks > 5 else ()


def test_a_node_that_is_replaced_in_time_costs_nothing() -> None:
    engine = Late({"a": [DONE]}, largest=[100 * MIB, 0, 0, 0, 100 * MIB])
    assert spread(engine, errand("a"))[0].answer == b"0"


def test_an_interrupt_recalls_all_of_them() -> None:
    engine, cancelled = Script({"a": [None], "b": [None]}), threading.Event()
    cancelled.set()
    with pytest.raises(Interrupted):
        list(Spread(engine, lambda _: 0, lambda _: None, cancelled).run([errand("a"), errand("b")]))
    assert engine.recalled == [1, 2]
