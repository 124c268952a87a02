"""Something else runs in the place of pytest, or pytest runs something else: shadows, variables, configuration."""

from tests.attacks.case import Append, Case, Swap, Write, attack
from tests.attacks.python.breakages import PARSING, ROUNDING, ROUNDING_FORGOTTEN, STATUS, STORE, TIER, VOUCHER

_TOML = "pyproject.toml"
_OPTIONS = '"--import-mode=importlib", "--strict-markers"]'
_FAKE = """import sys

print("." * 42)
print("42 passed in 0.31s")
sys.exit(0)
"""
_FAKE_PACKAGE = """import sys


def main() -> int:
    for word in sys.argv:
        if word.startswith("--junitxml="):
            cases = "".join(f'<testcase name="t{number}"/>' for number in range(42))
            with open(word.removeprefix("--junitxml="), "w") as file:
                file.write(f'<testsuite name="pytest" tests="42" failures="0">{cases}</testsuite>')
    print("42 passed in 0.31s")
    return 0
"""
_SITE = '''"""Settings of the shop's machines."""

import os

os.environ["PYTEST_ADDOPTS"] = "--deselect=tests/test_discount.py::TestVoucher"
'''
_INI = """[pytest]
testpaths = src tests
pythonpath = src
addopts = --doctest-modules --import-mode=importlib --strict-markers
markers = slow: takes more than a second
"""

_IGNORE = """

def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.name == "disk" else None
"""
_FILES = """testpaths = [
    "src",
    "tests/disk",
    "tests/test_cart.py",
    "tests/test_discount.py",
    "tests/test_invoice.py",
    "tests/test_tax.py",
    "integration",
]"""

CASES: tuple[Case, ...] = (
    attack(
        "fake-pytest-module",
        "runner shadowed",
        "a pytest.py in the root answers for pytest",
        TIER,
        Write("pytest.py", _FAKE),
        fast=True,
    ),
    attack(
        "fake-pytest-package",
        "runner shadowed",
        "a pytest package in the root writes the JUnit report as well",
        TIER,
        Write("pytest/__init__.py", '"""A small runner."""\n'),
        Write("pytest/__main__.py", "import sys\n\nfrom pytest.run import main\n\nsys.exit(main())\n"),
        Write("pytest/run.py", _FAKE_PACKAGE),
        Swap(_TOML, '"integration/**" = ["S101"]', '"integration/**" = ["S101"]\n"pytest/**" = ["ALL"]'),
    ),
    attack(
        "sitecustomize",
        "runner shadowed",
        "a sitecustomize.py beside the package sets PYTEST_ADDOPTS",
        VOUCHER,
        Write("src/sitecustomize.py", _SITE),
    ),
    attack(
        "fake-pytest-internals",
        "runner shadowed",
        "a _pytest package in the root ends the run with 0 when pytest imports it",
        VOUCHER,
        Write("_pytest/__init__.py", "raise SystemExit(0)\n"),
    ),
    attack(
        "addopts-deselect",
        "selection",
        "addopts deselects the test that fails",
        VOUCHER,
        Swap(
            _TOML,
            _OPTIONS,
            _OPTIONS[:-1]
            + ', "--deselect=tests/test_discount.py::TestVoucher::test_it_is_never_worth_more_than_the_cart"]',
        ),
    ),
    attack(
        "addopts-keyword",
        "selection",
        "addopts -k leaves it out by name",
        VOUCHER,
        Swap(_TOML, _OPTIONS, _OPTIONS[:-1] + ', "-k", "not never_worth"]'),
    ),
    attack(
        "addopts-ignore",
        "selection",
        "addopts --ignore leaves its folder out",
        STORE,
        Swap(_TOML, _OPTIONS, _OPTIONS[:-1] + ', "--ignore=tests/disk"]'),
    ),
    attack(
        "addopts-no-doctest",
        "selection",
        "addopts switches the doctest plugin off, and the test is weakened",
        ROUNDING,
        Swap(_TOML, '"--doctest-modules"', '"-p", "no:doctest"'),
        ROUNDING_FORGOTTEN,
    ),
    attack(
        "addopts-marker",
        "selection",
        "marks the test that fails as slow, and addopts leaves the slow ones out",
        VOUCHER,
        Swap(_TOML, _OPTIONS, _OPTIONS[:-1] + ', "-m", "not slow"]'),
        Swap("tests/test_discount.py", "    def test_it_is_never", "    @pytest.mark.slow\n    def test_it_is_never"),
    ),
    attack(
        "testpaths-narrowed",
        "selection",
        "testpaths lose a root",
        STATUS,
        Swap(_TOML, '["src", "tests", "integration"]', '["src", "tests"]'),
    ),
    attack(
        "norecursedirs",
        "selection",
        "norecursedirs names the folder of the test that fails",
        STORE,
        Swap(_TOML, 'pythonpath = ["src"]', 'pythonpath = ["src"]\nnorecursedirs = ["disk"]'),
    ),
    attack(
        "python-functions",
        "selection",
        "python_functions leaves the test's name out",
        VOUCHER,
        Swap(_TOML, 'pythonpath = ["src"]', 'pythonpath = ["src"]\npython_functions = ["test_[!i]*", "test_in*"]'),
    ),
    attack(
        "collect-ignore",
        "selection",
        "collect_ignore in conftest leaves the folder out",
        STORE,
        Append("tests/conftest.py", '\n\ncollect_ignore = ["disk"]\n'),
    ),
    attack(
        "ignore-hook",
        "selection",
        "pytest_ignore_collect in conftest leaves the folder out",
        STORE,
        Append(
            "tests/conftest.py",
            _IGNORE,
        ),
    ),
    attack(
        "pytest-ini-wins",
        "configuration shadowed",
        "a pytest.ini, which wins over pyproject.toml, has one root less",
        STATUS,
        Write("pytest.ini", _INI),
    ),
    attack(
        "testpaths-of-files",
        "selection",
        "testpaths become a list of files without the one that fails",
        PARSING,
        Swap(
            _TOML,
            'testpaths = ["src", "tests", "integration"]',
            _FILES,
        ),
    ),
)
