"""Does a script ask how a command ended, so that its failure can end the script? Reading the syntax; nothing is run.

`echo $?` only tells. What counts is `exit $?`, a test of it that guards an `exit`, or a variable that leads to either.
The tree is walked once, into lists that are sorted by position: a script of thousands of such questions is read as
quickly as one of a few.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Set
from functools import cached_property
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from gatekeeper.integrity.commands.syntax import all_nodes, argv_of, ends_badly

if TYPE_CHECKING:
    import tree_sitter

_STATUS = frozenset({"?", "PIPESTATUS", "pipestatus"})
_ENDING = frozenset({"exit", "return"})
_LEAVES = frozenset({"command", "test_command", "variable_assignment"})
_CONDITIONS = {"case_statement": "value", "if_statement": "condition", "while_statement": "condition",
               "until_statement": "condition"}  # fmt: skip
_NAMES = ("variable_name", "special_variable_name")
MOST_NAMES = 64
"""Names that one condition may ask for, and variables that may hang on it."""
MAX_ROUNDS = 8

_Item = TypeVar("_Item")


class _Marked(Generic[_Item]):
    """Things by the position where they stand, in order."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.items: list[_Item] = []

    def add(self, position: int, item: _Item) -> None:
        self.positions.append(position)
        self.items.append(item)

    def within(self, node: tree_sitter.Node, most: int | None = MOST_NAMES) -> list[_Item]:
        """The first that stand in a part of the script."""
        start, end = bisect_left(self.positions, node.start_byte), bisect_left(self.positions, node.end_byte)
        return self.items[start : end if most is None else min(end, start + most)]


class _Gives(NamedTuple):
    """Variables that are given a value made of others, or under a condition about them."""

    to: Set[str]
    of: Set[str]


class Status:
    """What becomes of `$?` in one script."""

    def __init__(self, root: tree_sitter.Node, raw: bytes) -> None:
        self.raw = raw
        self.nodes = list(all_nodes(root))
        self.last = next((child for child in reversed(root.named_children) if child.type != "comment"), None)
        self.reads: _Marked[str] = _Marked()
        self.targets: _Marked[str] = _Marked()
        self.leaving: _Marked[tuple[str, ...]] = _Marked()
        """Commands that end the script, or may."""
        self.failing: _Marked[tuple[str, ...]] = _Marked()
        self._names()
        self._functions = {
            _text(node.child_by_field_name("name"))
            for node in self.nodes
            if node.type == "function_definition" and self.failing.within(node, 1)
        }

    def is_heard(self, following: tree_sitter.Node) -> bool:
        """Can the status with which a statement begins end the script?"""
        if not self._begins_with_status(following):
            return False
        if any(_STATUS & named for named in self._ends.within(following, None)):
            return True
        kept = {name for gives in self._gives.within(following, None) if _STATUS & gives.of for name in gives.to}
        return bool(kept & self._reaching)

    def _begins_with_status(self, statement: tree_sitter.Node) -> bool:
        """Is `$?` read before another command has set it anew?"""
        for node in all_nodes(statement):
            if node.type in _LEAVES or self._is_arithmetic(node) or node.type == "special_variable_name":
                return bool(_STATUS & self._named(node))
        return False

    def _names(self) -> None:
        """Every name that is read, every variable that is assigned, every command that ends the script."""
        written: set[int] = set()
        compared: set[int] = set()
        for node in self.nodes:
            if node.type == "variable_assignment":
                name = node.child_by_field_name("name")
                self.targets.add(node.start_byte, _text(name))
                written.add(node.start_byte)  # where its name begins
            elif node.type == "binary_expression":
                compared |= {child.start_byte for child in node.named_children if child.type == "word"}
            elif node.type == "command":
                self._command(node)
            elif _is_read(node, written, compared):
                self.reads.add(node.start_byte, _text(node))

    def _command(self, node: tree_sitter.Node) -> None:
        argv = argv_of(node)
        if argv[:1] == ("exit",):
            self.leaving.add(node.start_byte, argv)
        if ends_badly(argv):
            self.failing.add(node.start_byte, argv)

    def _named(self, node: tree_sitter.Node) -> frozenset[str]:
        return frozenset(self.reads.within(node))

    @cached_property
    def _ends(self) -> _Marked[Set[str]]:
        """Names that end the script by what they hold, where they do so."""
        found: _Marked[Set[str]] = _Marked()
        for node in self.nodes:
            named = self._ending(node) | self._guarding(node)
            if node == self.last:
                named |= self._tested(node)
            if named:
                found.add(node.start_byte, named)
        return found

    def _ending(self, node: tree_sitter.Node) -> frozenset[str]:
        """`exit $rc`, `trap 'exit $rc' EXIT`, and a function of the script that may fail and is given `$rc`."""
        argv = argv_of(node) if node.type == "command" else ()
        if argv[:1] == ("trap",):
            words = argv[1].replace(";", " ").split() if len(argv) > 1 and "exit" in argv[1] else ()
            return frozenset(word.strip('"${}') for word in words if "$" in word) - _STATUS
        ends = (_ENDING | self._functions) & set(argv[:1])
        return self._named(node) if ends else frozenset()

    def _guarding(self, node: tree_sitter.Node) -> frozenset[str]:
        """`[ $? -eq 0 ] || exit 1`, `if (( $? )); then exit 1; fi`; also `… && exit 0` before a last `exit 1`."""
        condition = _condition(node)
        if condition is None:
            return frozenset()
        ends = self.failing.within(node, 1) or (
            self.leaving.within(node, 1) and self.last is not None and self.failing.within(self.last, 1)
        )
        return self._named(condition) if ends else frozenset()

    def _tested(self, node: tree_sitter.Node) -> frozenset[str]:
        """A test whose own status is that of the script: `[ $? -eq 0 ]`, also with `&& echo passed`."""
        if node.type == "list" and any(child.type == "&&" for child in node.children):
            node = node.named_children[0]
        is_command = node.type == "command" and argv_of(node)[:1] == ("test",)
        is_test = is_command or node.type == "test_command" or self._is_arithmetic(node)
        return self._named(node) if is_test else frozenset()

    @cached_property
    def _gives(self) -> _Marked[_Gives]:
        found: _Marked[_Gives] = _Marked()
        for node in self.nodes:
            to = self._given(node)
            of = self._named(_condition(node) or node) if to else frozenset()
            if of:
                found.add(node.start_byte, _Gives(to, of))
        return found

    def _given(self, node: tree_sitter.Node) -> Set[str]:
        """Variables that one node may give a value to."""
        if node.type == "variable_assignment" or _condition(node) is not None:
            return set(self.targets.within(node))
        if self._is_arithmetic(node):  # (( total += $? ))
            return self._named(node)
        argv = argv_of(node) if node.type == "command" else ()
        return {word.rstrip("+|-=$?") for word in argv[1:]} if argv[:1] == ("let",) else set()

    @cached_property
    def _reaching(self) -> Set[str]:
        """Variables that end the script, by themselves or by others that are made of them."""
        found = {name for named in self._ends.items for name in named}
        for _ in range(MAX_ROUNDS):
            before = len(found)
            for gives in reversed(self._gives.items):
                if gives.to & found:
                    found |= gives.of
            if len(found) == before:
                break
        return found - _STATUS

    def _is_arithmetic(self, node: tree_sitter.Node) -> bool:
        start = node.start_byte
        return node.type == "compound_statement" and self.raw[start : start + 2] == b"(("


def _is_read(node: tree_sitter.Node, written: Set[int], compared: Set[int]) -> bool:
    """`$rc`, `${rc}`, `(( rc ))`, `[[ rc -ne 0 ]]`; not the name of `rc=1`."""
    return node.start_byte not in written if node.type in _NAMES else node.start_byte in compared


def _condition(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """What decides about the rest of a statement."""
    field = _CONDITIONS.get(node.type)
    if field is not None:
        return node.child_by_field_name(field)
    return node.named_children[0] if node.type in ("list", "elif_clause") and node.named_children else None


def _text(node: tree_sitter.Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""
