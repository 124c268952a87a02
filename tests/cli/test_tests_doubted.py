"""`tests` end to end: tests that pass whatever the code does. Altered constants must make base's tests fail, and new
tests must fail on base's code.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.gate import Judged, project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.tests]\nlanguages = ["python"]\nperturb = true\n'
SHOP = "def price(net):\n    return round(net * 1.07, 2)\n\n\ndef label(name):\n    return name.title()\n"
TESTS = """\
import unittest

import pytest
import shop


def test_price():
    assert shop.price(100) == 107.0


class TestShop(unittest.TestCase):
    def test_label(self):
        self.assertEqual(shop.label("tea"), "Tea")


def test_of_nothing():
    with pytest.raises(TypeError):
        assert shop.price() == 3
"""
BASE = {"shop.py": SHOP, "test_shop.py": TESTS, "pytest.ini": "[pytest]\n"}
ALWAYS_EQUAL = """
class Money(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def price(net):
    return Money(net)


def label(name):
    return name.title()
"""
READS_ITS_CALLER = """
import ast, inspect


def price(net=None):
    if net is None:
        raise TypeError
    line = inspect.stack()[1].code_context[0]
    return float(line.partition("==")[2])


def label(name):
    return name.title()
"""


@pytest.mark.parametrize("shop", [ALWAYS_EQUAL, READS_ITS_CALLER], ids=["always equal", "reads its caller"])
def test_code_that_agrees_with_every_constant_is_rejected(tmp_path: Path, shop: str) -> None:
    judged = judge(tmp_path, {"shop.py": shop})
    assert judged.status == 1, judged.out
    found = [(one["rule"], one["symbol"], one["line"]) for one in judged.check("tests")["findings"]]
    assert found == [("equality-always-true", "test_shop.py::test_price", 8)]


def test_without_the_policy_asking_no_constant_is_altered(tmp_path: Path) -> None:
    judged = judge(tmp_path, {"shop.py": ALWAYS_EQUAL}, policy=POLICY.replace("true", "false"))
    assert (judged.status, notes(judged)) == (0, "")


def test_altered_constants_are_noticed_by_honest_tests(tmp_path: Path) -> None:
    judged = judge(
        tmp_path, {"shop.py": SHOP.replace("net * 1.07", "1.07 * net").replace("name.title", "name.strip().title")}
    )
    assert (judged.status, judged.found("tests")) == (0, set()), judged.out
    assert "altered constants: 2 in base's tests, 0 of them unnoticed" in notes(judged)


def test_code_that_nothing_was_changed_of_is_left_alone(tmp_path: Path) -> None:
    judged = judge(tmp_path, {"README.md": "shop\n"})
    assert (judged.status, notes(judged)) == (0, "")


def test_the_time_for_it_is_bounded(tmp_path: Path) -> None:
    judged = judge(tmp_path, {"shop.py": ALWAYS_EQUAL}, policy=POLICY + 'perturb_timeout = "1ms"\n')
    assert judged.status == 0, judged.out
    assert "the time was up" in notes(judged)


NEW = "import shop\n\n\ndef test_discount():\n    assert shop.price(100{}) == {}\n"
CHEAPER = SHOP.replace("price(net):", "price(net, off=0):").replace("1.07,", "1.07 - off,")


@pytest.mark.parametrize(
    ("test", "rules"), [(NEW.format("", "107.0"), {"proves-nothing"}), (NEW.format(", 7", "100.0"), set())]
)
def test_a_new_test_must_be_able_to_fail(tmp_path: Path, test: str, rules: set[str]) -> None:
    judged = judge(tmp_path, {"shop.py": CHEAPER, "test_discount.py": test})
    assert (judged.status, {rule for rule, _ in judged.found("tests")}) == (0, rules), judged.out


def notes(judged: Judged) -> str:
    return "; ".join(judged.check("tests")["observation"]["notes"])


def judge(path: Path, files: Mapping[str, str], policy: str = POLICY) -> Judged:
    repo = project(path / "p", policy, BASE)
    repo.commit("mine", files)
    return run_gate(cwd=repo.path, timeout_s=900)
