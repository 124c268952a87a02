"""What is worked out beside everything else is there when it is asked for, and so is what went wrong."""

import threading

import pytest

from gatekeeper.ahead import Ahead
from gatekeeper.errors import CannotEstablish


def test_the_answer_is_worked_out_before_it_is_asked_for() -> None:
    begun = threading.Event()

    def work() -> int:
        begun.set()
        return 7

    answer = Ahead(work)
    assert begun.wait(10)
    assert [answer.get(), answer.get()] == [7, 7]


def test_a_failure_is_raised_where_the_answer_is_asked_for() -> None:
    def work() -> int:
        raise CannotEstablish("git has gone", "bring it back")

    with pytest.raises(CannotEstablish, match="git has gone"):
        Ahead(work).get()
