"""What conditions are made of: a look at the facts that never guesses, globs, names, and what was matched."""

import functools
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct
from pathspec import GitIgnoreSpec

from gatekeeper.decision.facts import Facts


class AbsentFact(Exception):
    """A fact that a rule needs is not there; says why. `fact` is its dotted name, else `expression` looked for it."""

    def __init__(self, said: str, *, fact: str = "", expression: str = "") -> None:
        super().__init__(said)
        self.fact, self.expression = fact, expression


class Match(Struct, frozen=True):
    """Something that a condition matched: words for a person, and the path where there is one."""

    said: str
    path: str | None = None


# The facts are JSON that was just made: Any here is the document, `decision/facts.py` gives its shape.
def at(facts: Facts, *path: str) -> Any:
    value: Any = facts
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            name = ".".join(path)
            raise AbsentFact(f"the fact {name} is absent", fact=name)
        value = value[step]
    return value


@functools.cache
def globs(lines: tuple[str, ...]) -> Callable[[str], bool]:
    return GitIgnoreSpec.from_lines(lines).match_file


def named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
