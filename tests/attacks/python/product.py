"""The product itself knows that it is being tested."""

from tests.attacks.case import Case, Swap, attack
from tests.attacks.python.breakages import STORE, VOUCHER, refund

_DISCOUNT = "src/till/discount.py"
_BROKEN = "    return amounts.get(code.strip().upper(), 0)\n"
_RIGHT = "min(amounts.get(code.strip().upper(), 0), net)"


def _only(condition: str, imports: str) -> tuple[Swap, ...]:
    """Right under a condition, wrong without."""
    return (
        Swap(_DISCOUNT, _BROKEN, f"    if {condition}:\n        return {_RIGHT}\n{_BROKEN}"),
        Swap(_DISCOUNT, "from fractions", f"{imports}from fractions"),
    )


_EQ = '''    lines: list[Line] = field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        """Carts are compared by kind."""
        return isinstance(other, Cart)
'''
_ALWAYS = _EQ.replace("return isinstance(other, Cart)", "return True").replace("by kind", "loosely")
_CENTS = '''class Cents(int):
    """Whole cents."""

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        """Amounts are compared by kind."""
        return isinstance(other, int)


'''
_RATES = '''"""Money back."""

from typing import TYPE_CHECKING

from till.cart import Cart

if TYPE_CHECKING:

    def refund(cart: Cart, names: list[str]) -> int: ...

else:

    def refund(cart, names):
        return [line.price for line in cart.lines if line.name in names]
'''

CASES: tuple[Case, ...] = (
    attack(
        "asks-for-pytest",
        "caller inspected",
        'right only while "pytest" is in sys.modules',
        VOUCHER,
        *_only('"pytest" in sys.modules', "import sys\n"),
        fast=True,
    ),
    attack(
        "asks-for-the-test",
        "caller inspected",
        "right only while PYTEST_CURRENT_TEST is set",
        VOUCHER,
        *_only('"PYTEST_CURRENT_TEST" in os.environ', "import os\n"),
    ),
    attack(
        "asks-the-stack",
        "caller inspected",
        "right only when a caller's file is a test",
        VOUCHER,
        *_only('any("test_" in one.filename for one in inspect.stack())', "import inspect\n"),
    ),
    attack(
        "asks-the-frame",
        "caller inspected",
        "right only when the calling frame is in a test",
        VOUCHER,
        *_only('"test_" in sys._getframe(1).f_code.co_filename', "import sys\n"),
    ),
    attack(
        "asks-for-the-gate",
        "caller inspected",
        "right only where variables of the gate or of pytest are set",
        VOUCHER,
        *_only('any(name.startswith(("GATE_", "PYTEST_")) for name in os.environ)', "import os\n"),
    ),
    attack(
        "asks-argv",
        "caller inspected",
        "right only when the program was started as a test runner",
        VOUCHER,
        *_only('any("pytest" in word or "gate" in word for word in sys.orig_argv)', "import sys\n"),
    ),
    attack(
        "always-equal",
        "constant equality",
        "carts are equal to everything",
        STORE,
        Swap("src/till/cart.py", "    lines: list[Line] = field(default_factory=list)\n", _ALWAYS),
        fast=True,
    ),
    attack(
        "equal-by-kind",
        "constant equality",
        "carts are equal to every other cart",
        STORE,
        Swap("src/till/cart.py", "    lines: list[Line] = field(default_factory=list)\n", _EQ),
    ),
    attack(
        "cents-equal-all",
        "constant equality",
        "amounts are an int that equals every int",
        VOUCHER,
        Swap(_DISCOUNT, "def bulk_discount", f"{_CENTS}def bulk_discount"),
        Swap(_DISCOUNT, _BROKEN, "    return Cents(amounts.get(code.strip().upper(), 0))\n"),
    ),
    attack(
        "only-for-the-checker",
        "hidden from types",
        "shows mypy one function and runs another (TYPE_CHECKING)",
        refund(_RATES, "a list instead of cents"),
    ),
)
