"""A comment that silences what base had found weighs more than one beside new code."""

import pytest
from msgspec.structs import replace

from gatekeeper.checks.silenced import corroborated, suppresses
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId, Severity

LINT, INTEGRITY = CheckId("lint"), CheckId("integrity")
KNOWN = Finding(LINT, "F401", "unused", path="a.py", line=9, context="import os")
HIT = Finding(
    INTEGRITY, "suppression-added", "adds `noqa: F401`", Severity.WARNING, "a.py", 3, context="import os  # noqa: F401"
)


def held(hit: Finding, *base: Finding, before: dict[str, str] | None = None, after: str = "") -> Finding:
    seen = Observation(INTEGRITY, "ab" * 20, findings=(hit,), counts={"files": 1})
    found = corroborated(seen, base, before or {}, lambda path, line: after if (path, line) == (hit.path, 4) else "")
    return found.findings[0]


@pytest.mark.parametrize("context", ["import os  # noqa: F401", "import   os # noqa", "import os # for x  # noqa"])
def test_the_line_with_a_finding_at_base(context: str) -> None:
    known = (KNOWN, replace(KNOWN, context="import os # for x"))
    found = held(replace(HIT, context=context), *known)
    assert found.severity is Severity.ERROR
    assert found.message.endswith("lint found F401 on this line at base")


def test_a_comment_of_its_own_silences_the_line_below() -> None:
    hit = replace(HIT, rule="js-type-suppressed", path="a.ts", context="// @ts-ignore")
    known = replace(KNOWN, path="a.ts", context="const a: string = 1")
    assert held(hit, known, after="  const a: string = 1").severity is Severity.ERROR
    assert held(hit, known, after="const b: string = 1").severity is Severity.WARNING


def test_a_renamed_file_is_what_it_was() -> None:
    hit = replace(HIT, path="b.py")
    assert held(hit, KNOWN, before={"b.py": "a.py"}).severity is Severity.ERROR
    assert held(hit, KNOWN).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("hit", "base"),
    [
        (HIT, ()),
        (HIT, (replace(KNOWN, context="import sys"),)),
        (HIT, (replace(KNOWN, context=""),)),
        (HIT, (replace(KNOWN, path="b.py"),)),
        (replace(HIT, severity=Severity.NOTE), (KNOWN,)),
        (replace(HIT, rule="test-removed"), (KNOWN,)),
        (replace(HIT, line=None), (KNOWN,)),
        (replace(HIT, context=""), (KNOWN,)),
    ],
)
def test_everything_else_stays_what_it_is(hit: Finding, base: tuple[Finding, ...]) -> None:
    assert held(hit, *base) == hit


def test_base_is_asked_only_where_it_could_matter() -> None:
    seen = Observation(INTEGRITY, "ab" * 20)
    assert suppresses(replace(seen, findings=(HIT,)))
    assert not suppresses(
        replace(seen, findings=(replace(HIT, rule="test-removed"), replace(HIT, severity=Severity.ERROR)))
    )
