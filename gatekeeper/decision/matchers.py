"""The declarative conditions of a rule, each held against the facts. Pure.

A matcher gives what it matched, in words, and nothing when it does not hold. A fact that is absent raises AbsentFact:
not knowing is no "no".
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pathspec import GitIgnoreSpec

from gatekeeper.decision.facts import Facts
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.rule import Combine, CountTest, When
from gatekeeper.model.vocabulary import Label

Expressions = Mapping[str, bool | str]
"""CEL expression → its value, or in words why it has none."""


class AbsentFact(Exception):
    """A fact that a rule needs is not there; says which."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a condition matched: words for a person, and the path where there is one."""

    said: str
    path: str | None = None


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
        raise AbsentFact(value)
    return (Match(f"{expression} is true"),) if value else ()


# The facts are JSON that was just made: Any here is the document, `decision/facts.py` gives its shape.
def _at(facts: Facts, *path: str) -> Any:
    value: Any = facts
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            raise AbsentFact(f"the fact {'.'.join(path)} is absent")
        value = value[step]
    return value


@functools.cache
def _globs(lines: tuple[str, ...]) -> Callable[[str], bool]:
    return GitIgnoreSpec.from_lines(lines).match_file


def _named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _changed(when: When, facts: Facts) -> tuple[Match, ...]:
    match = _globs(when.changed)
    return tuple(Match("is changed", path) for path in _at(facts, "changes", "paths") if match(path))


def _outside(when: When, facts: Facts) -> tuple[Match, ...]:
    match = _globs(when.changed_outside)
    return tuple(Match("is changed", path) for path in _at(facts, "changes", "paths") if not match(path))


def _unchanged(when: When, facts: Facts) -> tuple[Match, ...]:
    match = _globs(when.unchanged)
    touched = any(match(path) for path in _at(facts, "changes", "paths"))
    return () if touched else (Match(f"nothing in {', '.join(when.unchanged)} is changed"),)


def _committed(when: When, facts: Facts) -> tuple[Match, ...]:
    match = _globs(when.committed)
    seen = {path: commit["id"] for commit in _at(facts, "commits") for path in commit["paths"] if match(path)}
    return tuple(Match(f"is touched by commit {commit[:12]}", path) for path, commit in sorted(seen.items()))


def _findings(when: When, facts: Facts) -> tuple[Match, ...]:
    inside = _globs(when.finding_paths)
    return tuple(
        Match(f"{one['check']}/{one['rule']}: {one['message']}", one["path"] or None)
        for one in _at(facts, "findings")
        if _counts_as_found(one, when) and (not when.finding_paths or inside(one["path"] or "/"))
    )


def _counts_as_found(finding: Mapping[str, Any], when: When) -> bool:
    new = finding["new"] and not finding["waived"]
    return new and _named(f"{finding['check']}/{finding['rule']}", when.findings)


def _outcome(when: When, facts: Facts) -> tuple[Match, ...]:
    seen = {check: _at(facts, "checks", check, "outcome") for check in when.outcome}
    if any(seen[check] not in wanted for check, wanted in when.outcome.items()):
        return ()
    return tuple(Match(f"{check} is {outcome}") for check, outcome in seen.items())


def _at_most(when: When, facts: Facts) -> tuple[Match, ...]:
    return _labels(when.label_at_most, facts, lambda seen, limit: seen <= limit)


def _at_least(when: When, facts: Facts) -> tuple[Match, ...]:
    return _labels(when.label_at_least, facts, lambda seen, limit: seen >= limit)


def _labels(wanted: Mapping[str, Label], facts: Facts, holds: Callable[[int, int], bool]) -> tuple[Match, ...]:
    found = []
    for check, limit in wanted.items():
        seen = _at(facts, "checks", check, "label")
        if not seen:
            raise AbsentFact(f"{check} does not apply, so it has no label")
        if not holds(STRENGTH[Label(seen)], STRENGTH[limit]):
            return ()
        found.append(Match(f"{check} is {seen}"))
    return tuple(found)


def _counts(when: When, facts: Facts) -> tuple[Match, ...]:
    found = [_count(test, facts) for test in when.counts]
    return tuple(one for one in found if one) if all(found) else ()


def _count(test: CountTest, facts: Facts) -> Match | None:
    seen = _at(facts, "checks", test.check, "counts", test.count)
    name = f"{test.check} counted {seen} {test.count}"
    within = (test.below is None or seen < test.below, test.above is None or seen > test.above)
    if not all(within):
        return None
    if test.below_base is None and test.above_base is None:
        return Match(name)
    base = _at(facts, "checks", test.check, "base_counts", test.count)
    moved = ((test.below_base, base - seen), (test.above_base, seen - base))
    enough = all(by >= limit for limit, by in moved if limit is not None)
    return Match(f"{name}, the merge base {base}") if enough else None


def _files(when: When, facts: Facts) -> tuple[Match, ...]:
    return _above(len(_sized(when, facts)), when.files_above, "files changed")


def _lines(when: When, facts: Facts) -> tuple[Match, ...]:
    changed = sum(one["added"] + one["deleted"] for one in _sized(when, facts))
    return _above(changed, when.lines_above, "lines added or deleted")


def _sized(when: When, facts: Facts) -> Sequence[Mapping[str, Any]]:
    ignored = _globs(when.size_ignores)
    return [one for one in _at(facts, "changes", "entries") if not (when.size_ignores and ignored(one["path"]))]


def _commits(when: When, facts: Facts) -> tuple[Match, ...]:
    return _above(len(_at(facts, "commits")), when.commits_above, "commits")


def _above(seen: int, limit: int | None, what: str) -> tuple[Match, ...]:
    return (Match(f"{seen} {what}, above {limit}"),) if limit is not None and seen > limit else ()


def _branch(when: When, facts: Facts) -> tuple[Match, ...]:
    name = _branch_name(facts)
    return (Match(f"the branch is {name}"),) if _named(name, when.branch) else ()


def _branch_not(when: When, facts: Facts) -> tuple[Match, ...]:
    name = _branch_name(facts)
    return () if _named(name, when.branch_not) else (Match(f"the branch is {name}"),)


def _branch_name(facts: Facts) -> str:
    name = _at(facts, "subject", "branch")
    if not name:
        raise AbsentFact("the head is on no branch, so it has no branch name")
    return str(name)


def _author(when: When, facts: Facts) -> tuple[Match, ...]:
    return tuple(_commit(one, one["author"]) for one in _at(facts, "commits") if _named(one["author"], when.author))


def _author_not(when: When, facts: Facts) -> tuple[Match, ...]:
    made = _at(facts, "commits")
    return tuple(_commit(one, one["author"]) for one in made if not _named(one["author"], when.author_not))


def _subject_not(when: When, facts: Facts) -> tuple[Match, ...]:
    wanted = re.compile(when.subject_not)
    made = (one for one in _at(facts, "commits") if not one["merge"])
    return tuple(_commit(one, one["subject"]) for one in made if not wanted.search(one["subject"]))


def _commit(commit: Mapping[str, Any], said: str) -> Match:
    return Match(f"commit {commit['id'][:12]}: {said}")


def _claims(when: When, facts: Facts) -> tuple[Match, ...]:
    said = [f"{one['subject']}={one['label']}" for one in _at(facts, "claims")]
    return tuple(Match(f"{one} is claimed") for one in said if _named(one, when.claims))


def _seen_on(when: When, facts: Facts) -> tuple[Match, ...]:
    checks = _at(facts, "checks").items()
    seen = [name for name, one in checks if one["surface"] in when.seen_on and one["outcome"] == "passed"]
    return tuple(Match(f"{name} was observed") for name in seen)


def _contract(when: When, facts: Facts) -> tuple[Match, ...]:
    there = _at(facts, "contract") is not None
    return (Match(f"there is {'a' if there else 'no'} contract"),) if there is when.contract else ()


def _self_review(when: When, facts: Facts) -> tuple[Match, ...]:
    there = _at(facts, "self_review") is not None
    return (Match(f"there is {'a' if there else 'no'} self-review"),) if there is when.self_review else ()


def _repeated(when: When, facts: Facts) -> tuple[Match, ...]:
    return tuple(_repeats(when.repeated or 0, facts))


def _repeats(limit: int, facts: Facts) -> Iterator[Match]:
    for one in _at(facts, "repeated"):
        if one["times"] >= limit:
            yield Match(f"{one['check']}/{one['rule']} on {one['times']} heads in a row")


_Matcher = Callable[[When, Facts], tuple[Match, ...]]
_MATCHERS: Sequence[tuple[_Matcher, Callable[[When], bool]]] = (
    (_changed, lambda when: bool(when.changed)),
    (_outside, lambda when: bool(when.changed_outside)),
    (_unchanged, lambda when: bool(when.unchanged)),
    (_committed, lambda when: bool(when.committed)),
    (_findings, lambda when: bool(when.findings)),
    (_outcome, lambda when: bool(when.outcome)),
    (_at_most, lambda when: bool(when.label_at_most)),
    (_at_least, lambda when: bool(when.label_at_least)),
    (_counts, lambda when: bool(when.counts)),
    (_files, lambda when: when.files_above is not None),
    (_lines, lambda when: when.lines_above is not None),
    (_commits, lambda when: when.commits_above is not None),
    (_branch, lambda when: bool(when.branch)),
    (_branch_not, lambda when: bool(when.branch_not)),
    (_author, lambda when: bool(when.author)),
    (_author_not, lambda when: bool(when.author_not)),
    (_subject_not, lambda when: bool(when.subject_not)),
    (_claims, lambda when: bool(when.claims)),
    (_seen_on, lambda when: bool(when.seen_on)),
    (_contract, lambda when: when.contract is not None),
    (_self_review, lambda when: when.self_review is not None),
    (_repeated, lambda when: when.repeated is not None),
)
