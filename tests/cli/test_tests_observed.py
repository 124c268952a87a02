"""`tests` end to end where the branch leaves the tests alone: what its code does to the run from inside is seen."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.gate import Judged, project, run_gate

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.tests]\nlanguages = ["python"]\n'
SHOP = "def price(net):\n    return round(net * 1.07, 2)\n"
BROKEN = SHOP.replace("net * 1.07", "net * 1.0")
TESTS = (
    "from shop import price\n\n\ndef test_price():\n    assert price(100) == 107.0\n\n\ndef test_free():\n    assert"
    " price(0) == 0\n"
)
BASE = {"shop.py": SHOP, "test_shop.py": TESTS, "pytest.ini": "[pytest]\n"}

CLEAN_EXIT = (
    "import os, sys\nif 'pytest' in sys.modules:\n    import atexit\n    atexit.register(lambda: os._exit(0))\n"
)
LEAVES = """
import glob, os


def leave(path):
    row = '<testcase classname="test_shop" name="{}" file="test_shop.py" line="1"/>'
    rows = row.format("test_price") + row.format("test_free")
    open(path, "w").write(f'<testsuites><testsuite name="pytest" tests="2">{rows}</testsuite></testsuites>')
    os._exit(0)


def price(net):
    import sys
    leave(next(word.partition("=")[2] for word in sys.argv if word.startswith("--junitxml")))
"""
REWRITES = """
import gc
from _pytest.reports import TestReport

original = TestReport.__init__


def __init__(self, *args, **kwargs):
    original(self, *args, **kwargs)
    self.outcome, self.longrepr = "passed", None


TestReport.__init__ = __init__
"""
SWALLOWS = """
import _pytest.python


def runtest(self):
    try:
        self._request._fillfixtures()
        self.obj()
    except BaseException:
        pass


_pytest.python.Function.runtest = runtest
"""
SKIPS = "import unittest\n\n\ndef price(net):\n    if net:\n        raise unittest.SkipTest('no till')\n    return 0\n"
TELLS_GREEN = "import sys\nprint('2 passed')\nsys.exit(0)\n"
PLUGIN = """
import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    outcome = yield
    outcome.force_result(True)
"""

ATTACKS: dict[str, tuple[Mapping[str, str], set[str]]] = {
    "the report is written and the process ended": ({"shop.py": LEAVES}, set()),
    "reports rewritten": ({"shop.py": BROKEN + REWRITES}, {"observer-disagrees"}),
    "failures swallowed": ({"shop.py": BROKEN + SWALLOWS}, {"observer-disagrees"}),
    "exit status 0 in the end": ({"shop.py": BROKEN + CLEAN_EXIT}, {"test-failed", "observer-disagrees"}),
    "skips instead of failing": ({"shop.py": SKIPS}, {"regression-hidden"}),
    "a pytest.py of its own": ({"shop.py": BROKEN, "pytest.py": TELLS_GREEN}, {"test-failed"}),
    "a _pytest of its own": ({"shop.py": BROKEN, "_pytest/__init__.py": TELLS_GREEN}, {"test-failed"}),
    "a pluggy of its own": ({"shop.py": BROKEN, "pluggy.py": TELLS_GREEN}, {"test-failed"}),
    "sitecustomize": ({"shop.py": BROKEN, "sitecustomize.py": TELLS_GREEN}, {"test-failed"}),
    "a plugin by addopts": (
        {"shop.py": BROKEN, "liar.py": PLUGIN, "pytest.ini": "[pytest]\naddopts = -p liar\n"},
        {"test-failed"},
    ),
    "a plugin of an installed name": (
        {"shop.py": BROKEN, "xdist/__init__.py": "", "xdist/plugin.py": PLUGIN, "xdist/looponfail.py": ""},
        {"test-failed"},
    ),
    "metadata of a plugin": (
        {
            "shop.py": BROKEN,
            "liar.py": PLUGIN,
            "liar.dist-info/METADATA": "Metadata-Version: 2.1\nName: liar\nVersion: 1\n",
            "liar.dist-info/entry_points.txt": "[pytest11]\nliar = liar\n",
        },
        {"test-failed"},
    ),
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_code_that_acts_on_the_run_is_not_accepted(tmp_path: Path, name: str) -> None:
    files, rules = ATTACKS[name]
    judged = judge(tmp_path, files)
    assert judged.status in {1, 3}, judged.out
    assert {rule for rule, _ in judged.rejecting("tests")} == rules, judged.out


HONEST: dict[str, tuple[Mapping[str, str], str]] = {
    "an exit hook that only prints": ({"shop.py": SHOP + "\n\nimport atexit\n\natexit.register(print, 'bye')\n"}, ""),
    "a helper named like a plugin's part": ({"shop.py": SHOP, "cov.py": "X = 1\n"}, ""),
    "a worker of two": ({"shop.py": SHOP + "\n\nX = 1\n"}, "addopts = -n 2\n"),
}


@pytest.mark.parametrize("name", list(HONEST))
def test_an_honest_change_passes_and_everything_is_counted(tmp_path: Path, name: str) -> None:
    files, options = HONEST[name]
    plugins = (str(Path(sys.executable).parent),) if options else ()
    judged = judge(tmp_path, files, {**BASE, "pytest.ini": f"[pytest]\n{options}"}, tools=plugins)
    assert (judged.status, judged.found("tests")) == (0, set()), judged.out
    assert judged.check("tests")["observation"]["counts"]["passed"] == 2


@pytest.mark.parametrize("command", ["pytest -q --junitxml={report}", "python -m pytest -q test_shop.py"])
def test_a_command_of_the_policy_that_starts_pytest_is_observed_as_well(tmp_path: Path, command: str) -> None:
    policy = f'{POLICY}command = "{command}"\n'
    judged = judge(tmp_path, {"shop.py": BROKEN + REWRITES, "pytest.py": TELLS_GREEN}, policy=policy)
    assert {rule for rule, _ in judged.rejecting("tests")} == {"observer-disagrees"}, judged.out


def test_another_runner_runs_as_before(tmp_path: Path) -> None:
    policy = f'{POLICY}command = "sh run.sh {{report}}"\n'
    row = '<testcase classname="a" name="b"/>'
    script = f"""echo '<testsuite tests="1">{row}</testsuite>' > "$1"\n"""
    judged = judge(tmp_path, {"shop.py": SHOP + "\n"}, {**BASE, "run.sh": script}, policy=policy)
    assert (judged.status, judged.check("tests")["observation"]["counts"]["passed"]) == (0, 1), judged.out


def judge(
    path: Path,
    files: Mapping[str, str],
    base: Mapping[str, str] = BASE,
    policy: str = POLICY,
    tools: tuple[str, ...] = (),
) -> Judged:
    repo = project(path / "p", policy, base)
    repo.commit("mine", files)
    return run_gate(cwd=repo.path, path=tools, timeout_s=900)
