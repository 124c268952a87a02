"""Tests that stand word for word on both sides of a changed file, in suites that begin alike: nobody needs to read
them.

Most of a changed file of tests is as it was. What is left out here is left out on both sides, so that nothing seems to
come or go. Where the file's own declarations changed, a name may mean something else, and everything is read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.nodes import INLINE

TEST = re.compile(rb"(?:it|test|describe|suite|context|specify|QUnit|Deno)\b")
"""How a test or a suite begins."""
NAMES = re.compile(
    rb"\b(?:it|test|tests|describe|suite|context|specify|expect|assert|vitest|jest|mocha|chai|only|skip|todo|require|process|\w+Each|\w+All)\b"
)
_MAX_DEPTH = 12


def leave_out_unchanged(old: ParsedScript, new: ParsedScript) -> None:
    """Tell both sides which statements need not be walked. Nothing happens when one of them was walked already."""
    if old.problem or new.problem or old.walked or new.walked:
        return
    skipped_old: set[int] = set()
    skipped_new: set[int] = set()
    todo = [(old.root, new.root)]
    for _ in range(_MAX_DEPTH):
        below: list[tuple[Node, Node]] = []
        for one, other in todo:
            pairs = _level(old, one, new, other, skipped_old, skipped_new)
            if pairs is None:
                return
            below += pairs
        todo = below
    old.unchanged, new.unchanged = frozenset(skipped_old), frozenset(skipped_new)


def _level(
    old: ParsedScript, one: Node, new: ParsedScript, other: Node, skipped_old: set[int], skipped_new: set[int]
) -> list[tuple[Node, Node]] | None:
    """Compare the statements of two bodies. The bodies of suites that differ, in pairs; None when names may differ."""
    before, after = one.named_children, other.named_children
    if Counter(_declarations(old, before)) != Counter(_declarations(new, after)):
        return None
    tests_before, tests_after = dict(_tests(old, before)), dict(_tests(new, after))
    for text in tests_before.keys() & tests_after.keys():
        skipped_old.add(tests_before.pop(text).start_byte)
        skipped_new.add(tests_after.pop(text).start_byte)
    suites_before, suites_after = dict(_suites(old, tests_before.values())), dict(_suites(new, tests_after.values()))
    return [(suites_before[head], suites_after[head]) for head in suites_before.keys() & suites_after.keys()]


def _declarations(script: ParsedScript, statements: Iterable[Node]) -> Iterator[bytes]:
    """Statements other than tests that may give a name of the runner another meaning."""
    for node in statements:
        if node.type != "comment" and not _is_test(script, node) and NAMES.search(text := script.raw(node)):
            yield text


def _tests(script: ParsedScript, statements: Iterable[Node]) -> Iterator[tuple[bytes, Node]]:
    """Tests and suites by their text. Of those that are written twice only one is known: the others are read."""
    for node in statements:
        if _is_test(script, node):
            yield script.raw(node), node


def _is_test(script: ParsedScript, node: Node) -> bool:
    return node.type == "expression_statement" and TEST.match(script.source, node.start_byte) is not None


def _suites(script: ParsedScript, statements: Iterable[Node]) -> Iterator[tuple[bytes, Node]]:
    """Bodies of suites by all that is written before them: callee, options and title."""
    for node in statements:
        body = _body(node)
        if body is not None:
            yield script.source[node.start_byte : body.start_byte], body


def _body(statement: Node) -> Node | None:
    call = statement.named_children[0] if statement.named_children else None
    given = call.child_by_field_name("arguments") if call is not None and call.type == "call_expression" else None
    last = next((node for node in reversed(given.named_children) if node.type in INLINE), None) if given else None
    body = last.child_by_field_name("body") if last is not None else None
    return body if body is not None and body.type == "statement_block" else None
