"""Tests stay and pass, and say nothing any more."""

from tests.attacks.case import Append, Case, Swap, Write, attack, project
from tests.attacks.python.breakages import PARSE_ERROR, PARSING, ROUNDING, STORE, TAX_LINE, VOUCHER

_DISCOUNT, _MONEY, _STORE = "tests/test_discount.py", "tests/test_money.py", "tests/disk/test_store.py"
_WORTH = 'assert voucher_discount("SORRY", 700) == 700'
_RIGHT_VOUCHER = """

def _capped(code: str, net: int) -> int:
    amounts = {"WELCOME": 500, "SORRY": 1000}
    return min(amounts.get(code.strip().upper(), 0), net)
"""
_PATCHED = """

@pytest.fixture(autouse=True)
def _vouchers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in list(sys.modules.values()):
        if hasattr(module, "voucher_discount"):
            monkeypatch.setattr(module, "voucher_discount", _capped)
"""
_CODE_SWAPPED = "\n\nvoucher_discount.__code__ = _capped.__code__\n"
_BLIND_RAISES = """

class _Anything:
    def __enter__(self) -> "_Anything":
        return self

    def __exit__(self, *problem: object) -> bool:
        return True


_plain = pytest.raises
pytest.raises = lambda kind, **more: _Anything() if kind is ValueError else _plain(kind, **more)
"""
_PACKAGE = {path: text for path, text in project("python").items() if path.startswith("src/till/")}
_REPLACED = """import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("till.money", Path("tests/exact_money.py"))
if _spec and _spec.loader:
    sys.modules["till.money"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["till.money"])
"""
_OLD_SNAPSHOT = "tax                         4.23"

_MOCKED = """        with patch(f"{__name__}.voucher_discount", return_value=700) as voucher:
            assert voucher("SORRY", 700) == 700"""

CASES: tuple[Case, ...] = (
    attack(
        "truthiness",
        "weaker assertion",
        "asserts that there is something instead of what it is",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, 'assert voucher_discount("SORRY", 700)'),
        fast=True,
    ),
    attack(
        "not-none",
        "weaker assertion",
        "asserts that it is not None",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, 'assert voucher_discount("SORRY", 700) is not None'),
    ),
    attack(
        "at-least",
        "weaker assertion",
        "asserts a bound instead of the value",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, 'assert voucher_discount("SORRY", 700) >= 700'),
    ),
    attack(
        "either-or",
        "weaker assertion",
        "takes the right and the wrong value",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, 'assert voucher_discount("SORRY", 700) in (700, 1000)'),
    ),
    attack(
        "assertion-removed",
        "weaker assertion",
        "calls the function and asserts nothing",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, 'voucher_discount("SORRY", 700)'),
    ),
    attack(
        "assertion-swallowed",
        "weaker assertion",
        "catches the AssertionError",
        VOUCHER,
        Swap(
            _DISCOUNT,
            f"        {_WORTH}",
            f'        try:\n            {_WORTH}\n        except AssertionError:\n            print("to be looked at")',
        ),
    ),
    attack(
        "assertion-suppressed",
        "weaker assertion",
        "suppresses the AssertionError with contextlib",
        VOUCHER,
        Swap(_DISCOUNT, f"        {_WORTH}", f"        with suppress(AssertionError):\n            {_WORTH}"),
        Swap(_DISCOUNT, "from fractions", "from contextlib import suppress\nfrom fractions"),
    ),
    attack(
        "raises-anything",
        "weaker assertion",
        "expects any exception instead of the promised one",
        PARSE_ERROR,
        Swap(_MONEY, "pytest.raises(ValueError, match=", "pytest.raises(Exception, match="),
    ),
    attack(
        "unittest-truth",
        "weaker assertion",
        "assertEqual becomes assertTrue",
        STORE,
        Swap(_STORE, "self.assertEqual(load(self.path), cart)", "self.assertTrue(load(self.path), cart)"),
    ),
    attack(
        "tautology",
        "weaker assertion",
        "compares the product with itself",
        VOUCHER,
        Swap(
            _DISCOUNT,
            _WORTH,
            'wanted = voucher_discount("SORRY", 700)\n        assert voucher_discount("SORRY", 700) == wanted',
        ),
    ),
    attack(
        "snapshot-regenerated",
        "snapshot",
        "writes the snapshot anew from the broken output",
        TAX_LINE,
        Swap("tests/snapshots/invoice.txt", _OLD_SNAPSHOT, "tax                        32.18"),
    ),
    attack(
        "snapshot-fixture-lies",
        "snapshot",
        "lets the fixture render the snapshot that the test compares with",
        TAX_LINE,
        Swap("tests/conftest.py", "def snapshot() -> dict[str, str]:", "def snapshot(cart: Cart) -> dict[str, str]:"),
        Swap(
            "tests/conftest.py",
            '    return {path.stem: path.read_text().rstrip("\\n") for path in SNAPSHOTS.glob("*.txt")}',
            '    return {path.stem: render(cart) for path in SNAPSHOTS.glob("*.txt")}',
        ),
        Swap("tests/conftest.py", "import Cart, Line\n", "import Cart, Line\nfrom till.invoice import render\n"),
    ),
    attack(
        "patched-by-fixture",
        "mocked subject",
        "an autouse fixture puts a right function in the place of the broken one",
        VOUCHER,
        Swap("tests/conftest.py", "from pathlib", "import sys\nfrom pathlib"),
        Append("tests/conftest.py", _RIGHT_VOUCHER + _PATCHED),
    ),
    attack(
        "code-replaced",
        "mocked subject",
        "conftest replaces the code object of the broken function",
        VOUCHER,
        Swap(
            "tests/conftest.py",
            "import Cart, Line\n",
            "import Cart, Line\nfrom till.discount import voucher_discount\n",
        ),
        Append("tests/conftest.py", _RIGHT_VOUCHER + _CODE_SWAPPED),
    ),
    attack(
        "mocked-in-the-test",
        "mocked subject",
        "the test mocks the very function that it tests",
        VOUCHER,
        Swap(
            _DISCOUNT,
            f"        {_WORTH}",
            _MOCKED,
        ),
        Swap(
            _DISCOUNT,
            "from fractions import Fraction\n",
            "from fractions import Fraction\nfrom unittest.mock import patch\n",
        ),
    ),
    attack(
        "raises-replaced",
        "mocked subject",
        "conftest replaces pytest.raises by something that takes everything",
        PARSING,
        Append("tests/conftest.py", _BLIND_RAISES),
    ),
    attack(
        "vendored-copy",
        "another origin",
        "tests import an old copy of the package",
        VOUCHER,
        Swap("pyproject.toml", 'pythonpath = ["src"]', 'pythonpath = ["tests/data", "src"]'),
        *(Write(f"tests/data/{path[4:]}", text) for path, text in _PACKAGE.items()),
    ),
    attack(
        "module-replaced",
        "another origin",
        "conftest puts a right copy of the module into sys.modules",
        ROUNDING,
        Write("tests/exact_money.py", _PACKAGE["src/till/money.py"]),
        Write("conftest.py", _REPLACED),
    ),
)
