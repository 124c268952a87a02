"""Evidence from outside: whose it is, what it is about, how long it holds, and which word is the last one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from gatekeeper.model.target import Artefact, Attestation
from gatekeeper.model.vocabulary import CommitId, Label
from gatekeeper.stamp.attestation import PREDICATE_TYPE, Brought, attest, standing
from gatekeeper.stamp.envelope import IN_TOTO, digest_of, read, sealed, sign
from gatekeeper.stamp.statement import about, statement
from gatekeeper.stamp.strict import dump
from tests.stamp.support import CHAIN, CIRCUMSTANCES, a_key, a_signer
from tests.support.reports import HEAD, a_report

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SUBJECT = a_report().subject
SEEN = Brought(
    target="shop",
    label=Label.DIRECT,
    reason="opened the checkout on the device",
    by="Ana",
    expires="2026-02-01T00:00:00Z",
    same_user=False,
    artefacts=(Artefact("photo.png", "ab" * 32, 99),),
)


def line(sequence: int = 1, key: str = "one", made: datetime = NOW, **changes: object) -> bytes:
    chain = replace(CHAIN, sequence=sequence, time=made.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return attest(replace(SEEN, **changes), SUBJECT, chain, a_key(key))  # type: ignore[arg-type]


def heard(
    *lines: bytes, commit: str = HEAD, now: datetime = NOW, signers: tuple[str, ...] = ("one",)
) -> list[Attestation]:
    return list(standing(lines, CommitId(commit), [a_signer(name) for name in signers], now))


def crafted(predicate: Any) -> bytes:
    """An attestation of a trusted signer with any predicate."""
    return sign(dump(about(SUBJECT, PREDICATE_TYPE, predicate)), IN_TOTO, a_key())


def predicate_of(raw: bytes) -> dict[str, Any]:
    found = read(raw).statement()["predicate"]
    assert isinstance(found, dict)
    return found


def test_what_was_brought_is_heard_as_it_was_said() -> None:
    raw = line()
    assert heard(raw) == [
        Attestation(
            target="shop",
            label="direct",
            reason="opened the checkout on the device",
            by="Ana",
            signer=a_key().id,
            commit=HEAD,
            made="2026-01-02T03:04:05Z",
            expires="2026-02-01T00:00:00Z",
            digest=digest_of(raw),
        )
    ]
    assert predicate_of(raw)["artefacts"] == [{"name": "photo.png", "sha256": "ab" * 32, "size": 99}]
    assert predicate_of(raw)["trust"] == "separate-user"
    assert predicate_of(line(same_user=True))["trust"] == "same-user"
    assert line() == raw


def test_another_commit_is_another_subject() -> None:
    (one,) = heard(line(), commit="1" * 40)
    assert one.problem == f"it is about another commit ({HEAD[:12]})"


def test_an_unknown_key_counts_for_nothing() -> None:
    (one,) = heard(line(key="two"))
    assert one.problem == "no signer of the policy at base has signed it as it stands"
    assert one.signer == ""
    assert heard(line(key="two"), signers=("one", "two"))[0].problem == ""
    assert heard(line(), signers=())[0].problem


def test_a_tampered_one_counts_for_nothing() -> None:
    envelope = read(line())
    payload = envelope.payload.replace(b'"proxy"', b'"direct"').replace(b"Ana", b"Eve")
    (one,) = heard(sealed(payload, IN_TOTO, envelope.signatures))
    assert (one.by, one.problem) == ("Eve", "no signer of the policy at base has signed it as it stands")


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        (datetime(2026, 2, 1, 0, 4, 59, tzinfo=UTC), ""),
        (datetime(2026, 2, 1, 0, 5, 1, tzinfo=UTC), "it has expired (2026-02-01T00:00:00Z)"),
        (datetime(2030, 1, 1, tzinfo=UTC), "it has expired (2026-02-01T00:00:00Z)"),
        (NOW - timedelta(minutes=4, seconds=59), ""),
        (NOW - timedelta(minutes=5, seconds=1), "it was made in the future (2026-01-02T03:04:05Z): a clock is wrong"),
    ],
)
def test_clocks_may_differ_by_five_minutes(now: datetime, problem: str) -> None:
    assert heard(line(), now=now)[0].problem == problem


def test_nothing_holds_for_ever() -> None:
    assert heard(line(expires="2027-01-03T00:00:00Z"))[0].problem == ""
    assert heard(line(expires="2027-01-04T00:00:00Z"))[0].problem == "it was made to hold for more than a year"
    assert heard(line(expires="9999-12-31T23:59:59Z"))[0].problem


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"label": "certain"}, "its label is none that the gate knows"),
        ({"label": None}, "its label is none that the gate knows"),
        ({"target": ""}, "it names no target"),
        ({"target": ["shop"]}, "it names no target"),
        ({"made": "yesterday"}, "its times cannot be read"),
        ({"expires": 7}, "its times cannot be read"),
        ({"expires": "9999-12-31T23:59:59-12:00"}, "its times cannot be read"),
        ({"expires": "2026-01-02"}, "it has expired (2026-01-02T00:00:00Z)"),
    ],
)
def test_a_signed_one_that_means_nothing_says_what(changes: dict[str, Any], problem: str) -> None:
    (one,) = heard(crafted(predicate_of(line()) | changes), now=NOW)
    assert one.problem == problem


def test_a_digest_set_beside_the_commit_binds_it_to_nothing() -> None:
    value = json.loads(read(line()).payload)
    value["subject"][0]["digest"]["gitTree"] = "d" * 40
    (one,) = heard(sign(dump(value), IN_TOTO, a_key()))
    assert one.problem == "it names no commit, or more than one"


def test_stamps_and_junk_are_passed_over_and_hide_nothing() -> None:
    stamp = sign(dump(statement(a_report(), CHAIN, CIRCUMSTANCES)), IN_TOTO, a_key())
    junk = (b"", b"{}", b"\xff", stamp, b"x" * (2 << 20), crafted([]), sign(b"{}", "text/plain", a_key()))
    assert [one.problem for one in heard(*junk, line(), *junk)] == [""]
    assert heard() == []


def test_the_latest_word_of_a_signer_counts() -> None:
    later = NOW + timedelta(hours=1)
    old, new = line(1), line(2, made=later, label=Label.BLOCKED)
    superseded = "its signer has said something newer about this target"
    assert [one.problem for one in heard(old, new, now=later)] == [superseded, ""]
    # Whoever writes the log may repeat the old line at its end; the signed times decide.
    assert [one.problem for one in heard(new, old, now=later)] == ["", superseded]
    assert [one.problem for one in heard(line(1), line(2, label=Label.BLOCKED))] == [superseded, ""]


def test_an_old_pass_does_not_come_back_when_the_newer_failure_expires() -> None:
    failure = line(2, made=NOW + timedelta(hours=1), label=Label.BLOCKED, expires="2026-01-03T00:00:00Z")
    told = heard(line(1), failure, now=datetime(2026, 1, 20, tzinfo=UTC))
    assert all(one.problem for one in told)


def test_signers_and_targets_do_not_supersede_each_other() -> None:
    lines = (line(1), line(2, key="two"), line(3, target="device"))
    assert [one.problem for one in heard(*lines, signers=("one", "two"))] == ["", "", ""]
    # What a stranger says, or what is about another commit, supersedes nothing.
    assert heard(line(1), line(9, key="two"))[0].problem == ""


def test_the_same_line_twice_is_one_attestation() -> None:
    assert len(heard(line(), line())) == 1
