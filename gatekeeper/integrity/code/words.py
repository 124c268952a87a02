"""Cheap looks at texts and lines, so that only what can hold something is parsed or walked. Pure."""

import ast
import re
from bisect import bisect_left


def has_any(text: str, words: tuple[str, ...]) -> bool:
    """Does one of the words occur anywhere? A plain search is a hundred times faster than one pattern of all."""
    for word in words:  # noqa: SIM110 - three times as fast as any(…), and asked for every file
        if word in text:
            return True
    return False


class Lines:
    """The lines of a text in which a pattern is found."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self.text = text
        self._numbers: list[int] = []
        line, counted = 1, 0
        for match in pattern.finditer(text):
            line += text.count("\n", counted, match.start())
            counted = match.start()
            if not self._numbers or self._numbers[-1] != line:
                self._numbers.append(line)

    def touch(self, node: ast.AST) -> bool:
        """Is one of them within this node? True for nodes without a place of their own (arguments, handlers' types)."""
        first = getattr(node, "lineno", None)
        if first is None:
            return True
        for decorator in getattr(node, "decorator_list", ()):
            first = min(first, decorator.lineno)
        at = bisect_left(self._numbers, first)
        return at < len(self._numbers) and self._numbers[at] <= (getattr(node, "end_lineno", None) or first)
