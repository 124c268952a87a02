"""The order in which checks begin."""

import threading
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gatekeeper.checks.contract import CommandPlan, FactsPlan, Plan
from gatekeeper.round import Planned, Round

COMMANDS = {"lint": 20, "types": 40, "tests": 80, "own": 50}


def made(jobs: int, *, fail_fast: bool = False) -> Round:
    nothing = cast(Any, None)
    return Round(
        subject=nothing, policy=nothing, workshop=nothing, context=nothing, progress=nothing,
        cancelled=threading.Event(), today=date(2026, 1, 1), jobs=jobs, fail_fast=fail_fast,
    )  # fmt: skip


def planned(names: list[str]) -> list[Planned]:
    plans: dict[str, Plan] = {"sync": FactsPlan(cast(Any, None))}
    costs = {"sync": 5, **COMMANDS}
    command = CommandPlan((), writes=False)
    return [Planned(cast(Any, SimpleNamespace(id=name, cost=costs[name])), plans.get(name, command)) for name in names]


@pytest.mark.parametrize(
    ("jobs", "fail_fast", "names", "order"),
    [
        (1, False, ["tests", "lint", "sync", "types", "own"], ["sync", "lint", "types", "own", "tests"]),
        (2, False, ["tests", "lint", "sync", "types", "own"], ["sync", "tests", "lint", "types", "own"]),
        (2, True, ["tests", "lint", "sync", "types", "own"], ["sync", "lint", "types", "own", "tests"]),
        (2, False, ["tests", "lint", "sync"], ["sync", "lint", "tests"]),
        (2, False, ["own", "own", "own"], ["own", "own", "own"]),
    ],
    ids=["one at a time", "two at a time", "up to the first failure", "both at once", "alike"],
)
def test_cheap_ones_come_first_and_the_longest_beside_them(
    jobs: int, fail_fast: bool, names: list[str], order: list[str]
) -> None:
    assert [one.check.id for one in made(jobs, fail_fast=fail_fast)._ordered(planned(names))] == order


def test_one_more_than_may_be_at_work_gets_ready_where_there_is_something_to_get_ready() -> None:
    checks = planned(["sync", "lint", "types"])
    writing = [Planned(checks[1].check, CommandPlan((), writes=True)), Planned(checks[2].check, "skipped")]
    assert [made(2)._size(checks), made(2, fail_fast=True)._size(checks), made(2)._size(writing)] == [3, 2, 2]
