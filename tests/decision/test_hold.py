"""Claims against observations: what each rule fires on, what it does not, and what no claim can do."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.hold import SELF_REVIEW, hold
from gatekeeper.decision.judge import judge
from gatekeeper.evidence.claims import merge
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.claim import REVIEW_RULES, Claim, GateChange, ReviewFacts, SelfReview, Sentence
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings, Waiver
from gatekeeper.model.result import CheckResult
from gatekeeper.model.target import Artefact, Identity, ProbeFacts
from gatekeeper.model.vocabulary import CheckId, Ended, Label, Outcome, RunId, Severity
from gatekeeper.policy.schema import SelfReviewCheck

TODAY = date(2026, 1, 15)
TREE = "ab" * 20
DEFAULT = SelfReviewCheck.model_validate({})
SETTINGS = CheckSettings(
    SELF_REVIEW,
    rejects=tuple(DEFAULT.rejects),
    warns=tuple(rule for rule in DEFAULT.warns if rule not in DEFAULT.rejects),
)
RUN = CommandRun(("/env/bin/python", "-m", "pytest", "--junitxml=r"), Ended.EXITED, 0, 1.0, 1, "/log", "aa" * 32)
COUNTS = {"collected": 217, "passed": 214, "failed": 0, "errors": 0, "skipped": 3}
OWN = CheckResult(
    SELF_REVIEW,
    Outcome.PASSED,
    Label.LOCAL,
    ("read by the gate from git",),
    (),
    Observation(SELF_REVIEW, TREE, counts={"claims": 1}),
)
FACTS = ReviewFacts(tree=TREE, subjects={"tests": "", "lint": "", "shop": "production", "off": ""})
PROBED = ProbeFacts(False, Identity.PROVEN, artefacts=(Artefact("body", "bb" * 32, 3),))


def result(
    check: str = "tests", label: Label | None = Label.LOCAL, outcome: Outcome = Outcome.PASSED, **more: object
) -> CheckResult:
    seen = Observation(CheckId(check), TREE, commands=(RUN,), counts=COUNTS)
    made = CheckResult(CheckId(check), outcome, label, (f"why {check} is {outcome}",), (), seen)
    return replace(made, **more)  # type: ignore[arg-type]


def failing(check: str = "tests", *symbols: str, **more: object) -> CheckResult:
    found = tuple(Finding(CheckId(check), "test-failed", f"{one}: boom", symbol=one) for one in symbols or ("t.py::x",))
    return result(check, outcome=Outcome.FAILED, findings=found, **more)


DIRECT = result("shop", Label.DIRECT, observation=Observation(CheckId("shop"), TREE, (RUN,), probe=PROBED))
SEEN = (OWN, result(), result("lint", Label.BLOCKED, Outcome.BLOCKED), DIRECT)


def review(*claims: Claim, **more: object) -> SelfReview:
    made = merge([SelfReview(claims, ("trailer",), True)])
    assert made is not None
    return replace(made, **more)  # type: ignore[arg-type]


def held(
    said: SelfReview | None,
    results: Sequence[CheckResult] = SEEN,
    facts: ReviewFacts = FACTS,
    settings: CheckSettings = SETTINGS,
    waivers: Sequence[Waiver] = (),
) -> CheckResult:
    after = hold(results, said, facts, settings, waivers, TODAY)
    assert [one for one in after if one.id != SELF_REVIEW] == [one for one in results if one.id != SELF_REVIEW]
    return next(one for one in after if one.id == SELF_REVIEW)


def rules(said: SelfReview | None, *args: object, **more: object) -> list[str]:
    return sorted(finding.rule for finding in held(said, *args, **more).findings)  # type: ignore[arg-type]


def claim(subject: str = "tests", label: Label = Label.LOCAL, **more: object) -> Claim:
    return replace(Claim(subject, label, carrier="trailer"), **more)  # type: ignore[arg-type]


def test_an_honest_review_changes_nothing() -> None:
    said = review(claim(command="pytest -q", counts=(("passed", 214), ("skipped", 3))), claim("shop", Label.DIRECT))
    assert held(said) is OWN


def test_a_weaker_claim_is_fine() -> None:
    assert rules(review(claim("shop", Label.LOCAL), claim("tests", Label.BLOCKED, statement="did not look"))) == []


@pytest.mark.parametrize(
    ("said", "results", "rule"),
    [
        (claim(label=Label.PROXY), SEEN, "overclaim"),
        (claim(label=Label.DIRECT), SEEN, "overclaim"),
        (claim(), (OWN, failing()), "overclaim"),
        (claim(label=Label.DIRECT), (OWN, failing(label=Label.BLOCKED)), "overclaim"),
        (claim("lint"), SEEN, "unsupported"),
        (claim("lint", Label.DIRECT), SEEN, "unsupported"),
        (claim("off"), SEEN, "unsupported"),
        (claim("lint"), (OWN, result("lint", None, Outcome.NOT_APPLICABLE)), "unsupported"),
        (claim("no-gate-change"), SEEN, "unsupported"),
        (claim("vibes"), SEEN, "claim-unknown"),
        (claim("vibes", Label.BLOCKED, statement="x"), SEEN, "claim-unknown"),
        (claim(counts=(("passed", 215),)), SEEN, "count-mismatch"),
        (claim(counts=(("failed", 1),)), SEEN, "count-mismatch"),
        (claim(counts=(("flaky", 1),)), SEEN, "unsupported"),
        (claim(artefact="cc" * 32), SEEN, "unsupported"),
        (claim(command="make test"), SEEN, "command-mismatch"),
        (claim(command="pytest -k quick"), SEEN, "command-mismatch"),
        (claim("shop", Label.BLOCKED), SEEN, "blocked-without-reason"),
    ],
)
def test_each_claim_that_says_too_much_has_its_rule(said: Claim, results: Sequence[CheckResult], rule: str) -> None:
    assert rules(review(said), results) == [rule]


@pytest.mark.parametrize(
    "said",
    [
        claim(command="uv run pytest -x"),
        claim(artefact="aa" * 32),
        claim("shop", Label.DIRECT, artefact="bb" * 32),
        claim(counts=(("passed", 210), ("xpassed", 4))),
        claim("lint", Label.BLOCKED, statement="ruff is not installed"),
        claim("off", Label.BLOCKED, statement="it is switched off"),
    ],
)
def test_what_agrees_with_the_observation_has_none(said: Claim) -> None:
    assert rules(review(said)) == []


def test_a_failure_that_is_told_is_no_overclaim_and_stays_a_failure() -> None:
    bad = failing(observation=Observation(CheckId("tests"), TREE, (RUN,), counts={**COUNTS, "failed": 1}))
    assert rules(review(claim(counts=(("passed", 214), ("failed", 1)))), (OWN, bad)) == []
    told = review(claim(), known_failures=("tests — since monday",))
    assert rules(told, (OWN, bad)) == ["disclosed"]
    assert hold((OWN, bad), told, FACTS, SETTINGS, (), TODAY)[1] is bad


def test_evidence_that_is_only_too_weak_is_no_failure_of_the_claim() -> None:
    weak = Finding(CheckId("shop"), "evidence-too-weak", "proxy was reached, direct is required", symbol="direct")
    seen = result("shop", Label.PROXY, Outcome.FAILED, findings=(weak,))
    assert rules(review(claim("shop", Label.PROXY)), (OWN, seen)) == []
    assert rules(review(claim("shop", Label.DIRECT)), (OWN, seen)) == ["overclaim"]


def test_a_cached_observation_counts_like_any_other() -> None:
    seen = result()
    cached = replace(seen, observation=replace(seen.observation, cached_from=RunId("0" * 16)))
    assert rules(review(claim(counts=(("passed", 214),))), (OWN, cached)) == []
    assert rules(review(claim(counts=(("passed", 1),))), (OWN, cached)) == ["count-mismatch"]


def test_stale_names_the_tree_and_the_way_out() -> None:
    stale = held(review(claim(), bound=False, unbound=("trailer",)))
    assert (stale.outcome, [one.rule for one in stale.findings]) == (Outcome.FAILED, ["stale"])
    assert TREE in stale.findings[0].message
    assert "rebind" in stale.findings[0].message


def test_a_review_that_says_nothing_is_empty_unless_it_could_not_be_read() -> None:
    assert rules(review()) == ["empty-review"]
    assert rules(review(problems=("is not TOML",))) == []
    assert rules(review(not_done=("a — b",))) == ["disclosed"]


def test_what_was_not_done_needs_a_reason() -> None:
    assert rules(review(claim(), not_done=("load test",))) == ["blocked-without-reason", "disclosed"]


def test_a_known_failure_must_fail_at_the_base_where_the_base_was_asked() -> None:
    said = review(known_failures=("test_x — flaky",))
    asked = failing("tests", "t.py::test_x", "t.py::test_y", base_judged=True, also_at_base=("t.py::test_y",))
    assert "false-known-failure" in rules(said, (OWN, asked))
    assert rules(said, (OWN, replace(asked, also_at_base=("t.py::test_x",)))) == ["disclosed"]
    assert rules(said, (OWN, replace(asked, base_judged=False))) == ["disclosed"]
    assert rules(review(known_failures=("test_z",)), (OWN, asked)) == ["disclosed"]
    flaky = replace(asked, findings=(replace(asked.findings[0], severity=Severity.WARNING),))
    assert rules(said, (OWN, flaky)) == ["disclosed"], "it did not fail here either"


def test_removed_tests_and_changed_rules_are_to_be_disclosed() -> None:
    facts = replace(FACTS, tests_removed=("tests/test_a.py",), gate_changes=(GateChange("ruff.toml", ("E501",)),))
    silent = held(review(claim()), facts=facts)
    assert sorted((one.rule, one.path) for one in silent.findings) == [
        ("undisclosed-change", "ruff.toml"),
        ("undisclosed-change", "tests/test_a.py"),
    ]
    told = review(claim(), tests_removed=("tests/test_a.py",), gate_changes=("E501 — noise",))
    assert rules(told, facts=facts) == ["disclosed", "disclosed"]
    assert rules(replace(told, gate_changes=("ruff.toml",)), facts=facts).count("undisclosed-change") == 1


def prose(text: str) -> ReviewFacts:
    return replace(FACTS, prose=(Sentence("commit 1234", 3, text),))


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("All tests pass.", True),
        ("Verified in production.", True),
        ("Verified in production, and all tests pass.", True),
        ("The shop works.", True),
        ("Verified in staging.", False),
        ("Verified in the browser.", False),
        ("Lint is clean.", False),
        ("All tests pass and lint is clean.", False),
        ("It works.", False),
    ],
)
def test_prose_is_listed_unless_claim_and_observation_cover_it(text: str, covered: bool) -> None:
    said = review(claim(), claim("shop", Label.DIRECT), claim("lint", Label.BLOCKED, statement="no ruff"))
    assert rules(said, facts=prose(text)) == ([] if covered else ["unverified-prose"])
    assert rules(review(claim("lint", Label.BLOCKED, statement="no ruff")), facts=prose(text)) == ["unverified-prose"]


def test_prose_is_not_covered_by_a_claim_that_something_speaks_against() -> None:
    said = review(claim(counts=(("passed", 1),)))
    assert rules(said, facts=prose("All tests pass.")) == ["count-mismatch", "unverified-prose"]
    proxy = (OWN, result("shop", Label.PROXY))
    assert rules(review(claim("shop", Label.PROXY)), proxy, facts=prose("Verified in production.")) == [
        "unverified-prose"
    ]


def test_prose_is_listed_without_any_review_and_the_check_stays_inapplicable() -> None:
    none = judge(Observation(SELF_REVIEW, TREE, inapplicable="there is none"), None, SETTINGS, (), TODAY)
    listed = held(None, (none, result()), prose("All tests pass."))
    assert (listed.outcome, listed.label) == (Outcome.NOT_APPLICABLE, None)
    assert [(one.rule, one.severity, one.rejects) for one in listed.findings] == [
        ("unverified-prose", Severity.WARNING, False)
    ]
    assert "line 3" in listed.findings[0].message
    assert held(None, (none, result())) is none


def test_prose_never_decides_whatever_the_policy_says() -> None:
    forced = replace(SETTINGS, rejects=("unverified-prose",), warns=())
    after = held(review(claim()), facts=prose("It works."), settings=forced)
    assert (after.outcome, [one.severity for one in after.findings]) == (Outcome.PASSED, [Severity.WARNING])
    with pytest.raises(ValueError, match="rejects"):
        SelfReviewCheck.model_validate({"rejects": ["unverified-prose"]})


def test_what_was_too_long_to_read_is_said() -> None:
    assert rules(review(claim()), facts=replace(FACTS, unread=("commit 1234",))) == ["unverified-prose"]


def test_nothing_is_held_where_the_check_was_not_asked_for_or_the_whole_tree_is_judged() -> None:
    bad = review(claim(label=Label.DIRECT))
    skipped = judge(Observation(SELF_REVIEW, TREE, missing=("skipped",)), None, SETTINGS, (), TODAY)
    whole = judge(Observation(SELF_REVIEW, TREE, inapplicable="the whole tree"), None, SETTINGS, (), TODAY)
    for own in (skipped, whole):
        assert held(bad, (own, result())) is own
    assert hold((result(),), bad, FACTS, SETTINGS, (), TODAY) == (result(),)


def test_the_policy_says_what_rejects_what_warns_and_what_is_a_note() -> None:
    bad = review(claim(label=Label.DIRECT))
    for settings, outcome, severity in (
        (SETTINGS, Outcome.FAILED, Severity.ERROR),
        (replace(SETTINGS, rejects=(), warns=("overclaim",)), Outcome.PASSED, Severity.WARNING),
        (replace(SETTINGS, rejects=(), warns=()), Outcome.PASSED, Severity.NOTE),
        (replace(SETTINGS, severity=Severity.WARNING), Outcome.PASSED, Severity.WARNING),
    ):
        after = held(bad, settings=settings)
        assert (after.outcome, [one.severity for one in after.findings]) == (outcome, [severity])


def test_every_rule_can_be_set_and_the_defaults_reject_four() -> None:
    settable = set(DEFAULT.warns) | {"claim-repeated", "disclosed"}
    assert settable == set(REVIEW_RULES)
    assert set(DEFAULT.rejects) == {"overclaim", "stale", "count-mismatch", "false-known-failure"}
    SelfReviewCheck.model_validate({"rejects": [rule for rule in REVIEW_RULES if rule != "unverified-prose"]})


def test_findings_of_the_check_itself_stay_and_waivers_hold() -> None:
    gone = replace(FACTS, tests_removed=("tests/test_a.py",))
    malformed = Finding(SELF_REVIEW, "self-review-malformed", "no", symbol="no")
    own = replace(OWN, observation=replace(OWN.observation, findings=(malformed,)))
    waiver = Waiver(SELF_REVIEW, "undisclosed-change", "tests/", "agreed", TODAY)
    after = held(review(claim()), (own, result()), gone, waivers=(waiver,))
    assert [(one.rule, one.waiver) for one in after.findings] == [
        ("self-review-malformed", None),
        ("undisclosed-change", "agreed"),
    ]
    assert len({one.fingerprint for one in after.findings}) == 2


LABELS = st.sampled_from(list(Label))
RESULTS = st.builds(
    lambda label, failed: failing(label=label) if failed else result(label=label, outcome=Outcome.PASSED),
    LABELS.filter(lambda label: label is not Label.BLOCKED),
    st.booleans(),
)
SOME_COUNTS = st.dictionaries(st.sampled_from(sorted(COUNTS)), st.integers(0, 300), max_size=3)


@given(
    RESULTS, LABELS, st.sets(st.sampled_from(sorted(COUNTS))), st.sampled_from(["", "pytest -q", "python -m pytest"])
)
def test_no_claim_at_or_below_the_evidence_with_equal_counts_has_a_finding(
    seen: CheckResult, label: Label, names: set[str], command: str
) -> None:
    counts = {name: COUNTS[name] for name in names}
    if seen.outcome is Outcome.FAILED:
        counts["failed"] = 1
        seen = replace(seen, observation=replace(seen.observation, counts={**COUNTS, "failed": 1}))
    assert seen.label is not None
    if STRENGTH[label] <= STRENGTH[seen.label]:
        said = claim(label=label, counts=tuple(sorted(counts.items())), command=command, statement="so it is")
        assert rules(review(said), (OWN, seen)) == []


@given(st.one_of(RESULTS, st.just(result(label=Label.BLOCKED, outcome=Outcome.BLOCKED))), SOME_COUNTS, st.booleans())
def test_raising_the_claimed_label_never_removes_a_finding(
    seen: CheckResult, counts: dict[str, int], talks: bool
) -> None:
    facts = prose("All tests pass.") if talks else FACTS
    before: set[str] = set()
    for label in sorted(Label, key=lambda one: STRENGTH[one]):
        said = claim(label=label, counts=tuple(sorted(counts.items())), statement="so it is")
        now = set(rules(review(said), (OWN, seen), facts))
        assert before <= now
        before = now


CLAIMS = st.lists(
    st.builds(
        claim,
        st.sampled_from(["tests", "lint", "shop", "off", "vibes"]),
        LABELS,
        counts=SOME_COUNTS.map(lambda counts: tuple(sorted(counts.items()))),
        command=st.sampled_from(["", "pytest", "make test"]),
        statement=st.sampled_from(["", "so it is"]),
    ),
    max_size=6,
)


@given(CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(claims: list[Claim], random: object) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    facts = prose("All tests pass.")
    assert held(review(*claims), facts=facts) == held(review(*shuffled), facts=facts)


@given(CLAIMS, st.lists(st.sampled_from(["tests — old", "lint", "x"]), max_size=2))
def test_no_review_makes_anything_pass(claims: list[Claim], disclosures: list[str]) -> None:
    said = review(*claims, known_failures=tuple(disclosures), not_done=tuple(disclosures))
    bad = (OWN, failing(), result("lint", Label.BLOCKED, Outcome.BLOCKED))
    after = hold(bad, said, FACTS, SETTINGS, (), TODAY)
    assert after[1:] == bad[1:]
    assert after[0].label in {Label.LOCAL, None}
