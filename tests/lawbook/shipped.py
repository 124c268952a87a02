"""Cases of the shipped policies, both ways: every check, every glob, every rule, every boundary."""

from collections.abc import Iterator

from msgspec.structs import replace

from gatekeeper.cli.policy_cases import shipped_with_project
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.recording import RecordedSubject
from gatekeeper.model.rule import RULES
from tests.lawbook.dsl import HEAD, TREE, Law, absent, changed, claims, found, seen
from tests.lawbook.shipped_fleet import fleet_cases
from tests.lawbook.shipped_review import review_cases

_FAILS = {
    "types": ("arg-type", {}),
    "lint": ("F821", {}),
    "complexity": ("complexity", {"symbol": "f", "measure": 99.0}),
    "build": ("build-failed", {"path": None}),
    "tests": ("test-failed", {"path": None, "symbol": "tests/test_app.py::test_answer"}),
    "integrity": ("threshold-weakened", {"path": "pyproject.toml"}),
    "worktree": ("uncommitted", {"path": "src/app.py"}),
    "sync": ("merge-conflict", {"path": "src/app.py"}),
    "self-review": ("self-review-malformed", {"path": None, "symbol": "?"}),
}
CONTRACT = Contract("work", 1, "2026-10-01T00:00:00+00:00", "Kim", "c" * 64)


def cases_of(name: str) -> tuple[Law, ...]:
    """Of one shipped policy, in a stable order, ids unique."""
    policy = shipped_with_project(name)
    made = (*_cases(name, policy), *review_cases(policy), *(fleet_cases() if name == "fleet" else ()))
    return tuple(_complete(law, policy) for law in made)


def _complete(law: Law, policy: Policy) -> Law:
    """What rules ask of every branch: a contract, a change, tests that passed. Beside it all something passes."""
    have = {one.check for one in law.heads}
    beside = [seen("sync", ahead=1)] if have == {"worktree"} else []
    beside += [] if "worktree" in have else [seen("worktree", modified=0)]
    if policy.rules:
        beside += [] if "tests" in have else [seen("tests", passed=3)]
        agreed = None if law.id == "no-contract" else law.contract or CONTRACT
        law = replace(law, contract=agreed, change=law.change or changed("src/app.py"))
    return replace(law, heads=(*beside, *law.heads))


def _cases(name: str, policy: Policy) -> Iterator[Law]:
    enabled = [one for one in policy.checks.values() if one.enabled and one.id != RULES]
    greens = tuple(_green(one) for one in enabled)
    yield Law("everything-passed", "A branch on which every check passed.", "accepted", heads=greens)
    for settings in enabled:
        yield from _both_ways(settings)
    yield from _paths(policy)
    if policy.checks["complexity" if "complexity" in policy.checks else "paths"].enabled:
        yield from _complexity(policy)
    if any(one.id == "types" for one in enabled):
        yield from _baseline()


def _green(settings: CheckSettings) -> Observation:
    return seen(settings.id, passed=3) if settings.id == "tests" else seen(settings.id)


def _both_ways(settings: CheckSettings) -> Iterator[Law]:
    check = settings.id
    verdict = "blocked" if settings.required else "accepted"
    said = "and the policy requires it" if settings.required else "and the policy does not require it"
    yield Law(f"{check}-not-observed", f"{check} was not observed, {said}.", verdict, heads=(absent(check, "no tool"),))
    if check in _FAILS:
        rule, more = _FAILS[check]
        one = found(check, rule, **more)  # type: ignore[arg-type]
        counts = {"passed": 2, "failed": 1} if check == "tests" else {"files": 1}
        story = f"{check} has a new error."
        yield Law(f"{check}-fails", story, "rejected", (f"{check}/{rule}",), (seen(check, one, **counts),))


def _paths(policy: Policy) -> Iterator[Law]:
    settings = policy.checks["paths"]  # type: ignore[index]
    for glob in settings.forbidden:
        plain = glob.lstrip("!/").replace("*", "any.toml")
        path = plain + "any.toml" if plain.endswith("/") else plain
        name = "".join(char if char.isalnum() else "-" for char in plain.lower()).strip("-")
        if glob.startswith("!"):
            yield _touching(f"paths-{name}-is-the-workers", f"{path} is for the worker to write.", "accepted", path)
        else:
            story = f"A branch touches {path}, which decides what it is asked."
            yield _touching(f"paths-{name}", story, "rejected", path)
    yield _touching("paths-of-the-product", "A branch changes the product, and nothing else.", "accepted", "src/app.py")


def _touching(name: str, story: str, verdict: str, path: str) -> Law:
    fires = ("paths/forbidden-path",) if verdict == "rejected" else ()
    return Law(name, story, verdict, fires, (seen("paths", commits=1, paths=1),), change=changed(path))


def _complexity(policy: Policy) -> Iterator[Law]:
    limit = policy.checks["complexity"].max_complexity  # type: ignore[index]
    for measure, verdict in ((limit, "accepted"), (limit + 1, "rejected")):
        one = found("complexity", "complexity", symbol="f", measure=float(measure), said=f"f is {measure}")
        fires = ("complexity/complexity",) if verdict == "rejected" else ()
        story = f"A new function of complexity {measure}, where {limit} is the limit."
        yield Law(f"complexity-{measure}", story, verdict, fires, (seen("complexity", one),))


def _baseline() -> Iterator[Law]:
    old = found("types", "arg-type", context="answer(1)")
    yield Law(
        "types-old-error", "An error that the merge base has, too, is not the branch's.", "accepted",
        heads=(seen("types", old),), bases=(seen("types", old),),
    )  # fmt: skip
    test = found("tests", "test-failed", None, symbol="tests/test_app.py::test_answer")
    yield Law(
        "tests-fail-at-base-too", "A test that also fails at the merge base still fails.", "rejected",
        ("tests/test-failed",), (seen("tests", test, passed=2, failed=1),), (seen("tests", test, passed=2, failed=1),),
    )  # fmt: skip


SUBJECT = RecordedSubject(head=HEAD, head_tree=TREE)
__all__ = ["CONTRACT", "SUBJECT", "cases_of", "claims"]
