"""Base's test file with the imports of head's: for tests of modules that were only moved. Pure."""

import ast
from collections.abc import Iterable

from gatekeeper.integrity.parsed import ParsedPython


def with_imports_of(old: bytes, new: bytes, path: str) -> bytes | None:
    """`old` with the top-level imports of `new` in place of its own; None when they are alike or cannot be parted."""
    before, after = ParsedPython(old, path), ParsedPython(new, path)
    mine, theirs = _imports(before), _imports(after)
    if before.notebook or not mine or list(map(ast.dump, mine)) == list(map(ast.dump, theirs)):
        return None
    if _shared(before, mine) or _shared(after, theirs):
        return None
    taken = _lines(mine)
    # Names that only head's file needs do no harm; a module that base's tests imported and head's do not is gone.
    put = [line for one in theirs for line in after.lines[one.lineno - 1 : one.end_lineno]]
    head = before.lines[: min(taken) - 1]
    kept = [line for number, line in enumerate(before.lines, 1) if number not in taken]
    return "\n".join([*head, *put, *kept[len(head) :]]).encode("utf-8", "surrogatepass")


def _imports(parsed: ParsedPython) -> list[ast.stmt]:
    return [
        one
        for one in (parsed.tree.body if parsed.tree else ())
        if isinstance(one, ast.Import | ast.ImportFrom) and getattr(one, "module", "") != "__future__"
    ]


def _lines(statements: Iterable[ast.stmt]) -> frozenset[int]:
    return frozenset(line for one in statements for line in range(one.lineno, (one.end_lineno or one.lineno) + 1))


def _shared(parsed: ParsedPython, imports: list[ast.stmt]) -> bool:
    """Does another statement stand on one of the lines?"""
    others = [one for one in parsed.tree.body if one not in imports] if parsed.tree else []
    return bool(_lines(imports) & _lines(others))
