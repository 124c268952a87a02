"""From hits to findings: effects of rules and of the policy, what is not listed, and what broke."""

from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import replace

from gatekeeper.checks import integrity
from gatekeeper.checks.changed_files import ChangedFiles, Unread
from gatekeeper.checks.contract import Context
from gatekeeper.checks.integrity import observe, severity_of
from gatekeeper.evidence.label import label
from gatekeeper.integrity.contract import Diff, Effect, Hit, Role, Rule
from gatekeeper.integrity.examine import Examined
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import Label, Severity

RULES = {
    "stern": Rule(Effect.BLOCK, "is stern"),
    "mild": Rule(Effect.WARN, "is mild"),
    "quiet": Rule(Effect.NOTE, "is"),
}


def seen(monkeypatch: pytest.MonkeyPatch, examined: Examined, *unread: Unread, **effects: str) -> Observation:
    monkeypatch.setattr(integrity, "changed_files", lambda context: ChangedFiles(Diff(()), unread))
    monkeypatch.setattr(integrity, "examine", lambda diff: replace(examined, rules=RULES))
    settings = CheckSettings(integrity.ID, effects=tuple(effects.items()))
    context = SimpleNamespace(settings=settings, subject=SimpleNamespace(head_tree="ab" * 20))
    return observe(cast(Context, context))


@pytest.mark.parametrize(
    ("effect", "harder", "severity"),
    [
        ("block", False, Severity.ERROR),
        ("block", True, Severity.ERROR),
        ("warn", False, Severity.WARNING),
        ("warn", True, Severity.ERROR),
        ("note", False, Severity.NOTE),
        ("note", True, Severity.NOTE),
        ("off", True, None),
    ],
)
def test_what_an_effect_makes_of_a_hit(effect: str, harder: bool, severity: Severity | None) -> None:
    assert severity_of(effect, harder) is severity


def test_the_policy_s_effect_counts_before_that_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = (Hit("stern", "a", "m"), Hit("mild", "b", "m", harder=True), Hit("quiet", "c", "m"))
    plain = seen(monkeypatch, Examined(hits)).findings
    assert [one.severity for one in plain] == [Severity.ERROR, Severity.ERROR, Severity.NOTE]
    stated = seen(monkeypatch, Examined(hits), stern="off", mild="note", quiet="warn").findings
    assert [(one.rule, one.severity) for one in stated] == [("mild", Severity.NOTE), ("quiet", Severity.WARNING)]


def test_what_is_not_listed_is_one_finding_of_the_same_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, Examined((Hit("stern", "a", "m"),), beyond={"stern": 7, "mild": 2}))
    assert [(one.rule, one.severity, one.path) for one in found.findings[1:]] == [
        ("stern", Severity.ERROR, None),
        ("mild", Severity.WARNING, None),
    ]
    assert "7 more" in found.findings[1].message
    assert found.counts["hits"] == 10
    assert not seen(monkeypatch, Examined(beyond={"stern": 7}), stern="off").findings


def test_a_detector_that_broke_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, Examined(failed=("Files broke on a.py: ValueError: x",)))
    assert label(found) == (Label.BLOCKED, ("Files broke on a.py: ValueError: x",))


@pytest.mark.parametrize(
    ("role", "severity"), [(Role.OTHER, Severity.WARNING), (Role.CI, Severity.ERROR), (Role.PRODUCT, Severity.ERROR)]
)
def test_what_was_not_read_weighs_by_what_it_is(
    monkeypatch: pytest.MonkeyPatch, role: Role, severity: Severity
) -> None:
    (finding,) = seen(monkeypatch, Examined(), Unread("a", role, "it has 21 MB")).findings
    assert (finding.rule, finding.severity, finding.message) == (
        "file-not-read",
        severity,
        "it has 21 MB: it was not looked into",
    )
