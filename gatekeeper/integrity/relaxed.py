"""Configuration of the gate, linters, type checkers, test runners and hooks that asks for less than before."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gatekeeper.integrity.collect_ignore import ignored_tests
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.excluded import excluded_product
from gatekeeper.integrity.loosened import Loosened, loosened
from gatekeeper.integrity.shadowed import shadowed
from gatekeeper.integrity.thresholds import hit_of
from gatekeeper.integrity.tool_sides import unreadable

_WHEN_REPLACED = {
    "types-silenced": "types-relaxed",
    "test-runner-relaxed": "test-runner-loosened",
    "tests-deselected": "test-runner-loosened",
}


class Relaxed:
    """Files are compared as data; only what is looser than before counts, and what moved is not looser."""

    rules: Mapping[str, Rule] = {
        "types-silenced": Rule(Effect.BLOCK, "switches type checking off for code of the project"),
        "types-relaxed": Rule(Effect.WARN, "makes type checking ask for less"),
        "lint-relaxed": Rule(Effect.WARN, "makes linting ask for less"),
        "tests-deselected": Rule(Effect.BLOCK, "configures the test runner to leave tests out"),
        "test-runner-relaxed": Rule(Effect.BLOCK, "configures the test runner to pass what failed"),
        "test-runner-loosened": Rule(Effect.WARN, "makes the test runner ask for less"),
        "hook-removed": Rule(Effect.BLOCK, "takes the last hook of a kind away"),
        "hook-relaxed": Rule(Effect.WARN, "makes hooks ask for less"),
        "configuration-shadowed": Rule(Effect.BLOCK, "adds a file that makes a tool ignore its configuration"),
        "configuration-added-beside": Rule(Effect.NOTE, "adds a configuration file that wins over another one"),
        "gate-policy-relaxed": Rule(Effect.BLOCK, "makes the gate's own policy ask for less"),
        "unreadable-configuration": Rule(Effect.NOTE, "makes a configuration file unreadable"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one file of configuration."""
        if unreadable(change, diff) and change.new_mode.startswith("100"):
            yield Hit(
                "unreadable-configuration",
                change.path,
                "it cannot be understood any more: what it asks for cannot be compared",
            )
        for found in loosened(change, diff):
            if found.turned.knob.rule in self.rules:
                yield _weighed(hit_of(found, change, _rule(found)), found, diff)
        yield from ignored_tests(change, diff)
        yield from shadowed(change, diff)


def _weighed(hit: Hit, found: Loosened, diff: Diff) -> Hit:
    """Types that are not looked for in code of the product are silenced, by whatever list."""
    if hit.rule != "types-relaxed" or found.turned.knob.key not in ("exclude", "ignore") or not found.turned.items:
        return hit
    victim = excluded_product(found.turned.items, hit.path, diff)
    return replace(hit, harder=True, message=f"{hit.message}: {victim} is no longer checked") if victim else hit


def _rule(found: Loosened) -> str:
    rule = found.turned.knob.rule
    return _WHEN_REPLACED.get(rule, rule) if found.replaced_by else rule


DETECTOR = Relaxed()
