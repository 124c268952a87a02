"""Python that could not be looked at: said once per file, so that nobody takes silence for approval."""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.parsed import is_python
from gatekeeper.integrity.trimmed import problem


class Unreadable:
    """One note for a changed Python file or notebook that has no syntax tree."""

    rules: Mapping[str, Rule] = {
        "unreadable-source": Rule(Effect.NOTE, "changes a Python file that cannot be read"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """At most one hit."""
        if change.new is None or not is_python(change.path) or not _worth_parsing(change.new):
            return
        why = problem(diff, change)
        if why:
            yield Hit("unreadable-source", change.path, f"{why}: the rules about code cannot look into it")


def _worth_parsing(contents: bytes) -> bool:
    return bool(contents.strip())


DETECTOR = Unreadable()
