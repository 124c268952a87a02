"""Rules over the judged facts: each matcher both ways, each effect, and that not knowing blocks."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.decide import decide
from gatekeeper.decision.facts import Facts, Known, facts
from gatekeeper.decision.matchers import matches
from gatekeeper.decision.matching import AbsentFact
from gatekeeper.decision.rules import ruled
from gatekeeper.model.change import Repeat
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy, Waiver
from gatekeeper.model.result import CheckResult
from gatekeeper.model.rule import RULES, Combine, CountTest, Effect, Rule, When
from gatekeeper.model.vocabulary import CheckId, Label, Novelty, Outcome, Severity, Verdict
from tests.support.judged import change, known, result, subject

TODAY = date(2026, 11, 21)
LINT = Finding(CheckId("lint"), "F401", "unused", path="src/app.py", line=3)
COMMITS = (("feat: one", "Bot <bot@x.org>"), ("oops", "Eve <eve@x.org>"))


def passed(**limit: int) -> When:
    return When(counts=(CountTest("tests", "passed", **limit),))


FACTS = Known(
    subject("agent/one"),
    change("src/app.py", "ui/page.ts", lines=30, commits=COMMITS),
    (
        result("tests", counts={"passed": 7, "skipped": 2}, base={"passed": 9, "skipped": 1}),
        result("lint", Outcome.FAILED, findings=[LINT]),
        result("browser", Outcome.PASSED, Label.PROXY),
        result("build", Outcome.BLOCKED, Label.BLOCKED),
        result("e2e", Outcome.NOT_APPLICABLE, None),
    ),
    SelfReview((Claim("tests", Label.DIRECT),), ("trailer",), bound=True),
    repeats=(Repeat("f" * 32, "lint", "F401", 3),),
    surfaces={"browser": "browser", "build": "device"},
)
HOLDS = {
    "changed": (When(changed=("/ui/",)), When(changed=("/docs/",))),
    "outside": (When(changed_outside=("/src/",)), When(changed_outside=("/src/", "/ui/"))),
    "unchanged": (When(unchanged=("/tests/",)), When(unchanged=("/ui/",))),
    "committed": (When(committed=("*.ts",)), When(committed=("*.md",))),
    "findings": (When(findings=("lint/F*",)), When(findings=("lint/E*",))),
    "finding_paths": (
        When(findings=("*",), finding_paths=("/src/",)),
        When(findings=("*",), finding_paths=("/ui/",)),
    ),
    "outcome": (When(outcome={"build": ("blocked", "failed")}), When(outcome={"build": ("passed",)})),
    "at_most": (When(label_at_most={"browser": Label.PROXY}), When(label_at_most={"browser": Label.LOCAL})),
    "at_least": (When(label_at_least={"browser": Label.PROXY}), When(label_at_least={"browser": Label.DIRECT})),
    "below": (passed(below=8), passed(below=7)),
    "above": (passed(above=6), passed(above=7)),
    "below_base": (passed(below_base=2), passed(below_base=3)),
    "above_base": (
        When(counts=(CountTest("tests", "skipped", above_base=1),)),
        When(counts=(CountTest("tests", "skipped", above_base=2),)),
    ),
    "size_ignores": (When(lines_above=29, size_ignores=("/ui/",)), When(lines_above=30, size_ignores=("/ui/",))),
    "seen_on": (When(seen_on=("browser",)), When(seen_on=("device", "production"))),
    "files": (When(files_above=1), When(files_above=2)),
    "lines": (When(lines_above=59), When(lines_above=60)),
    "commits": (When(commits_above=1), When(commits_above=2)),
    "branch": (When(branch=("agent/*",)), When(branch=("feature/*",))),
    "branch_not": (When(branch_not=("feature/*",)), When(branch_not=("agent/*",))),
    "author": (When(author=("*<eve@*",)), When(author=("*<bob@*",))),
    "author_not": (When(author_not=("*<bot@*",)), When(author_not=("*@x.org>",))),
    "subject_not": (When(subject_not="^(feat|fix): "), When(subject_not="o")),
    "claims": (When(claims=("*=direct",)), When(claims=("*=proxy",))),
    "contract": (When(contract=False), When(contract=True)),
    "self_review": (When(self_review=True), When(self_review=False)),
    "repeated": (When(repeated=3), When(repeated=4)),
    "expression": (When(expression="yes"), When(expression="no")),
}  # fmt: skip
SHARED = {"finding_paths", "size_ignores"}
COUNTS = {"below", "above", "below_base", "above_base"}
VALUES = {"yes": True, "no": False, "broken": "it does not type-check"}


def rule(when: When, effect: Effect = Effect.REJECT, **more: object) -> Rule:
    return replace(Rule("a-rule", "It fires", "Because.", effect, "Mend it.", when), **more)  # type: ignore[arg-type]


def policy(*rules: Rule, waivers: tuple[Waiver, ...] = ()) -> Policy:
    checks = {RULES: CheckSettings(id=RULES)}
    return Policy(checks, waivers, EnvironmentSettings(), (), "", "a test", rules=rules)


def values(_: object, __: Facts) -> Mapping[str, bool | str]:
    return VALUES


def judged(one: Rule, about: Known = FACTS, waivers: tuple[Waiver, ...] = ()) -> CheckResult:
    found = ruled(about, policy(one, waivers=waivers), TODAY, values)
    assert found is not None
    return found


@pytest.mark.parametrize("name", HOLDS)
def test_every_condition_holds_and_does_not_hold(name: str) -> None:
    holds, fails = HOLDS[name]
    assert judged(rule(holds)).outcome is Outcome.FAILED
    assert judged(rule(fails)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "when",
    [
        When(expression="broken"),
        When(expression="never asked"),
        When(outcome={"types": ("failed",)}),
        When(label_at_most={"types": Label.LOCAL}),
        When(label_at_most={"e2e": Label.LOCAL}),
        When(counts=(CountTest("tests", "xfailed", below=1),)),
        When(counts=(CountTest("lint", "files", below_base=1),)),
    ],
)
@pytest.mark.parametrize("effect", [Effect.REJECT, Effect.BLOCK, Effect.WARN])
def test_a_rule_that_cannot_be_evaluated_blocks_whatever_its_effect(when: When, effect: Effect) -> None:
    found = judged(rule(when, effect))
    assert found.outcome is Outcome.BLOCKED
    assert "a-rule cannot be evaluated" in found.reasons[0]


def test_changes_that_are_not_known_completely_are_absent() -> None:
    about = replace(FACTS, change=replace(change("src/app.py"), complete=False))
    assert judged(rule(When(changed=("/src/",))), about).outcome is Outcome.BLOCKED
    assert judged(rule(When(changed=("/src/",))), replace(FACTS, change=None)).outcome is Outcome.BLOCKED


def test_a_detached_head_has_no_branch_name() -> None:
    assert judged(rule(When(branch=("work",))), known(branch=None)).outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("how", "known_condition", "outcome"),
    [
        (Combine.ALL, When(changed=("/docs/",)), Outcome.PASSED),  # false settles "all"
        (Combine.ALL, When(changed=("/ui/",)), Outcome.BLOCKED),
        (Combine.ANY, When(changed=("/ui/",)), Outcome.FAILED),  # true settles "any"
        (Combine.ANY, When(changed=("/docs/",)), Outcome.BLOCKED),
    ],
)
def test_what_is_known_may_settle_it(how: Combine, known_condition: When, outcome: Outcome) -> None:
    both = replace(known_condition, expression="broken")
    assert judged(rule(both, match=how)).outcome is outcome


def test_all_and_any() -> None:
    both = When(changed=("/ui/",), branch=("feature/*",))
    assert judged(rule(both)).outcome is Outcome.PASSED
    assert judged(rule(both, match=Combine.ANY)).outcome is Outcome.FAILED


def test_unless_takes_it_back() -> None:
    assert judged(rule(When(changed=("/ui/",)), unless=When(author=("*<bot@*",)))).outcome is Outcome.PASSED
    assert judged(rule(When(changed=("/ui/",)), unless=When(author=("*<bob@*",)))).outcome is Outcome.FAILED
    assert judged(rule(When(changed=("/ui/",)), unless=When(expression="broken"))).outcome is Outcome.BLOCKED
    assert judged(rule(When(changed=("/docs/",)), unless=When(expression="broken"))).outcome is Outcome.PASSED
    assert judged(rule(When(expression="broken"), unless=When(changed=("/ui/",)))).outcome is Outcome.PASSED
    either = When(changed=("/ui/",), branch=("feature/*",))
    assert judged(rule(When(changed=("/src/",)), unless=either)).outcome is Outcome.PASSED


def test_effects() -> None:
    when = When(changed=("/ui/",))
    warned, blocked = judged(rule(when, Effect.WARN)), judged(rule(when, Effect.BLOCK))
    assert warned.outcome is Outcome.PASSED
    assert [one.severity for one in warned.findings] == [Severity.WARNING]
    assert blocked.outcome is Outcome.BLOCKED
    assert "It fires" in blocked.reasons[0]


@pytest.mark.parametrize(
    ("check", "label", "outcome"),
    [
        ("browser", Label.DIRECT, Outcome.FAILED),
        ("browser", Label.PROXY, Outcome.PASSED),
        ("build", Label.LOCAL, Outcome.BLOCKED),
        ("absent", Label.LOCAL, Outcome.BLOCKED),
    ],
)
def test_require_label(check: str, label: Label, outcome: Outcome) -> None:
    asked = rule(When(changed=("/ui/",)), Effect.REQUIRE_LABEL, require={CheckId(check): label})
    assert judged(asked).outcome is outcome
    silent = rule(When(changed=("/docs/",)), Effect.REQUIRE_LABEL, require={CheckId(check): label})
    assert judged(silent).outcome is Outcome.PASSED


def test_a_waiver_covers_one_path_of_a_rule() -> None:
    waiver = Waiver(RULES, "a-rule", "/ui/page.ts", "known", date(2026, 12, 1))
    assert judged(rule(When(changed=("/ui/",))), waivers=(waiver,)).outcome is Outcome.PASSED
    both = judged(rule(When(changed=("*",))), waivers=(waiver,))
    assert [one.path for one in both.findings if one.rejects] == ["src/app.py"]


def test_waived_and_old_findings_do_not_match() -> None:
    for one in (replace(LINT, waiver="ok"), replace(LINT, novelty=Novelty.BASELINE)):
        about = replace(FACTS, results=(replace(result("lint"), findings=(one,)),))
        assert judged(rule(When(findings=("lint/*",))), about).outcome is Outcome.PASSED


def test_rules_alone_establish_nothing() -> None:
    found = judged(rule(When(changed=("/docs/",))), known())
    assert found.outcome is Outcome.PASSED
    assert decide([found], [RULES], (), TODAY).verdict is Verdict.BLOCKED
    decision = decide([found, result("tests")], [RULES, CheckId("tests")], (), TODAY)
    assert decision.verdict is Verdict.ACCEPTED
    assert decision.reasons == ("1 checks passed on the committed tree",)


def test_without_rules_there_is_no_such_check_and_without_expressions_nothing_is_evaluated() -> None:
    def never(*_: object) -> Mapping[str, bool | str]:
        raise AssertionError

    assert ruled(FACTS, policy(), TODAY, never) is None
    assert ruled(FACTS, policy(rule(When(changed=("/ui/",)))), TODAY, never) is not None


def test_many_paths_are_bounded() -> None:
    about = known(paths=[f"ui/{number}.ts" for number in range(300)])
    assert len(judged(rule(When(changed=("/ui/",))), about).findings) == 20


def test_the_facts_name_no_place_of_the_machine() -> None:
    contract = Contract("work", 1, "2026-01-01", "me", "d" * 64, worktree="/home/me/tree")
    text = str(facts(replace(FACTS, contract=contract)))
    assert "/home/me" not in text
    assert "/r/.git" not in text


@given(st.sampled_from(sorted(HOLDS)), st.sampled_from(sorted(HOLDS)))
def test_all_is_the_conjunction_of_its_parts(one: str, other: str) -> None:
    if one == other or {one, other} & SHARED or {one, other} <= COUNTS:
        return  # these share a field
    for first in HOLDS[one]:
        for second in HOLDS[other]:
            asked = {**_said(first), **_said(second)}
            found = matches(When(**asked), Combine.ALL, facts(FACTS), VALUES)  # type: ignore[arg-type]
            assert (found is not None) is (first == HOLDS[one][0] and second == HOLDS[other][0])


def _said(when: When) -> dict[str, object]:
    empty = When()
    values = {name: getattr(when, name) for name in When.__struct_fields__}
    return {name: value for name, value in values.items() if value != getattr(empty, name)}


def test_an_absent_fact_says_which() -> None:
    with pytest.raises(AbsentFact, match=r"checks\.types"):
        matches(When(outcome={"types": ("failed",)}), Combine.ALL, facts(FACTS), {})


ABOUT_CHANGES = Rule("r", "t", "w", Effect.REJECT, "", When(changed=("/ui/",)))


@pytest.mark.parametrize(
    ("when", "gone", "blocked"),
    [
        (When(changed=("/ui/",)), "changes", False),
        (When(changed=("/ui/",)), "commits", True),
        (When(outcome={"types": ("failed",)}), "checks.types", False),
        (When(outcome={"types": ("failed",)}), "checks.lint", True),
        (When(counts=(CountTest("tests", "xfailed", below=1),)), "checks.tests.counts.xfailed", False),
        (When(counts=(CountTest("tests", "xfailed", below=1),)), "checks.tests.counts.failed", True),
        (When(expression="size(changes.paths) > 3"), "changes", False),
        (When(expression="size(changes.paths) > 3"), "checks.lint", True),
        (When(expression="subject.changes > 3"), "changes", True),
        (When(contract=False), "contract", False),
        (When(self_review=False), "self_review", False),
    ],
)
def test_a_rule_is_not_asked_about_what_was_taken_out(when: When, gone: str, *, blocked: bool) -> None:
    known_ = replace(FACTS, change=None, gone=frozenset({gone}))
    policy = with_rule(replace(ABOUT_CHANGES, when=when))
    found = ruled(known_, policy, TODAY, lambda texts, _: dict.fromkeys(texts, "NoSuchKey"))
    assert found is not None
    assert found.outcome is (Outcome.BLOCKED if blocked else Outcome.PASSED)
    assert found.findings == ()


@pytest.mark.parametrize(("gone", "outcome"), [("checks.shop", Outcome.PASSED), ("checks.lint", Outcome.BLOCKED)])
def test_evidence_that_was_taken_out_is_not_missing(gone: str, outcome: Outcome) -> None:
    rule = replace(
        ABOUT_CHANGES, effect=Effect.REQUIRE_LABEL, require={CheckId("shop"): Label.DIRECT}, when=When(changed=("*",))
    )
    found = ruled(replace(FACTS, gone=frozenset({gone})), with_rule(rule), TODAY, lambda *_: {})
    assert found is not None
    assert found.outcome is outcome


def with_rule(rule: Rule) -> Policy:
    return Policy({RULES: CheckSettings(id=RULES)}, (), EnvironmentSettings(), (), "", "a test", rules=(rule,))
