"""The lines of a log, sorted: what is signed by whom about what, and why everything else counts for nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp.envelope import IN_TOTO, Signature, sealed, sign
from gatekeeper.stamp.form import APPROVAL, ATTESTATION, TYPE, VERDICT
from gatekeeper.stamp.sift import ENVELOPE, SIGNER, SUBJECT, Sifted, latest, sift
from gatekeeper.stamp.strict import Json, dump
from gatekeeper.stamp.view import Stored
from tests.support.stamps import Key

COMMIT, TREE = CommitId("c" * 40), "d" * 40
KEY, LAB = Key(), Key("lab")
SIGNERS = (KEY.signer, replace(LAB.signer, stamps=False))
Change = Callable[[dict[str, Json]], object]


def statement(change: Change = lambda _: None, predicate: Change = lambda _: None, key: Key = KEY) -> bytes:
    """A stamp of COMMIT as `gate check` signs it, changed and signed all the same."""
    said: dict[str, Json] = {
        "branch": "work",
        "base": {"name": "main", "origin": "main", "commit": "b" * 40},
        "merge_base": "b" * 40,
        "head": {"commit": COMMIT, "tree": TREE},
        "whole": False,
        "trust": "separate-user",
        "policy": {"digest": "p" * 64},
        "contract": None,
        "checks": [{"id": "tests", "outcome": "passed", "label": "local", "reasons": ["so it is"]}],
        "decision": {"verdict": "accepted", "reasons": []},
        "chain": {"id": f"{key.id}-m", "sequence": 1, "previous": "", "time": "", "run": "r", "earlier": ""},
    }
    predicate(said)
    made: dict[str, Json] = {
        "_type": TYPE,
        "subject": [{"name": "x", "digest": {"gitCommit": COMMIT}}],
        "predicateType": VERDICT,
        "predicate": said,
    }
    change(made)
    return sign(dump(made), IN_TOTO, key)


def sifted(*lines: bytes) -> Sifted:
    return sift([Stored(f"{number}.json", line) for number, line in enumerate(lines)], SIGNERS, COMMIT, TREE)


def refusal(line: bytes) -> tuple[int, str, bool]:
    found = sifted(line)
    (one,) = found.refused
    assert not found.stamps and not found.attestations
    return one.step, one.reason, one.forged


def test_a_stamp_is_read_as_it_was_signed() -> None:
    found = sifted(statement())
    (one,) = found.stamps
    assert (found.envelopes, found.signed, found.refused) == (1, 1, ())
    assert (one.signer, one.branch, one.base, one.verdict) == (KEY.signer, "work", "b" * 40, "accepted")
    assert (one.whole, one.contract, one.same_user, one.merge_base) == (False, "", False, "b" * 40)
    assert one.checks["tests"].label == "local"
    assert found.places == {f"{KEY.id}-m": frozenset({1})}


def test_what_is_not_said_is_taken_for_the_worse() -> None:
    (one,) = sifted(statement(predicate=lambda said: [said.pop(name) for name in ("trust", "whole")])).stamps
    assert (one.whole, one.same_user) == (True, True)
    (one,) = sifted(statement(predicate=lambda said: said.update(base=None, merge_base=None, branch=None))).stamps
    assert (one.base, one.merge_base, one.branch) == ("", "", None)


def test_a_contract_is_named_by_its_digest() -> None:
    (one,) = sifted(statement(predicate=lambda said: said.update(contract={"digest": "k", "version": 3}))).stamps
    assert one.contract == "k"


def place(chain: str, sequence: Json) -> Json:
    return {"id": chain, "sequence": sequence, "previous": "", "time": "", "run": "", "earlier": ""}


def wrong(**changes: Json) -> bytes:
    return statement(predicate=lambda said: said.update(changes))


@pytest.mark.parametrize(
    ("line", "step", "reason"),
    [
        (b"junk", ENVELOPE, "not JSON"),
        (b"{}", ENVELOPE, "no payloadType"),
        (statement(key=Key("stranger")), SIGNER, "not trusted"),
        (statement(key=LAB), SIGNER, "other things than stamps"),
        (sign(b"{}", "text/plain", KEY), SUBJECT, "no in-toto statement"),
        (sign(b"[]", IN_TOTO, KEY), SUBJECT, "no JSON object"),
        (statement(lambda made: made.update(predicateType="https://example.org/other")), SUBJECT, "another kind"),
        (statement(lambda made: made.update(subject=[{"digest": {"gitCommit": "a" * 40}}])), SUBJECT, "another commit"),
        (statement(lambda made: made.update(subject=[])), SUBJECT, "one subject"),
        (statement(lambda made: made.update(predicate=None)), SUBJECT, "no verdict"),
        (wrong(head={"commit": COMMIT, "tree": "e" * 40}), SUBJECT, "another tree"),
        (wrong(head={"commit": "a" * 40, "tree": TREE}), SUBJECT, "another tree"),
        (wrong(chain={}), SUBJECT, "no place"),
        (wrong(chain=place(f"{LAB.id}-m", 1)), SUBJECT, "another signer"),
        (wrong(checks={}), SUBJECT, "lists no checks"),
        (wrong(checks=[{"id": "x", "outcome": "passed"}] * 2), SUBJECT, "twice"),
        (wrong(checks=[{"id": 1, "outcome": "passed"}]), SUBJECT, "no verdict"),
        (wrong(decision={"verdict": True}), SUBJECT, "no verdict"),
        (wrong(policy={}), SUBJECT, "no verdict"),
        (wrong(base="main"), SUBJECT, "no verdict"),
        (wrong(contract={"digest": 1}), SUBJECT, "no verdict"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_step_and_reason(line: bytes, step: int, reason: str) -> None:
    found = refusal(line)
    assert (found[0], found[2]) == (step, False)
    assert reason in found[1]


@pytest.mark.parametrize("sequence", [0, -1, True, "1", 1.5, None])
def test_a_place_is_a_number_from_one(sequence: Json) -> None:
    assert "no place" in refusal(wrong(chain=place(f"{KEY.id}-m", sequence)))[1]


def test_a_bad_signature_by_a_trusted_name_is_forged() -> None:
    forged = sealed(b"{}", IN_TOTO, [Signature(KEY.id, b"x" * 64)])
    assert refusal(forged) == (SIGNER, "forged or damaged: not what ci has signed", True)


def test_what_the_log_could_not_give_is_told() -> None:
    found = sift([Stored("x", b"", "not a plain file")], SIGNERS, COMMIT, TREE)
    assert (found.refused[0].step, found.refused[0].reason, found.envelopes) == (ENVELOPE, "not a plain file", 0)


def test_attestations_are_counted_and_are_no_stamps() -> None:
    def attested(made: dict[str, Json]) -> None:
        made.update(predicateType=ATTESTATION)

    found = sifted(statement(attested), statement(attested, key=LAB), statement(attested, key=Key("stranger")))
    assert (len(found.attestations), len(found.stamps), len(found.refused)) == (2, 0, 1)
    assert found.places == {f"{KEY.id}-m": frozenset({1}), f"{LAB.id}-m": frozenset({1})}

    def elsewhere(made: dict[str, Json]) -> None:
        made.update(predicateType=ATTESTATION, subject=[{"digest": {"gitCommit": "a" * 40}}])

    assert "another commit" in refusal(statement(elsewhere))[1]


GOOD = statement()


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"{}", GOOD[:-1], GOOD[1:]])), max_size=5),
    st.integers(0, 5),
)
def test_no_junk_hides_a_good_line(junk: list[bytes], at: int) -> None:
    found = sifted(*junk[:at], GOOD, *junk[at:])
    assert len(found.stamps) == 1
    assert len(found.refused) == len(junk)
    assert found.envelopes >= found.signed == 1


def test_the_latest_is_that_of_each_chain() -> None:
    def at(sequence: int, machine: str) -> bytes:
        return wrong(chain=place(f"{KEY.id}-{machine}", sequence))

    found = sifted(at(3, "a"), at(12, "a"), at(4, "b"), at(2, "b")).stamps
    assert [(one.chain.id[-1], one.chain.sequence) for one in latest(found)] == [("a", 12), ("b", 4)]
    assert latest(()) == ()


def approval(key: Key = LAB, commit: str = COMMIT, **changes: Json) -> bytes:
    said: dict[str, Json] = {"chain": {"id": f"{key.id}-m", "sequence": 4, "previous": "", "time": "", "run": "",
                                       "earlier": ""}}  # fmt: skip
    subject: Json = [{"name": "x", "digest": {"gitCommit": commit}}]
    made: dict[str, Json] = {"_type": TYPE, "subject": subject, "predicateType": APPROVAL, "predicate": said | changes}
    return sign(dump(made), IN_TOTO, key)


def test_an_approval_has_its_place_and_is_handed_on_whoever_signed_it() -> None:
    stranger = approval(Key("stranger"))
    found = sifted(approval(), stranger, approval(commit="1" * 40))
    assert found.places == {f"{LAB.id}-m": frozenset({4})}
    assert [line == stranger for line in found.approvals] == [False, True, False]
    assert [(one.step, one.approval) for one in found.refused] == [(SIGNER, True), (SUBJECT, True)]
    assert not found.stamps


def test_approvers_are_known_beside_those_whose_stamps_are_believed() -> None:
    lines = [Stored("0.json", approval()), Stored("1.json", statement(key=LAB))]
    found = sift(lines, SIGNERS[:1], COMMIT, TREE, SIGNERS)
    assert [one.name for one in found.refused] == ["1.json"]
    assert len(sift(lines, SIGNERS[:1], COMMIT, TREE).refused) == 2


def test_the_approvals_that_a_stamp_rests_on_are_read() -> None:
    used: Json = {"digest": "ab", "rule": "x", "used": 2}
    listed: Json = [used, {"digest": "cd", "rule": "y", "used": 0}]
    (one,) = sifted(statement(predicate=lambda said: said["decision"].update(approvals=listed))).stamps  # type: ignore[union-attr]
    assert one.approvals == (("ab", "x"),)
    assert sifted(statement()).stamps[0].approvals == ()
    broken: Json = [{"used": 1}]
    assert not sifted(statement(predicate=lambda said: said["decision"].update(approvals=broken))).stamps  # type: ignore[union-attr]
