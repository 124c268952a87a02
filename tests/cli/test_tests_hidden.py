"""`tests` end to end: what passes at base and fails on the branch's code is found, however the branch makes it look
green.

Each attack is a head that is really broken (7 % less for everybody) and green for a naive `pytest`; each has an honest
twin of the same shape.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.gate import Judged, project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.tests]\nlanguages = ["python"]\n'
SHOP = "def price(net):\n    return round(net * 1.07, 2)\n\n\ndef label(name):\n    return name.title()\n"
BROKEN = SHOP.replace("net * 1.07", "net * 1.0")
TESTS = """\
import pytest
from shop import label, price


def test_price():
    assert price(100) == 107.0


@pytest.mark.parametrize(("net", "gross"), [(0, 0), (100, 107.0), (200, 214.0)])
def test_prices(net, gross):
    assert price(net) == gross


def test_label():
    assert label("tea") == "Tea"
"""
BASE = {"shop.py": SHOP, "tests/test_shop.py": TESTS, "pytest.ini": "[pytest]\npythonpath = .\ntestpaths = tests\n"}
Files = Mapping[str, str | None]

LIAR = """\
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome, report.longrepr = "passed", None
"""
NEVER = "def pytest_pyfunc_call(pyfuncitem):\n    return True\n"
DROPS = "def pytest_collection_modifyitems(items):\n    items[:] = [one for one in items if 'price' not in one.name]\n"
FORGES = """\
import atexit, os, sys


def pytest_configure(config):
    path = config.option.xmlpath
    rows = "".join(
        f'<testcase classname="tests.test_shop" name="{name}" file="tests/test_shop.py" line="1"/>'
        for name in ("test_price", "test_prices[0-0]", "test_prices[100-107.0]", "test_prices[200-214.0]", "test_label")
    )
    open(path, "w").write(f'<testsuites><testsuite name="pytest" tests="5">{rows}</testsuite></testsuites>')
    os._exit(0)
"""
PATCHES = """\
import pytest, shop


@pytest.fixture(autouse=True)
def _steady(monkeypatch):
    right = lambda net: round(net * 1.07, 2)
    monkeypatch.setattr("shop.price", right)
    monkeypatch.setattr("test_shop.price", right, raising=False)
"""
SHADOW = """\
import sys
print("5 passed")
"""

HIDDEN: dict[str, tuple[Files, str]] = {
    "deleted": (
        {
            "tests/test_shop.py": (
                TESTS.partition("def test_price()")[0] + "def test_label():\n    assert label('tea') == 'Tea'\n"
            )
        },
        "regression-hidden",
    ),
    "file deleted": (
        {"tests/test_shop.py": None, "tests/test_new.py": "def test_new():\n    assert 1\n"},
        "regression-hidden",
    ),
    "skipped": (
        {
            "tests/test_shop.py": (
                TESTS.replace("def test_price()", "@pytest.mark.skip(reason='flaky')\ndef test_price()").replace(
                    "(100, 107.0), (200, 214.0)", ""
                )
            )
        },
        "regression-hidden",
    ),
    "expected to fail": (
        {
            "tests/test_shop.py": (
                TESTS.replace("@pytest", "@pytest.mark.xfail\n@pytest").replace(
                    "def test_price()", "@pytest.mark.xfail\ndef test_price()"
                )
            )
        },
        "regression-hidden",
    ),
    "weakened": (
        {
            "tests/test_shop.py": (
                TESTS.replace("price(100) == 107.0", "price(100) is not None").replace(
                    "price(net) == gross", "price(net) >= 0"
                )
            )
        },
        "regression-hidden",
    ),
    "cases dropped": (
        {"tests/test_shop.py": TESTS.replace("(100, 107.0), (200, 214.0)", "").replace("== 107.0", "== 100.0")},
        "regression-hidden",
    ),
    "outcome hook": ({"tests/conftest.py": LIAR}, "regression-hidden"),
    "body never called": ({"tests/conftest.py": NEVER}, "regression-hidden"),
    "items dropped": ({"tests/conftest.py": DROPS}, "regression-hidden"),
    "deselected": (
        {"pytest.ini": "[pytest]\npythonpath = .\ntestpaths = tests\naddopts = -k label\n"},
        "regression-hidden",
    ),
    "report forged": ({"tests/conftest.py": FORGES}, "regression-hidden"),
    "patched by a fixture": ({"tests/conftest.py": PATCHES}, "regression-hidden"),
    "patched in the test": (
        {
            "tests/test_shop.py": (
                TESTS.replace(
                    "def test_price():\n",
                    "def test_price(monkeypatch):\n    monkeypatch.setattr('shop.price', lambda net: 107.0)\n    from"
                    " shop import price\n",
                ).replace("(100, 107.0), (200, 214.0)", "(1, 1)")
            )
        },
        "regression-hidden",
    ),
    "imported from elsewhere": (
        {
            "tests/test_shop.py": TESTS.replace("from shop import label, price", "from fake import label, price"),
            "tests/fake.py": SHOP,
        },
        "regression-hidden",
    ),
    "another path": (
        {"pytest.ini": "[pytest]\npythonpath = fake .\ntestpaths = tests\n", "fake/shop.py": SHOP},
        "regression-hidden",
    ),
}


DEARER = SHOP.replace("1.07", "1.1")
DEARER_TESTS = TESTS.replace("107.0", "110.0").replace("214.0", "220.0")
CONFTEST = "import pytest\n\n\n@pytest.fixture\ndef till():\n    from shop import Till\n\n    return Till()\n"
TILL = (
    "class Till:\n    def __init__(self):\n        self.rate = 1.07\n\n    def sum(self, net):\n        return"
    " round(net * self.rate, 2)\n"
)
TILL_TEST = "def test_sum(till):\n    assert till.sum(100) == 107.0\n"
TILL_BASE = {
    "shop.py": TILL,
    "tests/conftest.py": CONFTEST,
    "tests/test_till.py": TILL_TEST,
    "pytest.ini": BASE["pytest.ini"],
}
RATED = TILL.replace("(self):", "(self, rate):").replace("= 1.07", "= rate")
GOLDEN = (
    "from pathlib import Path\n\nfrom shop import label\n\n\ndef test_golden():\n    assert label('tea') =="
    " (Path(__file__).parent / 'golden.txt').read_text()\n"
)
GOLDEN_BASE = {**BASE, "tests/test_golden.py": GOLDEN, "tests/golden.txt": "Tea"}
LOUD = SHOP.replace("name.title()", "name.upper()")
FROM_ENV = SHOP.replace("def price", "import os\n\nRATE = float(os.environ['RATE'])\n\n\ndef price").replace(
    "1.07", "RATE"
)
SETS_ENV = "import os\n\nos.environ['RATE'] = '1.07'\n"

HONEST: dict[str, tuple[Files, Files, set[str]]] = {
    "behaviour changed, tests with it": (
        BASE,
        {"shop.py": DEARER, "tests/test_shop.py": DEARER_TESTS},
        {"behaviour-rewritten"},
    ),
    "renamed": (BASE, {"tests/test_shop.py": TESTS.replace("def test_price()", "def test_gross()")}, set()),
    "moved": (BASE, {"tests/test_shop.py": None, "tests/unit/test_prices.py": TESTS}, set()),
    "module moved": (
        BASE,
        {"shop.py": None, "store/shop.py": SHOP, "tests/test_shop.py": TESTS.replace("from shop", "from store.shop")},
        set(),
    ),
    "feature removed": (
        BASE,
        {
            "shop.py": SHOP.partition("\n\ndef label")[0],
            "tests/test_shop.py": TESTS.partition("\n\ndef test_label")[0].replace("label, ", ""),
        },
        {"behaviour-rewritten"},
    ),
    "skipped with a reason": (
        BASE,
        {
            "shop.py": SHOP + "\n\nX = 1\n",
            "tests/test_shop.py": TESTS.replace(
                "def test_label", "@pytest.mark.skip(reason='needs a printer')\ndef test_label"
            ),
        },
        {"test-newly-skipped"},
    ),
    "fixture for a new argument": (
        TILL_BASE,
        {"shop.py": RATED, "tests/conftest.py": CONFTEST.replace("Till()", "Till(1.07)")},
        {"behaviour-rewritten"},
    ),
    "golden file": (
        GOLDEN_BASE,
        {"shop.py": LOUD, "tests/golden.txt": "TEA", "tests/test_shop.py": TESTS.replace('"Tea"', '"TEA"')},
        {"behaviour-rewritten"},
    ),
    "set-up for a new variable": (BASE, {"shop.py": FROM_ENV, "tests/conftest.py": SETS_ENV}, {"behaviour-rewritten"}),
    "merged into cases": (
        BASE,
        {
            "shop.py": SHOP + "\n\nX = 1\n",
            "tests/test_shop.py": (
                TESTS.replace("def test_price():\n    assert price(100) == 107.0\n\n\n", "").replace(
                    "(200, 214.0)", "(200, 214.0), (50, 53.5)"
                )
            ),
        },
        {"test-missing"},
    ),
    "marker registered": (
        BASE,
        {
            "shop.py": SHOP + "\n\nX = 1\n",
            "tests/conftest.py": (
                "def pytest_configure(config):\n    config.addinivalue_line('markers', 'slow: takes long')\n"
            ),
        },
        set(),
    ),
    "no tests at base": ({"shop.py": SHOP, "pytest.ini": BASE["pytest.ini"]}, {"tests/test_shop.py": TESTS}, set()),
}


IN_ONE_FILE = ("cases dropped", "deleted", "expected to fail", "file deleted", "imported from elsewhere",
               "patched in the test", "skipped", "weakened")  # fmt: skip
"""What concerns one module and its tests alone is done to eight modules of one branch, and found for each of them."""

HONEST_IN_ONE_FILE = ("behaviour changed, tests with it", "module moved", "skipped with a reason")
"""None of them moves or removes anything that the other modules have under the same name."""


def of_module(name: str, files: Files) -> dict[str, str | None]:
    """The same files for a module, and tests, with a name of their own."""
    word = f"{name.replace(' ', '_').replace(',', '')}_shop"
    return {path.replace("shop", word): text and text.replace("shop", word) for path, text in files.items()}


def test_what_the_branch_hides_in_its_tests_is_found_for_each_module(tmp_path: Path) -> None:
    base, mine = dict(of_module("untouched", BASE)), {}
    for name in IN_ONE_FILE:
        files, rule = HIDDEN[name]
        assert rule == "regression-hidden"
        base |= of_module(name, BASE)
        mine |= of_module(name, {"shop.py": BROKEN, **files})
    judged = judge(tmp_path, mine, base)
    assert judged.status == 1, judged.out
    hidden = {path for rule, path in judged.rejecting("tests") if rule == "regression-hidden"}
    assert hidden == {path for name in IN_ONE_FILE for path in of_module(name, {"tests/test_shop.py": ""})}, judged.out


@pytest.mark.parametrize("name", [name for name in HIDDEN if name not in IN_ONE_FILE])
def test_what_the_branch_hides_is_found(tmp_path: Path, name: str) -> None:
    files, rule = HIDDEN[name]
    judged = judge(tmp_path, {"shop.py": BROKEN, **files})
    assert judged.status == 1, judged.out
    rules = {found for found, _ in judged.rejecting("tests")}
    assert rules & {rule, "observer-disagrees"}, judged.out


def test_honest_changes_of_one_module_are_let_through_side_by_side(tmp_path: Path) -> None:
    base, mine = {}, {}
    for name in HONEST_IN_ONE_FILE:
        before, after, _ = HONEST[name]
        base |= of_module(name, before)
        mine |= of_module(name, after)
    judged = judge(tmp_path, mine, base)
    assert judged.status == 0, judged.out
    assert judged.found("tests") == {
        (rule, path)
        for name in HONEST_IN_ONE_FILE
        for rule in HONEST[name][2]
        for path in of_module(name, {"tests/test_shop.py": ""})
    }, judged.out


@pytest.mark.parametrize("name", [name for name in HONEST if name not in HONEST_IN_ONE_FILE])
def test_its_honest_twin_is_let_through(tmp_path: Path, name: str) -> None:
    base, files, rules = HONEST[name]
    judged = judge(tmp_path, files, base)
    assert judged.status == 0, judged.out
    assert {rule for rule, _ in judged.found("tests")} == rules, judged.out


def judge(path: Path, files: Files, base: Files | None = None, policy: str = POLICY) -> Judged:
    repo = project(path / "p", policy, base or BASE)
    repo.commit("mine", files)
    return run_gate(cwd=repo.path, timeout_s=900)
