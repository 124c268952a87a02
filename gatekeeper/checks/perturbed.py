"""Base's tests with altered constants on head's code: a test that passes all the same compares with nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gatekeeper.checks.contract import CommandPlan, Look
from gatekeeper.checks.mixed_tree import Mixed, Sides
from gatekeeper.checks.regression import states, variant
from gatekeeper.git.synthetic import compose
from gatekeeper.integrity.suite.literals import Literal, altered, literals, rounds
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import cases, function_of, split_id
from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, TreeId

RULE = "equality-always-true"
MOST = 120
PER_TEST = 3


@dataclass(slots=True)
class Perturbed:
    """One perturbation. `mixed` is head's code with base's tests, `passing` the tests that pass there."""

    check: CheckId
    sides: Sides
    plan: CommandPlan
    look: Look
    mixed: Mixed
    passing: tuple[str, ...]
    limit_s: float
    notes: list[str] = field(default_factory=list)

    def findings(self) -> tuple[Finding, ...]:
        """One for every test that an altered constant did not make fail on head's code, and would on base's."""
        found = self._literals()
        deadline, tried, suspects = time.monotonic() + self.limit_s, 0, list[tuple[str, Literal]]()
        for chosen in rounds(found, MOST, PER_TEST):
            left = deadline - time.monotonic()
            survivors = self._survivors(self.mixed.tree, chosen, left) if left > 0 else None
            if survivors is None:
                self.notes.append(
                    f"altered constants: the time was up after {tried} of {sum(map(len, found.values()))}"
                )
                break
            tried += len(chosen)
            if survivors:
                kept = self._survivors(self.sides.old_tree, {one: chosen[one] for one in survivors}, self.limit_s)
                suspects += [(one, chosen[one]) for one in survivors if kept is not None and one not in kept]
        if tried:
            self.notes.append(f"altered constants: {tried} in base's tests, {len(suspects)} of them unnoticed")
        return tuple(self._finding(function, literal) for function, literal in dict(suspects).items())

    def _literals(self) -> dict[str, tuple[Literal, ...]]:
        """Constants of tests that pass and have to do with what the branch changed, by function."""
        suites = Suites(self.sides.old.files(self.sides.is_harness))
        product = Product(suites.files, self.sides.new.files(self.sides.is_harness), self.sides.touched)
        paths, names = set(product.paths), product.changed_names
        found = {}
        for function in cases(dict.fromkeys(self.passing, "")):
            path, name, _ = split_id(function)
            written = suites.written(function) if path.endswith(".py") else None
            about = written is not None and bool(written.modules & paths or (written.words | written.subjects) & names)
            test = suites.python.tests(path).get(name) if about else None
            constants = literals(test) if test is not None else ()
            if constants:
                found[function] = constants
        return found

    def _survivors(self, tree: TreeId, chosen: Mapping[str, Literal], limit_s: float) -> tuple[str, ...] | None:
        """Tests of which a case passes in spite of its altered constant; None when the run did not come to its end."""
        by_path: dict[str, list[Literal]] = {}
        for function, literal in chosen.items():
            by_path.setdefault(split_id(function)[0], []).append(literal)
        contents = {}
        for path, changes in by_path.items():
            made = altered(self.sides.old.read(path) or b"", path, changes)
            contents.update({path: made} if made is not None else {})
        if not contents:
            return ()
        over = compose(self.sides.store, tree, write=contents)
        asked = tuple(one for one in chosen if split_id(one)[0] in contents)
        config = self.mixed.config if tree == self.mixed.tree else ""
        seen = self.look.observe(variant(self.plan, asked, config=config), over, limit_s)
        if not seen.tests:
            return None
        passed = {function_of(test) for test, state in states(seen).items() if state == "passed"}
        return tuple(one for one in asked if one in passed)

    def _finding(self, function: str, literal: Literal) -> Finding:
        message = f"{function} passes on this branch's code although the constant in line {literal.line} was altered"
        path = split_id(function)[0]
        return Finding(check=self.check, rule=RULE, message=message, path=path, line=literal.line, symbol=function)
