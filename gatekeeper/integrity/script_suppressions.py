"""What silences linters, type checkers, coverage and formatters in TypeScript and JavaScript, newly."""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.script.branch import added
from gatekeeper.integrity.script.suppressed import CAST, COVERAGE, FORMAT, LINT, TYPES


class ScriptSuppressions:
    """Comments that silence tools, and casts that silence the type checker."""

    rules: Mapping[str, Rule] = {
        LINT: Rule(Effect.WARN, "silences the linter of its scripts"),
        TYPES: Rule(Effect.WARN, "silences the type checker of its scripts"),
        COVERAGE: Rule(Effect.WARN, "takes scripts out of the coverage"),
        FORMAT: Rule(Effect.NOTE, "silences the formatter of its scripts"),
        CAST: Rule(Effect.NOTE, "casts a type away"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file; the whole diff is compared once, so that moved code is none."""
        yield from (hit for hit in added(diff).get(change.path, ()) if hit.rule in self.rules)


DETECTOR = ScriptSuppressions()
