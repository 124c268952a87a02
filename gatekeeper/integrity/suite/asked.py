"""What the assertions of a piece of Python ask for, and whether later ones ask for less. Pure."""

import ast
import builtins
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gatekeeper.integrity.parsed import shape

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


_CHOOSING = frozenset({"min", "max", "get", "getattr", "next", "pop", "clamp", "clip", "setdefault"})
_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class _Known:
    """What names of a function stand for: `literal` ones for literals alone, `bound` ones for one expression."""

    literal: frozenset[str] = frozenset()
    bound: Mapping[str, ast.expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One assertion: how much it asks for, and a digest of its text."""

    level: int
    shape: str


def asked(*nodes: ast.AST) -> tuple[Asked, ...]:
    """Every assertion in these nodes, in the order of the source."""
    return tuple(one for node in nodes for one in _of(node, _known(node)))


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


def _known(root: ast.AST) -> _Known:
    literal, other, bound = set[str](), set[str](), dict[str, list[ast.expr]]()
    for node in ast.walk(root):
        if isinstance(node, ast.Assign):
            names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            plain = not any(isinstance(part, ast.Call | ast.Name | ast.Attribute) for part in ast.walk(node.value))
            (literal if plain else other).update(names)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.NamedExpr):
            other.update(part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
    once = {name: values[0] for name, values in bound.items() if len(values) == 1}
    return _Known(frozenset(literal - other), once)


def _of(root: ast.AST, known: _Known) -> Iterator[Asked]:
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


def _of_call(node: ast.Call, known: _Known) -> int | None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _RAISES:
        return BARELY if node.args and _last(node.args[0]) in _TOO_WIDE else EXACT
    if name in {"assertTrue", "assertFalse"} and node.args:
        return _level(node.args[0], known)
    if name in _EXACT:
        return NOTHING if _says_nothing(node.args, known) else min(EXACT, _itself(node.args[:2], known))
    if name in _BARELY:
        return BARELY
    return PARTLY if name.startswith("assert") else None


def _level(test: ast.expr, known: _Known) -> int:
    if _says_nothing([test], known):
        return NOTHING
    if isinstance(test, ast.BoolOp):
        # One of them is enough: it asks for less than its weakest part.
        return max(min(_level(part, known) for part in test.values) - 1, NOTHING)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return BARELY
    return _of_compare(test, known) if isinstance(test, ast.Compare) else BARELY


def _of_compare(test: ast.Compare, known: _Known) -> int:
    operator = test.ops[0]
    most = _itself([test.left, test.comparators[0]], known)
    if isinstance(operator, ast.Eq | ast.Is):
        return min(EXACT, most)
    return min(BARELY if isinstance(operator, ast.NotEq | ast.IsNot) else PARTLY, most)


def _itself(sides: Sequence[ast.expr], known: _Known) -> int:
    """How much can be asked by comparing these: nothing of the same, little of two answers of one function."""
    if len(sides) != 2:
        return EXACT
    left, right = (_resolved(side, known) for side in sides)
    if shape(left) == shape(right):
        return NOTHING
    if _given_away(left, right) or _given_away(right, left):
        return PARTLY
    name = _last(left.func) if isinstance(left, ast.Call) else ""
    alike = isinstance(right, ast.Call) and name == _last(right.func) and name[:1].islower()
    return PARTLY if alike and name not in _BUILTINS else EXACT


def _given_away(expected: ast.expr, asked: ast.expr) -> bool:
    """Is the constant that is expected put beside the answer, as in `min(price(7), 100) == 100`, `x or 100 == 100`?"""
    beside = (
        asked.values
        if isinstance(asked, ast.BoolOp)
        else [asked.body, asked.orelse]
        if isinstance(asked, ast.IfExp)
        else []
    )
    if isinstance(asked, ast.Call) and _last(asked.func) in _CHOOSING:
        beside = [*asked.args, *(one.value for one in asked.keywords)]
    inner = any(isinstance(part, ast.Call) for one in beside for part in ast.walk(one))
    return inner and isinstance(expected, ast.Constant) and shape(expected) in {shape(one) for one in beside}


def _resolved(node: ast.expr, known: _Known) -> ast.expr:
    """The expression that a local name stands for."""
    node = known.bound.get(node.id, node) if isinstance(node, ast.Name) else node
    return node.value if isinstance(node, ast.Await) else node


def _says_nothing(parts: Sequence[ast.expr], known: _Known) -> bool:
    """Is it about literals alone?"""
    inner = [part for one in parts for part in ast.walk(one)]
    names = {part.id for part in inner if isinstance(part, ast.Name)}
    return not any(isinstance(part, ast.Call) for part in inner) and names <= known.literal


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
