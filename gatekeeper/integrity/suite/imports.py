"""Base's test file with the imports of head's: for tests of modules that were only moved. Pure."""

import ast

from gatekeeper.integrity.parsed import ParsedPython


def with_imports_of(old: bytes, new: bytes, path: str) -> bytes | None:
    """`old` with the top-level imports of `new` in place of its own; None when they are alike or cannot be parted."""
    before, after = ParsedPython(old, path), ParsedPython(new, path)
    if before.tree is None or after.tree is None or before.notebook:
        return None
    mine, theirs = _imports(before.tree), _imports(after.tree)
    if not mine or [ast.dump(one) for one in mine] == [ast.dump(one) for one in theirs]:
        return None
    taken = {line for one in mine for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    if _shared(before.tree, taken, mine) or _shared(after.tree, set(), theirs):
        return None
    first = min(taken)
    # Names that only head's file needs do no harm; a module that base's tests imported and head's do not is gone.
    texts = [line for one in theirs for line in after.lines[one.lineno - 1 : one.end_lineno]]
    lines = [
        text
        for number, line in enumerate(before.lines, 1)
        for text in (
            (*texts, *([] if number in taken else [line])) if number == first else [] if number in taken else [line]
        )
    ]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _imports(tree: ast.Module) -> list[ast.stmt]:
    return [
        one
        for one in tree.body
        if isinstance(one, ast.Import | ast.ImportFrom) and getattr(one, "module", "") != "__future__"
    ]


def _shared(tree: ast.Module, taken: set[int], imports: list[ast.stmt]) -> bool:
    """Does another statement stand on one of the lines?"""
    lines = taken or {line for one in imports for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    others = [one for one in tree.body if one not in imports]
    return any(line in lines for one in others for line in (one.lineno, one.end_lineno or one.lineno))
