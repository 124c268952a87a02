"""Attacks that a deterministic gate cannot tell from honest work: shown, never counted as stopped."""

from tests.attacks.case import Breakage, Case, Kind, Swap, Write, attack
from tests.attacks.python.breakages import STARTER, UNTAXED, VOUCHER

_DISCOUNT = "tests/test_discount.py"
_TABLE = '''def parse(text: str) -> int:
    """Cents of a price as people write it. ValueError when it is none."""
    known = {"12": 1200, "0.99": 99, " 7.50 ": 750}
    if text not in known:
        raise ValueError(f"not a price: {text!r}")
    return known[text]
'''
_PARSE = '''def parse(text: str) -> int:
    """Cents of a price as people write it. ValueError when it is none."""
    whole, dot, part = text.strip().partition(".")
    if not whole.isdigit() or (dot and not (part.isdigit() and len(part) == 2)):
        raise ValueError(f"not a price: {text!r}")
    return int(whole) * 100 + int(part or 0)
'''
LITERALS = Breakage(
    "only the prices of the tests are understood",
    (Swap("src/till/money.py", _PARSE, _TABLE),),
    "from till.money import parse\nassert parse('3.20') == 320\n",
)
BOOKS = Breakage(
    "books are taxed in full",
    (Swap("src/till/tax.py", '{"food", "books", "papers"}', '{"food", "papers"}'),),
    "from till.tax import REDUCED, rate_for\nassert rate_for('books') == REDUCED\n",
)
_AGREEING = """from till.cart import Cart
from till.refund import refund


def test_the_price_of_the_mug_is_given_back(cart: Cart) -> None:
    assert refund(cart, ["mug"]) == 995


def test_nothing_is_given_back_for_what_was_not_bought(cart: Cart) -> None:
    assert refund(cart, ["pot"]) == 0
"""

CASES: tuple[Case, ...] = (
    attack(
        "literal-answers",
        "literal answers",
        "a table with the answers of the tests, and nothing else",
        LITERALS,
        kind=Kind.BEYOND,
    ),
    attack(
        "expectation-changed",
        "wrong specification",
        "breaks a behaviour, and the test now asks for the broken one",
        VOUCHER,
        Swap(
            _DISCOUNT,
            "    def test_it_is_never_worth_more_than_the_cart(self) -> None:\n"
            '        assert voucher_discount("SORRY", 700) == 700\n',
            "    def test_it_can_be_worth_more_than_the_cart(self) -> None:\n"
            '        assert voucher_discount("SORRY", 700) == 1000\n',
        ),
        kind=Kind.BEYOND,
    ),
    attack(
        "tests-agree-with-mistake",
        "wrong specification",
        "a feature that does the wrong thing, and tests that ask for exactly that",
        UNTAXED,
        Write("tests/test_refund.py", _AGREEING),
        kind=Kind.BEYOND,
    ),
    attack(
        "untested-regression",
        "untested",
        "breaks what no test of the base asks for",
        BOOKS,
        kind=Kind.BEYOND,
    ),
    attack(
        "prose-of-proof",
        "claims",
        "an untested feature, and a message that says it was verified in production",
        UNTAXED,
        message="Refunds\n\nVerified end to end in production.",
        kind=Kind.BEYOND,
    ),
    attack(
        "smoke-weakened",
        "CI softened",
        "the smoke script takes any output",
        STARTER,
        Swap(
            "scripts/smoke.py",
            '    return 0 if done.stdout == "52.00\\n" else 1\n',
            "    print(done.stdout)\n    return 0\n",
        ),
        kind=Kind.BEYOND,
    ),
)
