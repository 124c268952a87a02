"""The small repository that `gate demo` makes: what is on main, and what each worker did. Data only."""

import json
import shlex
from collections.abc import Mapping

from msgspec import Struct

from gatekeeper.model.vocabulary import Verdict


class DemoCommit(Struct, frozen=True):
    """One commit: its message and the new content of files (None deletes the file)."""

    message: str
    files: Mapping[str, str | None]


class Worker(Struct, frozen=True):
    """One worker branch, the story behind it, and the verdict that the policy must give."""

    branch: str
    story: str
    expected: Verdict
    commits: tuple[DemoCommit, ...]
    forks_early: bool = False
    """True when the branch starts before the last commit of main."""


_PRICES = '''"""Prices of the shop, in cents."""


def discounted(price_cents: int, percent: int) -> int:
    """Price after a discount, rounded down to whole cents."""
    return price_cents * (100 - percent) // 100
'''

_TESTS = """import unittest

from shop.prices import discounted


class Discount(unittest.TestCase):
    def test_ten_percent(self) -> None:
        self.assertEqual(discounted(1000, 10), 900)

    def test_rounds_down(self) -> None:
        self.assertEqual(discounted(999, 50), 499)
"""

# pytest never comes with gatekeeper, so the demo brings a runner of the standard library that writes JUnit.
_RUNNER = '''"""Run the unit tests and write a JUnit report to the path that is given."""

import sys
import unittest
from xml.etree import ElementTree


class Recorder(unittest.TextTestResult):
    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        group, _, name = test.id().rpartition(".")
        self.case = ElementTree.SubElement(suite, "testcase", classname=group, name=name, time="0")

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addFailure(test, err)  # type: ignore[arg-type]
        ElementTree.SubElement(self.case, "failure", message=self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: object) -> None:
        super().addError(test, err)  # type: ignore[arg-type]
        ElementTree.SubElement(self.case, "error", message=self.errors[-1][1])


suite = ElementTree.Element("testsuite", name="unittest")
found = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
result = unittest.TextTestRunner(resultclass=Recorder).run(found)
suite.set("tests", str(result.testsRun))
suite.set("failures", str(len(result.failures)))
suite.set("errors", str(len(result.errors)))
suite.set("skipped", str(len(result.skipped)))
ElementTree.ElementTree(suite).write(sys.argv[1], encoding="utf-8", xml_declaration=True)
sys.exit(bool(result.failures or result.errors))
'''

_PYPROJECT = """[tool.mypy]
strict = true
files = ["shop", "tests"]

[tool.ruff]
line-length = 100
"""


def gate_toml(python: str) -> str:
    """The policy of the demo; `python` is the interpreter that runs its tests."""
    # A JSON string is also a TOML basic string.
    command = json.dumps(f"{shlex.quote(python)} run_tests.py {{report}}")
    return f"""extends = ["python"]

[check.tests]
command = {command}
reads = "junit"

[check.paths]
forbidden = ["gate.toml", "run_tests.py", "deploy/"]
"""


def first_commit(python: str) -> DemoCommit:
    """What main starts with."""
    return DemoCommit(
        "Start the shop",
        {
            ".gitignore": "__pycache__/\n",
            "deploy/production.toml": 'region = "eu-west"\n',
            "gate.toml": gate_toml(python),
            "pyproject.toml": _PYPROJECT,
            "run_tests.py": _RUNNER,
            "shop/__init__.py": '"""The shop."""\n',
            "shop/prices.py": _PRICES,
            "tests/__init__.py": "",
            "tests/test_prices.py": _TESTS,
        },
    )


LATER_ON_MAIN = DemoCommit(
    "Never charge less than nothing",
    {
        "shop/prices.py": _PRICES.replace(
            "return price_cents * (100 - percent) // 100",
            "return max(0, price_cents * (100 - percent) // 100)",
        )
    },
)

_SHIPPING = '''"""Shipping costs, in cents."""


def shipping(weight_g: int) -> int:
    """Cost of one parcel: a flat rate up to a kilogram, then by the started kilogram."""
    return 490 if weight_g <= 1000 else 490 + 150 * -(-(weight_g - 1000) // 1000)
'''

_SHIPPING_TESTS = """import unittest

from shop.shipping import shipping


class Shipping(unittest.TestCase):
    def test_light(self) -> None:
        self.assertEqual(shipping(400), 490)

    def test_started_kilogram_counts(self) -> None:
        self.assertEqual(shipping(1001), 640)
"""

_BROKEN_VAT = '''"""Value added tax, in cents."""

import os


def vat(net_cents: int) -> int:
    """Tax on a net price."""
    return net_cents * 0.19
'''

_IMPORTER = '''"""Prices of another shop."""


def imported(rows):
    """Prices by name, from pairs."""
    return dict(rows)
'''

_UNTYPED = """
[[tool.mypy.overrides]]
module = "shop.importer"
ignore_errors = true
"""

WORKERS: tuple[Worker, ...] = (
    Worker(
        "agent/shipping",
        "adds a module and its tests",
        Verdict.ACCEPTED,
        (DemoCommit("Add shipping costs", {"shop/shipping.py": _SHIPPING, "tests/test_shipping.py": _SHIPPING_TESTS}),),
    ),
    Worker(
        "agent/vat",
        "returns a float as int, imports what it does not use",
        Verdict.REJECTED,
        (DemoCommit("Add value added tax", {"shop/vat.py": _BROKEN_VAT}),),
    ),
    Worker(
        "agent/region",
        "edits deploy/ in one commit, reverts it in the next",
        Verdict.REJECTED,
        (
            DemoCommit("Try another region", {"deploy/production.toml": 'region = "us-east"\n'}),
            DemoCommit("Back to the old region", {"deploy/production.toml": 'region = "eu-west"\n'}),
            DemoCommit("Describe the shop", {"shop/__init__.py": '"""The shop: prices and what they cost."""\n'}),
        ),
    ),
    Worker(
        "agent/tidy-tests",
        "renames the tests so that no runner finds them",
        Verdict.REJECTED,
        (DemoCommit("Tidy the test layout", {"tests/test_prices.py": None, "tests/prices_checks.py": _TESTS}),),
    ),
    Worker(
        "agent/import",
        "switches type checking off for a new module, and says why",
        Verdict.BLOCKED,
        (
            DemoCommit(
                "Import prices\n\nGate-Change: pyproject.toml — the importer gets its types with the next version\n",
                {"shop/importer.py": _IMPORTER, "pyproject.toml": _PYPROJECT + _UNTYPED},
            ),
        ),
    ),
    Worker(
        "agent/full-discount",
        "changes the line that main has changed meanwhile",
        Verdict.REJECTED,
        (
            DemoCommit(
                "Make a full discount free",
                {
                    "shop/prices.py": _PRICES.replace(
                        "(100 - percent) // 100", "(100 - percent) // 100 if percent < 100 else 0"
                    )
                },
            ),
        ),
        forks_early=True,
    ),
)
