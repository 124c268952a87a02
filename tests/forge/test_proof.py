"""What stamps tell of a head, and which of several words counts."""

from datetime import date

import pytest
from msgspec.structs import replace

from gatekeeper.forge.proof import Proof, best, of_run, of_stamps, why
from gatekeeper.forge.pull_claims import held
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.vocabulary import CheckId, CommitId, Label, Outcome, TreeId, Verdict
from gatekeeper.stamp.answer import Answer, Step, Verified
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.sift import Observed, Stamp
from tests.support.reports import a_report, a_result
from tests.support.stamps import Key

BASE, TREE = CommitId("b" * 40), TreeId("d" * 40)
TESTS = Observed("passed", "local", (), {"passed": 214}, (("…/python3", "-m", "pytest", "-q"),))


def policy() -> Policy:
    own = CheckSettings(CheckId("self-review"), rejects=("overclaim", "count-mismatch", "command-mismatch", "stale"))
    checks = {CheckId(name): CheckSettings(CheckId(name)) for name in ("lint", "tests")}
    return replace(a_report().policy, checks={**checks, CheckId("self-review"): own}, waivers=())


def a_stamp(name: str, tests: Observed, *, same_user: bool = False) -> Stamp:
    accepted = tests.outcome == "passed"
    return Stamp(
        name=name, digest="1" * 64, signer=replace(Key().signer, name=name),
        chain=Chain(id="c", sequence=1, previous="", time=""),
        branch="work", base=BASE, merge_base=BASE, whole=False, policy="p", contract="",
        verdict="accepted" if accepted else "rejected", reasons=(), checks={"tests": tests}, same_user=same_user,
    )  # fmt: skip


def told(*stamps: Stamp, answer: Answer = Answer.VERIFIED) -> Proof:
    steps = (Step(7, "verdict", answer is Answer.VERIFIED, "ci says no"),)
    found = of_stamps(Verified(answer, steps, stamps), policy(), BASE, TREE, TREE)
    assert found is not None
    return found


def test_of_several_stamps_the_strongest_observation_counts() -> None:
    found = told(a_stamp("ci", TESTS), a_stamp("lab", replace(TESTS, label="direct")))
    assert (found.by, found.verdict, found.base) == ("stamp of ci, lab", Verdict.ACCEPTED, BASE)
    assert [(one.outcome, one.label, one.required) for one in found.results] == [(Outcome.PASSED, Label.DIRECT, True)]


def test_where_the_answer_is_no_the_one_that_failed_counts() -> None:
    failed = Observed("failed", "local", ("2 failed",))
    found = told(a_stamp("lab", TESTS), a_stamp("ci", failed), answer=Answer.REJECTED)
    assert (found.verdict, found.reasons) == (Verdict.REJECTED, ("ci says no",))
    assert [(one.outcome, one.reasons) for one in found.results] == [(Outcome.FAILED, ("2 failed",))]


@pytest.mark.parametrize("label", ["", "excellent"])
def test_no_label_is_made_of_an_unknown_word(label: str) -> None:
    assert told(a_stamp("ci", replace(TESTS, label=label))).results[0].label is Label.BLOCKED


def test_who_could_have_been_the_worker_is_said() -> None:
    assert told(a_stamp("ci", TESTS, same_user=True)).by == "stamp of ci (trust: same-user)"


def test_what_establishes_nothing_is_no_proof() -> None:
    answer = Verified(Answer.UNESTABLISHED, (Step(1, "log", False, "no log"), Step(2, "envelope", None)))
    assert of_stamps(answer, policy(), BASE, TREE, TREE) is None
    assert why(answer) == "no log"


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (f"Gate-Claim: tests=local; pytest -q; 214 passed\nGate-Tree: {TREE}", set()),
        ("Gate-Claim: tests=direct; pytest -q", {"overclaim"}),
        ("Gate-Claim: tests=local; pytest -q; 999 passed", {"count-mismatch"}),
        ("Gate-Claim: tests=local; make check", {"command-mismatch"}),
        ("Gate-Claim: tests=local; pytest -q\nGate-Tree: " + "1" * 40, {"stale"}),
    ],
)
def test_claims_are_held_against_what_a_stamp_tells(body: str, rules: set[str]) -> None:
    found = held(told(a_stamp("ci", TESTS)), body, date(2026, 1, 2))
    assert {one.rule for one in found if one.rejects} == rules


def test_what_counts_of_several() -> None:
    run = replace(of_run(a_report(a_result("tests", Outcome.PASSED), verdict=Verdict.ACCEPTED)), base=BASE)
    old, blocked = replace(run, base=CommitId("a" * 40)), replace(run, verdict=Verdict.BLOCKED)
    stamp, no = told(a_stamp("ci", TESTS)), replace(run, verdict=Verdict.REJECTED)
    assert best([old, stamp], BASE) is stamp
    assert best([replace(old, verdict=Verdict.REJECTED), stamp], BASE) is stamp
    assert best([blocked, stamp], BASE) is stamp
    assert best([run, stamp], BASE) is run
    assert best([stamp, no], BASE) is no
    assert best([], BASE) is None
