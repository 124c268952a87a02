"""[[rule]] → `model.rule.Rule`: inherited ones replaced by id, contradictions refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.rule import RULES, Combine, CountTest, Effect, Rule, When
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.policy.rule_schema import CountTable, RuleTable, WhenTable
from gatekeeper.policy.settings import Origin

_EMPTY = When()


def rules(tables: Sequence[RuleTable], known: Sequence[str], origin: Origin) -> tuple[Rule, ...]:
    """In the order of the policy. A later layer replaces or switches off a rule of the same id.

    Raises ConfigurationError with the place of the rule: no condition, an unknown check, the same id twice in one text.
    """
    found: dict[str, tuple[Rule | None, str]] = {}
    for number, table in enumerate(tables, 1):
        where = origin(f"rule[{number}]")
        if table.id in found and found[table.id][1].partition(":")[0] == where.partition(":")[0]:
            raise ConfigurationError(f"{where}: two rules have the id {table.id!r}", "give one of them another id")
        made = _rule(table, where) if table.enabled else None
        if made is not None:
            _known_checks(made, known, where)
        found[table.id] = made, where
    return tuple(made for made, _ in found.values() if made is not None)


def rule_origins(tables: Sequence[RuleTable], origin: Origin) -> dict[str, str]:
    """ "rule ID" → where the rule that holds was written."""
    return {f"rule {table.id}": origin(f"rule[{number}]") for number, table in enumerate(tables, 1)}


def with_rules(checks: Mapping[CheckId, CheckSettings], found: Sequence[Rule]) -> dict[CheckId, CheckSettings]:
    """The checks, that of the rules among them where there are any, and marked whose base must be counted."""
    every = dict(checks)
    for name in {test.check for rule in found for when in _whens(rule) for test in when.counts if _against_base(test)}:
        every[CheckId(name)] = replace(every[CheckId(name)], counts_at_base=True)
    if found:
        every[RULES] = CheckSettings(id=RULES)
    return every


def _rule(table: RuleTable, where: str) -> Rule:
    made = Rule(
        id=table.id,
        title=table.title.strip(),
        why=table.why.strip(),
        effect=Effect(table.effect),
        remedy=table.remedy.strip(),
        when=_when(table.when),
        match=Combine(table.match),
        unless=_when(table.unless) if table.unless is not None else None,
        require={CheckId(check): Label(label) for check, label in table.require.items()},
        docs=table.docs,
    )
    problem = next(_problems(made), None)
    if problem is not None:
        raise ConfigurationError(f"{where}: rule {made.id}: {problem[0]}", problem[1])
    return made


def _problems(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.title or not rule.why:
        yield "it has no title or no why", "say what is wrong when it fires, and why that matters"
    if _EMPTY in _whens(rule):
        yield "it has no condition", 'write one under when, for example when = { changed = ["/ui/"] }'
    if (rule.effect is Effect.REQUIRE_LABEL) is not bool(rule.require):
        yield "effect and require do not go together", 'effect = "require-label" and require = { browser = "direct" }'
    for when in _whens(rule):
        yield from _incomplete(when)


def _incomplete(when: When) -> Iterator[tuple[str, str]]:
    """Keys that say something about a condition that is not there."""
    if when.finding_paths and not when.findings:
        yield "finding_paths without findings", 'name them, findings = ["lint/*"]'
    if when.size_ignores and when.files_above is when.lines_above is None:
        yield "size_ignores without a size", "add files_above or lines_above"
    for test in when.counts:
        if (test.below, test.above, test.below_base, test.above_base) == (None,) * 4:
            yield f"the count {test.count} is compared with nothing", "add below, above, below_base or above_base"


def _known_checks(rule: Rule, known: Sequence[str], where: str) -> None:
    """A rule about a check that the policy does not have would never hold, or always."""
    for name in sorted({*rule.require, *(name for when in _whens(rule) for name in _checks_of(when))}):
        if name not in known:
            raise ConfigurationError(
                f"{where}: rule {rule.id} names an unknown check {name!r}", f"known: {', '.join(known)}"
            )


def _checks_of(when: When) -> Iterator[str]:
    yield from when.outcome
    yield from when.label_at_most
    yield from when.label_at_least
    yield from (test.check for test in when.counts)


def _whens(rule: Rule) -> tuple[When, ...]:
    return (rule.when,) if rule.unless is None else (rule.when, rule.unless)


def _against_base(test: CountTest) -> bool:
    return test.below_base is not None or test.above_base is not None


def _when(table: WhenTable) -> When:
    # Any: pydantic has checked each value, and the names are the same on both sides.
    plain: dict[str, Any] = {name: tuple(getattr(table, name)) for name in _LISTS}
    plain |= {name: getattr(table, name) for name in _SCALARS}
    return When(
        **plain,
        outcome={check: _listed(words) for check, words in table.outcome.items()},
        label_at_most={check: Label(word) for check, word in table.label_at_most.items()},
        label_at_least={check: Label(word) for check, word in table.label_at_least.items()},
        counts=tuple(_count(row) for row in table.counts),
    )


def _listed(words: str | Sequence[str]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def _count(row: CountTable) -> CountTest:
    return CountTest(row.check, row.count, row.below, row.above, row.below_base, row.above_base)


_LISTS = (
    "changed", "changed_outside", "unchanged", "committed", "findings", "finding_paths", "branch", "branch_not",
    "author", "author_not", "claims", "seen_on", "size_ignores",
)  # fmt: skip
_SCALARS = (
    "files_above", "lines_above", "commits_above", "subject_not", "contract", "self_review", "repeated", "expression",
)  # fmt: skip
