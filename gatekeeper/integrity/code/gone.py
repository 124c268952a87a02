"""Where the tests of base are at head: moved, renamed, merged into others, no longer collected, or gone. Pure.

One test of head stands for one of base. Text decides first, then the name, then the tree, then likeness.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from posixpath import basename

from msgspec import Struct

from gatekeeper.integrity.contract import FileChange

_NAME = re.compile(r"^((?:async )?def )\w+", re.MULTILINE)
_DOCSTRING = re.compile(r"\A([^\n]*:[ \t]*\n)\s*[rRuU]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'[^'\n]*'|\"[^\"\n]*\")[ \t]*\n")
_FORMAT = re.compile(r"\s+|,(?=\s*[)\]}])|(?i:async )")
_ALIKE = 0.5
_MANY = 150
"""Tests that are compared for likeness, one by one, at most on each side."""


class Test(Struct, frozen=True, eq=False, dict=True):
    """One test of one side, light enough to keep thousands."""

    change: FileChange
    name: str
    line: int
    text: str
    old: bool

    @property
    def path(self) -> str:
        """Its file on its own side."""
        return self.change.before if self.old else self.change.path

    @property
    def last(self) -> str:
        """Name of the function."""
        return self.name.rpartition(".")[2]

    @property
    def unnamed(self) -> str:
        """Its text, decorators and all, without its own name."""
        return _NAME.sub(r"\1_", self.text, count=1)

    @cached_property
    def nameless(self) -> str:
        """Its text without its own name and decorators: what a rename keeps."""
        start = _NAME.search(self.text)
        return _NAME.sub(r"\1_", self.text[start.start() :] if start else self.text, count=1)

    @cached_property
    def rows(self) -> frozenset[str]:
        """Its lines, without those that say nothing."""
        return frozenset(line.strip() for line in self.nameless.split("\n")[1:] if len(line.strip()) > 5)

    @cached_property
    def squeezed(self) -> str:
        """Its text without what a formatter or a docstring changes."""
        return _FORMAT.sub("", _DOCSTRING.sub(r"\1", self.nameless, count=1)).replace("'", '"')


def paired(gone: Sequence[Test], fresh: Sequence[Test]) -> tuple[list[tuple[Test, Test]], list[Test], list[Test]]:
    """Pairs of old and new that are one test, then what is left of both."""
    pairs: list[tuple[Test, Test]] = []
    left, free = list(gone), list(fresh)
    keys: tuple[Callable[[Test], Hashable], ...] = (
        lambda test: (test.change.path, test.nameless),
        lambda test: (test.last, test.nameless),
        lambda test: test.nameless,
        lambda test: (test.change.path, test.last),
        lambda test: (basename(test.path), test.name),
        lambda test: test.squeezed,
        lambda test: test.last if len(test.last) > len("test_") + 6 else test,
    )
    for key in keys:
        if not left or not free:
            break
        found, left, free = _by_key(left, free, key)
        pairs += found
    found, left, free = _alike(left, free)
    return [*pairs, *found], left, free


def merged_into(test: Test, added: Iterable[str]) -> bool:
    """Are the words of a test nearly all in what was added to other tests? Then it was merged, not dropped."""
    words = _words(test.rows)
    if len(words) < 3:
        return False
    return len(words & frozenset(added)) >= 0.8 * len(words)


def words_of(tests: Iterable[Test]) -> frozenset[str]:
    """Names, numbers and texts in tests."""
    return _words(row for test in tests for row in (*test.rows, *test.text.split("\n")))


def _words(rows: Iterable[str]) -> frozenset[str]:
    return frozenset(word for row in rows for word in re.findall(r"[\w.]+", row) if len(word) > 1 or word.isdigit())


def _by_key(
    left: list[Test], free: list[Test], key: Callable[[Test], Hashable]
) -> tuple[list[tuple[Test, Test]], list[Test], list[Test]]:
    there: defaultdict[Hashable, list[Test]] = defaultdict(list)
    for test in reversed(free):
        there[key(test)].append(test)
    pairs, rest, taken = [], [], set()
    for test in left:
        others = there.get(key(test))
        if others:
            other = others.pop()
            taken.add(id(other))
            pairs.append((test, other))
        else:
            rest.append(test)
    return pairs, rest, [test for test in free if id(test) not in taken]


def _alike(left: list[Test], free: list[Test]) -> tuple[list[tuple[Test, Test]], list[Test], list[Test]]:
    """Pairs with at least half of their lines in common, the likest first."""
    if len(left) > _MANY or len(free) > _MANY:
        return [], left, free
    twins = _twins(left, free)
    taken = set(twins.values())
    pairs = [(left[i], free[j]) for i, j in twins.items()]
    rest = [test for i, test in enumerate(left) if i not in twins]
    return pairs, rest, [test for j, test in enumerate(free) if j not in taken]


def _twins(left: list[Test], free: list[Test]) -> dict[int, int]:
    """Place of an old test → place of the new one that is like it, the likest first; each is taken once."""
    ranked = sorted((-_likeness(old, new), i, j) for i, old in enumerate(left) for j, new in enumerate(free))
    twins: dict[int, int] = {}
    taken: set[int] = set()
    for unlikeness, i, j in ranked:
        if -unlikeness < _ALIKE:
            break
        if i not in twins and j not in taken:
            twins[i] = j
            taken.add(j)
    return twins


def _likeness(old: Test, new: Test) -> float:
    common = len(old.rows & new.rows)
    return common / max(len(old.rows), len(new.rows), 1)
