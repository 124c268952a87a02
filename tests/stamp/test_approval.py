"""Approvals in the log: whose word, about which commit and rules, how long, and which word is the last one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.model.approval import Approval
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp.approval import refusal, standing
from gatekeeper.stamp.approving import Word, approve
from gatekeeper.stamp.envelope import IN_TOTO, digest_of, read, sealed, sign
from gatekeeper.stamp.form import APPROVAL, ATTESTATION
from gatekeeper.stamp.statement import about, statement
from gatekeeper.stamp.strict import dump
from tests.stamp.support import CHAIN, CIRCUMSTANCES, a_key, a_signer
from tests.support.reports import HEAD, a_report

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
SUBJECT = a_report().subject
WORD = Word(
    rules=("integrity/outcome-hook",),
    paths=(),
    reason="agreed with the team",
    expires="2026-02-01T00:00:00Z",
    same_user=False,
)
NOT_SIGNED = "no signer of the policy at base has signed it as it stands"
NEWER = "its signer has said something newer about this rule"


def line(sequence: int = 1, key: str = "one", made: datetime = NOW, **changes: object) -> bytes:
    chain = replace(CHAIN, sequence=sequence, time=made.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return approve(replace(WORD, **changes), SUBJECT, chain, a_key(key))  # type: ignore[arg-type]


def later(sequence: int, hours: int = 1, key: str = "one", **changes: object) -> bytes:
    return line(sequence, key, NOW + timedelta(hours=hours), **changes)


def signer(name: str = "one", *approves: str) -> Signer:
    return a_signer(name, approves=approves or ("integrity/*",))


def heard(
    *lines: bytes, commit: str = HEAD, now: datetime = NOW, signers: tuple[Signer, ...] | None = None
) -> list[Approval]:
    return list(standing(lines, CommitId(commit), (signer(),) if signers is None else signers, now))


def problems(*lines: bytes, **more: Any) -> list[str]:
    return [one.problem for one in heard(*lines, **more)]


def crafted(**changes: Any) -> bytes:
    """An approval of a trusted signer with a predicate that this program would not write."""
    predicate = read(line()).statement()["predicate"]
    assert isinstance(predicate, dict)
    return sign(dump(about(SUBJECT, APPROVAL, predicate | changes)), IN_TOTO, a_key())


def test_what_was_approved_is_heard_as_it_was_said() -> None:
    raw = line(paths=("tests/*.py",), same_user=True)
    assert heard(raw) == [
        Approval(
            rule="integrity/outcome-hook",
            paths=("tests/*.py",),
            reason="agreed with the team",
            name="one",
            signer=a_key().id,
            commit=HEAD,
            made="2026-01-02T03:04:05Z",
            expires="2026-02-01T00:00:00Z",
            digest=digest_of(raw),
            same_user=True,
        )
    ]
    assert not heard(line())[0].same_user
    assert line() == line()


def test_every_rule_of_a_statement_is_listed_and_judged_for_itself() -> None:
    told = heard(line(rules=("integrity/a", "F401", "integrity/b")), signers=(signer("one", "integrity/*"),))
    assert [(one.rule, bool(one.problem)) for one in told] == [
        ("integrity/a", False), ("F401", False), ("integrity/b", False),
    ]  # fmt: skip
    told = heard(line(rules=("integrity/a", "lint/F401")))
    assert [one.problem for one in told] == ["", "the policy at base does not name one for this rule"]


@pytest.mark.parametrize(
    ("allowed", "wanted", "may"),
    [
        ("integrity/*", "integrity/outcome-hook", True),
        ("integrity/*", "outcome-hook", True),
        ("integrity/*", "lint/F401", False),
        ("integrity/*", "integrityx/outcome-hook", False),
        ("outcome-hook", "outcome-hook", True),
        ("outcome-hook", "integrity/outcome-hook", True),
        ("integrity/outcome-hook", "outcome-hook", True),
        ("integrity/outcome-hook", "lint/outcome-hook", False),
        ("outcome-hook", "outcome-hook-x", False),
        ("lint/react/jsx-key", "react/jsx-key", True),
        ("lint/*", "lint/react/jsx-key", True),
    ],
)
def test_a_signer_may_approve_what_the_policy_names_it_for(allowed: str, wanted: str, may: bool) -> None:
    assert (refusal(wanted, signer("one", allowed)) == "") is may


def test_who_is_named_for_nothing_approves_nothing() -> None:
    assert problems(line(), signers=(a_signer(),)) == ["the policy at base does not name its signer for approvals"]
    assert problems(line(rules=("test-failed",)))[0].startswith("it says what was observed")
    assert problems(line(rules=("contract/worker-merged",)))[0].startswith("the contract is agreed")


def test_an_unknown_key_a_tampered_text_and_another_commit_settle_nothing() -> None:
    assert problems(line(key="two")) == [NOT_SIGNED]
    assert heard(line(key="two"))[0].name == ""
    envelope = read(line())
    forged = sealed(envelope.payload.replace(b"outcome-hook", b"anything-else"), IN_TOTO, envelope.signatures)
    assert [(one.rule, one.problem) for one in heard(forged)] == [("integrity/anything-else", NOT_SIGNED)]
    assert problems(line(), commit="1" * 40) == [f"it is about another commit ({HEAD[:12]})"]
    assert problems(line(), signers=()) == [NOT_SIGNED], "a key that was taken out of the policy"


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        (datetime(2026, 2, 1, 0, 4, 59, tzinfo=UTC), ""),
        (datetime(2026, 2, 1, 0, 5, 1, tzinfo=UTC), "it has expired (2026-02-01T00:00:00Z)"),
        (NOW - timedelta(minutes=4, seconds=59), ""),
        (NOW - timedelta(minutes=5, seconds=1), "it was made in the future (2026-01-02T03:04:05Z): a clock is wrong"),
    ],
)
def test_it_holds_between_its_times(now: datetime, problem: str) -> None:
    assert problems(line(), now=now) == [problem]


def test_nothing_is_approved_for_ever() -> None:
    assert problems(line(expires="2027-01-03T00:00:00Z")) == [""]
    assert problems(line(expires="2027-01-04T00:00:00Z")) == ["it was made to hold for more than a year"]


RULES, PATHS = "it does not name one to 100 rules", "its paths cannot be read"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rules": []}, RULES),
        ({"rules": "F401"}, RULES),
        ({"rules": ["F401", 7]}, RULES),
        ({"rules": [""]}, RULES),
        ({"rules": ["integrity/*"]}, RULES),
        ({"rules": [f"r{number}" for number in range(101)]}, RULES),
        ({"rules": ["x" * 2001]}, RULES),
        ({"paths": None}, PATHS),
        ({"paths": "src/**"}, PATHS),
        ({"paths": ["!"]}, PATHS),
        ({"paths": ["[z-a]"]}, PATHS),
        ({"made": "yesterday"}, "its times cannot be read"),
        ({"expires": None}, "its times cannot be read"),
        ({"withdrawn": "no"}, "it takes an approval back"),
    ],
)
def test_a_signed_one_that_means_nothing_says_what(changes: dict[str, Any], problem: str) -> None:
    assert problems(crafted(**changes)) == [problem]


def test_a_hostile_line_is_listed_once_and_short() -> None:
    many = [f"{number}{'x' * 3000}" for number in range(90)]
    (one,) = heard(crafted(rules=many, paths=many, reason="z" * 90_000), signers=())
    assert len(one.rule) <= 5 * 2002 and len(one.paths) == 5 and len(one.reason) == 2000


def test_stamps_attestations_and_junk_are_passed_over_and_hide_nothing() -> None:
    stamp = sign(dump(statement(a_report(), CHAIN, CIRCUMSTANCES)), IN_TOTO, a_key())
    other = sign(dump(about(SUBJECT, ATTESTATION, {"target": "shop"})), IN_TOTO, a_key())
    junk = (b"", b"{}", b"\xff", stamp, other, b"x" * (2 << 20), sign(b"{}", "text/plain", a_key()))
    assert problems(*junk, line(), *junk) == [""]
    assert heard() == []


def test_the_same_line_twice_is_one_approval_and_a_repeated_one_is_the_newer() -> None:
    assert len(heard(line(), line())) == 1
    old, new = line(1), later(2, reason="and the tests were read")
    assert problems(old, new, now=LATER) == [NEWER, ""]
    # Whoever writes the log may repeat the old line at its end; the signed times decide.
    assert problems(new, old, now=LATER) == ["", NEWER]


def test_other_rules_paths_and_signers_do_not_supersede() -> None:
    two = signer("two")
    lines = (line(1), later(2, paths=("a.py",)), later(3, rules=("integrity/b",)), line(1, key="two"))
    assert problems(*lines, signers=(signer(), two), now=LATER) == ["", "", "", ""]
    # What a stranger says supersedes nothing.
    assert problems(line(1), later(9, key="two", withdrawn=True), now=LATER)[0] == ""


def test_what_is_withdrawn_is_gone_and_does_not_come_back() -> None:
    gone = later(2, withdrawn=True, expires="2026-01-02T04:04:05Z")
    assert problems(line(1), gone, now=LATER) == [NEWER, "it takes an approval back"]
    assert problems(line(1), gone, now=datetime(2026, 1, 20, tzinfo=UTC))[0] == NEWER
    assert [one.withdrawn for one in heard(line(1), gone)] == [False, True]
    # Without paths it is taken back wherever it was approved, with paths only there.
    assert problems(line(1, paths=("a.py",)), line(1), gone, now=LATER)[:2] == [NEWER, NEWER]
    there = later(3, withdrawn=True, paths=("a.py",))
    assert problems(line(1, paths=("a.py",)), line(1), there, now=LATER)[:2] == [NEWER, ""]
    # And it can be approved anew.
    assert problems(line(1), gone, later(3, hours=2), now=LATER) == [NEWER, NEWER, ""]


words = st.fixed_dictionaries(
    {},
    optional={
        "key": st.sampled_from(["one", "two"]),
        "sequence": st.integers(1, 4),
        "made": st.sampled_from([NOW, NOW + timedelta(hours=1), NOW - timedelta(days=400)]),
        "rules": st.sampled_from([("integrity/a",), ("a",), ("lint/F401", "integrity/a"), ("test-failed",)]),
        "paths": st.sampled_from([(), ("a.py",)]),
        "withdrawn": st.booleans(),
        "expires": st.sampled_from(["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z"]),
    },
)


@given(st.lists(words, max_size=5), st.permutations(range(5)), st.sampled_from([NOW, NOW + timedelta(days=60)]))
def test_what_holds_was_allowed_is_in_time_and_was_not_taken_back(
    said: list[dict[str, Any]], order: list[int], now: datetime
) -> None:
    lines = [line(**one) for one in said]
    told = heard(*lines, now=now)
    for one in told:
        if not one.problem:
            assert (one.signer, one.commit, one.withdrawn) == (a_key().id, HEAD, False)
            assert one.rule in {"integrity/a", "a", *WORD.rules}
            assert datetime.fromisoformat(one.expires) > now - timedelta(minutes=6)
    # The order in which the lines lie in the log decides nothing.
    shuffled = heard(*[lines[place] for place in order if place < len(lines)], now=now)
    assert sorted(map(repr, shuffled)) == sorted(map(repr, told))


@given(st.lists(words, min_size=1, max_size=4))
def test_a_withdrawal_of_everything_leaves_nothing(said: list[dict[str, Any]]) -> None:
    lines = [line(**{**one, "key": "one"}) for one in said]
    rules = ("integrity/a", "a", "lint/F401", "test-failed", *WORD.rules)
    last = line(9, made=NOW + timedelta(hours=2), rules=rules, withdrawn=True)
    assert all(one.problem for one in heard(*lines, last, now=NOW + timedelta(hours=3)))
