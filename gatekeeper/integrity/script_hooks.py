"""Ways to make a red run of TypeScript or JavaScript tests look green from inside: exits, handlers, replaced parts,
detection.
"""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.script.branch import added
from gatekeeper.integrity.script.detected import DECIDES, DETECTED, STACK
from gatekeeper.integrity.script.equalities import EQUAL
from gatekeeper.integrity.script.exits import EXIT, HANDLER, POSSIBLE
from gatekeeper.integrity.script.overrides import PATCHED, TAMPERED
from gatekeeper.integrity.script.runners import ENVIRONMENT, REPLACED, replaced


class ScriptHooks:
    """What decides how a run ends, or how the code behaves when it is tested."""

    rules: Mapping[str, Rule] = {
        EXIT: Rule(Effect.BLOCK, "ends the test process in a way that looks green"),
        POSSIBLE: Rule(Effect.WARN, "ends the test process on other platforms or versions"),
        HANDLER: Rule(Effect.BLOCK, "adds a handler that hides failures of the test process"),
        PATCHED: Rule(Effect.BLOCK, "overwrites parts of the test runner or the assertion library"),
        TAMPERED: Rule(Effect.BLOCK, "swaps modules while they are loaded"),
        EQUAL: Rule(Effect.BLOCK, "adds a comparison that says true to everything"),
        REPLACED: Rule(Effect.BLOCK, "replaces the test runner or a test library by a file of the repository"),
        ENVIRONMENT: Rule(Effect.WARN, "gives the test runner a reporter or an environment of the repository"),
        DETECTED: Rule(Effect.WARN, "lets product code ask whether it is being tested"),
        DECIDES: Rule(Effect.BLOCK, "lets product code answer differently when it is being tested"),
        STACK: Rule(Effect.BLOCK, "lets product code decide by who called it"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file; the whole diff is compared once, so that moved code is none."""
        yield from (hit for hit in added(diff).get(change.path, ()) if hit.rule in self.rules)
        yield from replaced(change)


DETECTOR = ScriptHooks()
