"""Do the conditions of a rule hold? All or any of them, where not knowing is neither yes nor no. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from gatekeeper.decision import conditions
from gatekeeper.decision.facts import Facts
from gatekeeper.decision.matching import AbsentFact, Match
from gatekeeper.model.rule import Combine, When

Expressions = Mapping[str, bool | str]
"""CEL expression → its value, or in words why it has none."""


def matches(when: When, how: Combine, facts: Facts, expressions: Expressions) -> tuple[Match, ...] | None:
    """What the conditions matched; None when they do not hold.

    Raises AbsentFact when it cannot be told: one condition that is false settles "all", one that is true settles "any".
    """
    found: list[tuple[Match, ...]] = []
    absent: list[AbsentFact] = []
    for condition in _conditions(when, expressions):
        try:
            found.append(condition(when, facts))
        except AbsentFact as unknown:
            absent.append(unknown)
    holds = all(found) if how is Combine.ALL else any(found)
    if absent and holds is (how is Combine.ALL):
        raise absent[0]
    return tuple(match for one in found for match in one) if holds and found else None


def _conditions(when: When, expressions: Expressions) -> "Iterator[_Matcher]":
    yield from (one for one, asked in _MATCHERS if asked(when))
    if when.expression:
        yield lambda when, _: _expression(when.expression, expressions)


def _expression(expression: str, expressions: Expressions) -> tuple[Match, ...]:
    value = expressions.get(expression, "it was not evaluated")
    if isinstance(value, str):
        raise AbsentFact(value, expression=expression)
    return (Match(f"{expression} is true"),) if value else ()


_Matcher = Callable[[When, Facts], tuple[Match, ...]]
_MATCHERS: Sequence[tuple[_Matcher, Callable[[When], bool]]] = (
    (conditions.changed, lambda when: bool(when.changed)),
    (conditions.outside, lambda when: bool(when.changed_outside)),
    (conditions.unchanged, lambda when: bool(when.unchanged)),
    (conditions.committed, lambda when: bool(when.committed)),
    (conditions.findings, lambda when: bool(when.findings)),
    (conditions.outcome, lambda when: bool(when.outcome)),
    (conditions.at_most, lambda when: bool(when.label_at_most)),
    (conditions.at_least, lambda when: bool(when.label_at_least)),
    (conditions.counts, lambda when: bool(when.counts)),
    (conditions.files, lambda when: when.files_above is not None),
    (conditions.lines, lambda when: when.lines_above is not None),
    (conditions.commits, lambda when: when.commits_above is not None),
    (conditions.branch, lambda when: bool(when.branch)),
    (conditions.branch_not, lambda when: bool(when.branch_not)),
    (conditions.author, lambda when: bool(when.author)),
    (conditions.author_not, lambda when: bool(when.author_not)),
    (conditions.subject_not, lambda when: bool(when.subject_not)),
    (conditions.claims, lambda when: bool(when.claims)),
    (conditions.seen_on, lambda when: bool(when.seen_on)),
    (conditions.contract, lambda when: when.contract is not None),
    (conditions.self_review, lambda when: when.self_review is not None),
    (conditions.repeated, lambda when: when.repeated is not None),
)
