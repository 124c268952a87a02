"""How much an assertion asks of what it looks at, from 5 (it is exactly this) to 0 (nothing). Pure.

5 equality, identity, an exact call · 4 nearly equal, equal in some order, a particular exception · 3 membership, order,
a pattern, a predicate · 2 a type, being different, a broad exception · 1 being there at all · 0 what is always true.
"""

import ast
from collections.abc import Iterable
from math import inf

from msgspec import Struct

from gatekeeper.integrity.code.dotted import Names, last
from gatekeeper.integrity.parsed import unparse

_METHODS = {
    "assertEqual": 5, "assertEquals": 5, "assertDictEqual": 5, "assertListEqual": 5, "assertTupleEqual": 5,
    "assertSetEqual": 5, "assertSequenceEqual": 5, "assertMultiLineEqual": 5, "assertIs": 5, "assertIsNone": 5,
    "assertQuerySetEqual": 5, "assertQuerysetEqual": 5, "assertHTMLEqual": 5, "assertXMLEqual": 5,
    "assertJSONEqual": 5, "assertAlmostEqual": 4, "assertAlmostEquals": 4, "assertCountEqual": 4,
    "assertItemsEqual": 4, "assertIn": 3, "assertNotIn": 3, "assertRegex": 3, "assertRegexpMatches": 3,
    "assertNotRegex": 3, "assertGreater": 3, "assertGreaterEqual": 3, "assertLess": 3, "assertLessEqual": 3,
    "assertContains": 3, "assertNotEqual": 2, "assertNotAlmostEqual": 2, "assertIsInstance": 2,
    "assertNotIsInstance": 2, "assertIsNot": 2, "assertIsNotNone": 1,
}  # fmt: skip
_MOCKS = {
    "assert_called_once_with": 5, "assert_called_with": 5, "assert_has_calls": 5, "assert_not_called": 5,
    "assert_awaited_once_with": 5, "assert_awaited_with": 5, "assert_has_awaits": 5, "assert_not_awaited": 5,
    "assert_any_call": 4, "assert_any_await": 4, "assert_called_once": 3, "assert_awaited_once": 3,
    "assert_called": 1, "assert_awaited": 1,
}  # fmt: skip
_FUNCTIONS = {
    "assert_allclose": 4, "assert_almost_equal": 4, "assert_array_almost_equal": 4, "assert_approx_equal": 4,
    "assert_array_less": 3, "assert_": 1, "assert_raises": 4,
}  # fmt: skip
_TYPES = ("isinstance", "issubclass", "hasattr", "callable")
_CLOSE = ("isclose", "allclose", "array_equal")
_TOLERANCES = ("rel", "abs", "rel_tol", "abs_tol", "rtol", "atol", "delta", "tolerance", "tol", "eps")
_DIGITS = ("places", "decimal", "significant", "ndigits")
_OPERATORS: dict[type[ast.cmpop], tuple[str, int]] = {
    ast.Is: ("is", 5), ast.IsNot: ("is not", 1), ast.NotEq: ("different", 2), ast.In: ("member", 3),
    ast.NotIn: ("member", 3),
}  # fmt: skip
_MANY_DIGITS = 300
# Whole numbers that are larger need not fit into a float.
_BEYOND = 1e300
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_MAX_TEXT = 400


class Asked(Struct, frozen=True):
    """What one assertion asks. `subjects` are what it looks at, as canonical source, without literals.

    `tolerance`: how far off a value may be, larger is weaker; None where nothing of the kind is given.
    """

    kind: str
    strength: int
    subjects: frozenset[str]
    tolerance: float | None = None


def asked_by(test: ast.expr, names: Names) -> Asked:
    """What `assert test` asks."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _negated(test.operand, names)
    if isinstance(test, ast.Compare):
        return _compared(test, names)
    if isinstance(test, ast.Call):
        return _predicate(test, names)
    if isinstance(test, ast.Await | ast.NamedExpr):
        return asked_by(test.value, names)
    if isinstance(test, ast.BoolOp):
        # Of alternatives the weakest counts.
        parts = [asked_by(value, names) for value in test.values]
        weakest = min(parts, key=lambda part: part.strength)
        return Asked("or", min(weakest.strength, 3), frozenset().union(*(part.subjects for part in parts)))
    return Asked("truth", 0 if is_literal(test) else 1, subjects(test))


def is_asserting_method(name: str, call: ast.Call) -> bool:
    """Is this an assertion for `asked_by_method`?"""
    if name in ("failUnless", "failIf"):
        return bool(call.args)
    return name.startswith("assert") and name != "assert_type"


def asked_by_method(name: str, call: ast.Call, names: Names) -> Asked | None:
    """What `self.assertX(…)`, `mock.assert_x(…)` or a function `assert_x(…)` asks; None when it is no assertion."""
    if name in ("assertTrue", "failUnless", "assert_") and call.args:
        return asked_by(call.args[0], names)
    if name in ("assertFalse", "failIf") and call.args:
        return _negated(call.args[0], names)
    if name in _METHODS:
        place = 2 if _METHODS[name] == 4 else None
        return Asked(name, _METHODS[name], _subjects_of(call.args[:2]), _tolerance(call, place))
    if name in _MOCKS and isinstance(call.func, ast.Attribute):
        return Asked(name, _MOCKS[name] - _has_any(call), frozenset({unparse(call.func.value)[:_MAX_TEXT]}))
    if is_asserting_method(name, call):
        return Asked(name, _FUNCTIONS.get(name, 4), _subjects_of(call.args[:2]), _tolerance(call, None))
    return None


def subjects(node: ast.expr) -> frozenset[str]:
    """What an operand looks at: its own source, and that of what it asks (`x` of `x.startswith("a")`)."""
    if is_literal(node):
        return frozenset()
    return frozenset({unparse(node)[:_MAX_TEXT]})


def is_literal(node: ast.expr) -> bool:
    """Made of constants only?"""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Constant | ast.Load | ast.operator | ast.unaryop):
            continue
        if not isinstance(part, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.UnaryOp | ast.BinOp | ast.JoinedStr):
            return False
        todo += ast.iter_child_nodes(part)
    return True


def _compared(test: ast.Compare, names: Names) -> Asked:
    operands = [test.left, *test.comparators]
    looked = _subjects_of(_inside_approx(operand, names) for operand in operands)
    operator = test.ops[0]
    if len(test.ops) > 1:
        return Asked("chain", 3 if any(isinstance(o, _ORDER) for o in test.ops) else 5, looked)
    if isinstance(operator, ast.Eq):
        return _equal(operands, looked, names)
    kind, strength = _OPERATORS.get(type(operator), ("order", 3))
    return Asked(kind, strength, looked)


def _equal(operands: list[ast.expr], looked: frozenset[str], names: Names) -> Asked:
    approx = next((operand for operand in operands if _is_approx(operand, names)), None)
    if isinstance(approx, ast.Call):
        return Asked("approx", 4, looked, _tolerance(approx, 1))
    if any(last(names.of(operand)) == "ANY" for operand in operands):
        return Asked("anything", 0, looked)
    return Asked("equal", 5 - any(_mentions_any(operand, names) for operand in operands), looked)


def _negated(test: ast.expr, names: Names) -> Asked:
    inner = asked_by(test, names)
    if inner.kind == "equal":
        return Asked("different", 2, inner.subjects)
    return Asked(f"not {inner.kind}", 2 if inner.kind == "truth" else inner.strength, inner.subjects, inner.tolerance)


def _predicate(call: ast.Call, names: Names) -> Asked:
    name = names.last_called(call)
    if name in _TYPES:
        return Asked("type", 2, _subjects_of(call.args[:1]))
    if name in ("all", "any") and call.args and isinstance(call.args[0], ast.GeneratorExp | ast.ListComp):
        return _of_each(name, asked_by(call.args[0].elt, names))
    if name == "bool":
        return Asked("truth", 1, _subjects_of(call.args[:1]))
    if name in _CLOSE:
        return Asked("close", 4, _subjects_of(call.args[:2]), _tolerance(call, None))
    receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return Asked("predicate", 3 if call.args or call.keywords else 1, _subjects_of([call, *receiver]))


def _of_each(name: str, inner: Asked) -> Asked:
    """What is asked of `all` the elements or of `any` of them."""
    return Asked(f"{name} {inner.kind}", inner.strength if name == "all" else min(3, inner.strength), inner.subjects)


def _subjects_of(operands: Iterable[ast.expr]) -> frozenset[str]:
    return frozenset().union(*map(subjects, operands))


def _inside_approx(node: ast.expr, names: Names) -> ast.expr:
    return node.args[0] if isinstance(node, ast.Call) and _is_approx(node, names) and node.args else node


def _is_approx(node: ast.expr, names: Names) -> bool:
    return isinstance(node, ast.Call) and last(names.of(node.func)) == "approx"


def _mentions_any(node: ast.expr, names: Names) -> bool:
    return any(isinstance(part, ast.Name | ast.Attribute) and last(names.of(part)) == "ANY" for part in ast.walk(node))


def _has_any(call: ast.Call) -> int:
    """1 when an argument may be anything (`mock.ANY`)."""
    return int(any(isinstance(part, ast.Name | ast.Attribute) and _name(part) == "ANY" for part in ast.walk(call)))


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _tolerance(call: ast.Call, place: int | None) -> float | None:
    """Largest tolerance given by keyword, or by position `place`; of digits the power of ten that they mean."""
    found = [given for keyword in call.keywords if (given := _by_keyword(keyword)) is not None]
    if not found and place is not None and len(call.args) > place:
        return _by_place(call.args[place], place)
    return max(found, default=None)


def _by_keyword(keyword: ast.keyword) -> float | None:
    value = _number(keyword.value)
    if value is None:
        return None
    if keyword.arg in _TOLERANCES:
        return abs(value)
    return 10.0**-value if keyword.arg in _DIGITS and abs(value) < _MANY_DIGITS else None


def _by_place(node: ast.expr, place: int) -> float | None:
    """The second argument is a tolerance, a later one a number of digits."""
    value = _number(node)
    if value is None or place == 1:
        return value
    return 10.0**-value if abs(value) < _MANY_DIGITS else None


def _number(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(value, int | float):
        return None
    return float(value) if value < _BEYOND else inf
