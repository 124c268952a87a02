"""The steps of a verification as a pure function: what never becomes a yes, whatever else there is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.model.vocabulary import CheckId, CommitId, Label
from gatekeeper.stamp.answer import Answer, Facts, Place, Question, Verified
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.seen import Standing
from gatekeeper.stamp.sift import Observed, Refused, Sifted, Stamp, latest
from gatekeeper.stamp.verify import STEPS, verify
from gatekeeper.stamp.view import ChainState
from tests.support.envelopes import maker
from tests.support.stamps import Key

COMMIT, BASE = CommitId("c" * 40), CommitId("b" * 40)
KEYS = {name: Key(name) for name in ("ci", "lab")}
FRESH = Facts(
    log=Standing("e" * 40, "e" * 40),
    base_name="main",
    base=BASE,
    merge_base=BASE,
    policy="p" * 64,
    contracts=None,
    branch="work",
    chains={},
)
TESTS = CheckId("tests")
QUESTION = Question(COMMIT, "work", {TESTS: Label.LOCAL})


def a_stamp(key: str = "ci", sequence: int = 1, verdict: str = "accepted", **changes: object) -> Stamp:
    chain = Chain(id=f"{KEYS[key].id}-m", sequence=sequence, previous="", time="2026-01-01T00:00:00Z", run="r")
    made = Stamp(
        name=f"{key}-{sequence}",
        digest=f"{key}{sequence}",
        signer=KEYS[key].signer,
        chain=chain,
        branch="work",
        base=BASE,
        merge_base=BASE,
        whole=False,
        policy="p" * 64,
        contract="",
        verdict=verdict,
        reasons=("so it is",),
        checks={"tests": Observed("passed", "local", ())},
        same_user=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def place_of(stamps: Sequence[Stamp], one: Stamp) -> Place:
    """A whole chain that ends with a later stamp about something else."""
    same = [other for other in stamps if other.chain.id == one.chain.id]
    end = max(other.chain.sequence for other in same) + 1
    digests = (
        {other.chain.sequence: other.digest for other in same} | {end - 1: "before"} | {one.chain.sequence: one.digest}
    )
    digests |= {number: "" for number in (one.chain.sequence - 1,) if number not in digests}
    last = Chain(id=one.chain.id, sequence=end, previous=digests[end - 1], time="", earlier="t")
    key = next(key for key in KEYS.values() if key.id == one.signer.id)
    newest = maker("f" * 40, key)(last)
    state = ChainState(one.chain.id, end, newest, "tree", "t")
    return Place(state, digests, tuple(sorted(other.chain.sequence for other in same)))


def ask(
    stamps: Sequence[Stamp], refused: Sequence[Refused] = (), facts: Facts = FRESH, question: Question = QUESTION
) -> Verified:
    placed = [replace(one, chain=replace(one.chain, previous=_before(stamps, one))) for one in stamps]
    chains = {one.chain.id: place_of(placed, one) for one in latest(placed)}
    lines = len(stamps) + len(refused)
    counts = [lines - sum(one.step <= step for one in refused) for step in (2, 3)]
    return verify(question, Sifted(tuple(placed), tuple(refused), (), *counts), replace(facts, chains=chains))


def _before(stamps: Sequence[Stamp], one: Stamp) -> str:
    found = [
        other.digest
        for other in stamps
        if (other.chain.id, other.chain.sequence) == (one.chain.id, one.chain.sequence - 1)
    ]
    return found[0] if found else ""


def failed(answer: Verified) -> str:
    return next((step.name for step in answer.steps if step.ok is False), "")


def test_one_good_stamp_is_enough() -> None:
    answer = ask([a_stamp()])
    assert (answer.answer, failed(answer), [step.name for step in answer.steps]) == (Answer.VERIFIED, "", list(STEPS))
    assert [step.number for step in answer.steps] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ({("ab", "integrity/x"): ""}, ""),
        ({("ab", "integrity/x"): "it has expired (2026-01-01T00:00:00Z)"}, "it has expired"),
        ({("ab", "integrity/y"): ""}, "it is not in the log"),
        ({}, "it is not in the log"),
    ],
)
def test_an_acceptance_that_rests_on_an_approval_holds_as_long_as_that(
    standing: dict[tuple[str, str], str], said: str
) -> None:
    rests = a_stamp(approvals=(("ab", "integrity/x"),))
    answer = ask([rests], facts=replace(FRESH, approvals=standing))
    assert failed(answer) == ("freshness" if said else "")
    step = answer.steps[4]
    assert said in step.said and (not said or "it rests on an approval of integrity/x" in step.said)
    # A rejection does not rest on what was approved.
    rejected = replace(rests, verdict="rejected")
    assert ask([rejected], facts=replace(FRESH, approvals=standing)).answer is Answer.REJECTED


def test_nothing_required_is_no_question() -> None:
    with pytest.raises(ValueError, match="nothing is required"):
        ask([a_stamp()], question=replace(QUESTION, requires={}))


@pytest.mark.parametrize(
    ("change", "step", "answer"),
    [
        ({"base": "a" * 40}, "freshness", Answer.UNESTABLISHED),
        ({"merge_base": "a" * 40}, "freshness", Answer.UNESTABLISHED),
        ({"policy": "q"}, "freshness", Answer.UNESTABLISHED),
        ({"whole": True}, "freshness", Answer.UNESTABLISHED),
        ({"verdict": "rejected"}, "verdict", Answer.REJECTED),
        ({"verdict": "blocked"}, "verdict", Answer.UNESTABLISHED),
        ({"verdict": "ACCEPTED"}, "verdict", Answer.REJECTED),
        ({"verdict": ""}, "verdict", Answer.REJECTED),
        ({"checks": {}}, "verdict", Answer.UNESTABLISHED),
        ({"checks": {"tests": Observed("failed", "local", ())}}, "verdict", Answer.REJECTED),
        ({"checks": {"tests": Observed("passed", "", ())}}, "verdict", Answer.UNESTABLISHED),
        ({"checks": {"tests": Observed("passed", "blocked", ())}}, "verdict", Answer.UNESTABLISHED),
        ({"checks": {"tests": Observed("passed", "excellent", ())}}, "verdict", Answer.UNESTABLISHED),
        ({"checks": {"tests": Observed("blocked", "local", ())}}, "verdict", Answer.UNESTABLISHED),
    ],
)
def test_every_word_of_a_stamp_counts(change: dict[str, object], step: str, answer: Answer) -> None:
    said = ask([a_stamp(**change)])  # type: ignore[arg-type]
    assert (failed(said), said.answer) == (step, answer)
    assert next(one for one in said.steps if one.name == step).hint


@pytest.mark.parametrize(
    ("contracts", "contract", "fresh"),
    [
        (None, "x", True),
        ({}, "", True),
        ({}, "x", False),
        ({"work": "x"}, "x", True),
        ({"work": "y"}, "x", False),
        ({"work": "y"}, "", False),
    ],
)
def test_the_contract_must_be_the_one_that_holds_now(
    contracts: dict[str | None, str] | None, contract: str, fresh: bool
) -> None:
    said = ask([a_stamp(contract=contract)], facts=replace(FRESH, contracts=contracts))
    assert (failed(said) == "") is fresh
    by_commit = ask([a_stamp(contract=contract)], facts=replace(FRESH, contracts=contracts, branch=None))
    assert by_commit.answer is said.answer


def test_a_log_that_went_back_ends_it() -> None:
    said = ask([a_stamp()], facts=replace(FRESH, log=Standing("e" * 40, "d" * 40, "it went back")))
    assert (failed(said), said.answer, said.steps[0].said) == ("log", Answer.UNESTABLISHED, "it went back")
    assert [step.ok for step in said.steps] == [False] + [None] * 6


def test_a_chain_must_be_whole_from_the_stamp_to_its_end() -> None:
    one = a_stamp()
    good = place_of([one], one)
    assert good.state is not None

    def with_place(place: Place | None) -> str:
        found = Sifted((one,), (), (), 1, 1)
        return failed(verify(QUESTION, found, replace(FRESH, chains={one.chain.id: place} if place else {})))

    assert with_place(good) == ""
    other = maker("f" * 40, Key("stranger"))(Chain(id=one.chain.id, sequence=2, previous="ci1", time="", earlier="t"))
    for place in (
        None,
        Place(None, {}, (), "it cannot be read"),
        replace(good, digests={**good.digests, 1: "another"}),
        replace(good, digests={**good.digests, 0: "something before the first"}),
        replace(good, about=(1, 2)),
        replace(good, state=replace(good.state, earlier="another tree")),
        replace(good, state=replace(good.state, sequence=3)),
        replace(good, state=replace(good.state, id="another")),
        replace(good, state=replace(good.state, newest=b"{}")),
        replace(good, state=replace(good.state, newest=other)),
    ):
        assert with_place(place) == "chain"


def test_the_stamp_must_lie_at_its_place_however_long_the_chain_is() -> None:
    """A genuine stamp of the same chain as it went on elsewhere: signed, newest, and not what lies in this log."""
    one, later = a_stamp(), a_stamp(sequence=4)
    place = place_of([one, later], one)
    for digests, step in ((place.digests, ""), ({**place.digests, 1: "another"}, "chain")):
        facts = replace(FRESH, chains={one.chain.id: replace(place, digests=digests, about=(1,))})
        assert failed(verify(QUESTION, Sifted((one,), (), (), 1, 1), facts)) == step


def test_an_attestation_after_the_stamp_is_no_newer_verdict() -> None:
    one = a_stamp()
    place = replace(place_of([one], one), about=(1, 2))
    brought = Chain(id=one.chain.id, sequence=2, previous="", time="")
    facts = replace(FRESH, chains={one.chain.id: place})
    assert failed(verify(QUESTION, Sifted((one,), (), (brought,), 2, 2), facts)) == ""
    assert failed(verify(QUESTION, Sifted((one,), (), (replace(brought, id="x"),), 2, 2), facts)) == "chain"


def test_two_stamps_for_one_place_are_one_too_many() -> None:
    said = ask([a_stamp(), a_stamp(digest="twin", verdict="rejected")])
    assert said.answer is not Answer.VERIFIED


def test_forged_beside_nothing_is_a_rejection_and_a_stranger_is_not() -> None:
    forged, stranger = Refused("a", 3, "forged", forged=True), Refused("b", 3, "unknown key")
    assert ask([], [stranger, forged]).answer is Answer.REJECTED
    assert ask([], [stranger]).answer is Answer.UNESTABLISHED
    assert ask([], []).answer is Answer.UNESTABLISHED


_CHECKS = st.dictionaries(
    st.sampled_from(["tests", "lint"]),
    st.builds(
        Observed,
        st.sampled_from(["passed", "failed", "blocked", "not-applicable"]),
        st.sampled_from(["", "local", "proxy", "direct", "blocked"]),
        st.just(()),
    ),
)
_STAMPS = st.lists(
    st.builds(
        a_stamp,
        st.sampled_from(list(KEYS)),
        st.integers(1, 4),
        st.sampled_from(["accepted", "accepted", "rejected", "blocked"]),
        checks=_CHECKS,
        base=st.sampled_from([BASE, BASE, "a" * 40]),
    ),
    max_size=6,
    unique_by=lambda one: one.digest,
)
_QUESTIONS = st.builds(
    Question,
    st.just(COMMIT),
    st.just("work"),
    st.dictionaries(
        st.sampled_from([TESTS, CheckId("lint")]), st.sampled_from([Label.LOCAL, Label.PROXY, Label.DIRECT]), min_size=1
    ),
    st.booleans(),
)
_JUNK = st.lists(st.builds(Refused, st.just("x"), st.integers(2, 4), st.just("junk"), st.booleans()), max_size=3)


def newest(stamps: Sequence[Stamp]) -> list[Stamp]:
    last = {one.chain.id: max(o.chain.sequence for o in stamps if o.chain.id == one.chain.id) for one in stamps}
    return [one for one in stamps if one.chain.sequence == last[one.chain.id]]


def expected(stamps: Sequence[Stamp], question: Question) -> bool:
    """The rule said another way."""
    fresh = [one for one in newest(stamps) if one.base == BASE]
    if not fresh or any(one.verdict == "rejected" for one in fresh):
        return False
    accepted = [one for one in fresh if one.verdict == "accepted"]
    asked = question.requires.items()
    met = [any(meets(one.checks.get(name), label.value, question) for one in accepted) for name, label in asked]
    return all(met)


def meets(found: Any, label: str, question: Question) -> bool:
    strength = ["local", "proxy", "direct"]
    if found is None:
        return False
    if found.outcome == "not-applicable":
        return not question.asked
    return found.outcome == "passed" and found.label in strength[strength.index(label) :]


@given(_STAMPS, _QUESTIONS, _JUNK, st.randoms(use_true_random=False))
def test_it_is_verified_exactly_when_the_newest_of_every_chain_say_so(stamps, question, junk, random) -> None:  # type: ignore[no-untyped-def]
    said = ask(stamps, junk, question=question)
    assert (said.answer is Answer.VERIFIED) == expected(stamps, question)
    shuffled = random.sample(stamps, len(stamps))
    assert ask(shuffled, [], question=question).answer is (said.answer if stamps else Answer.UNESTABLISHED)


@given(_STAMPS, _QUESTIONS)
def test_asking_for_more_never_makes_it_true(stamps, question) -> None:  # type: ignore[no-untyped-def]
    more = replace(question, requires={**question.requires, TESTS: Label.DIRECT}, asked=True)
    if ask(stamps, question=more).answer is Answer.VERIFIED:
        assert ask(stamps, question=question).answer is Answer.VERIFIED
