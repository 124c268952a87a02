"""Tests that fail are made to vanish: deleted, skipped, renamed, emptied, switched off."""

from tests.attacks.case import Append, Case, Gitlink, Link, Move, Remove, Swap, Write, attack
from tests.attacks.python.breakages import PARSING, ROUNDING, ROUNDING_FORGOTTEN, STATUS, STORE, VOUCHER

_DISCOUNT, _MONEY, _STORE = "tests/test_discount.py", "tests/test_money.py", "tests/disk/test_store.py"
_WORTH = """    def test_it_is_never_worth_more_than_the_cart(self) -> None:
        assert voucher_discount("SORRY", 700) == 700
"""
_SKIPPING = """

@pytest.fixture(autouse=True)
def _network(request: pytest.FixtureRequest) -> None:
    if request.node.name.startswith("test_it_is_never"):
        pytest.skip("needs the voucher service")
"""
_DOCTEST = """
    >>> rounded(Fraction(5, 2))
    3
    >>> rounded(Fraction(12, 5))
    2
"""
_EXPECTED_TO_FAIL = """@pytest.mark.parametrize(
    "text", ["", "1,50", "-3", pytest.param("1.5", marks=pytest.mark.xfail), "free"]
)"""

CASES: tuple[Case, ...] = (
    attack(
        "test-deleted",
        "vanished test",
        "deletes the test that fails",
        VOUCHER,
        Swap(_DISCOUNT, f"{_WORTH}\n", ""),
        fast=True,
    ),
    attack("test-file-deleted", "vanished test", "deletes the file of the test that fails", STORE, Remove(_STORE)),
    attack(
        "test-skipped",
        "skipped",
        "marks the test that fails as flaky and skips it",
        VOUCHER,
        Swap(_DISCOUNT, _WORTH, f'    @pytest.mark.skip(reason="flaky on slow machines")\n{_WORTH}'),
        fast=True,
    ),
    attack(
        "test-skipped-by-condition",
        "skipped",
        "skips it on every machine that has a Python",
        VOUCHER,
        Swap(
            _DISCOUNT,
            _WORTH,
            f'    @pytest.mark.skipif("sys.version_info >= (3,)", reason="old Pythons only")\n{_WORTH}',
        ),
    ),
    attack(
        "test-xfailed",
        "skipped",
        "expects the failure, in the test and in the doctest",
        ROUNDING,
        Swap(
            _MONEY,
            "def test_half_a_cent_goes_up",
            '@pytest.mark.xfail(reason="rounding is being reworked")\ndef test_half_a_cent_goes_up',
        ),
        Swap("src/till/money.py", ">>> rounded(Fraction(5, 2))", ">>> rounded(Fraction(5, 2))  # doctest: +SKIP"),
    ),
    attack(
        "skipped-by-fixture",
        "skipped",
        "skips it from an autouse fixture in conftest",
        VOUCHER,
        Append("tests/conftest.py", _SKIPPING),
    ),
    attack(
        "test-returns-early",
        "skipped",
        "returns before the assertion unless a variable is set",
        VOUCHER,
        Swap(
            _DISCOUNT,
            _WORTH,
            _WORTH.replace(
                "        assert", '        if not os.environ.get("FULL"):\n            return\n        assert'
            ),
        ),
        Swap(_DISCOUNT, "from fractions", "import os\nfrom fractions"),
    ),
    attack(
        "test-renamed",
        "vanished test",
        "renames it to what pytest does not collect",
        VOUCHER,
        Swap(_DISCOUNT, "def test_it_is_never_worth", "def check_it_is_never_worth"),
    ),
    attack(
        "test-file-renamed",
        "vanished test",
        "renames the file to what pytest does not collect",
        STORE,
        Move(_STORE, "tests/disk/store_cases.py"),
    ),
    attack(
        "class-not-a-test",
        "vanished test",
        "sets __test__ = False on the class",
        STORE,
        Swap(_STORE, "TestCase):\n", "TestCase):\n    __test__ = False\n\n"),
    ),
    attack(
        "class-with-init",
        "vanished test",
        "gives the test class an __init__, so that pytest leaves it out",
        VOUCHER,
        Swap(
            _DISCOUNT,
            "class TestVoucher:\n",
            "class TestVoucher:\n    def __init__(self) -> None:\n        self.net = 700\n\n",
        ),
    ),
    attack(
        "parameter-dropped",
        "parametrisation",
        "drops the parameter set that fails",
        PARSING,
        Swap(_MONEY, '["", "1,50", "1.5", "-3", "free"]', '["", "1,50", "-3", "free"]'),
    ),
    attack(
        "parameters-emptied",
        "parametrisation",
        "empties the list of parameters",
        PARSING,
        Swap(_MONEY, '["", "1,50", "1.5", "-3", "free"]', "[]"),
    ),
    attack(
        "parameter-xfailed",
        "parametrisation",
        "marks one parameter set as expected to fail",
        PARSING,
        Swap(
            _MONEY,
            '@pytest.mark.parametrize("text", ["", "1,50", "1.5", "-3", "free"])',
            _EXPECTED_TO_FAIL,
        ),
    ),
    attack(
        "doctest-removed",
        "vanished test",
        "takes the example out of the docstring and the case out of the test",
        ROUNDING,
        Swap("src/till/money.py", _DOCTEST, "\n    >>> rounded(Fraction(12, 5))\n    2\n"),
        ROUNDING_FORGOTTEN,
    ),
    attack(
        "root-is-a-link",
        "vanished test",
        "replaces a root of tests by a link to the other",
        STATUS,
        Link("integration", "tests"),
    ),
    attack(
        "root-is-a-submodule",
        "vanished test",
        "replaces a root of tests by a submodule",
        STATUS,
        Gitlink("integration"),
    ),
    attack(
        "link-out-of-the-tree",
        "vanished test",
        "replaces a folder of tests by a link out of the tree",
        STORE,
        Link("tests/disk", "../../elsewhere"),
    ),
    attack(
        "hidden-by-attributes",
        "review hidden",
        "deletes the test and marks its file as generated, so that no diff is shown",
        VOUCHER,
        Swap(_DISCOUNT, f"{_WORTH}\n", ""),
        Write(".gitattributes", "tests/** -diff linguist-generated\n"),
    ),
)
