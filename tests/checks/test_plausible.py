"""How short is implausibly short: a tenth of what each test usually takes, when enough is known."""

import pytest

from gatekeeper.checks.plausible import implausibly_short
from gatekeeper.model.observation import CommandRun, Observation, Past
from gatekeeper.model.vocabulary import CheckId, Ended

USUAL = (Past(50, 12.0), Past(48, 11.0), Past(50, 40.0))


def seen(executed: int, seconds: float) -> Observation:
    run = CommandRun(("pytest",), Ended.EXITED, 0, seconds, 0, "", "")
    return Observation(CheckId("tests"), "0" * 40, commands=(run,), counts={"executed": executed})


def test_a_run_that_is_far_too_short_is_noted_with_both_figures() -> None:
    note = implausibly_short(seen(50, 0.4), USUAL)
    assert note == "implausibly short: 50 tests ran in 0.4 s; the last 3 runs took 12.0 s for 50"


@pytest.mark.parametrize(
    ("head", "past"),
    [
        (seen(50, 1.3), USUAL),  # more than a tenth
        (seen(3, 0.2), USUAL),  # fewer tests, in their usual time
        (seen(50, 0.4), USUAL[:2]),  # too little is known
        (seen(50, 0.1), (Past(50, 1.9),) * 5),  # short runs are mostly the runner's start
        (seen(0, 0.1), USUAL),
        (seen(50, 0.4), (*USUAL[:2], Past(0, 60.0))),
    ],
)
def test_nothing_is_said_of_an_ordinary_run(head: Observation, past: tuple[Past, ...]) -> None:
    assert implausibly_short(head, past) == ""
