"""Red only inside: what the isolation breaks is no fault of the branch, and what the branch breaks is no excuse."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.inside import alike, excuse, explained
from gatekeeper.decision.judge import judge
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Ended, Outcome, Severity

TESTS = CheckId("tests")
RUN = CommandRun(("pytest",), Ended.EXITED, 1, 0.1, 1000, "/log", "00")
WHOLE = Finding(check=TESTS, rule="exit-status", message="the command exited with 1: no route", symbol="exit status")


def failing(test: str) -> Finding:
    return Finding(check=TESTS, rule="test-failed", message=f"{test} fails", path="test_a.py", symbol=test)


def seen(*findings: Finding, **more: object) -> Observation:
    made = Observation(TESTS, "t", commands=(RUN,), findings=findings, counts={"passed": 1}, isolation="files+network")
    return replace(made, **more)  # type: ignore[arg-type]


def outcome(head: Observation, inside: Observation, outside: Observation) -> Outcome:
    settings = CheckSettings(TESTS)
    return judge(excuse(head, inside, outside, False), None, settings, (), date(2026, 1, 1)).outcome


def test_red_inside_and_green_outside_is_blocked_with_the_reason() -> None:
    head = excuse(seen(failing("a")), seen(failing("a")), seen(), network=False)
    assert outcome(seen(failing("a")), seen(failing("a")), seen()) is Outcome.BLOCKED
    assert head.findings[0].severity is Severity.NOTE
    assert head.findings[0].message.endswith("(red only inside the isolation)")
    assert "(a)" in head.missing[0]
    assert "network = true in [check.tests]" in head.missing[0]


def test_a_check_that_has_the_network_is_not_told_to_take_it() -> None:
    (reason,) = excuse(seen(failing("a")), seen(failing("a")), seen(), network=True).missing
    assert "network = true" not in reason
    assert "[isolation] visible" in reason


def test_only_some_are_named() -> None:
    many = [failing(name) for name in "abcdef"]
    (reason,) = excuse(seen(*many), seen(*many), seen(), network=True).missing
    assert "(a, b, c, …)" in reason


@pytest.mark.parametrize(
    ("head", "inside", "outside"),
    [
        (seen(failing("a")), seen(failing("b")), seen()),
        (seen(failing("a")), seen(), seen()),
        (seen(failing("a")), seen(failing("a")), seen(failing("a"))),
        (seen(failing("a")), seen(failing("a")), seen(missing=("pytest was not found",))),
        (seen(failing("a"), failing("b")), seen(failing("a")), seen()),
        (seen(WHOLE), seen(WHOLE, commands=(replace(RUN, exit=3),)), seen()),
    ],
    ids=[
        "another test",
        "green at base",
        "red outside, too",
        "not seen outside",
        "one more of its own",
        "other status",
    ],
)
def test_everything_else_stays_failed(head: Observation, inside: Observation, outside: Observation) -> None:
    assert outcome(head, inside, outside) is Outcome.FAILED


def test_a_whole_command_is_alike_by_its_exit_status_whatever_its_last_words() -> None:
    other = replace(WHOLE, message="the command exited with 1: connection refused")
    assert outcome(seen(WHOLE), seen(other), seen(commands=(replace(RUN, exit=0),))) is Outcome.BLOCKED


def test_a_note_is_no_failure_to_be_alike() -> None:
    note = replace(failing("a"), severity=Severity.NOTE)
    assert not alike(seen(note), seen(note))
    assert alike(seen(failing("a")), seen(failing("a"), note))


@pytest.mark.parametrize(
    ("message", "level", "told"),
    [
        ("OSError: [Errno 101] Network is unreachable", "files+network", True),
        ("getaddrinfo EAI_AGAIN example.org", "files+network", True),
        ("OSError: [Errno 101] Network is unreachable", "files", False),
        ("assert 1 == 2", "files+network", False),
    ],
)
def test_a_failure_that_sounds_like_a_missing_network_is_told_so(message: str, level: str, told: bool) -> None:
    head = seen(replace(failing("a"), message=message), isolation=level)
    result = judge(head, None, CheckSettings(TESTS), (), date(2026, 1, 1))
    found = explained(result)
    assert found.outcome is Outcome.FAILED
    assert ("network = true in [check.tests]" in found.reasons[-1]) == told
    assert explained(replace(result, outcome=Outcome.BLOCKED)).reasons == result.reasons


_SOME = st.frozensets(st.sampled_from("abc"))


@given(_SOME, _SOME, _SOME)
def test_an_error_is_excused_exactly_when_it_is_inside_and_not_outside(
    head: frozenset[str], inside: frozenset[str], outside: frozenset[str]
) -> None:
    views = [seen(*(failing(name) for name in sorted(names))) for names in (head, inside, outside)]
    found = excuse(*views, network=False)
    excused = {one.symbol for one in found.findings if one.severity is Severity.NOTE}
    assert excused == (head & inside) - outside
    assert bool(found.missing) == bool(excused)
    assert {one.symbol for one in found.findings} == head
    assert alike(views[0], views[1]) == bool(head & inside)
