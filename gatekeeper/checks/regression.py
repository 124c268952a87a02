"""Tests of base against code of head: what passes at base and fails on the branch's code, the branch has to explain."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.checks.contract import CommandPlan, Look, Step
from gatekeeper.checks.mixed_tree import Mixed, Sides, helpers, is_data, mix, with_base, with_head, written_over
from gatekeeper.integrity.roles import is_test_name
from gatekeeper.integrity.suite.compared import FEWER, Said, Texts, compare
from gatekeeper.integrity.suite.hidden import FAILING, Judge, Judgement, Kind, Runs
from gatekeeper.integrity.suite.imports import with_imports_of
from gatekeeper.integrity.suite.lessened import lessened
from gatekeeper.integrity.suite.means import added_means
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.renames import match
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import function_of, split_id
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import Ended, Severity
from gatekeeper.tools.junit import FAILED_RULE
from gatekeeper.tools.observed import RULE as DISAGREES
from gatekeeper.tools.reading import shorten

HIDDEN, REWRITTEN = "regression-hidden", "behaviour-rewritten"
_ALL = ("--continue-on-collection-errors", "--maxfail=0")
"""The branch is to be told everything that fails, whatever else does."""
_SET_UP = "conftest.py"
_ASSERTED = ("assert ", "AssertionError", "Failed: DID NOT RAISE")
"""How the message of a test begins that compared, and did not like the answer."""
_SHOWN = 50
_MOST_TARGETS = 400


class Regression(Struct):
    """One comparison. `explain` may look again, at few tests; everything it learns goes into `notes`."""

    sides: Sides
    plan: CommandPlan
    look: Look
    head: Observation
    base: Observation
    notes: list[str] = field(default_factory=list)
    mixed: Mixed | None = None
    passing: tuple[str, ...] = ()
    """Tests of base that pass on head's code."""
    wrong: frozenset[str] = frozenset()
    """Tests of base to which head's code gives a wrong answer, and not just none."""

    def findings(self) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """What was found, and what keeps it from being established whether base's tests pass on head's code."""
        old = Suites(self.sides.old.files(self.sides.is_harness))
        new = Suites(self.sides.new.files(self.sides.is_harness))
        renames = match(old, new, self.sides.harness_touched)
        runs, gap = self._runs()
        judged: tuple[Judgement, ...] = ()
        if runs is not None:
            product = Product(old.files, new.files, self.sides.touched)
            less = lessened(old.files, new.files, self.sides.touched)
            judged = tuple(self._explained(Judge(runs, old, new, renames, product, less)))
            judged += tuple(self._with_helpers(old, new))
        known = {function_of(one.test) for one in judged}
        texts = Texts(old, new, fixed=not any(is_data(path) for path in self.sides.harness_touched))
        compared = map(self._compared, compare(states(self.base), states(self.head), texts, renames, known))
        return (*self._told(judged), *compared), (gap,) if gap else ()

    def _compared(self, said: Said) -> Finding:
        # That tests are gone says nothing alone; that they are there and were not run is a run that proves less.
        severity = Severity.ERROR if said.rule == FEWER else Severity.WARNING
        return Finding(
            check=self.head.check,
            rule=said.rule,
            message=shorten(said.message),
            severity=severity,
            path=said.path,
            symbol=said.symbol,
        )

    def _runs(self) -> tuple[Runs | None, str]:
        """The three runs, or why there is no third. It is base's own where the branch changed nothing but tests."""
        mixed = self.mixed = mix(self.sides)
        if mixed.tree == self.sides.old_tree:
            return None, ""
        seen = self.head if mixed.tree == self.look.tree and not mixed.config else self._run(mixed)
        for fallback, note in self._fallbacks(mixed):
            if not _is_unusable(seen) or seen.missing:
                break
            mixed = self.mixed = fallback()
            seen = self._run(mixed)
            self.notes.append(note)
        if _is_unusable(seen):
            return None, f"base's tests did not run on this branch's code: {_why_unusable(seen)}"
        return self._read(mixed, seen), ""

    def _read(self, mixed: Mixed, seen: Observation) -> Runs:
        found, uncollected = states(seen), _uncollected(seen)
        if uncollected:
            found, uncollected = self._with_imports(mixed, found, uncollected)
        self.wrong = frozenset(one.symbol for one in seen.findings if _is_answer(one))
        self.passing = tuple(test for test, state in found.items() if state == "passed")
        others = len(found) - len(self.passing)
        self.notes.append(f"base's tests on this branch's code: {len(self.passing)} passed, {others} otherwise")
        skips = frozenset(test for test, path in seen.skipped_by.items() if not self.sides.is_harness(path))
        return Runs(states(self.base), states(self.head), found, skips, uncollected)

    def _fallbacks(self, mixed: Mixed) -> Iterator[tuple[Callable[[], Mixed], str]]:
        """What is tried when pytest cannot even start: at last nothing of base but the tests themselves."""
        yield (
            lambda: with_head(self.sides, mixed, lambda path: path.endswith("conftest.py")),
            "base's conftest.py cannot be loaded with this code: base's tests ran with head's",
        )
        yield (
            lambda: replace(with_head(self.sides, mixed, lambda path: not is_test_name(path)), config=""),
            "base's set-up of the tests does not work with this code: base's tests ran with head's",
        )

    def _with_imports(
        self, mixed: Mixed, found: Mapping[str, str], uncollected: frozenset[str]
    ) -> tuple[Mapping[str, str], frozenset[str]]:
        """Modules were moved: base's tests once more, with the imports that head's have."""
        contents = {}
        for path in self.sides.harness_touched:
            old, new = self.sides.old.read(path), self.sides.new.read(path)
            if path.endswith(".py") and old is not None and new is not None and not path.endswith("conftest.py"):
                text = with_imports_of(old, new, path)
                contents.update({path: text} if text is not None else {})
        if not contents:
            return found, uncollected
        self.mixed = written_over(self.sides, mixed, contents)
        seen = self._run(self.mixed, sorted(uncollected))
        if _is_unusable(seen):
            self.mixed = mixed
            return found, uncollected
        return {**found, **states(seen)}, _uncollected(seen)

    def _run(self, mixed: Mixed, tests: Sequence[str] = (), attempt: int = 0) -> Observation:
        plan = variant(self.plan, _targets(tests, self.sides.old.entries), config=mixed.config, attempt=attempt)
        return self.look.observe(plan, mixed.tree)

    def _explained(self, judge: Judge) -> Iterator[Judgement]:
        """Whatever is not plain from the texts is tried: is it flaky, do changed data or set-up explain it?"""
        judged = list(filter(None, map(judge.judge, judge.runs.suspects())))
        flaky = self._flaky([one.test for one in judged if one.kind is not Kind.REWRITTEN])
        kept = [one for one in judged if one.test not in flaky]
        explained = self._tried([one.test for one in kept if one.kind is Kind.UNEXPLAINED])
        for one in kept:
            yield explained.get(one.test, one if one.kind is not Kind.UNEXPLAINED else replace(one, kind=Kind.HIDDEN))

    def _flaky(self, tests: Sequence[str]) -> frozenset[str]:
        """Tests that pass the second time."""
        found = self._passing(self.mixed, tests, attempt=1) if tests else frozenset()
        if found:
            self.notes.append(f"{len(found)} of base's tests failed on this code once and passed once: flaky")
        return found

    def _tried(self, tests: Sequence[str]) -> dict[str, Judgement]:
        """Tests that pass when what they read, or the set-up around them, is that of head."""
        assert self.mixed is not None  # noqa: S101 - there is a run of it
        found: dict[str, Judgement] = {}
        for wanted, word in ((is_data, "the data that it reads"), (_is_support, _SET_UP)):
            left = [test for test in tests if test not in found]
            if left and any(wanted(path) for path in self.sides.harness_touched):
                passing = self._passing(with_head(self.sides, self.mixed, wanted), left)
                put = self._new_means(wanted)
                found.update({test: self._by_means(test, put, word) for test in passing})
        return found

    def _by_means(self, test: str, put: str, word: str) -> Judgement:
        if put:
            return Judgement(test, Kind.HIDDEN, f"{word} now uses {put}")
        if word == _SET_UP and test in self.wrong:
            # A set-up that is missing ends in an error; a wrong answer is what the world outside of the tests gets.
            return Judgement(test, Kind.HIDDEN, f"the right answer is only given to tests, by what {word} sets")
        return Judgement(test, Kind.REWRITTEN, f"{word} was changed with it")

    def _with_helpers(self, old: Suites, new: Suites) -> Iterator[Judgement]:
        """Tests that pass by a helper which the product ships and the branch loosened, and not with base's helper."""
        paths = frozenset(helpers(self.sides))
        less = lessened(old.files, new.files, paths, also=paths)
        named = {path: said for (path, _), said in less.by_function.items()}
        if not named or self.mixed is None:
            return
        seen = self._run(with_base(self.sides, self.mixed, named))
        failed = {one.symbol for one in seen.findings if _is_answer(one)}
        for test in self.passing:
            if test in failed:
                path, said = next(iter(named.items()))
                yield Judgement(test, Kind.HIDDEN, f"passes at head only by {path}, which asks for less ({said})")

    def _new_means(self, wanted: Callable[[str], bool]) -> str:
        ways = [
            way
            for path in self.sides.harness_touched
            if wanted(path) and path.endswith(".py")
            for way in added_means(self.sides.old.read(path), self.sides.new.read(path), path)
        ]
        return ", ".join(sorted(set(ways))[:3])

    def _passing(self, mixed: Mixed | None, tests: Sequence[str], attempt: int = 0) -> frozenset[str]:
        if mixed is None:
            return frozenset()
        seen = states(self._run(mixed, tests, attempt))
        return frozenset(test for test in tests if seen.get(test) == "passed")

    def _told(self, judged: Sequence[Judgement]) -> Iterator[Finding]:
        """One finding for all cases of a function of which the same is to be said."""
        groups: dict[tuple[Kind, str, str], list[str]] = {}
        for one in judged:
            groups.setdefault((one.kind, function_of(one.test), one.why), []).append(one.test)
        for kind, rule, severity in (
            (Kind.HIDDEN, HIDDEN, Severity.ERROR),
            (Kind.REWRITTEN, REWRITTEN, Severity.WARNING),
        ):
            of_kind = [(tests, why) for (found, _, why), tests in groups.items() if found is kind]
            for tests, why in of_kind[:_SHOWN]:
                yield self._finding(rule, severity, tests, why)
            if len(of_kind) > _SHOWN:
                message = f"and {len(of_kind) - _SHOWN} more tests"
                yield Finding(
                    check=self.head.check, rule=rule, message=message, severity=severity, symbol=f"more {rule}"
                )

    def _finding(self, rule: str, severity: Severity, tests: Sequence[str], why: str) -> Finding:
        symbol = tests[0] if len(tests) == 1 else function_of(tests[0])
        cases = f" ({len(tests)} cases)" if len(tests) > 1 else ""
        message = shorten(f"{symbol}{cases} passes at base, fails on this branch's code, and {why}")
        path = split_id(symbol)[0]
        known = path if path in self.sides.new.entries or path in self.sides.old.entries else None
        return Finding(check=self.head.check, rule=rule, message=message, severity=severity, path=known, symbol=symbol)


def states(seen: Observation) -> Mapping[str, str]:
    """State by test id; what the observer saw otherwise than the report has failed."""
    lied = {one.symbol: "failed" for one in seen.findings if one.rule == DISAGREES and one.symbol in seen.tests}
    return {**seen.tests, **lied}


def variant(
    plan: CommandPlan, targets: Sequence[str] = (), *, config: str = "", attempt: int = 0, extra: Sequence[str] = _ALL
) -> CommandPlan:
    """The plan for another tree: everything is run, or only `targets`, where the runner is pytest."""
    steps = tuple(_step(step, targets, config, extra) for step in plan.steps)
    return replace(plan, steps=steps, beyond=None, attempt=attempt)


def _step(step: Step, targets: Sequence[str], config: str, extra: Sequence[str]) -> Step:
    if step.boot is None:
        return step
    return replace(step, extra=(*step.extra, *extra), targets=tuple(targets), boot=replace(step.boot, config=config))


def _targets(tests: Sequence[str], names: Iterable[str]) -> tuple[str, ...]:
    """What pytest is told to run them: functions, or whole files where an id is no node id. None: everything."""
    known, found = set(names), dict[str, None]()
    for test in tests:
        path, name, _ = split_id(test)
        if path not in known:
            return ()
        plain = name and all(part.isidentifier() for part in name.split("."))
        found[f"{path}::{name.replace('.', '::')}" if plain else path] = None
    return tuple(found) if len(found) <= _MOST_TARGETS else tuple(dict.fromkeys(split_id(test)[0] for test in tests))


def _uncollected(seen: Observation) -> frozenset[str]:
    """Files of tests that could not be loaded: the report has an error that is about the file."""
    return frozenset(test for test, state in seen.tests.items() if state in FAILING and "::" not in test)


def _is_unusable(seen: Observation) -> bool:
    return not seen.tests


def _why_unusable(seen: Observation) -> str:
    problems = [run.problem for run in seen.commands if run.problem] or list(seen.missing)
    ended = [run.ended.value for run in seen.commands if run.ended is not Ended.EXITED]
    return "; ".join((*problems, *ended)) or "they wrote no report"


def _is_answer(finding: Finding) -> bool:
    said = finding.message.removeprefix(f"{finding.symbol}: ")
    return finding.rule == FAILED_RULE and said.startswith(_ASSERTED)


def _is_support(path: str) -> bool:
    """conftest.py and helpers: code around the tests that is no test."""
    return path.endswith(".py") and not is_test_name(path)
