"""Bodies of tests: what tells one from another, and where they are left early. Pure."""

import hashlib
from bisect import bisect_left

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.nodes import function_around, plain

_SHORTEST_BODY = 12


class Bodies:
    """Asked about the bodies of one file: its comments and bare `return`s are listed once."""

    def __init__(self, script: ParsedScript) -> None:
        self.script = script
        self.leaves = [node for node in script.nodes("return_statement") if not node.named_child_count]
        self.leave_starts = [node.start_byte for node in self.leaves]
        self.comments = [(comment.start, comment.end) for comment in script.comments]

    def left(self, body: Node, last: int) -> int:
        """Bare `return`s of the test's own function before the offset of its last assertion."""
        low, high = (bisect_left(self.leave_starts, at) for at in (body.start_byte, last))
        return sum(function_around(node) == body for node in self.leaves[low:high])

    def digest(self, body: Node | None) -> str:
        """Of the code without comments; empty for none and for the shortest."""
        inner = body.child_by_field_name("body") if body is not None else None
        if inner is None:
            return ""
        at, end, parts = inner.start_byte, inner.end_byte, []
        for index in range(bisect_left(self.comments, (at, 0)), len(self.comments)):
            start, stop = self.comments[index]
            if start >= end:
                break
            parts.append(self.script.source[at:start])
            at = stop
        text = plain(b"".join((*parts, self.script.source[at:end])))
        return "" if len(text) < _SHORTEST_BODY else hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
