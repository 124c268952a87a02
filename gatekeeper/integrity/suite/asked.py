"""What the assertions of a piece of Python ask for, and whether later ones ask for less. Pure."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gatekeeper.integrity.parsed import shape
from gatekeeper.integrity.suite.expected import Known, answers_of_one, given_away, known_in
from gatekeeper.integrity.suite.module import last

EXACT, PARTLY, BARELY, NOTHING = 3, 2, 1, 0
_EXACT = frozenset({
    "assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertDictEqual", "assertTupleEqual",
    "assertSetEqual", "assertSequenceEqual", "assertMultiLineEqual", "assertCountEqual", "assertAlmostEqual",
    "assertIsNone", "assertRaises", "assertRaisesRegex", "assertWarns", "assertLogs", "raises", "warns", "assert_equal",
    "assert_called_once_with", "assert_called_with", "assert_has_calls", "assert_array_equal", "assert_allclose",
    "assert_frame_equal", "assert_series_equal", "assertQuerySetEqual", "assertHTMLEqual", "assertJSONEqual",
    "assertContains", "assertRedirects",
})  # fmt: skip
_BARELY = frozenset({"assertIsNotNone", "assertNotEqual", "assertIsNot", "assert_called"})
_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_TOO_WIDE = frozenset({"Exception", "BaseException"})


class Asked(Struct, frozen=True):
    """One assertion: how much it asks for, and a digest of its text."""

    level: int
    shape: str


def asked(*nodes: ast.AST) -> tuple[Asked, ...]:
    """Every assertion in these nodes, in the order of the source."""
    return tuple(one for node in nodes for one in _of(node, known_in(node)))


def weakened(after: Sequence[Asked], before: Sequence[Asked]) -> bool:
    """Was something taken away or loosened, and nothing as strong put in its place?

    An assertion whose text is new and that asks for as much as the strongest lost one counts as its replacement: that
    is how tests are rewritten together with a behaviour.
    """
    left = Counter(one.shape for one in after)
    lost = []
    for one in before:
        if left[one.shape]:
            left[one.shape] -= 1
        elif one.level:
            lost.append(one)
    known = {one.shape for one in before}
    new = [one.level for one in after if one.shape not in known]
    return bool(lost) and max(new, default=NOTHING) < max(one.level for one in lost)


def _of(root: ast.AST, known: Known) -> Iterator[Asked]:
    for node in ast.walk(root):
        if isinstance(node, ast.Assert):
            for condition in _parts(node.test):
                yield Asked(_level(condition, known), shape(condition))
        elif isinstance(node, ast.Call) and (level := _of_call(node, known)) is not None:
            yield Asked(level, shape(node))


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _parts(part)
    else:
        yield test


def _of_call(node: ast.Call, known: Known) -> int | None:
    name = last(node.func)
    if name in _RAISES:
        return BARELY if node.args and last(node.args[0]) in _TOO_WIDE else EXACT
    if name in {"assertTrue", "assertFalse"} and node.args:
        return _level(node.args[0], known)
    if name in _EXACT:
        return NOTHING if _says_nothing(node.args, known) else _by_sides(node.args[:2], known)
    return BARELY if name in _BARELY else PARTLY if name.startswith("assert") else None


def _level(test: ast.expr, known: Known) -> int:
    if _says_nothing([test], known):
        return NOTHING
    if isinstance(test, ast.BoolOp):
        # One of them is enough: it asks for less than its weakest part.
        return max(min(_level(part, known) for part in test.values) - 1, NOTHING)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return BARELY
    return _of_compare(test, known) if isinstance(test, ast.Compare) else BARELY


def _of_compare(test: ast.Compare, known: Known) -> int:
    operator = test.ops[0]
    most = _by_sides([test.left, test.comparators[0]], known)
    if isinstance(operator, ast.Eq | ast.Is):
        return min(EXACT, most)
    return min(BARELY if isinstance(operator, ast.NotEq | ast.IsNot) else PARTLY, most)


def _by_sides(sides: Sequence[ast.expr], known: Known) -> int:
    """How much can be asked by comparing these: nothing of the same, little of an answer that is made right."""
    if len(sides) != 2:
        return EXACT
    left, right = (known.resolved(side) for side in sides)
    if shape(left) == shape(right):
        return NOTHING
    return PARTLY if given_away(left, right) or answers_of_one(left, right) else EXACT


def _says_nothing(parts: Sequence[ast.expr], known: Known) -> bool:
    """Is it about literals alone?"""
    inner = [part for one in parts for part in ast.walk(one)]
    names = {part.id for part in inner if isinstance(part, ast.Name)}
    return not any(isinstance(part, ast.Call) for part in inner) and names <= known.literal
