"""At most so many checks are at work, and a cancelled run waits for none."""

import threading

import pytest

from gatekeeper.dispatch.turns import Turns
from gatekeeper.errors import Interrupted


def test_the_next_one_waits_until_the_turn_is_given_back() -> None:
    turns, cancelled, order = Turns(1), threading.Event(), list[str]()
    ready = threading.Event()

    def second() -> None:
        with turns.one(cancelled) as take:
            ready.set()  # what comes before its turn is not held up
            take()
            order.append("second")

    with turns.one(cancelled) as take:
        take()
        take()  # has one already
        thread = threading.Thread(target=second)
        thread.start()
        assert ready.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_turn_that_was_not_taken_is_not_given_back() -> None:
    turns, cancelled = Turns(1), threading.Event()
    with turns.one(cancelled):
        pass
    with turns.one(cancelled) as take:
        take()
        cancelled.set()
        with pytest.raises(Interrupted), turns.one(cancelled) as other:
            other()


def test_a_turn_is_given_back_when_the_run_is_cancelled() -> None:
    turns, cancelled = Turns(1), threading.Event()
    cancelled.set()
    with pytest.raises(Interrupted), turns.one(cancelled) as take:
        take()
    with turns.one(threading.Event()) as take:
        take()


def test_a_single_turn_goes_round_in_the_order_of_those_who_came() -> None:
    turns, cancelled, order = Turns(1), threading.Event(), list[str]()

    def quick() -> None:
        with turns.one(cancelled) as take:
            take()
            order.append("came second, was ready first")

    with turns.one(cancelled) as take:
        thread = threading.Thread(target=quick)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        take()
        order.append("came first")
    thread.join(10)
    assert order == ["came first", "came second, was ready first"]


def test_whoever_leaves_without_a_turn_holds_nobody_up() -> None:
    turns, cancelled, had = Turns(1), threading.Event(), threading.Event()

    def second() -> None:
        with turns.one(cancelled) as take:
            take()
            had.set()

    with turns.one(cancelled):
        thread = threading.Thread(target=second)
        thread.start()
    assert had.wait(10)
    thread.join(10)
