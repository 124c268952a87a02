"""Answers of tests that stand in product code as branches or rows of a table. Pure.

A pair is what a function is asked and what it says to that, both written down as literals. One that also stands
together in an assertion or in a row of cases is an answer of a test. Maps that are what they are (units, codes) look
the same: this can only warn.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from gatekeeper.integrity.code.dotted import every_statement
from gatekeeper.integrity.code.strength import is_literal
from gatekeeper.integrity.contract import Diff, Role
from gatekeeper.integrity.parsed import Function, FunctionNode, ParsedPython, is_python, unparse
from gatekeeper.integrity.pieces import pieces_of
from gatekeeper.integrity.source import Source, read

BASE_TESTS = "base tests"
"""Key of `Diff.cache` under which a mapping of path to contents may hold tests of base that did not change."""
_TRIVIAL = frozenset({"0", "1", "-1", "2", "''", "True", "False", "None", "[]", "{}", "()", "10", "100"})
_MANY = 5_000
_SMALL_TEST = 8
_MOST_READ = 500
"""Functions of tests in which literals are looked for: nobody waits longer for a warning."""
_Literal = ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Set | ast.UnaryOp


class Pair(Struct, frozen=True):
    """Literals as canonical source: `asked` for `answer`."""

    asked: frozenset[str]
    answer: str
    line: int

    @property
    def rich(self) -> bool:
        """Would nobody write this down by chance?"""
        return self.answer not in _TRIVIAL and bool(self.asked - _TRIVIAL)

    @property
    def trivial(self) -> bool:
        """Could it stand in any test?"""
        return self.answer in _TRIVIAL and self.asked <= _TRIVIAL


class Answers(Struct, frozen=True):
    """Pairs of one function or table; `new` when base had none of this name."""

    name: str
    line: int
    pairs: tuple[Pair, ...]
    new: bool
    table: bool


def written_down(old: ParsedPython, new: ParsedPython) -> Iterator[Answers]:
    """Pairs that functions and tables of product code got."""
    yield from _of_functions(old, new)
    known = {name for name, _ in _tables(old)}
    for name, value in _tables(new):
        if name not in known:
            yield Answers(name, value.lineno, tuple(_of_dict(value)), True, True)


def _of_functions(old: ParsedPython, new: ParsedPython) -> Iterator[Answers]:
    before = {(pair.asked, pair.answer) for function in old.functions.values() for pair in _of_function(function.node)}
    for name, function in new.functions.items():
        was = old.functions.get(name)
        if (was is not None and was.text == function.text) or _inner(function):
            continue
        pairs = tuple(pair for pair in _of_function(function.node) if (pair.asked, pair.answer) not in before)
        if pairs:
            yield Answers(name, pairs[0].line, pairs, was is None, False)


def told(answers: Answers, tests: "Groups") -> tuple[Pair, ...]:
    """Pairs that tests ask for, when they are too many for chance; else none."""
    counted = [pair for pair in answers.pairs[:_MANY] if not pair.trivial]
    found = tuple(pair for pair in counted if tests.together({*pair.asked, pair.answer}))
    if len(found) < 0.6 * len(counted):
        return ()
    if len(found) >= 2:
        return found
    # One branch in a function that computed before says enough when its answer is no everyday value.
    return found if not answers.new and found and found[0].rich else ()


class Groups:
    """Literals that stand together in one assertion, one row of cases or one small test."""

    def __init__(self, diff: Diff) -> None:
        self._sources = list(_test_sources(diff))
        self._pieces: dict[int, tuple[str, ...]] = {}
        self._groups: dict[tuple[str, str], tuple[frozenset[str], ...]] = {}

    def together(self, literals: set[str]) -> bool:
        """Do all of them stand together anywhere? Tests without their texts are not parsed."""
        texts = sorted((literal.strip("'\"") for literal in literals if "\\" not in literal), key=len, reverse=True)
        return any(literals <= group for path, piece in self._pieces_with(texts) for group in self._of(path, piece))

    def _pieces_with(self, texts: list[str]) -> Iterator[tuple[str, str]]:
        """Path and text of the pieces of tests in which all these texts stand as words of their own."""
        raw = [text.encode("utf-8", "surrogatepass") for text in texts]
        words = [re.compile(rf"(?<!\w){re.escape(text)}(?!\w)") for text in texts]
        for index, (path, contents) in enumerate(self._sources):
            for piece in self._cut(index) if all(text in contents for text in raw) else ():
                if _says(piece, texts, words):
                    yield path, piece

    def _cut(self, index: int) -> tuple[str, ...]:
        if index not in self._pieces:
            path, contents = self._sources[index]
            self._pieces[index] = tuple(pieces_of(read(contents, path).text))
        return self._pieces[index]

    def _of(self, path: str, piece: str) -> tuple[frozenset[str], ...]:
        found = self._groups.get((path, piece))
        if found is None:
            if len(self._groups) >= _MOST_READ:
                return ()
            self._groups[path, piece] = found = tuple(_groups(ParsedPython(Source(piece), path)))
        return found


def _says(piece: str, texts: list[str], words: list[re.Pattern[str]]) -> bool:
    """Do all the words stand in a piece? A plain search for their texts comes first: it is much faster."""
    return all(text in piece for text in texts) and all(word.search(piece) for word in words)


def _test_sources(diff: Diff) -> Iterator[tuple[str, bytes]]:
    for change in diff.changes:
        if change.role in (Role.TEST, Role.HARNESS) and is_python(change.path):
            yield from ((change.path, side) for side in (change.new, change.old) if side)
    given = diff.cache.get(BASE_TESTS)
    if isinstance(given, Mapping):
        yield from ((path, contents) for path, contents in given.items() if is_python(path))


def _groups(side: ParsedPython) -> Iterator[frozenset[str]]:
    if side.tree is None:
        return
    for statement in every_statement(side.tree.body):
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _groups_of_function(statement)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) | ast.For(iter=value):
                yield from map(_literals, _rows(value))
            case ast.Assert() | ast.Expr():
                yield _literals(statement)


def _groups_of_function(function: FunctionNode) -> Iterator[frozenset[str]]:
    """Rows in its decorators, and all of its body when that is small."""
    rows = [row for decorator in function.decorator_list for row in _rows(decorator)]
    yield from map(_literals, rows)
    inside = _literals(*function.body)
    if len(inside) <= _SMALL_TEST:
        yield inside


def _rows(node: ast.expr) -> Iterator[ast.expr | ast.Tuple]:
    """Rows of every list, tuple or dictionary in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.List | ast.Tuple | ast.Set):
            yield from part.elts
        elif isinstance(part, ast.Dict):
            yield from (ast.Tuple([key, value]) for key, value in zip(part.keys, part.values, strict=True) if key)


def _literals(*nodes: ast.AST) -> frozenset[str]:
    found = (part for node in nodes for part in ast.walk(node) if isinstance(part, _Literal) and is_literal(part))
    return frozenset(unparse(part) for part in found)


def _of_function(node: FunctionNode) -> Iterator[Pair]:
    for part in ast.walk(node):
        if isinstance(part, ast.If):
            yield from _branch(part.test, _answer(part.body))
        elif isinstance(part, ast.IfExp):
            yield from _branch(part.test, part.body)
        elif isinstance(part, ast.Match):
            for case in part.cases:
                answer = _answer(case.body)
                asked = _pattern(case.pattern)
                if answer is not None and asked and is_literal(answer):
                    yield Pair(asked, unparse(answer), part.lineno)
        elif isinstance(part, ast.Dict):
            yield from _of_dict(part)


def _of_dict(node: ast.Dict) -> Iterator[Pair]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and is_literal(key) and is_literal(value):
            yield Pair(frozenset({unparse(key)}), unparse(value), key.lineno)


def _branch(test: ast.expr, answer: ast.expr | None) -> Iterator[Pair]:
    """`if x == 7: return 13`, also with several comparisons, or with a tuple of arguments."""
    if answer is None or not is_literal(answer):
        return
    parts: Sequence[ast.expr] = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    asked = frozenset(literal for part in parts for literal in _equal_to(part))
    if asked:
        yield Pair(asked, unparse(answer), test.lineno)


def _equal_to(test: ast.expr) -> list[str]:
    """Literals with which `x == 7` or `(x, y) == (7, 8)` compares."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is)):
        return []
    sides = (test.left, test.comparators[0])
    return [unparse(inner) for side in sides if is_literal(side) for inner in _spread(side)]


def _spread(node: ast.expr) -> Iterable[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _answer(body: list[ast.stmt]) -> ast.expr | None:
    """What a branch returns or assigns, when that is all it does."""
    only = body[0] if len(body) == 1 else None
    return only.value if isinstance(only, ast.Return | ast.Assign) else None


def _pattern(pattern: ast.pattern) -> frozenset[str]:
    if isinstance(pattern, ast.MatchValue) and is_literal(pattern.value):
        return frozenset({unparse(pattern.value)})
    if isinstance(pattern, ast.MatchSequence):
        return frozenset().union(*(_pattern(part) for part in pattern.patterns))
    return frozenset()


def _tables(side: ParsedPython) -> Iterator[tuple[str, ast.Dict]]:
    for statement in side.tree.body if side.tree else ():
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            yield from ((t.id, statement.value) for t in statement.targets if isinstance(t, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Dict):
            yield unparse(statement.target), statement.value


def _inner(function: Function) -> bool:
    return any(isinstance(scope, FunctionNode) for scope in function.scopes)
