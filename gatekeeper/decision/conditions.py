"""The declarative conditions of a rule, each held against the facts. Pure.

Each gives what it matched, in words, and nothing when it does not hold. A fact that is absent raises AbsentFact: not
knowing is no "no".
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gatekeeper.decision.facts import Facts
from gatekeeper.decision.matching import AbsentFact, Match, at, globs, named
from gatekeeper.evidence.label import STRENGTH
from gatekeeper.model.rule import CountTest, When
from gatekeeper.model.vocabulary import Label


def changed(when: When, facts: Facts) -> tuple[Match, ...]:
    match = globs(when.changed)
    return tuple(Match("is changed", path) for path in at(facts, "changes", "paths") if match(path))


def outside(when: When, facts: Facts) -> tuple[Match, ...]:
    match = globs(when.changed_outside)
    return tuple(Match("is changed", path) for path in at(facts, "changes", "paths") if not match(path))


def unchanged(when: When, facts: Facts) -> tuple[Match, ...]:
    match = globs(when.unchanged)
    touched = any(match(path) for path in at(facts, "changes", "paths"))
    return () if touched else (Match(f"nothing in {', '.join(when.unchanged)} is changed"),)


def committed(when: When, facts: Facts) -> tuple[Match, ...]:
    match = globs(when.committed)
    seen = {path: commit["id"] for commit in at(facts, "commits") for path in commit["paths"] if match(path)}
    return tuple(Match(f"is touched by commit {commit[:12]}", path) for path, commit in sorted(seen.items()))


def findings(when: When, facts: Facts) -> tuple[Match, ...]:
    inside = globs(when.finding_paths)
    return tuple(
        Match(f"{one['check']}/{one['rule']}: {one['message']}", one["path"] or None)
        for one in at(facts, "findings")
        if _counts_as_found(one, when) and (not when.finding_paths or inside(one["path"] or "/"))
    )


def _counts_as_found(finding: Mapping[str, Any], when: When) -> bool:
    new = finding["new"] and not finding["waived"]
    return new and named(f"{finding['check']}/{finding['rule']}", when.findings)


def outcome(when: When, facts: Facts) -> tuple[Match, ...]:
    seen = {check: at(facts, "checks", check, "outcome") for check in when.outcome}
    if any(seen[check] not in wanted for check, wanted in when.outcome.items()):
        return ()
    return tuple(Match(f"{check} is {outcome}") for check, outcome in seen.items())


def at_most(when: When, facts: Facts) -> tuple[Match, ...]:
    return _labels(when.label_at_most, facts, lambda seen, limit: seen <= limit)


def at_least(when: When, facts: Facts) -> tuple[Match, ...]:
    return _labels(when.label_at_least, facts, lambda seen, limit: seen >= limit)


def _labels(wanted: Mapping[str, Label], facts: Facts, holds: Callable[[int, int], bool]) -> tuple[Match, ...]:
    found = []
    for check, limit in wanted.items():
        seen = at(facts, "checks", check, "label")
        if not seen:
            raise AbsentFact(f"{check} does not apply, so it has no label")
        if not holds(STRENGTH[Label(seen)], STRENGTH[limit]):
            return ()
        found.append(Match(f"{check} is {seen}"))
    return tuple(found)


def counts(when: When, facts: Facts) -> tuple[Match, ...]:
    found = [_count(test, facts) for test in when.counts]
    return tuple(one for one in found if one) if all(found) else ()


def _count(test: CountTest, facts: Facts) -> Match | None:
    seen = at(facts, "checks", test.check, "counts", test.count)
    name = f"{test.check} counted {seen} {test.count}"
    within = (test.below is None or seen < test.below, test.above is None or seen > test.above)
    if not all(within):
        return None
    if test.below_base is None and test.above_base is None:
        return Match(name)
    base = at(facts, "checks", test.check, "base_counts", test.count)
    moved = ((test.below_base, base - seen), (test.above_base, seen - base))
    enough = all(by >= limit for limit, by in moved if limit is not None)
    return Match(f"{name}, the merge base {base}") if enough else None


def files(when: When, facts: Facts) -> tuple[Match, ...]:
    return _above(len(sized(when, facts)), when.files_above, "files changed")


def lines(when: When, facts: Facts) -> tuple[Match, ...]:
    changed = sum(one["added"] + one["deleted"] for one in sized(when, facts))
    return _above(changed, when.lines_above, "lines added or deleted")


def sized(when: When, facts: Facts) -> Sequence[Mapping[str, Any]]:
    ignored = globs(when.size_ignores)
    return [one for one in at(facts, "changes", "entries") if not (when.size_ignores and ignored(one["path"]))]


def commits(when: When, facts: Facts) -> tuple[Match, ...]:
    return _above(len(at(facts, "commits")), when.commits_above, "commits")


def _above(seen: int, limit: int | None, what: str) -> tuple[Match, ...]:
    return (Match(f"{seen} {what}, above {limit}"),) if limit is not None and seen > limit else ()


def branch(when: When, facts: Facts) -> tuple[Match, ...]:
    name = _branch_name(facts)
    return (Match(f"the branch is {name}"),) if named(name, when.branch) else ()


def branch_not(when: When, facts: Facts) -> tuple[Match, ...]:
    name = _branch_name(facts)
    return () if named(name, when.branch_not) else (Match(f"the branch is {name}"),)


def _branch_name(facts: Facts) -> str:
    name = at(facts, "subject", "branch")
    if not name:
        raise AbsentFact("the head is on no branch, so it has no branch name")
    return str(name)


def author(when: When, facts: Facts) -> tuple[Match, ...]:
    return tuple(_commit(one, one["author"]) for one in at(facts, "commits") if named(one["author"], when.author))


def author_not(when: When, facts: Facts) -> tuple[Match, ...]:
    made = at(facts, "commits")
    return tuple(_commit(one, one["author"]) for one in made if not named(one["author"], when.author_not))


def subject_not(when: When, facts: Facts) -> tuple[Match, ...]:
    wanted = re.compile(when.subject_not)
    made = (one for one in at(facts, "commits") if not one["merge"])
    return tuple(_commit(one, one["subject"]) for one in made if not wanted.search(one["subject"]))


def _commit(commit: Mapping[str, Any], said: str) -> Match:
    return Match(f"commit {commit['id'][:12]}: {said}")


def claims(when: When, facts: Facts) -> tuple[Match, ...]:
    said = [f"{one['subject']}={one['label']}" for one in at(facts, "claims")]
    return tuple(Match(f"{one} is claimed") for one in said if named(one, when.claims))


def seen_on(when: When, facts: Facts) -> tuple[Match, ...]:
    checks = at(facts, "checks").items()
    seen = [name for name, one in checks if one["surface"] in when.seen_on and one["outcome"] == "passed"]
    return tuple(Match(f"{name} was observed") for name in seen)


def contract(when: When, facts: Facts) -> tuple[Match, ...]:
    there = at(facts, "contract") is not None
    return (Match(f"there is {'a' if there else 'no'} contract"),) if there is when.contract else ()


def self_review(when: When, facts: Facts) -> tuple[Match, ...]:
    there = at(facts, "self_review") is not None
    return (Match(f"there is {'a' if there else 'no'} self-review"),) if there is when.self_review else ()


def repeated(when: When, facts: Facts) -> tuple[Match, ...]:
    return tuple(_repeats(when.repeated or 0, facts))


def _repeats(limit: int, facts: Facts) -> Iterator[Match]:
    for one in at(facts, "repeated"):
        if one["times"] >= limit:
            yield Match(f"{one['check']}/{one['rule']} on {one['times']} heads in a row")
