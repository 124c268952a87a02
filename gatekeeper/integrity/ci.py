"""Continuous integration and local commands softened: what judged before and no longer does, or is no longer heard."""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity import workflow_rules
from gatekeeper.integrity.commands.carriers import is_service, kind_of
from gatekeeper.integrity.commands.command import Soft
from gatekeeper.integrity.commands.matching import Matched, Placed, matched
from gatekeeper.integrity.commands.narrowing import narrower
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.roles import CODE_ENDS, role_of

_RULE_OF = {
    Soft.FORGIVEN: "command-softened",
    Soft.OPTION: "command-softened",
    Soft.ALLOWED: "ci-failure-allowed",
    Soft.NEVER: "ci-disabled",
}
_LEGACY = (
    ".travis.yml",
    "appveyor.yml",
    ".appveyor.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    ".gitlab-ci.yml",
    ".drone.yml",
    ".cirrus.yml",
)


class Softened:
    """Commands are matched over all changed files (`commands/matching.py`); hits belong to the file that holds them
    now.
    """

    rules: Mapping[str, Rule] = {
        "command-softened": Rule(Effect.BLOCK, "makes a command that judges succeed whatever it finds"),
        "ci-failure-allowed": Rule(Effect.BLOCK, "lets a job or step that judges fail without consequence"),
        "ci-disabled": Rule(Effect.BLOCK, "keeps a command that judges from running"),
        "ci-step-dropped": Rule(Effect.BLOCK, "takes a kind of test, lint or type check out of CI"),
        "ci-step-fewer": Rule(Effect.WARN, "takes a command that judges out of CI; others of its kind stay"),
        "script-step-dropped": Rule(Effect.WARN, "takes a command that judges out of a make file, script or hook"),
        "ci-tests-narrowed": Rule(Effect.BLOCK, "makes CI run fewer tests"),
        "ci-condition-added": Rule(Effect.WARN, "makes a job or step that judges depend on a condition"),
        "hooks-bypassed": Rule(Effect.WARN, "adds a git command that passes hooks over"),
        **workflow_rules.RULES,
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one file that holds commands."""
        if not (kind_of(change.path) or kind_of(change.before)) or _is_unchanged(change):
            return
        for service in (True, False):
            pool = matched(diff, service)
            yield from _softened(change, pool)
            yield from _gone(change, pool, diff)
            yield from _changed(change, pool, service, diff)
            for placed in pool.bypasses:
                if placed.change is change:
                    yield _hit("hooks-bypassed", placed, f"git {' '.join(placed.judge.arguments)} passes hooks over")
        yield from workflow_rules.detect(change, diff)


def _is_unchanged(change: FileChange) -> bool:
    return change.old == change.new and change.path == change.before


def _hit(rule: str, placed: Placed, message: str) -> Hit:
    judge = placed.judge
    return Hit(rule, placed.change.path, message, line=judge.line or None, symbol=judge.where, context=judge.shown)


def _softened(change: FileChange, pool: Matched) -> Iterator[Hit]:
    for before, after in pool.softened:
        if after.change is change:
            soft = after.judge.soft
            yield _hit(_RULE_OF[soft], after, f"“{before.judge.shown}” could fail before; now {soft.value}")


def _gone(change: FileChange, pool: Matched, diff: Diff) -> Iterator[Hit]:
    for placed in pool.dropped:
        if placed.change is change:
            service = is_service(change.before)
            rule = (
                "script-step-dropped"
                if not service
                else "ci-step-fewer"
                if _is_legacy(change, diff)
                else "ci-step-dropped"
            )
            yield _lost(rule, placed, f"nothing of its kind ({placed.judge.category}) is left in the changed files")
    for placed in pool.fewer:
        if placed.change is change and is_service(change.before):
            yield _lost("ci-step-fewer", placed, "others of its kind still run")


def _lost(rule: str, placed: Placed, rest: str) -> Hit:
    judge, change = placed.judge, placed.change
    line = judge.line or None if change.new is None else None
    return Hit(
        rule, change.path, f"“{judge.shown}” no longer runs; {rest}", line=line, symbol=judge.where, context=judge.shown
    )


def _is_legacy(change: FileChange, diff: Diff) -> bool:
    """A service's file goes, and GitHub's workflows, which the branch does not touch, stay."""
    stay = any(name.startswith(".github/workflows/") for name in diff.head_names)
    return change.new is None and change.before in _LEGACY and stay


def _changed(change: FileChange, pool: Matched, service: bool, diff: Diff) -> Iterator[Hit]:
    for before, after in pool.kept:
        if after.change is not change:
            continue
        condition = after.judge.condition
        if service and condition not in ("", before.judge.condition) and after.judge.tool not in pool.unconditional:
            yield _hit("ci-condition-added", after, f"“{after.judge.shown}” runs only if {condition[:80]}")
        tests = _tests(diff)
        less = narrower(before.judge, after.judge, tests)
        if less and _is_all(less, {narrower(before.judge, other, tests) for other in pool.variants(after.judge.tool)}):
            yield _hit("ci-tests-narrowed", after, f"“{after.judge.shown}” runs fewer tests: {less}")


def _tests(diff: Diff) -> frozenset[str]:
    """Test files of the head; found once for a diff."""
    if "tests of head" not in diff.cache:
        names = (name for name in diff.head_names if name.endswith(CODE_ENDS))
        diff.cache["tests of head"] = frozenset(name for name in names if role_of(name) is Role.TEST)
    found = diff.cache["tests of head"]
    return found if isinstance(found, frozenset) else frozenset()


def _is_all(less: str, others: set[str]) -> bool:
    """Does nothing else make up for it: the whole, the complement (`-m slow`, `-m "not slow"`), or other folders?"""
    if "" in others:
        return False
    name, _, value = less.partition(" ")
    complement = value.removeprefix("not ") if value.startswith("not ") else f"not {value}"
    return f"{name} {complement}" not in others and (name != "only" or others == {less})


DETECTOR = Softened()
