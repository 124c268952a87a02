"""Tests that count for less than before: skipped, gone, no longer collected, with fewer or weaker assertions.

All changed test files are read once; a test that was moved, renamed or merged into another is found by its text and its
body, in whatever file it is now.
"""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity.code.comparison import Comparison
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule


class ChangedTests:
    """Tests of base against tests of head."""

    rules: Mapping[str, Rule] = {
        "test-skipped": Rule(Effect.WARN, "skips a test that counted before, or expects it to fail"),
        "test-born-skipped": Rule(Effect.NOTE, "adds a test that is skipped"),
        "test-removed": Rule(Effect.WARN, "removes a test and has no other in its place"),
        "test-removed-with-code": Rule(Effect.NOTE, "removes a test together with the code that it tested"),
        "test-merged": Rule(Effect.NOTE, "merges a test into others"),
        "test-uncollected": Rule(Effect.WARN, "keeps a test where no runner finds it"),
        "test-cases-removed": Rule(Effect.WARN, "removes cases of a test"),
        "assertion-removed": Rule(Effect.WARN, "removes assertions from a test"),
        "assertion-weakened": Rule(Effect.WARN, "makes an assertion ask for less"),
        "assertion-tautology": Rule(Effect.WARN, "asserts what is always true"),
        "assertion-swallowed": Rule(Effect.BLOCK, "catches the failure of an assertion and goes on"),
        "test-asserts-nothing": Rule(Effect.WARN, "adds a test that asserts nothing"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file; the whole diff is compared once."""
        made = diff.cache.get(ChangedTests)
        if made is None:
            made = diff.cache[ChangedTests] = Comparison(diff).hits()
        yield from made.get(change.path, ())  # type: ignore[attr-defined]


DETECTOR = ChangedTests()
