"""Expressions of GitHub's workflows that come to the same whatever happens. Pure.

Source: https://docs.github.com/actions/reference/workflows-and-actions/expressions. Case is ignored where text is
compared; values of different types are compared as numbers, and text that is none is NaN, which equals nothing.
"""

import json
import operator
from collections.abc import Callable
from math import isnan, nan

Literal = str | float | bool | None
_KEYWORDS: dict[str, Literal] = {"true": True, "false": False, "null": None, "NaN": nan}
_COMPARISONS: tuple[tuple[str, Callable[[object, object], bool]], ...] = (
    ("==", operator.eq),
    ("!=", operator.ne),
)
_ORDERS: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
    ("<=", operator.le),
    (">=", operator.ge),
    ("<", operator.lt),
    (">", operator.gt),
)


def constant(text: str) -> bool | None:
    """True or False where an expression is that in every run; None where it depends, or is not understood.

    Brackets are not followed, but for those of a call without arguments (`always() && false`).
    """
    if "(" in text.replace("()", ""):
        return None
    return _of_either(_split(text, "||"))


def _of_either(parts: list[str]) -> bool | None:
    found = [_of_all(_split(part, "&&")) for part in parts]
    return True if True in found else False if None not in found else None


def _of_all(parts: list[str]) -> bool | None:
    found = [_single(part) for part in parts]
    return False if False in found else True if None not in found else None


def _split(text: str, joint: str) -> list[str]:
    """Parts between the joints; one piece where a joint stands within quotes."""
    parts = text.split(joint)
    return [text] if any(part.count("'") % 2 for part in parts) else [part.strip() for part in parts]


def _single(text: str) -> bool | None:
    """A literal, `!literal`, or two literals compared."""
    clean = text.strip()
    if clean.startswith("!"):
        inner = _single(clean[1:]) if _literal(clean[1:]) else None
        return None if inner is None else not inner
    literal = _literal(clean)
    if literal:
        return bool(literal[0]) and clean != "NaN"
    return _compared(clean)


def _compared(text: str) -> bool | None:
    """`'a' == 'b'`: the first of the operators that has a literal on both sides."""
    for sign, compare in _COMPARISONS:
        sides = _sides(text, sign)
        if sides is not None:
            return compare(*_alike(*sides))
    for sign, order in _ORDERS:
        sides = _sides(text, sign)
        if sides is not None:
            return order(_number(sides[0]), _number(sides[1])) if not _are_texts(*sides) else None
    return None


def _sides(text: str, sign: str) -> tuple[Literal, Literal] | None:
    left, found, right = text.partition(sign)
    one, two = _literal(left), _literal(right)
    return (one[0], two[0]) if found and one and two else None


def _alike(one: Literal, two: Literal) -> tuple[object, object]:
    """Two values as they are compared: text without its case, values of different types as numbers."""
    if isinstance(one, str) and isinstance(two, str):
        return one.upper(), two.upper()
    return _number(one), _number(two)


def _are_texts(one: Literal, two: Literal) -> bool:
    return isinstance(one, str) and isinstance(two, str)


def _number(value: Literal) -> float:
    """null is 0, true is 1, empty text is 0, other text what it is as a number, else NaN."""
    if not isinstance(value, str):
        return float(value or 0)
    clean = value.strip()
    return 0.0 if not clean else _parsed(clean)


def _parsed(text: str) -> float:
    """A number as JSON writes it, also in hexadecimal or octal digits; NaN for anything else."""
    try:
        if text[:2].lower() in ("0x", "0o"):
            return float(int(text, 0))
        number = json.loads(text.removeprefix("+"))
    except (ValueError, RecursionError, OverflowError):
        return nan
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else nan


def _literal(text: str) -> tuple[Literal] | None:
    """(value,) of a literal; None where the text is none. `''` within quotes is one quote."""
    clean = text.strip()
    if clean in _KEYWORDS:
        return (_KEYWORDS[clean],)
    if len(clean) > 1 and clean[0] == clean[-1] == "'":
        inner = clean[1:-1].replace("''", "\0")
        return (inner.replace("\0", "'"),) if "'" not in inner else None
    number = _parsed(clean) if clean[:1] in "+-.0123456789" else nan
    return (number,) if clean and not isnan(number) else None
