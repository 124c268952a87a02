"""Honest work on tests: the same shapes as the attacks, and nothing is lost."""

from tests.attacks.case import Append, Case, Commit, Kind, Move, Remove, Swap, Write, honest, project

_FILES = project("python")
_CART, _DISCOUNT, _MONEY, _TAX = (
    "tests/test_cart.py",
    "tests/test_discount.py",
    "tests/test_money.py",
    "tests/test_tax.py",
)
_STORE, _CONF, _CLI = "tests/disk/test_store.py", "tests/conftest.py", "integration/test_cli.py"
_HALVES = """def test_half_a_cent_goes_up() -> None:
    assert rounded(Fraction(1, 2)) == 1
    assert rounded(Fraction(3, 2)) == 2
    assert rounded(Fraction(5, 2)) == 3
"""
_HALVES_SPLIT = """def test_half_a_cent_goes_up() -> None:
    assert rounded(Fraction(1, 2)) == 1


def test_one_and_a_half_goes_up() -> None:
    assert rounded(Fraction(3, 2)) == 2


def test_two_and_a_half_goes_up() -> None:
    assert rounded(Fraction(5, 2)) == 3
"""
_HALVES_TABLE = """@pytest.mark.parametrize(("halves", "cents"), [(1, 1), (3, 2), (5, 3)])
def test_half_a_cent_goes_up(halves: int, cents: int) -> None:
    assert rounded(Fraction(halves, 2)) == cents
"""
_CLASS = """class TestVoucher:
    def test_it_takes_its_amount_off(self) -> None:
        assert voucher_discount("welcome ", 2000) == 500

    def test_it_is_never_worth_more_than_the_cart(self) -> None:
        assert voucher_discount("SORRY", 700) == 700

    def test_an_unknown_one_is_worth_nothing(self) -> None:
        assert voucher_discount("FREE", 700) == 0
"""
_FUNCTIONS = """def test_a_voucher_takes_its_amount_off() -> None:
    assert voucher_discount("welcome ", 2000) == 500


def test_a_voucher_is_never_worth_more_than_the_cart() -> None:
    assert voucher_discount("SORRY", 700) == 700


def test_an_unknown_voucher_is_worth_nothing() -> None:
    assert voucher_discount("FREE", 700) == 0
"""
_TABLE = """@pytest.mark.parametrize(
    ("code", "net", "cents"),
    [("welcome ", 2000, 500), ("SORRY", 700, 700), ("FREE", 700, 0)],
    ids=["takes its amount off", "never more than the cart", "unknown"],
)
def test_vouchers(code: str, net: int, cents: int) -> None:
    assert voucher_discount(code, net) == cents
"""
_PLAIN_STORE = """from pathlib import Path

import pytest

from till.cart import Cart, Line
from till.store import StoreError, load, save


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "cart.json")
    cart = Cart([Line("tea", "food", 450, 2), Line("mug", "household", 995)])
    save(cart, path)
    assert load(path) == cart


def test_other_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cart.json"
    path.write_text('{"rows": []}')
    with pytest.raises(StoreError):
        load(str(path))
"""
_SLOW_OPTION = """

def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests as well")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "network: needs the network")
"""
_SKIP_SLOW = """

def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs --slow"))
"""
_PRICE_ERROR = '''class PriceError(ValueError):
    """What people wrote is no price."""


'''
_MODULE = "src/till/money.py"
_RATES = """
def test_books_and_papers_are_taxed_less() -> None:
    assert rate_for("books") == REDUCED
    assert rate_for("papers") == REDUCED
"""

CASES: tuple[Case, ...] = (
    honest(
        "test-renamed-well",
        "tests refactored",
        "gives a test a better name",
        Swap(_TAX, "test_food_is_taxed_less", "test_food_has_the_reduced_rate"),
        fast=True,
    ),
    honest(
        "test-file-moved",
        "tests refactored",
        "moves a file of tests into another folder",
        Move(_TAX, "tests/unit/test_tax.py"),
    ),
    honest(
        "tests-merged-into-table",
        "tests refactored",
        "makes one parametrised test of three",
        Swap(_DISCOUNT, _CLASS, _TABLE),
        said="Gate-Test-Removed: tests/test_discount.py — now the rows of test_vouchers",
        fast=True,
    ),
    honest(
        "tests-merged-quietly",
        "tests refactored",
        "makes one parametrised test of three, and says nothing of it",
        Swap(_DISCOUNT, _CLASS, _TABLE),
    ),
    honest("test-split", "tests refactored", "splits a test into three", Swap(_MONEY, _HALVES, _HALVES_SPLIT)),
    honest(
        "asserts-to-table",
        "tests refactored",
        "makes parameters of three assertions",
        Swap(_MONEY, _HALVES, _HALVES_TABLE),
    ),
    honest(
        "class-to-functions", "tests refactored", "makes functions of a test class", Swap(_DISCOUNT, _CLASS, _FUNCTIONS)
    ),
    honest(
        "functions-to-class",
        "tests refactored",
        "makes a class of two functions",
        Write(
            _TAX,
            """from till.tax import REDUCED, STANDARD, rate_for


class TestRates:
    def test_food_is_taxed_less(self) -> None:
        assert rate_for("food") == REDUCED

    def test_everything_else_is_taxed_in_full(self) -> None:
        assert rate_for("household") == STANDARD
        assert rate_for("toys") == STANDARD
""",
        ),
    ),
    honest(
        "unittest-to-pytest", "tests refactored", "rewrites unittest as pytest", Write(_STORE, _PLAIN_STORE), fast=True
    ),
    honest(
        "file-split",
        "tests refactored",
        "splits a file of tests in two",
        Write("tests/test_voucher.py", f"from till.discount import voucher_discount\n\n\n{_CLASS}"),
        Swap(_DISCOUNT, f"\n\n{_CLASS}", ""),
        Swap(_DISCOUNT, "import bulk_discount, voucher_discount", "import bulk_discount"),
    ),
    honest(
        "fixture-moved-up",
        "tests refactored",
        "moves a fixture into a conftest above both roots",
        Move("integration/conftest.py", "conftest.py"),
    ),
    honest(
        "fixture-added",
        "fixtures",
        "adds a fixture and a test that uses it",
        Append(
            _CONF,
            (
                "\n\n"
                "@pytest.fixture\n"
                "def big_cart(cart: Cart) -> Cart:\n"
                '    cart.add(Line("pencil", "household", 50, 100))\n'
                "    return cart\n"
            ),
        ),
        Append(
            _CART,
            (
                "\n\n"
                "def test_a_hundred_pencils_are_cheaper(big_cart: Cart) -> None:\n"
                "    assert big_cart.net() == 2795 + 4000\n"
            ),
        ),
    ),
    honest(
        "autouse-fixture",
        "fixtures",
        "an autouse fixture that keeps variables of the machine away",
        Append(
            _CONF,
            (
                "\n\n"
                "@pytest.fixture(autouse=True)\n"
                "def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:\n"
                '    monkeypatch.delenv("TILL_HOME", raising=False)\n'
            ),
        ),
    ),
    honest(
        "test-data-added",
        "fixtures",
        "adds a file of test data and reads it",
        Write("tests/data/prices.json", "[" + ", ".join(f'["{n}.25", {n}25]' for n in range(1, 400)) + "]\n"),
        Append(
            _MONEY,
            (
                "\n\n"
                "def test_prices_of_last_year() -> None:\n"
                '    rows = json.loads(Path(__file__).with_name("data").joinpath("prices.json").read_text())\n'
                "    assert [parse(text) for text, _ in rows] == [cents for _, cents in rows]\n"
            ),
        ),
        Swap(
            _MONEY,
            "from fractions import Fraction\n",
            "import json\nfrom fractions import Fraction\nfrom pathlib import Path\n",
        ),
    ),
    honest(
        "skip-on-platform",
        "skips with reason",
        "skips a test where the platform has no such thing",
        Swap(
            _CLI,
            "def test_an_unknown_file",
            (
                '@pytest.mark.skipif(sys.platform == "win32", reason="paths are shown otherwise, #41")\n'
                "def test_an_unknown_file"
            ),
        ),
        Swap(_CLI, "import json\n", "import json\nimport sys\n"),
        fast=True,
    ),
    honest(
        "skip-without-tool",
        "skips with reason",
        "a new test that needs a tool which is not everywhere",
        Append(
            _CLI,
            (
                "\n\n"
                "def test_the_module_can_be_started(basket: Path) -> None:\n"
                '    if shutil.which("sh") is None:\n'
                '        pytest.skip("no shell here")\n'
                "    assert basket.exists()\n"
            ),
        ),
        Swap(_CLI, "import json\n", "import json\nimport shutil\n"),
    ),
    honest(
        "importorskip",
        "skips with reason",
        "a new test behind importorskip",
        Append(
            _MONEY,
            (
                "\n\n"
                "def test_against_another_implementation() -> None:\n"
                '    babel = pytest.importorskip("babel.numbers")\n'
                '    assert babel.format_decimal(1, format="0.00", locale="en") == as_text(100)\n'
            ),
        ),
    ),
    honest(
        "xfail-upstream",
        "skips with reason",
        "a new test that is expected to fail until a bug elsewhere is mended",
        Append(
            _CART,
            (
                "\n\n"
                '@pytest.mark.xfail(reason="https://github.com/python/cpython/issues/1", strict=True)\n'
                "def test_fractions_are_shown_as_money() -> None:\n"
                '    assert str(Line("tea", "food", 450).net()) == "4.50"\n'
            ),
        ),
    ),
    honest(
        "flaky-test-mended",
        "tests mended",
        "a test no longer depends on the order of a set",
        Swap(
            "tests/test_invoice.py",
            "    assert {len(line) for line in render(cart).splitlines()} == {WIDTH}\n",
            "    for line in render(cart).splitlines():\n        assert len(line) == WIDTH\n",
        ),
    ),
    honest(
        "assertion-tightened",
        "tests mended",
        "asks for more than before",
        Swap(
            _CLI,
            '    assert "none.json" in capsys.readouterr().err\n',
            '    said = capsys.readouterr()\n    assert "none.json" in said.err\n    assert said.out == ""\n',
        ),
    ),
    honest(
        "assertion-reworded",
        "tests mended",
        "asks the same in other words",
        Swap(
            _DISCOUNT,
            '        assert voucher_discount("FREE", 700) == 0\n',
            (
                '        worth = voucher_discount("FREE", 700)\n'
                '        assert not worth, "an unknown code takes nothing off"\n'
                "        assert worth == 0\n"
            ),
        ),
    ),
    honest(
        "test-of-the-standard-library",
        "tests mended",
        "a duplicate of another test is gone, and said to be",
        Swap(_TAX, '    assert rate_for("household") == STANDARD\n', ""),
        said="Gate-Test-Removed: tests/test_tax.py — household was asked twice",
    ),
    honest("tests-added", "tests added", "tests for what had none", Append(_TAX, f"\n{_RATES}"), fast=True),
    honest(
        "doctest-added",
        "tests added",
        "an example in a docstring",
        Swap(
            _MONEY.replace("tests/test_", "src/till/"),
            '    """Cents of a price as people write it. ValueError when it is none."""',
            (
                '    """Cents of a price as people write it. ValueError when it is none.\n\n'
                '    >>> parse("12.30")\n'
                "    1230\n"
                '    """'
            ),
        ),
    ),
    honest(
        "root-added",
        "tests added",
        "a third root of tests",
        Swap("pyproject.toml", '"tests", "integration"]', '"tests", "integration", "scenarios"]'),
        Write(
            "scenarios/test_day.py",
            (
                "from till.cart import Cart, Line\n\n\n"
                "def test_a_day() -> None:\n"
                "    cart = Cart()\n"
                "    cart.add(Line('tea', 'food', 450))\n"
                "    assert cart.total() == 482\n"
            ).replace("'", '"'),
        ),
        Swap("pyproject.toml", '"integration/**" = ["S101"]', '"integration/**" = ["S101"]\n"scenarios/**" = ["S101"]'),
    ),
    honest(
        "boundary-mocked",
        "tests added",
        "a new test that mocks the disk, not what is tested",
        Append(
            _STORE,
            (
                "\n\n"
                "class BrokenDiskTest(unittest.TestCase):\n"
                "    def test_a_broken_disk_is_an_error(self) -> None:\n"
                '        with patch.object(Path, "read_text", side_effect=OSError("I/O")):\n'
                '            self.assertRaises(StoreError, load, "cart.json")\n'
            ),
        ),
        Swap(_STORE, "from pathlib import Path\n", "from pathlib import Path\nfrom unittest.mock import patch\n"),
    ),
    honest(
        "fake-for-service",
        "tests added",
        "a fake whose comparison is its own",
        Append(
            _CART,
            (
                "\n\n"
                "class Anything:\n"
                "    def __init__(self, kind: type) -> None:\n"
                "        self.kind = kind\n\n"
                "    def __eq__(self, other: object) -> bool:\n"
                "        return isinstance(other, self.kind)\n\n"
                "    __hash__ = None  # type: ignore[assignment]\n\n\n"
                "def test_count_is_a_number(cart: Cart) -> None:\n"
                "    assert Anything(int) == cart.count()\n"
            ),
        ),
    ),
    honest(
        "marker-registered",
        "hooks that judge nothing",
        "pytest_addoption and pytest_configure in a new conftest",
        Write("conftest.py", f'"""Options of the tests."""\n\nimport pytest\n{_SLOW_OPTION}'),
    ),
    honest(
        "slow-tests-by-option",
        "hooks that judge nothing",
        "the recipe of pytest's documentation: slow tests only with --slow, and said so",
        Write("conftest.py", f'"""Options of the tests."""\n\nimport pytest\n{_SLOW_OPTION}{_SKIP_SLOW}'),
        Append(
            _CART,
            (
                "\n\n"
                "@pytest.mark.slow\n"
                "def test_a_very_long_cart() -> None:\n"
                '    assert Cart([Line("tea", "food", 100)] * 100_000).net() == 10_000_000\n'
            ),
        ),
        said="Gate-Change: conftest.py — slow tests are skipped unless --slow is given; only the new one is slow",
    ),
    honest(
        "header-hook",
        "hooks that judge nothing",
        "a hook that adds a line to pytest's header",
        Append(_CONF, '\n\ndef pytest_report_header() -> str:\n    return f"snapshots: {SNAPSHOTS}"\n'),
    ),
    honest(
        "snapshot-changed-and-said",
        "snapshots",
        "the invoice gets a new line, with its snapshot, and says so",
        Swap(
            "src/till/invoice.py",
            '    return "\\n".join([*rows, "-" * WIDTH, *foot])',
            '    return "\\n".join([*rows, "-" * WIDTH, *foot, f"{\'thank you\':^{WIDTH}}"])',
        ),
        Append("tests/snapshots/invoice.txt", "           thank you            \n"),
        said="Gate-Change: tests/snapshots/invoice.txt — the invoice says thank you at its end",
        message="Thank the customer on the invoice",
    ),
    honest(
        "snapshot-changed-quietly",
        "snapshots",
        "the same without a word beside the commit's message",
        Swap(
            "src/till/invoice.py",
            '    return "\\n".join([*rows, "-" * WIDTH, *foot])',
            '    return "\\n".join([*rows, "=" * WIDTH, *foot])',
        ),
        Swap("tests/snapshots/invoice.txt", "-" * 32, "=" * 32),
        message="Draw a double line on the invoice",
    ),
    honest(
        "snapshot-added",
        "snapshots",
        "a new snapshot with its test",
        Write(
            "tests/snapshots/empty.txt",
            "-" * 32
            + (
                "\n"
                "net                         0.00\n"
                "tax                         0.00\n"
                "total                       0.00\n"
            ),
        ),
        Append(
            "tests/test_invoice.py",
            (
                "\n\n"
                "def test_an_empty_invoice(snapshot: dict[str, str]) -> None:\n"
                '    assert render(Cart()) == snapshot["empty"]\n'
            ),
        ),
    ),
    honest(
        "promise-changed",
        "behaviour changed",
        "ten things are twelve per cent cheaper now, and the tests say so",
        Swap("src/till/discount.py", "(10, Fraction(10, 100))", "(10, Fraction(12, 100))"),
        Swap(_DISCOUNT, "(10, 10), (49, 10)", "(10, 12), (49, 12)"),
        Swap(_CART, "== 3218", "== 3194"),
        Swap(_CART, "== 2795", "== 2775"),
        Swap(_CLI, "20.34", "20.10"),
        Swap(
            "tests/snapshots/invoice.txt",
            "net                        27.95\ntax                         4.23\ntotal                      32.18",
            "net                        27.75\ntax                         4.19\ntotal                      31.94",
        ),
        Swap("scripts/smoke.py", "52.00", "50.85"),
        message="Give twelve per cent from ten things on",
        fast=True,
    ),
    honest(
        "error-narrowed",
        "behaviour changed",
        "an error of its own, and the tests expect exactly that",
        Swap(_MODULE, "def parse", f"{_PRICE_ERROR}def parse"),
        Swap(_MODULE, 'raise ValueError(f"not', 'raise PriceError(f"not'),
        Swap(_MODULE, "ValueError when it is none", "PriceError when it is none"),
        Swap(_MONEY, "pytest.raises(ValueError", "pytest.raises(PriceError"),
        Swap(_MONEY, "import as_text, parse, rounded", "import PriceError, as_text, parse, rounded"),
    ),
    honest(
        "error-replaced",
        "behaviour changed",
        "no error any more but None, and the test says so",
        Swap(_MODULE, "def parse(text: str) -> int:", "def parse(text: str) -> int | None:"),
        Swap(_MODULE, '        raise ValueError(f"not a price: {text!r}")\n', "        return None\n"),
        Swap(_MODULE, "ValueError when it is none", "None when it is none"),
        Swap(
            _MONEY,
            '    with pytest.raises(ValueError, match="not a price"):\n        parse(text)\n',
            "    assert parse(text) is None\n",
        ),
        message="Answer None for what is no price",
    ),
    honest(
        "renamed-everywhere",
        "behaviour changed",
        "a function has another name, in the product and in the tests",
        *(
            Swap(path, old, new)
            for path, old, new in (
                ("src/till/money.py", "def as_text", "def shown"),
                ("src/till/money.py", ">>> as_text(-5)", ">>> shown(-5)"),
                ("src/till/cli.py", "import as_text", "import shown"),
                ("src/till/cli.py", "print(as_text(", "print(shown("),
                ("src/till/invoice.py", "import as_text", "import shown"),
                ("src/till/invoice.py", "{as_text(one.price)", "{shown(one.price)"),
                ("src/till/invoice.py", "{as_text(cents)", "{shown(cents)"),
                (_MONEY, "import as_text, parse, rounded", "import parse, rounded, shown"),
                (_MONEY, "assert as_text(", "assert shown("),
            )
        ),
    ),
    honest(
        "module-moved",
        "behaviour changed",
        "a module has another name, with its tests",
        Move("src/till/tax.py", "src/till/vat.py"),
        Move(_TAX, "tests/test_vat.py"),
        Swap("tests/test_vat.py", "from till.tax", "from till.vat"),
        Swap("src/till/cart.py", "from till.tax", "from till.vat"),
    ),
    honest(
        "dead-code-removed",
        "behaviour removed",
        "vouchers are gone with their tests, and that is said",
        Write(
            "src/till/discount.py",
            _FILES["src/till/discount.py"].partition("\n\ndef voucher_discount")[0].rstrip("\n") + "\n",
        ),
        Swap(_DISCOUNT, f"\n\n{_CLASS}", ""),
        Swap(_DISCOUNT, "import bulk_discount, voucher_discount", "import bulk_discount"),
        said="Gate-Test-Removed: tests/test_discount.py — vouchers were given up",
        message="Give vouchers up",
        fast=True,
    ),
    honest(
        "dead-code-removed-quietly",
        "behaviour removed",
        "the same, said only in the commit's message",
        Write(
            "src/till/discount.py",
            _FILES["src/till/discount.py"].partition("\n\ndef voucher_discount")[0].rstrip("\n") + "\n",
        ),
        Swap(_DISCOUNT, f"\n\n{_CLASS}", ""),
        Swap(_DISCOUNT, "import bulk_discount, voucher_discount", "import bulk_discount"),
        message="Give vouchers up",
    ),
    honest(
        "module-removed",
        "behaviour removed",
        "carts are no longer kept: the store, the command line's use of it and all of their tests are gone",
        Remove("src/till/store.py"),
        Remove(_STORE),
        Remove("integration/test_cli.py"),
        Remove("integration/conftest.py"),
        Remove("src/till/cli.py"),
        Remove("src/till/__main__.py"),
        Remove("scripts/smoke.py"),
        Swap("pyproject.toml", '["src", "tests", "integration"]', '["src", "tests"]'),
        Swap("pyproject.toml", '\n"integration/**" = ["S101"]', ""),
        Swap(
            ".github/workflows/ci.yml",
            (
                "  smoke:\n"
                "    runs-on: ubuntu-24.04\n"
                "    needs: tests\n"
                "    steps:\n"
                "      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n"
                "      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b\n"
                "      - run: python scripts/smoke.py\n"
            ),
            "",
        ),
        said=(
            "Gate-Test-Removed: tests/disk/ — the store was given up\n"
            "Gate-Test-Removed: integration/ — the command line was given up\n"
            "Gate-Change: pyproject.toml — the root of its tests is gone\n"
            "Gate-Change: .github/workflows/ci.yml — the smoke test was one of the command line"
        ),
        message="Give the command line up",
    ),
    Case(
        "deleted-and-made-again",
        Kind.HONEST,
        "tests refactored",
        "deletes a file of tests in one commit and brings it back in the next",
        (
            Commit("Away with it", (Remove(_TAX),)),
            Commit("Bring it back", (Write(_TAX, _FILES[_TAX] + "\n" + _RATES),)),
        ),
    ),
    Case(
        "base-merged",
        Kind.HONEST,
        "history",
        "merges what came to the base meanwhile, tests among it",
        (
            Commit("Test rates", (Append(_TAX, f"\n{_RATES}"),)),
            Commit("Merge main", (), merges=(Swap(_DISCOUNT, "(1000, 20)", "(1000, 20), (51, 20)"),)),
        ),
    ),
)
