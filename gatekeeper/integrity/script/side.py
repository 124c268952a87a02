"""One side of a changed script as the finders see it, and which finders there are. Pure."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from posixpath import basename, dirname, join, normpath, splitext

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.parsed_script import ParsedScript, is_script, parsed_script
from gatekeeper.integrity.roles import role_of
from gatekeeper.integrity.script.assertions import Assertion
from gatekeeper.integrity.script.blocks import Block, blocks
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.names import Names, specifiers
from gatekeeper.integrity.script.nodes import function_around, name_of, plain, statement_around
from gatekeeper.integrity.script.trimmed import is_sound, without_unchanged
from gatekeeper.integrity.script.unchanged import leave_out_unchanged

TESTS = (Role.TEST, Role.HARNESS)
"""Roles of files in which runners look for tests, and of what those use."""
RUN_BY_TESTS = (*TESTS, Role.CONFIG)
"""Roles whose code the test runner itself loads."""


_RUNNER_CONFIGS = ("vitest", "jest", "karma", "playwright", ".mocharc", "cypress", "web-test-runner")
SUPPORT = ("/fixtures/", "/__fixtures__/", "/testdata/", "/test-data/", "/test_data/")
"""Folders with what tests read, start or copy."""


class Side(Struct, frozen=True, dict=True):
    """What is at base or at head of one path."""

    diff: Diff
    change: FileChange
    path: str
    role: Role
    contents: bytes
    script: ParsedScript

    @cached_property
    def names(self) -> Names:
        """Aliases and imports of the file."""
        return Names(self.script)

    @cached_property
    def declared(self) -> frozenset[str]:
        """Names of the file's own variables, parameters and functions."""
        nodes = self.script.nodes("variable_declarator", "required_parameter", "function_declaration")
        return frozenset(
            self.script.text(n.child_by_field_name("name") or n.child_by_field_name("pattern")) for n in nodes
        )

    @cached_property
    def _tests(self) -> tuple[list[Block], list[Assertion]]:
        return blocks(self.script, self.names) if self.is_tests else ([], [])

    @property
    def is_tests(self) -> bool:
        """Would a runner look for tests in this file? Product files may hold theirs in `if (import.meta.vitest)`."""
        return self.role in TESTS or b"import.meta.vitest" in self.contents

    @property
    def blocks(self) -> Sequence[Block]:
        """Tests, and functions that assert; none in files that no runner looks into."""
        return self._tests[0]

    @property
    def assertions(self) -> Sequence[Assertion]:
        """Every assertion of the file."""
        return self._tests[1]

    @cached_property
    def _lines(self) -> list[tuple[int, str]]:
        return sorted((block.line, block.id) for block in self.blocks if not block.helper)

    def test_at(self, line: int) -> str:
        """Id of the last test that begins at or before a line; empty for none."""
        index = bisect_right(self._lines, line, key=lambda entry: entry[0])
        return self._lines[index - 1][1] if index else ""


class Finder(Struct, frozen=True, dict=True):
    """Looks for one family of things. `words`: without one of them in a file there is nothing to find.

    `by_line`: what it finds stands on one line, so that a changed file is looked at only when a line with such a word,
    or a line next to it, is new.
    """

    find: Callable[[Side], Iterator[Found]]
    words: tuple[bytes, ...]
    roles: tuple[Role, ...]
    by_line: bool = False

    @cached_property
    def _any_word(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(re.escape(word) for word in self.words))

    def places(self, contents: bytes) -> frozenset[tuple[bytes, bytes, bytes]]:
        """Lines with one of the words, each with the line before and the line after it."""
        lines, at, line, counted = contents.split(b"\n"), set(), 0, 0
        for match in self._any_word.finditer(contents):
            line += contents.count(b"\n", counted, match.start())
            counted = match.start()
            at.add(line)
        return frozenset((lines[max(0, n - 1)], lines[n], lines[min(n + 1, len(lines) - 1)]) for n in at)

    def applies(self, role: Role, contents: bytes) -> bool:
        """Can there be anything in these contents?"""
        if role not in self.roles:
            return False
        for word in self.words:  # three times as fast as any(…), on the hottest path
            if word in contents:
                return True
        return not self.words


def role_at(change: FileChange, new: bool) -> Role:
    """Role of a side: a file that was renamed may have had another one."""
    if new or change.before == change.path:
        return change.role
    return role_of(change.before)


def side_of(diff: Diff, change: FileChange, new: bool) -> Side | None:
    """Base's or head's side, not parsed yet; None where there is no script."""
    contents, path = (change.new, change.path) if new else (change.old, change.before)
    if contents is None or not is_script(path):
        return None
    role = role_at(change, new)
    return Side(diff, change, path, role, contents, ParsedScript(contents, path, hand_written=role in RUN_BY_TESTS))


def trimmed_sides(old: Side, new: Side) -> tuple[Side, Side]:
    """Both sides of a file of tests, without what is the same in them."""
    if not old.script.problem and not new.script.problem:
        sources = without_unchanged(old.script.source, new.script.source)
        made = (_with(old, sources[0]), _with(new, sources[1]))
        if all(is_sound(side.script, source) for side, source in zip(made, sources, strict=True)):
            old, new = made
    leave_out_unchanged(old.script, new.script)
    return old, new


def _with(side: Side, source: bytes) -> Side:
    return replace(side, contents=source, script=ParsedScript(source, side.path, hand_written=True))


def found_at(side: Side, rule: str, node: Node, message: str, what: str) -> Found:
    """What is wrong at a node; the same thing in the same file when it is about the same `what`."""
    line, here = node.start_point[0] + 1, name_of(side.script, function_around(node))
    text = plain(side.script.text(statement_around(node) if node.type.endswith("expression") else node))[:2000]
    return Found(
        rule,
        f"{rule} {here} {text}",
        line,
        message,
        same=(f"{rule} {what}",),
        symbol=what,
        context=side.script.line_text(line),
    )


def is_loaded(diff: Diff, path: str) -> bool:
    """Does something else that the branch changed import this file, or does a configuration name it?"""
    stem = bare(path).rpartition("/")[2].encode()
    for change in diff.changes:
        if change.new is None or change.path == path or stem not in change.new:
            continue
        if change.role is Role.CONFIG or basename(change.path).startswith(_RUNNER_CONFIGS):
            return True
        script = parsed_script(diff, change.new, change.path)
        if any(resolved(change.path, module) == bare(path) for module in specifiers(script)):
            return True
    return False


def resolved(path: str, module: str) -> str:
    """A relative module as a path without its ending, seen from the file `path`; of a package an empty string."""
    return bare(normpath(join(dirname(path), module))) if module.startswith(".") else ""


def bare(path: str) -> str:
    """A path without the ending of a script and without a last `/index`."""
    stem = splitext(path)[0] if is_script(path) else path
    return stem.removesuffix("/index")
