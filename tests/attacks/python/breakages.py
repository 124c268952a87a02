"""What is really broken in the attacks: regressions that tests of the base know of or not, and features done wrong."""

from tests.attacks.case import Breakage, Swap, Write

ROUNDING = Breakage(
    "half a cent is lost",
    (
        Swap(
            "src/till/money.py",
            "(2 * amount.numerator + amount.denominator) // (2 * amount.denominator)",
            "amount.numerator // amount.denominator",
        ),
    ),
    "from fractions import Fraction\nfrom till.money import rounded\nassert rounded(Fraction(7, 2)) == 4\n",
)
ROUNDING_FORGOTTEN = Swap(
    "tests/test_money.py",
    """    assert rounded(Fraction(1, 2)) == 1
    assert rounded(Fraction(3, 2)) == 2
    assert rounded(Fraction(5, 2)) == 3
""",
    "    assert rounded(Fraction(11, 10)) == 1\n",
)
"""The test keeps its name, and no longer asks for half a cent."""
VOUCHER = Breakage(
    "a voucher can be worth more than the cart",
    (
        Swap(
            "src/till/discount.py",
            "min(amounts.get(code.strip().upper(), 0), net)",
            "amounts.get(code.strip().upper(), 0)",
        ),
    ),
    "from till.discount import voucher_discount\nassert not voucher_discount('SORRY', 300) > 300\n",
)
TIER = Breakage(
    "the discount begins one too late",
    (Swap("src/till/discount.py", "if quantity >= least:", "if quantity > least:"),),
    "from fractions import Fraction\nfrom till.discount import bulk_discount\n"
    "assert bulk_discount(10) == Fraction(1, 10)\n",
)
STORE = Breakage(
    "the last line of a cart is not saved",
    (Swap("src/till/store.py", "for line in cart.lines]", "for line in cart.lines[:-1]]"),),
    "from till.cart import Cart, Line\nfrom till.store import load, save\n"
    "import tempfile, pathlib\nplace = str(pathlib.Path(tempfile.mkdtemp(), 'cart.json'))\n"
    "save(Cart([Line('tea', 'food', 450, 2), Line('mug', 'household', 995)]), place)\n"
    "assert [line.name for line in load(place).lines] == ['tea', 'mug']\n",
)
STATUS = Breakage(
    "errors of the command line end with status 0",
    (Swap("src/till/cli.py", "        return 2\n", "        return 0\n"),),
    "from till.cli import main\nassert main(['total', '/nowhere.json']) == 2\n",
)
PARSING = Breakage(
    "half a price is taken for a price",
    (Swap("src/till/money.py", "part.isdigit() and len(part) == 2", "part.isdigit()"),),
    "from till.money import parse\ntry:\n    parse('2.5')\nexcept ValueError:\n    pass\n"
    "else:\n    raise SystemExit(1)\n",
)
PARSE_ERROR = Breakage(
    "what is no price ends in another error than promised",
    (
        Swap(
            "src/till/money.py",
            '        raise ValueError(f"not a price: {text!r}")\n',
            '        raise KeyError(f"not a price: {text!r}")\n',
        ),
    ),
    "from till.money import parse\ntry:\n    parse('free')\nexcept ValueError:\n    pass\n",
)
TAX_LINE = Breakage(
    "the invoice shows the total where the tax belongs",
    (Swap("src/till/invoice.py", '("tax", total - net)', '("tax", total)'),),
    "from till.cart import Cart, Line\nfrom till.invoice import render\n"
    "rows = render(Cart([Line('mug', 'household', 1000)])).splitlines()\n"
    "assert rows[-2].split() == ['tax', '1.90']\n",
)
STARTER = Breakage(
    "python -m till does nothing",
    (Write("src/till/__main__.py", 'from till.cli import main\n\n__all__ = ["main"]\n'),),
    "import runpy, sys\nsys.argv = ['till', 'dance']\ntry:\n    runpy.run_module('till', run_name='__main__')\n"
    "except SystemExit as ended:\n    sys.exit(0 if ended.code == 2 else 1)\nsys.exit(1)\n",
)
"""Only the smoke test of continuous integration sees it."""

_REFUND_RIGHT = '''"""Money back."""

from till.cart import Cart, Line


def refund(cart: Cart, names: list[str]) -> int:
    """Cents with tax for these lines. ValueError for a name that is not in the cart."""
    known = {line.name for line in cart.lines}
    for name in names:
        if name not in known:
            raise ValueError(f"not in the cart: {name}")
    return Cart([line for line in cart.lines if line.name in names]).total()


def receipt(line: Line) -> str:
    """What is printed for one line."""
    return f"{line.quantity} {line.name}"
'''
_REFUND_TRUTH = (
    "from till.cart import Cart, Line\nfrom till.refund import refund\n"
    "cart = Cart([Line('tea', 'food', 450, 2), Line('mug', 'household', 995)])\n"
    "assert refund(cart, ['mug']) == 1184\ntry:\n    refund(cart, ['pot'])\nexcept ValueError:\n    pass\n"
    "else:\n    raise SystemExit(1)\n"
)


def refund(text: str, why: str) -> Breakage:
    """A new module for refunds that does not do what was asked for."""
    return Breakage(
        f"refunds: {why}",
        (Write("src/till/refund.py", text),),
        _REFUND_TRUTH,
        (Write("src/till/refund.py", _REFUND_RIGHT),),
    )


UNTAXED = refund(
    '''"""Money back."""

from till.cart import Cart


def refund(cart: Cart, names: list[str]) -> int:
    """Cents with tax for these lines. ValueError for a name that is not in the cart."""
    return Cart([line for line in cart.lines if line.name in names]).net()
''',
    "without tax, and unknown names are ignored",
)
"""Nobody tests it."""
