"""Base's tests with altered constants on head's code: a test that passes all the same compares with nothing."""

import time
from collections.abc import Mapping

from msgspec import Struct, field

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


class Perturbed(Struct):
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
        deadline, tried, suspects = time.monotonic() + self.limit_s, 0, dict[str, Literal]()
        for chosen in rounds(found, MOST, PER_TEST):
            left = deadline - time.monotonic()
            survivors = self._survivors(self.mixed.tree, chosen, left) if left > 0 else None
            if survivors is None:
                in_all = sum(map(len, found.values()))
                self.notes.append(f"altered constants: the time was up after {tried} of {in_all}")
                break
            tried += len(chosen)
            suspects.update(self._not_at_base({one: chosen[one] for one in survivors}))
        if tried:
            self.notes.append(f"altered constants: {tried} in base's tests, {len(suspects)} of them unnoticed")
        return tuple(self._finding(function, literal) for function, literal in suspects.items())

    def _not_at_base(self, survivors: Mapping[str, Literal]) -> dict[str, Literal]:
        """Those that base's own code does not let survive."""
        kept = self._survivors(self.sides.old_tree, survivors, self.limit_s) if survivors else ()
        return {} if kept is None else {one: literal for one, literal in survivors.items() if one not in kept}

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
        contents = self._altered(chosen)
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

    def _altered(self, chosen: Mapping[str, Literal]) -> dict[str, bytes]:
        """Path → the file of tests with its constants altered."""
        by_path: dict[str, list[Literal]] = {}
        for function, literal in chosen.items():
            by_path.setdefault(split_id(function)[0], []).append(literal)
        made = {path: altered(self.sides.old.read(path) or b"", path, one) for path, one in by_path.items()}
        return {path: content for path, content in made.items() if content is not None}

    def _finding(self, function: str, literal: Literal) -> Finding:
        message = f"{function} passes on this branch's code although the constant in line {literal.line} was altered"
        path = split_id(function)[0]
        return Finding(check=self.check, rule=RULE, message=message, path=path, line=literal.line, symbol=function)
